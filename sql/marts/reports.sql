/*
description: How many of the hand-ins due for an area and a period are there.
internal: true
columns:
  export: Name of the export.
  level: community, street or district.
  area_code: Code of the area.
  map: then or now.
  period_type: month, quarter or year.
  period_end: Last day of the period.
  reported: Hand-ins that are there.
  expected: Hand-ins that are due.
*/
with hand_in as (
    select h.export, h.period_end as base_end, h.submitter, h.submission_id is not null as is_there, p.period_type, p.period_end, k.submitted_by
    from build.counted_hand_ins h
    join build.period_paths p on p.base_type = h.period_type and p.base_end = h.period_end
    join contracts k on k.export = h.export
),
bases as (
    select distinct base_end from hand_in where submitted_by = 'street'
),
area_submitters as (
    -- Which streets hand in for an area: those of its communities in use at the end of the period handed in.
    select distinct p.level, p.area_code, p.map, b.base_end, r.street_code as submitter
    from bases b
    join build.register r on r.valid_from <= b.base_end and (r.valid_to is null or r.valid_to > b.base_end)
    join build.area_paths p on p.community = r.community_code
    union all
    select 'community', r.community_code, 'then', b.base_end, r.street_code
    from bases b cross join build.register r
)
select h.export, a.level, a.area_code, a.map, h.period_type, h.period_end,
    count(*) filter (where h.is_there) as reported, count(*) as expected
from hand_in h
join area_submitters a on a.base_end = h.base_end and a.submitter = h.submitter
where h.submitted_by = 'street'
group by all
union all
select h.export, a.level, a.area_code, a.map, h.period_type, h.period_end,
    count(*) filter (where h.is_there), count(*)
from hand_in h
join build.area_periods a on a.period_type = h.period_type and a.period_end = h.period_end
where h.submitted_by = 'district'
group by all
