/*
description: 有目标的值与目标的距离。
columns:
  indicator_id: 指标名
  level: community 社区，street 街道，district 区
  area_code: 区划代码
  period_type: month、quarter 或 year
  period_end: 期的最后一天
  map: then 按当时的区划，now 按现行的区划
  value: 值
  target: 目标值
  attained: 是否达到目标
  progress: 离目标多近：达到为 1，否则为已走过的份额，0 至 1
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
