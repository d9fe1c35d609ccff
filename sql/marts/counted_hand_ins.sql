/*
description: The hand-ins as far as they can be counted. What needs a roster of the same period counts as not handed in without it.
internal: true
columns:
  export: Name of the export.
  period_type: month, quarter or year.
  period_end: Last day of the period.
  submitter: Code of the submitter.
  submission_id: The submission that counts; NULL when there is none, or its roster is missing.
*/
with ready as (
    select distinct h.export, h.period_end
    from hand_ins h
    join build.rosters n using (export)
    join build.parts p
        on p.export = n.roster and date_trunc(h.period_type, p.period_end) = date_trunc(h.period_type, h.period_end)
)
select h.export, h.period_type, h.period_end, h.submitter,
    case when n.roster is null or r.export is not null then h.submission_id end as submission_id
from hand_ins h
left join build.rosters n using (export)
left join ready r on r.export = h.export and r.period_end = h.period_end
