/*
title: 最常见的填报问题
description: 哪张报表的哪一列最常出什么问题，涉及多少份文件，附一个例子。
*/
select
    coalesce(c.title, '（未识别的文件）') as 报表,
    f.header as 列名,
    case f.severity when 'fault' then '错误' else '提醒' end as 程度,
    f.rule as 规则,
    count(*) as 次数,
    count(distinct f.submission_id) as 文件数,
    max(cast(s.received_at as date)) as 最近一次,
    arg_max(f.message, s.received_at) as 例子
from faults f
join submissions s using (submission_id)
left join contracts c using (export)
group by 报表, 列名, 程度, 规则
order by 次数 desc, 报表, 列名, 规则
