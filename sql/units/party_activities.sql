/*
description: 活动台账中的活动，一行一次，社区和领域取自同月的党组织名册。
columns:
  sector: 所属党组织的领域
*/
select r.*, o.community, o.sector
from rows.party_activities r
join rows.party_organizations o on o.period_end = r.period_end and o.org_code = r.org_code
