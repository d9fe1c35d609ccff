-- Every file handed in, the latest first, with how many faults and warnings it had.
select
    s.submission_id,
    s.export,
    c.title,
    s.period_type,
    s.period_end,
    s.submitter,
    (
        select string_agg(a.area_name, '、' order by a.area_code)
        from areas a
        where list_contains(string_split(s.submitter, ','), a.area_code)
    ) as submitter_names,
    s.file_name,
    s.received_at,
    s.status,
    s.rows_read,
    s.rows_accepted,
    s.rows_rejected,
    s.rows_skipped,
    s.handed_in_by,
    s.channel,
    count(*) filter (where f.severity = 'fault') as faults,
    count(*) filter (where f.severity = 'warning') as warnings
from submissions s
left join contracts c using (export)
left join faults f using (submission_id)
group by all
order by s.received_at desc, s.submission_id desc
