-- What each community of a street contributes to some indicators of a year.
select
    v.indicator_id,
    v.area_code,
    a.area_name as community,
    v.numerator,
    v.denominator,
    v.value,
    v.status,
    t.attained
from indicator_values v
left join attainment t using (indicator_id, level, area_code, period_type, period_end, "map")
join areas a on a.area_code = v.area_code
where
    v.indicator_id in (select unnest($indicators))
    and v.level = 'community'
    and v.period_type = 'year'
    and v.period_end = make_date($year, 12, 31)
    and a.parent_code = $street
order by v.indicator_id, v.area_code
