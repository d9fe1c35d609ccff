/*
description: 街道年度考核的总分、等次和名次。
columns:
  scheme: 考核办法
  year: 考核年度
  street_code: 街道编码
  total: 总分，0 至 100，四舍五入到两位小数
  grade: 等次；被一票否决的不高于规定的等次
  rank: 名次；总分相同的并列
  veto: 一票否决的原因，多个以；相连；没有的为空
  status: ok 全年，in_progress 年度未结束
*/
with totals as (
    select scheme, year, street_code, cast(round(cast(sum(points) as decimal(18, 8)), 2) as decimal(5, 2)) as total
    from assessment_scores
    group by all
),
vetoes as (
    select t.scheme, t.year, t.street_code,
        string_agg(v.because, '；' order by v.ordinal) as veto,
        min(v.cap_minimum) as cap_minimum
    from totals t
    join build.scheme_vetoes v on v.scheme = t.scheme
    join indicator_values x
        on x.indicator_id = v.indicator_id and x.level = 'street' and x.area_code = t.street_code and x.map = 'then'
        and x.period_type = 'year' and x.period_end = make_date(t.year, 12, 31)
    where x.value > v.threshold or (v.includes_threshold and x.value = v.threshold)
    group by all
),
graded as (
    select t.scheme, t.year, t.street_code, t.total, any_value(v.veto) as veto,
        least(coalesce(any_value(v.cap_minimum), 100), max(g.minimum)) as reached
    from totals t
    left join vetoes v using (scheme, year, street_code)
    join build.scheme_grades g on g.scheme = t.scheme and g.minimum <= t.total
    group by t.scheme, t.year, t.street_code, t.total
)
select
    t.scheme,
    t.year,
    t.street_code,
    t.total,
    g.grade,
    cast(rank() over (partition by t.scheme, t.year order by t.total desc) as integer) as rank,
    t.veto,
    case when make_date(t.year, 12, 31) > n.day then 'in_progress' else 'ok' end as status
from graded t
join build.scheme_grades g on g.scheme = t.scheme and g.minimum = t.reached
cross join build.today n
