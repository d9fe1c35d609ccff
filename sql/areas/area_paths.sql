/*
description: The areas above a community in which what happened there counts, on both maps. Its own row is not among them.
internal: true
columns:
  community: Code of a community.
  level: street or district.
  area_code: Code of the area in which it counts.
  map: "then: the street of the unit's own time; now: the street on the day now."
*/
select r.community_code as community, 'street' as level, r.street_code as area_code, 'then' as map from build.register r
union all
select r.community_code, 'district', d.district_code, 'then' from build.register r cross join build.district d
union all
select community, 'street', street, 'now' from build.now_map where street is not null
union all
select community, 'district', d.district_code, 'now' from build.now_map cross join build.district d
