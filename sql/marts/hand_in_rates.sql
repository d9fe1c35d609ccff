/*
description: 报送的完整率、及时率、差错率、更正率：按部门和按街道，每期截止的月份一行，另有各期合计一行。只算应报之日已过的。
kind: view
columns:
  level: department 部门（它的各项报表，不论由谁报送），street 街道（由街道报送的各项报表）
  code: 部门名称或街道编码
  name: 部门或街道的名称
  period_end: 期的最后一天；各期合计为空
  due: 应报的份数
  reported: 已报并生效的份数
  on_time: 其中按时的份数
  late: 其中迟报的份数
  missing: 未报的份数
  faulty: 有差错的份数
  corrected: 更正过的份数
  waiting: 已关账、有文件待计入的份数
  completeness: 完整率：已报 / 应报
  timeliness: 及时率：按时 / 应报
  faulty_share: 差错率：有差错 / 应报
  corrected_share: 更正率：更正过 / 应报
*/
with due as (
    select s.*, c.department, c.submitted_by
    from hand_in_states s
    join contracts c using (export)
    where s.is_due
),
places as (
    select 'department' as level, department as code, department as name, * from due
    union all
    select 'street', d.submitter, a.area_name, d.*
    from due d
    join areas a on a.area_code = d.submitter
    where d.submitted_by = 'street'
),
counts as (
    select
        level,
        code,
        name,
        period_end,
        count(*) as due,
        count(*) filter (where is_reported) as reported,
        count(*) filter (where is_reported and not is_late) as on_time,
        count(*) filter (where is_late) as late,
        count(*) filter (where is_missing) as missing,
        count(*) filter (where is_faulty) as faulty,
        count(*) filter (where is_corrected) as corrected,
        count(*) filter (where is_waiting) as waiting
    from places
    group by grouping sets ((level, code, name, period_end), (level, code, name))
)
select
    *,
    reported / due as completeness,
    on_time / due as timeliness,
    faulty / due as faulty_share,
    corrected / due as corrected_share
from counts
