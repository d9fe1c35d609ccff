/*
description: Where a community counts on the map of the day "now"; communities that are missing here are on no map.
internal: true
columns:
  community: Code of a community, closed ones included.
  street: Code of its street on the day now, or of the street of those that followed it; NULL when they lie in several.
*/
with ends as (
    select f.community, r.street_code
    from build.followers f
    join build.register r on r.community_code = f.follower
    cross join build.today t
    join areas s on s.area_code = r.street_code
    where
        (r.valid_from <= t.day and (r.valid_to is null or r.valid_to > t.day))
        -- Closed and followed by none: its own last street, while that exists.
        or (f.is_last and r.valid_to <= t.day and (s.valid_to is null or s.valid_to > t.day))
)
select community, case when count(distinct street_code) = 1 then min(street_code) end as street
from ends
group by community
