/* The latest hand-in due of every export and submitter up to $as_of. */
select
    h.export, c.title, c.department, h.period_type, h.period_end, h.submitter, a.area_name as submitter_name,
    h.due_on, h.submission_id is not null as is_there, h.is_late
from hand_ins h
join contracts c using (export)
left join areas a on a.area_code = h.submitter
where h.period_end <= $as_of
qualify h.period_end = max(h.period_end) over (partition by h.export)
order by h.export, h.submitter
