/*
description: 区、街道和社区，包括已停用的。
columns:
  area_code: 统计区划代码：区 6 位，街道 9 位，社区 12 位
  area_name: 名称
  level: district 区，street 街道，community 社区
  parent_code: 上一级区划的代码；区为空
  valid_from: 以此代码启用的第一天
  valid_to: 不再以此代码存在的第一天；在用的为空
*/
select community_code as area_code, community_name as area_name, 'community' as level, street_code as parent_code, valid_from, valid_to
from build.register
union all
select
    street_code,
    arg_max(street_name, valid_from),
    'street',
    d.district_code,
    min(valid_from),
    case when count(*) = count(valid_to) then max(valid_to) end
from build.register cross join build.district d
group by street_code, d.district_code
union all
select
    d.district_code,
    d.district_name,
    'district',
    null,
    min(valid_from),
    case when count(*) = count(valid_to) then max(valid_to) end
from build.register cross join build.district d
group by d.district_code, d.district_name
