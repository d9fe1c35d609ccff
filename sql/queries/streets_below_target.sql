/*
title: 本月未达标的街道
description: 最近一个月里各街道没有达到目标的指标，离目标最远的排在前面。
*/
select
    s.area_name as 街道,
    i.name as 指标,
    round(t.value, 4) as 数值,
    t.target as 目标,
    case i.better when 'higher' then '越高越好' else '越低越好' end as 方向,
    round(t.progress, 4) as 完成程度,
    i.department as 责任部门
from attainment t
join indicators i using (indicator_id)
join areas s using (area_code)
where
    t.level = 'street'
    and t.map = 'then'
    and t.period_type = 'month'
    and t.period_end = (select "now" from publication)
    and not t.attained
order by t.progress, 指标, 街道
