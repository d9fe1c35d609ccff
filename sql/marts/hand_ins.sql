/*
description: 每一项应报或已报的报送：每种报表、每期、每个报送者一行。
columns:
  export: 报表名
  period_type: month、quarter 或 year
  period_end: 所属期的最后一天
  submitter: 报送者：440307 为全区，否则为街道编码
  due_on: 应在这一天及以前报送
  submission_id: 生效的报送编号；未报送为空
  received_at: 生效的报送收到的时间
  first_received_at: 本期第一份被采用的报送收到的时间
  is_late: 第一份被采用的报送是否晚于应报之日；未报送为空
  accepted: 被采用的报送份数，关账后收存而暂不计入的除外
  refused: 因差错被退回的份数
  waiting: 关账后收存、暂不计入的份数
  rows_rejected: 生效的报送中因差错不采用的行数；未报送为空
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
files as (
    select s.export, s.period_end, s.submitter,
        min(s.received_at) filter (where s.counts) as first_received_at,
        count(*) filter (where s.counts) as accepted,
        count(*) filter (where s.outcome = 'refused') as refused,
        count(w.submission_id) as waiting
    from build.scopes s
    left join waiting_submissions w using (submission_id)
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
    case when made.submission_id is not null then cast(f.first_received_at as date) > period_end + to_days(c.due_day) end as is_late,
    cast(coalesce(f.accepted, 0) as integer) as accepted,
    cast(coalesce(f.refused, 0) as integer) as refused,
    cast(coalesce(f.waiting, 0) as integer) as waiting,
    s.rows_rejected
from due
full join made using (export, period_type, period_end, submitter)
join cadences c using (export)
left join files f using (export, period_end, submitter)
left join submissions s on s.submission_id = made.submission_id
