/*
title: “两新”组织覆盖缺口（按网格）
description: 每个网格还有多少“两新”组织没有党的组织，其中几个应单独组建、几个有党员可联合组建。
*/
select
    s.area_name as 街道,
    c.area_name as 社区,
    u.grid as 网格,
    count(*) as 组织数,
    count(*) filter (where not coalesce(u.is_organized, false)) as 未组建,
    count(*) filter (where not coalesce(u.is_organized, false) and u.is_eligible_alone) as 应单独组建,
    count(*) filter (where not coalesce(u.is_organized, false) and not u.is_eligible_alone and u.party_members > 0) as 可联合组建,
    coalesce(sum(u.party_members) filter (where not coalesce(u.is_organized, false)), 0) as 未组建单位党员数
from units.two_new_organizations u
join areas c on c.area_code = u.community
join areas s on s.area_code = u.street
where u.period_end = (select max(period_end) from units.two_new_organizations)
group by 街道, 社区, 网格
having 未组建 > 0
order by 应单独组建 desc, 未组建 desc, 街道, 社区, 网格
