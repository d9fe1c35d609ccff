/*
description: Where and when the units of a community and a hand-in count. The one definition of addition over areas and time, used for values and for the rows behind them.
internal: true
kind: view
columns:
  export: Name of the export.
  mode: How the units add up over time, as in time_paths.
  base_end: Last day of the period handed in.
  community: Code of the community of the units.
  period_type: month, quarter or year.
  period_end: Last day of the period in which they count.
  level: community, street or district.
  area_code: Code of the area in which they count.
  map: then or now.
*/
with submitters as (
    select k.export, r.community_code as community, case k.submitted_by when 'district' then d.district_code else r.street_code end as submitter
    from contracts k cross join build.register r cross join build.district d
),
bases as (
    select distinct base_type, base_end, cast(date_trunc(base_type, base_end) as date) as base_start from build.time_paths
),
late as (
    -- A register that came late closed the community before the period for which figures of it had been accepted: the
    -- first of its followers takes over.
    select b.base_type, b.base_end, r.community_code as community, f.follower
    from bases b
    join build.register r on r.valid_to <= b.base_start
    join build.followers f on f.community = r.community_code
    join build.register n on n.community_code = f.follower
    where n.valid_from <= b.base_end and (n.valid_to is null or n.valid_to > b.base_end)
    qualify row_number() over (partition by b.base_type, b.base_end, r.community_code order by f.path) = 1
),
in_time as (
    select t.export, t.mode, t.base_end, s.community, t.period_type, t.period_end, coalesce(l.follower, s.community) as placed,
        coalesce(k.counts_for, l.follower, s.community) as counts_for
    from build.time_paths t
    join submitters s on s.export = t.export and s.submitter = t.submitter
    left join late l on l.base_type = t.base_type and l.base_end = t.base_end and l.community = s.community
    left join build.stock_communities k
        on t.mode = 'last' and k.export = t.export and k.period_type = t.period_type and k.period_end = t.period_end
        and k.community = s.community
    where t.mode <> 'last' or t.period_type = t.base_type or k.counts_for is not null
)
select t.export, t.mode, t.base_end, t.community, t.period_type, t.period_end, p.level, p.area_code, p.map
from in_time t
join build.area_paths p on p.community = t.placed
union all
select t.export, t.mode, t.base_end, t.community, t.period_type, t.period_end, 'community', t.counts_for, 'then'
from in_time t
