/*
description: For indicators that count communities, each community in use in a period, where it counts, and whether it is covered. Used for values and for the rows behind them.
internal: true
kind: view
columns:
  indicator_id: Name of the indicator.
  period_type: month, quarter or year.
  period_end: Last day of the period.
  community: Code of a community in use on the last day of the period, or on the day now while the period lasts.
  is_covered: Whether there is at least one unit for it, or for a community that it followed.
  unit_community: Code of the community of the first such unit.
  unit_end: Last day of the period in which it was handed in.
  level: community, street or district.
  area_code: Code of the area in which it counts.
  map: then or now.
*/
with covered as (
    -- What is there for a community counts for those that followed it.
    select i.indicator_id, p.period_type, p.period_end, f.follower as community,
        min(s.community) as unit_community, arg_min(s.period_end, s.community) as unit_end
    from build.indicator_parts i
    join build.sums s on s.sum_id = i.sum_id
    join contracts k on k.export = i.export
    join areas a on a.area_code = s.community
    cross join build.district d
    join build.time_paths p
        on p.export = i.export and p.mode = i.mode and p.base_end = s.period_end
        and p.submitter = case k.submitted_by when 'district' then d.district_code else a.parent_code end
    join build.followers f on f.community = s.community
    where i.part = 'covered'
    group by i.indicator_id, p.period_type, p.period_end, f.follower
),
periods as (
    select distinct i.indicator_id, p.period_type, p.period_end
    from build.indicator_parts i
    join hand_ins h on h.export = i.export
    join build.period_paths p on p.base_type = h.period_type and p.base_end = h.period_end
    where i.part = 'covered'
),
places as (
    select p.community, p.level, p.area_code, p.map from build.area_paths p
    union all
    select community_code, 'community', community_code, 'then' from build.register
)
select p.indicator_id, p.period_type, p.period_end, r.community_code as community,
    c.community is not null as is_covered, c.unit_community, c.unit_end, x.level, x.area_code, x.map
from periods p
cross join build.today n
join build.register r
    on r.valid_from <= least(p.period_end, n.day) and (r.valid_to is null or r.valid_to > least(p.period_end, n.day))
join places x on x.community = r.community_code
left join covered c
    on c.indicator_id = p.indicator_id and c.period_type = p.period_type and c.period_end = p.period_end
    and c.community = r.community_code
