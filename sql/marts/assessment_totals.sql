/*
description: Total, grade and rank of each street in the yearly assessment.
columns:
  scheme: Name of the assessment.
  year: The year assessed.
  street_code: Code of the street.
  total: Sum of the points, from 0 to 100, rounded half up to two decimals.
  grade: Grade by the total, capped by a veto.
  rank: Place by the total; equal totals share it.
  veto: Reasons of the vetoes, joined by ；; NULL when there is none.
  status: ok, or in_progress while the year has not ended.
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
