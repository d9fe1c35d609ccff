-- Values of some indicators in one period: of an area, and of the areas directly below it.
select
    v.indicator_id,
    v.level,
    v.period_type,
    v.area_code,
    a.area_name,
    v.numerator,
    v.denominator,
    v.value,
    v.status,
    v.reported,
    v.expected,
    t.attained,
    t.progress
from indicator_values v
left join attainment t using (indicator_id, level, area_code, period_type, period_end, "map")
join areas a on a.area_code = v.area_code
where
    v.indicator_id in (select unnest($indicators))
    and v.period_type = $period_type
    and v.period_end = $period_end
    and v."map" = 'then'
    and $area in (v.area_code, a.parent_code)
order by v.indicator_id, v.level, v.area_code
