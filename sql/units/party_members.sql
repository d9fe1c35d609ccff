/*
description: 名册中的党员，一行一人，社区和领域取自同月的党组织名册。只用于统计，不发布。
columns:
  sector: 所属党组织的领域
  age: 期末的周岁
*/
select r.*, o.community, o.sector, year(r.period_end) - year(r.birth_month) - case when month(r.period_end) < month(r.birth_month) then 1 else 0 end as age
from rows.party_members r
join rows.party_organizations o on o.period_end = r.period_end and o.org_code = r.org_code
