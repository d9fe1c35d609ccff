-- What each community of a street contributes to some indicators of a year; small counts of people are not shown.
select
    v.indicator_id,
    v.area_code,
    a.area_name as community,
    v.numerator,
    v.denominator,
    v.value,
    v.status,
    t.attained,
    m.area_code is not null as is_small
from indicator_values v
left join attainment t using (indicator_id, level, area_code, period_type, period_end, "map")
join areas a on a.area_code = v.area_code
left join small_counts m
    on m.indicator_id = v.indicator_id and m.area_code = v.area_code and m.period_type = v.period_type
    and m.period_end = v.period_end
where
    v.indicator_id in (select unnest($indicators))
    and v.level = 'community'
    and v.period_type = 'year'
    and v.period_end = make_date($year, 12, 31)
    and a.parent_code = $street
order by v.indicator_id, v.area_code
