/* One indicator of all streets in one period. */
select
    v.area_code, a.area_name, v.value, v.numerator, v.denominator, v.status, v.reported, v.expected, t.attained, t.progress
from indicator_values v
join areas a using (area_code)
left join attainment t
    on t.indicator_id = v.indicator_id and t.period_type = v.period_type and t.period_end = v.period_end
    and t.area_code = v.area_code and t.map = v.map
where v.indicator_id = $indicator and v.level = 'street' and v.period_type = $period_type and v.period_end = $period_end
    and v.map = $map
order by v.area_code
