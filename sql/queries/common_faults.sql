/*
title: 最常见的填报问题
description: 哪张报表的哪一列最常出什么问题，涉及多少份文件，附一个例子。
*/
select
    coalesce(c.title, '（未识别的文件）') as 报表,
    f.header as 列名,
    case f.severity when 'fault' then '错误' else '提醒' end as 程度,
    case f.rule
        when 'type' then '不是应填的类型'
        when 'enum' then '不在可填的选项中'
        when 'required' then '必填而未填'
        when 'required_when' then '此时必填而未填'
        when 'pattern' then '编码不是应有的样子'
        when 'personal' then '是个人的号码'
        when 'maximum' then '大得不合常理'
        when 'minimum' then '小于最小值'
        when 'at_most' then '大于不应超过的数'
        when 'sum' then '合计与分项不符'
        when 'date_in_period' then '日期不在所属期内'
        when 'after_period' then '日期晚于所属期'
        else f.rule
    end as 问题,
    count(*) as 次数,
    count(distinct f.submission_id) as 文件数,
    max(cast(s.received_at as date)) as 最近一次,
    arg_max(f.message, s.received_at) as 例子
from faults f
join submissions s using (submission_id)
left join contracts c using (export)
group by 报表, 列名, 程度, 问题
order by 次数 desc, 报表, 列名, 问题
