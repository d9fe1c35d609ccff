/*
description: Every hand-in that is due or was made, one row per export, period and submitter.
columns:
  export: Name of the export.
  period_type: month, quarter or year.
  period_end: Last day of the period.
  submitter: "Code of the submitter: the district, or a street."
  due_on: Day by which it was due.
  submission_id: The submission that counts; NULL when nothing was handed in.
  received_at: When that submission was received.
  first_received_at: When the first accepted one for this period and submitter was received.
  is_late: Whether the first accepted one came after the day it was due; NULL when nothing was handed in.
*/
with firsts as (
    select export, min(period_end) as first_end from build.parts group by export
),
cadences as (
    select c.*, case c.cadence when 'month' then 1 when 'quarter' then 3 else 12 end as months
    from contracts c
    where c.export not in (select export from build.registers)
),
periods as (
    select c.export, c.cadence as period_type, c.submitted_by, c.due_day,
        last_day(f.first_end + to_months(cast(c.months * step.k as integer))) as period_end
    from firsts f
    join cadences c using (export)
    cross join range(0, 1200) step(k)
    cross join build.today t
    where last_day(f.first_end + to_months(cast(c.months * step.k as integer))) <= t.day
),
due as (
    select p.export, p.period_type, p.period_end, d.district_code as submitter
    from periods p cross join build.district d
    where p.submitted_by = 'district'
    union all
    select p.export, p.period_type, p.period_end, a.area_code
    from periods p
    join areas a on a.level = 'street' and a.valid_from <= p.period_end and (a.valid_to is null or a.valid_to > p.period_end)
    where p.submitted_by = 'street'
),
made as (
    select p.export, p.period_type, p.period_end, p.submitter, p.submission_id
    from build.parts p
    where p.export in (select export from cadences)
),
first_receipts as (
    select export, period_end, submitter, min(received_at) as first_received_at
    from build.scopes
    where outcome = 'accepted'
    group by all
)
select
    export,
    period_type,
    period_end,
    submitter,
    cast(period_end + to_days(c.due_day) as date) as due_on,
    made.submission_id,
    s.received_at,
    case when made.submission_id is not null then f.first_received_at end as first_received_at,
    case when made.submission_id is not null then cast(f.first_received_at as date) > period_end + to_days(c.due_day) end as is_late
from due
full join made using (export, period_type, period_end, submitter)
join cadences c using (export)
left join first_receipts f using (export, period_end, submitter)
left join submissions s on s.submission_id = made.submission_id
