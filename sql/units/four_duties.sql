/*
description: “四员”履职月报中的党组织，一行一个，社区和领域取自同月的党组织名册。
columns:
  sector: 所属党组织的领域
*/
select r.*, o.community, o.sector
from rows.four_duties r
join rows.party_organizations o on o.period_end = r.period_end and o.org_code = r.org_code
