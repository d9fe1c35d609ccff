-- Every closing and reopening, the latest first; whether its period is closed now, and how many files wait for it.
select
    c.number,
    c.action,
    c.period_type,
    c.period_end,
    c.reason,
    c.done_by,
    c.at,
    c.number = max(c.number) over (partition by c.period_type, c.period_end) as is_latest,
    coalesce(w.files, 0) as waiting
from closings c
left join (
    select period_type, period_end, count(*) as files from waiting_submissions group by all
) w using (period_type, period_end)
order by c.number desc
