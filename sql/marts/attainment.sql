/*
description: Values that have a target, and how they stand to it.
columns:
  indicator_id: Name of the indicator.
  level: community, street or district.
  area_code: Code of the area.
  period_type: month, quarter or year.
  period_end: Last day of the period.
  map: then or now.
  value: The value.
  target: The value to reach.
  attained: Whether the target is reached.
  progress: "How near: 1 when reached, else the share of the way, from 0 to 1."
*/
select
    v.indicator_id, v.level, v.area_code, v.period_type, v.period_end, v.map, v.value, i.target,
    case i.better when 'higher' then v.value >= i.target else v.value <= i.target end as attained,
    case
        when i.better = 'higher' and v.value >= i.target or i.better = 'lower' and v.value <= i.target then 1.0
        when i.better = 'higher' or i.target < 0 then greatest(0.0, least(1.0, v.value / nullif(i.target, 0)))
        else greatest(0.0, least(1.0, i.target / nullif(v.value, 0)))
    end as progress
from indicator_values v
join indicators i using (indicator_id)
where
    v.value is not null
    and i.target is not null
    and (i.target_level is null or i.target_level = v.level)
    and (i.target_period is null or i.target_period = v.period_type)
