/*
description: For which community the stock of a community counts at the end of a longer period.
internal: true
columns:
  export: Name of the export.
  period_type: quarter or year, longer than the export's cadence.
  period_end: Last day of the period.
  community: Code of the community of the units.
  counts_for: Itself when in use on the last day, else the first of those that followed it and are in use then.
*/
with longer as (
    select distinct export, period_type, period_end from build.time_paths where mode = 'last' and period_type <> base_type
),
in_use as (
    select l.export, l.period_type, l.period_end, f.community, f.follower, f.path, r.street_code, r.valid_from
    from longer l
    join build.followers f on true
    join build.register r on r.community_code = f.follower
    where r.valid_from <= l.period_end and (r.valid_to is null or r.valid_to > l.period_end)
),
first_in_use as (
    select * from in_use
    qualify row_number() over (partition by export, period_type, period_end, community order by path) = 1
)
select c.export, c.period_type, c.period_end, c.community, c.follower as counts_for
from first_in_use c
join contracts k using (export)
join build.register own on own.community_code = c.community
where
    c.community = c.follower
    or k.submitted_by = 'district'
    or own.street_code = c.street_code
    -- Counted once: where the follower's street has handed in since, the follower's own units are the ones.
    or not exists (
        select 1
        from build.counted_hand_ins h
        join build.period_paths p on p.base_type = h.period_type and p.base_end = h.period_end
        where h.export = c.export and h.submitter = c.street_code and h.submission_id is not null
            and h.period_end >= c.valid_from and p.period_type = c.period_type and p.period_end = c.period_end
    )
