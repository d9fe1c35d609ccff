/*
title: 待核实而未说明的报送
description: 生效的报送中与过去或别的报表相比不寻常、报送者还没有说明的数，最近的在前。
*/
select
    p.period_end as 期末,
    c.department as 部门,
    c.title as 报表,
    a.area_name as 报送单位,
    p.message as 发现,
    p.submission_id as 回执号
from plausibility p
join submissions s on s.submission_id = p.submission_id and s.status = 'active'
join contracts c on c.export = p.export
left join areas a on a.area_code = p.submitter
where not exists (
    from submission_notes n where n.submission_id = p.submission_id and coalesce(n.rule, p.rule) = p.rule
)
order by 期末 desc, 部门, 报表, 报送单位, 发现
