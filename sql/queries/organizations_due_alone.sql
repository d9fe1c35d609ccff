/*
title: 应单独组建而未组建的单位
description: 符合单独组建条件、最近一期名册里还没有单独组建党组织的“两新”组织，党员多的在前，附来源行。
*/
select
    s.area_name as 街道,
    c.area_name as 社区,
    u.grid as 网格,
    u.unit_name as 单位,
    u.kind as 类别,
    u.party_members as 党员数,
    u.employees as 职工数,
    coalesce(u.coverage, '未填') as 现状,
    f.file_name as 来源文件,
    u.sheet as 工作表,
    u.row as 行号
from units.two_new_organizations u
join areas c on c.area_code = u.community
join areas s on s.area_code = u.street
join submissions f using (submission_id)
where
    u.period_end = (select max(period_end) from units.two_new_organizations)
    and u.is_eligible_alone
    and u.coverage is distinct from '单独组建'
order by 党员数 desc, 街道, 社区, 单位
