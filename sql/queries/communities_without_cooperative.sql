/*
title: 没有股份合作公司的社区
description: 在用社区中，最近一次季度报表里没有股份合作公司的社区。
*/
with latest as (
    select max(period_end) as period_end from units.stock_cooperatives
)
select
    s.area_name as 街道,
    c.area_name as 社区,
    c.area_code as 社区编码,
    l.period_end as 报表期末
from areas c
join areas s on s.area_code = c.parent_code
cross join latest l
anti join units.stock_cooperatives u on u.community = c.area_code and u.period_end = l.period_end
where c.level = 'community' and c.valid_from <= l.period_end and (c.valid_to is null or c.valid_to > l.period_end)
order by 街道, 社区
