/*
title: 连续三个月变差的指标
description: 哪些街道的哪些指标连续三个月朝坏的方向走，不论是否已达标。
*/
with months as (
    select
        v.indicator_id,
        v.area_code,
        v.period_end,
        v.value,
        case i.better when 'higher' then 1 else -1 end * (v.value - lag(v.value) over earlier) as improvement,
        lag(v.value, 3) over earlier as value_before
    from indicator_values v
    join indicators i using (indicator_id)
    where v.level = 'street' and v.map = 'then' and v.period_type = 'month'
    window earlier as (partition by v.indicator_id, v.area_code order by v.period_end)
),
runs as (
    select *, count(*) filter (where improvement < 0) over (
        partition by indicator_id, area_code order by period_end rows between 2 preceding and current row
    ) as months_worse
    from months
)
select
    s.area_name as 街道,
    i.name as 指标,
    round(r.value_before, 4) as 三个月前,
    round(r.value, 4) as 本月,
    i.target as 目标,
    i.unit as 单位,
    i.department as 责任部门
from runs r
join indicators i using (indicator_id)
join areas s using (area_code)
where r.months_worse = 3 and r.period_end = (select "now" from publication)
order by 指标, 街道
