/*
description: 发展党员台账中一名对象的一个阶段，一行一个。只用于统计，不发布。
columns:
  sector: 所属党组织的领域
*/
select r.*, o.community, o.sector
from rows.member_development r
join rows.party_organizations o on o.period_end = r.period_end and o.org_code = r.org_code
