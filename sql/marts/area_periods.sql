/*
description: Which areas have a value in which period, on which map.
internal: true
columns:
  period_type: month, quarter or year.
  period_end: Last day of the period.
  level: community, street or district.
  area_code: Code of the area.
  map: then (areas in use on any day of the period) or now (streets in use on the day now).
*/
with periods as (
    select distinct
        period_type,
        period_end,
        case period_type
            when 'month' then cast(date_trunc('month', period_end) as date)
            when 'quarter' then cast(date_trunc('quarter', period_end) as date)
            else cast(date_trunc('year', period_end) as date)
        end as period_start
    from build.period_paths
)
select p.period_type, p.period_end, a.level, a.area_code, 'then' as map
from periods p
join areas a on a.valid_from <= p.period_end and (a.valid_to is null or a.valid_to > p.period_start)
union all
select p.period_type, p.period_end, a.level, a.area_code, 'now'
from periods p
cross join build.today t
join areas a on a.level <> 'community' and a.valid_from <= t.day and (a.valid_to is null or a.valid_to > t.day)
