-- Every hand-in that is due, with its export and its submitter by name.
select
    h.export,
    c.title,
    c.department,
    h.period_type,
    h.period_end,
    h.submitter,
    a.area_name as submitter_name,
    h.due_on,
    h.submission_id,
    h.received_at,
    h.first_received_at,
    h.is_late,
    c.submitted_by
from hand_ins h
join contracts c using (export)
join areas a on a.area_code = h.submitter
order by c.title, h.period_end desc, h.submitter
