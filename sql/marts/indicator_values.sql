/*
description: 每项指标在每个区划、每一期、每张区划图上的值，连同分子、分母和已报送的多少。
incremental: [indicator_id, period_type, period_end]
columns:
  indicator_id: 指标名
  level: community 社区，street 街道，district 区
  area_code: 区划代码
  period_type: month、quarter 或 year
  period_end: 期的最后一天
  map: then 按当时的区划，now 按现行的区划；社区只有 then
  numerator: 分子的合计；未报送为空
  denominator: 分母的合计；合计数没有分母，未报送为空
  value: 分子除以分母，增长率再减 1，合计数即分子；没有的为空
  status: ok 正常，in_progress 期未结束，nothing_to_count 无可统计对象，not_handed_in 未报送
  reported: 本区划本期已报送的份数
  expected: 本区划本期应报送的份数
*/
with sums as (
    select i.indicator_id, c.period_type, c.period_end, c.level, c.area_code, c.map,
        sum(s.amount) filter (where i.part = 'numerator') as numerator,
        sum(s.amount) filter (where i.part = 'denominator') as denominator
    from build.indicator_parts i
    join build.indicator_shapes d using (indicator_id)
    join build.sums s on s.sum_id = i.sum_id
    join build.counted c on c.export = i.export and c.mode = i.mode and c.base_end = s.period_end and c.community = s.community
    join build.todo t on t.indicator_id = i.indicator_id and t.period_type = c.period_type and t.period_end = c.period_end
    join areas a on a.area_code = s.community
    left join build.complete_streets f
        on f.indicator_id = i.indicator_id and f.street = a.parent_code and f.period_type = c.period_type
        and f.period_end = c.period_end
    where i.part <> 'covered' and (d.exports = 1 or f.street is not null)
    group by all
),
communities as (
    select c.indicator_id, c.period_type, c.period_end, c.level, c.area_code, c.map,
        cast(count(*) filter (where c.is_covered) as decimal(38, 4)) as numerator,
        cast(count(*) as decimal(38, 4)) as denominator
    from build.counted_communities c
    join build.todo t using (indicator_id, period_type, period_end)
    group by all
),
amounts as (
    from sums
    union all
    from communities
),
exports as (
    select indicator_id, export from build.indicator_parts group by all
),
reports as (
    select e.indicator_id, r.level, r.area_code, r.map, r.period_type, r.period_end,
        sum(r.reported) as reported, sum(r.expected) as expected, min(r.reported) as least
    from exports e
    join build.reports r using (export)
    join build.todo t on t.indicator_id = e.indicator_id and t.period_type = r.period_type and t.period_end = r.period_end
    group by all
),
joined as (
    select
        t.indicator_id, a.level, a.area_code, t.period_type, t.period_end, a.map,
        coalesce(m.numerator, 0) as numerator,
        case when d.has_denominator then coalesce(m.denominator, 0) end as denominator,
        d.has_denominator,
        d.is_growth,
        coalesce(r.reported, 0) as reported,
        coalesce(r.expected, 0) as expected,
        coalesce(r.least, 0) > 0 as is_handed_in
    from build.todo t
    join build.indicator_shapes d using (indicator_id)
    join build.area_periods a on a.period_type = t.period_type and a.period_end = t.period_end
    left join amounts m
        on m.indicator_id = t.indicator_id and m.period_type = t.period_type and m.period_end = t.period_end
        and m.level = a.level and m.area_code = a.area_code and m.map = a.map
    left join reports r
        on r.indicator_id = t.indicator_id and r.period_type = t.period_type and r.period_end = t.period_end
        and r.level = a.level and r.area_code = a.area_code and r.map = a.map
),
valued as (
    select
        * replace (
            case when is_handed_in then numerator end as numerator,
            case when is_handed_in then denominator end as denominator
        ),
        case
            when not is_handed_in then null
            when not has_denominator then cast(numerator as double)
            else numerator / nullif(denominator, 0) - case when is_growth then 1 else 0 end
        end as value
    from joined
)
select
    indicator_id,
    level,
    area_code,
    period_type,
    period_end,
    "map",
    cast(numerator as decimal(38, 4)) as numerator,
    cast(denominator as decimal(38, 4)) as denominator,
    cast(value as double) as value,
    case
        when not is_handed_in then 'not_handed_in'
        when value is null then 'nothing_to_count'
        when period_end > t.day then 'in_progress'
        else 'ok'
    end as status,
    cast(reported as integer) as reported,
    cast(expected as integer) as expected
from valued cross join build.today t
