-- Everything that is doubtful in accepted files, each with the latest note that answers it.
select
    p.submission_id,
    p.export,
    c.title,
    p.period_type,
    p.period_end,
    p.submitter,
    a.area_name as submitter_name,
    p.rule,
    p.message,
    p.indicators,
    s.status = 'active' as is_active,
    n.note,
    n.noted_at
from plausibility p
join submissions s using (submission_id)
join contracts c on c.export = p.export
left join areas a on a.area_code = p.submitter
left join lateral (
    select arg_max(note, number) as note, max(noted_at) as noted_at
    from submission_notes m
    where m.submission_id = p.submission_id and coalesce(m.rule, p.rule) = p.rule
) n on true
order by p.period_end desc, p.export, p.submitter, p.rule, p.message
