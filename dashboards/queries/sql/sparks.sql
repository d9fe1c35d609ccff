/* Indicators of one area over the thirteen latest periods of their own up to $as_of: the headline ones, or all. */
select v.indicator_id, v.period_type, v.period_end, v.value
from indicator_values v
join indicators i using (indicator_id)
where (i.headline or $everything) and v.area_code = $area and v.map = $map and v.period_end <= $as_of
    and (i.target_period is null or i.target_period = v.period_type)
qualify row_number() over (partition by v.indicator_id, v.period_type order by v.period_end desc) <= 13
order by v.indicator_id, v.period_end
