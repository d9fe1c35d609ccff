/*
title: 街道考核得分变化
description: 两项考核中各街道每年的总分、名次、等次，同上一年相比升降多少，以及被否决的原因。
*/
select
    d.definition ->> '$.title' as 考核,
    t.year as 年度,
    s.area_name as 街道,
    t.total as 总分,
    t.rank as 名次,
    t.grade as 等次,
    t.total - lag(t.total) over earlier as 得分变化,
    lag(t.rank) over earlier - t.rank as 名次上升,
    t.veto as 否决原因,
    case t.status when 'in_progress' then '进行中' else '已完成' end as 状态
from assessment_totals t
join areas s on s.area_code = t.street_code
join build.assessment_schemes d on d.scheme = t.scheme and d.year is null
window earlier as (partition by t.scheme, t.street_code order by t.year)
order by 考核, 年度 desc, 名次, 街道
