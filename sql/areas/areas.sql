/*
description: The district, its streets and their communities, closed ones included.
columns:
  area_code: "Statistical area code: 6 digits the district, 9 a street, 12 a community."
  area_name: Name of the area.
  level: district, street or community.
  parent_code: Code of the area it lies in; NULL for the district.
  valid_from: First day on which it existed under this code.
  valid_to: First day on which it no longer exists under this code; NULL while in use.
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
