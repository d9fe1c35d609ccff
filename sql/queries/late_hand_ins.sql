/*
title: 各部门迟报与未报
description: 按部门和报表统计应报、按时、迟报、未报的次数，以及迟报平均和最多晚了几天；只算应报之日已过的。
*/
select
    c.department as 部门,
    c.title as 报表,
    count(*) as 应报次数,
    count(*) filter (where h.is_reported and not h.is_late) as 按时,
    count(*) filter (where h.is_late) as 迟报,
    count(*) filter (where not h.is_reported) as 未报,
    round(avg(date_diff('day', h.due_on, cast(h.first_received_at as date))) filter (where h.is_late), 1) as 迟报平均天数,
    max(date_diff('day', h.due_on, cast(h.first_received_at as date))) filter (where h.is_late) as 迟报最多天数
from hand_in_states h
join contracts c using (export)
where h.is_due
group by 部门, 报表
order by 未报 desc, 迟报 desc, 部门, 报表
