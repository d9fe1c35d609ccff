/*
description: 社区一级涉及个人困难等情况、人数不足 5 的值，以及可据以推算出它们的值；展示时写作“<5”。
columns:
  indicator_id: 指标名
  area_code: 社区编码
  period_type: month、quarter 或 year
  period_end: 期的最后一天
*/
with counts as (
    -- What sensitive indicators count of people; several may count the same.
    select i.indicator_id, d.unit, d.amount || ' where ' || d.condition as people, p.part
    from indicators i
    join build.indicator_parts p using (indicator_id)
    join build.definitions d using (sum_id)
    where i.is_sensitive and (p.part = 'denominator' or i.unit = '比例')
),
figures as (
    select distinct c.unit, c.people, v.area_code, a.parent_code as street, v.period_type, v.period_end,
        case c.part when 'numerator' then v.numerator else v.denominator end as amount
    from counts c
    join indicator_values v using (indicator_id)
    join areas a using (area_code)
    where v.level = 'community' and v.denominator is not null
),
few as (
    select unit, people, area_code, street, period_type, period_end from figures where amount between 1 and 4 group by all
),
lonely as (
    -- One alone could be worked out from the street's total: the next smallest is hidden with it.
    select unit, people, street, period_type, period_end from few group by all having count(*) = 1
),
neighbours as (
    select f.unit, f.people, f.area_code, f.street, f.period_type, f.period_end
    from figures f
    join lonely using (unit, people, street, period_type, period_end)
    anti join few w
        on w.unit = f.unit and w.people = f.people and w.area_code = f.area_code and w.period_type = f.period_type
        and w.period_end = f.period_end
    -- Where all others are zero, one of them: else it would be known whose the street's total is.
    qualify row_number() over (
        partition by f.unit, f.people, f.street, f.period_type, f.period_end order by f.amount = 0, f.amount, f.area_code
    ) = 1
),
counted as (
    from few
    union
    from neighbours
),
hidden as (
    from counted
    union
    -- A longer period less the others inside it would tell as well.
    select c.unit, c.people, c.area_code, c.street, p.period_type, p.period_end
    from counted c
    join build.period_paths p on p.base_type = c.period_type and p.base_end = c.period_end
),
indicators_hidden as (
    select c.indicator_id, h.area_code, h.period_type, h.period_end
    from hidden h
    join counts c using (unit, people)
    union
    -- What else the same rows tell: of those appraised, all but the qualified.
    select i.indicator_id, h.area_code, h.period_type, h.period_end
    from hidden h
    join indicators i on i.unit_table = h.unit and not i.is_sensitive
)
from indicators_hidden
semi join indicator_values v using (indicator_id, area_code, period_type, period_end)
