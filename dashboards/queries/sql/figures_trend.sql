-- Values of some indicators for one area over time, up to a period.
select v.indicator_id, v.period_end, v.numerator, v.denominator, v.value, v.status, v.reported, v.expected
from indicator_values v
where
    v.indicator_id in (select unnest($indicators))
    and v.area_code = $area
    and v.period_type = $period_type
    and v.period_end <= $period_end
    and v."map" = 'then'
order by v.indicator_id, v.period_end
