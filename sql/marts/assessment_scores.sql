/*
description: 街道年度考核中每项指标的得分。
columns:
  scheme: 考核办法
  year: 考核年度
  street_code: 街道编码，年末在用的
  dimension: 考核维度
  indicator_id: 指标名
  value: 街道当年的值，按当时的区划
  score: 得分，0 至 100；无可统计对象的为空
  weight: 实际权重，总分 100 中的份额
  points: 计入总分的分数
  note: 说明：哪种报表未报送，或权重分给了其他指标
*/
with first_years as (
    -- The first year in which every export of the scheme was handed in at least once.
    select scheme, min(year) as first_year
    from (
        select e.scheme, year(h.period_end) as year, count(distinct e.export) as handed_in
        from build.scheme_exports e
        join hand_ins h on h.export = e.export and h.submission_id is not null
        group by all
    )
    join (select scheme, count(*) as needed from build.scheme_exports group by scheme) using (scheme)
    where handed_in = needed
    group by scheme
),
sheets as (
    select i.scheme, y.year, a.area_code as street_code, i.dimension, i.dimension_weight, i.indicator_id, i.weight, i.floor, i.target,
        i.per_case, i.ordinal, i.export_title
    from build.scheme_indicators i
    join first_years f using (scheme)
    cross join build.today t
    join lateral (select unnest(range(cast(f.first_year as bigint), cast(year(t.day) as bigint) + 1)) as year) y on true
    join areas a
        on a.level = 'street' and a.valid_from <= make_date(y.year, 12, 31)
        and (a.valid_to is null or a.valid_to > make_date(y.year, 12, 31))
),
judged as (
    select
        s.*,
        v.value,
        coalesce(v.status, 'not_handed_in') as status,
        case
            when coalesce(v.status, 'not_handed_in') = 'not_handed_in' then 0.0
            when s.per_case is not null then greatest(0.0, 100.0 - s.per_case * v.value)
            when v.value is null then null
            else 100.0 * greatest(0.0, least(1.0, (v.value - s.floor) / (s.target - s.floor)))
        end as score
    from sheets s
    left join indicator_values v
        on v.indicator_id = s.indicator_id and v.level = 'street' and v.area_code = s.street_code and v.map = 'then'
        and v.period_type = 'year' and v.period_end = make_date(s.year, 12, 31)
),
dimensions as (
    select scheme, year, street_code, dimension, any_value(dimension_weight) as dimension_weight,
        coalesce(sum(weight) filter (where score is not null), 0) as scored_weight
    from judged
    group by all
),
spread as (
    select *,
        sum(case when scored_weight > 0 then dimension_weight end) over (partition by scheme, year, street_code) as all_weight
    from dimensions
),
weighted as (
    select j.*,
        case when j.score is null then 0.0
            else 100.0 * d.dimension_weight / d.all_weight * j.weight / d.scored_weight end as effective
    from judged j
    join spread d using (scheme, year, street_code, dimension)
)
select
    scheme,
    cast(year as integer) as year,
    street_code,
    dimension,
    indicator_id,
    value,
    cast(score as double) as score,
    cast(effective as double) as weight,
    cast(coalesce(effective * score / 100.0, 0) as double) as points,
    case
        when status = 'not_handed_in' then '未报送：' || export_title || '，计0分'
        when score is null then '无可统计对象，权重分给其他指标'
    end as note
from weighted
order by scheme, year, street_code, ordinal
