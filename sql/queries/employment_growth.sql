/*
title: 各街道就业同比
description: 各街道最近一个月户籍就业人数与就业率，同上年同月相比（按现行区划）。
*/
with years as (
    select
        v.area_code,
        v.numerator as employed,
        v.value as rate,
        v.period_end = p."now" as is_current
    from indicator_values v
    cross join publication p
    where
        v.indicator_id = 'employment_rate'
        and v.level = 'street'
        and v.map = 'now'
        and v.period_type = 'month'
        and v.period_end in (p."now", last_day(cast(p."now" - interval 12 month as date)))
),
compared as (
    select
        area_code,
        max(employed) filter (where is_current) as employed,
        max(employed) filter (where not is_current) as employed_before,
        max(rate) filter (where is_current) as rate,
        max(rate) filter (where not is_current) as rate_before
    from years
    group by area_code
)
select
    s.area_name as 街道,
    cast(c.employed as bigint) as 就业人数,
    cast(c.employed_before as bigint) as 上年同月,
    round(cast(c.employed as double) / nullif(c.employed_before, 0) - 1, 4) as 同比增长,
    round(c.rate, 4) as 就业率,
    round((c.rate - c.rate_before) * 100, 2) as 就业率变化百分点
from compared c
join areas s using (area_code)
order by 同比增长 desc nulls last, 街道
