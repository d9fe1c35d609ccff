-- Values of some indicators in one period for every community of an area, with the sums they are made of.
select
    v.indicator_id,
    v.area_code,
    a.area_name as community,
    s.area_code as street_code,
    s.area_name as street,
    v.numerator,
    v.denominator,
    v.value,
    v.status,
    t.attained,
    t.progress
from indicator_values v
left join attainment t using (indicator_id, level, area_code, period_type, period_end, "map")
join areas a on a.area_code = v.area_code
join areas s on s.area_code = a.parent_code
where
    v.indicator_id in (select unnest($indicators))
    and v.level = 'community'
    and v.period_type = $period_type
    and v.period_end = $period_end
    and $area in (a.area_code, a.parent_code, s.parent_code)
order by v.indicator_id, v.area_code
