/*
description: 民主评议统计表中的党组织，一行一个，社区和领域取自当年最近一个月的党组织名册。
columns:
  sector: 所属党组织的领域
*/
with latest as (
    select year(period_end) as of_year, max(period_end) as roster_end from rows.party_organizations group by all
)
select r.*, o.community, o.sector
from rows.member_appraisals r
join latest l on l.of_year = year(r.period_end)
join rows.party_organizations o on o.period_end = l.roster_end and o.org_code = r.org_code
