/*
title: 最依赖物业租赁的社区
description: 最近一年物业租赁收入占集体经济总收入比例高于 60% 的社区，比例高的在前。
*/
with year_of_quarters as (
    select
        community,
        sum(rental_income) as rental_income,
        sum(total_income) as total_income,
        sum(dividends) as dividends,
        count(distinct period_end) as quarters
    from units.stock_cooperatives
    where period_end > (select max(period_end) - interval 12 month from units.stock_cooperatives)
    group by community
)
select
    s.area_name as 街道,
    c.area_name as 社区,
    round(y.total_income / 10000, 2) as 总收入万元,
    round(y.rental_income / 10000, 2) as 租赁收入万元,
    round(y.rental_income / nullif(y.total_income, 0), 4) as 租赁占比,
    round(y.dividends / 10000, 2) as 分红万元,
    y.quarters as 已报季度数
from year_of_quarters y
join areas c on c.area_code = y.community
join areas s on s.area_code = c.parent_code
where y.rental_income > 0.6 * y.total_income
order by 租赁占比 desc, 街道, 社区
