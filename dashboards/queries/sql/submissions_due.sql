-- Every hand-in with its state on the day of publication, its export and its submitter by name.
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
    h.first_received_at,
    h.state,
    h.is_due,
    h.is_reported,
    h.is_late,
    h.is_missing,
    h.is_faulty,
    h.is_corrected,
    h.is_waiting,
    c.submitted_by
from hand_in_states h
join contracts c using (export)
join areas a on a.area_code = h.submitter
order by c.title, h.period_end desc, h.submitter
