/*
description: 社区一级涉及个人困难等情况、人数不足 5 的值，以及可据以推算出它们的值；展示时写作“<5”。
columns:
  indicator_id: 指标名
  area_code: 社区编码
  period_type: month、quarter 或 year
  period_end: 期的最后一天
*/
with sensitive as (
    select v.indicator_id, v.area_code, a.parent_code as street, v.period_type, v.period_end, v.denominator,
        v.denominator between 1 and 4 or i.unit = '比例' and v.numerator between 1 and 4 as is_small
    from indicator_values v
    join indicators i using (indicator_id)
    join areas a using (area_code)
    where i.is_sensitive and v.level = 'community' and v.denominator is not null
),
small as (
    select * from sensitive where is_small
),
lonely as (
    -- One alone could be worked out from the street's total: the next smallest is hidden with it.
    select indicator_id, street, period_type, period_end from small group by all having count(*) = 1
),
neighbours as (
    select s.indicator_id, s.area_code, s.period_type, s.period_end
    from sensitive s
    join lonely using (indicator_id, street, period_type, period_end)
    where not s.is_small and s.denominator > 0
    qualify row_number() over (
        partition by s.indicator_id, s.street, s.period_type, s.period_end order by s.denominator, s.area_code
    ) = 1
),
hidden as (
    select indicator_id, area_code, period_type, period_end from small
    union
    from neighbours
)
from hidden
union
-- A longer period less the others inside it would tell as well.
select h.indicator_id, h.area_code, p.period_type, p.period_end
from hidden h
join build.period_paths p on p.base_type = h.period_type and p.base_end = h.period_end
