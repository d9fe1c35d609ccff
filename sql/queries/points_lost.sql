/*
title: 考核失分最多的指标
description: 最近一个考核年度里，两项考核中各街道在每项指标上丢了多少分，从丢分最多的看起。
*/
select
    d.definition ->> '$.title' as 考核,
    s.area_name as 街道,
    p.dimension as 维度,
    i.name as 指标,
    round(p.value, 4) as 数值,
    round(p.score, 2) as 得分率,
    round(p.weight, 2) as 权重,
    round(p.weight - p.points, 2) as 失分,
    p.note as 说明
from assessment_scores p
join indicators i using (indicator_id)
join areas s on s.area_code = p.street_code
join build.assessment_schemes d on d.scheme = p.scheme and d.year is null
where p.year = (select max(year) from assessment_totals) and p.weight > p.points
order by 失分 desc, 考核, 街道, 指标
