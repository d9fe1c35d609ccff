/*
description: 每一项应报的报送在发布之日怎样：按时、迟报、未报、有差错、已更正、待计入、未到期。只看收到的文件。
kind: view
columns:
  export: 报表名
  period_type: month、quarter 或 year
  period_end: 所属期的最后一天
  submitter: 报送者：440307 为全区，否则为街道编码
  due_on: 应在这一天及以前报送
  submission_id: 生效的报送编号；没有的为空
  received_at: 生效的报送收到的时间
  first_received_at: 本期第一份被采用的报送收到的时间
  state: 先看其一：waiting 已关账、有文件待计入，faulty 有差错，missing 未报，not_due 未到期，late 迟报，corrected 已更正，on_time 按时
  is_due: 应报之日是否已过
  is_reported: 是否有生效的报送
  is_late: 第一份被采用的报送是否晚于应报之日；没有的为否
  is_missing: 应报之日已过，而一份文件也没有收到
  is_faulty: 是否只有被退回的文件，或生效的报送有不采用的行
  is_corrected: 是否不止一份被采用
  is_waiting: 是否有文件在关账后收到、暂不计入
*/
with days as (
    -- What is not published yet is judged on the last day of its data.
    select coalesce(
        (select cast(timezone('Asia/Shanghai', built_at) as date) from publication),
        (select day from build.today)
    ) as today
),
judged as (
    select h.*,
        h.due_on < d.today as is_due,
        h.submission_id is not null as is_reported,
        coalesce(h.is_late, false) as was_late,
        h.submission_id is null and h.refused > 0 or coalesce(h.rows_rejected, 0) > 0 as is_faulty,
        h.accepted > 1 as is_corrected,
        h.waiting > 0 as is_waiting
    from hand_ins h
    cross join days d
)
select
    export,
    period_type,
    period_end,
    submitter,
    due_on,
    submission_id,
    received_at,
    first_received_at,
    case
        when is_waiting then 'waiting'
        when is_faulty then 'faulty'
        when not is_reported and is_due then 'missing'
        when not is_reported then 'not_due'
        when was_late then 'late'
        when is_corrected then 'corrected'
        else 'on_time'
    end as state,
    is_due,
    is_reported,
    was_late as is_late,
    is_due and not is_reported and not is_faulty and not is_waiting as is_missing,
    is_faulty,
    is_corrected,
    is_waiting
from judged
