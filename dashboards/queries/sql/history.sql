/* One indicator of one area over all periods of a type, the latest $periods up to $period_end, with target and progress. */
select
    v.period_end, v.value, v.numerator, v.denominator, v.status, v.reported, v.expected, t.attained, t.progress, t.target
from indicator_values v
left join attainment t
    on t.indicator_id = v.indicator_id and t.period_type = v.period_type and t.period_end = v.period_end
    and t.area_code = v.area_code and t.map = v.map
where v.indicator_id = $indicator and v.area_code = $area and v.period_type = $period_type and v.map = $map
    and v.period_end <= $period_end
qualify row_number() over (order by v.period_end desc) <= $periods
order by v.period_end
