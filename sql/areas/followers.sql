/*
description: Every community with itself and all that followed it, followed through.
internal: true
columns:
  community: Code of a community.
  follower: Code of the community itself or of one that followed it, directly or through others.
  is_last: Whether nothing followed the follower.
  path: Sorts the followers of one community in the order in which the register names them.
*/
with recursive chain as (
    select community_code as community, community_code as follower, 0 as depth, cast([] as bigint[]) as path
    from build.register
    union all
    select c.community, s.successor, c.depth + 1, list_append(c.path, s.place)
    from chain c
    join build.register r on r.community_code = c.follower
    join lateral (
        select unnest(r.successor_codes) as successor, unnest(range(1, len(r.successor_codes) + 1)) as place
    ) s on true
    join build.register known on known.community_code = s.successor
    -- The register is written by hand: two codes that name each other must not turn in a circle.
    where c.depth < 12
)
select c.community, c.follower, len(r.successor_codes) = 0 as is_last, min(c.path) as path
from chain c
join build.register r on r.community_code = c.follower
group by all
