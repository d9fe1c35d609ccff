/*
description: 名册中的干部和后备干部，一行一人。只用于统计，不发布。
columns:
  age: 期末的周岁
*/
select
    r.*,
    -- Whole years on the period's last day; only the month of birth is known.
    year(r.period_end) - year(r.birth_month) - case when month(r.period_end) < month(r.birth_month) then 1 else 0 end as age
from rows.cadres r
