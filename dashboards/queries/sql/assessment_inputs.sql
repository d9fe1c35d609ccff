-- The values of a year that its assessments look at, street by street: of a locked year those it was locked with.
select street_code, indicator_id, value, status
from build.locked_inputs
where year = $year
union all
select v.area_code, v.indicator_id, v.value, v.status
from indicator_values v
where
    v.level = 'street'
    and v."map" = 'then'
    and v.period_type = 'year'
    and v.period_end = make_date($year, 12, 31)
    and v.indicator_id in (select unnest($indicators))
    and $year not in (select year from build.locked_inputs)
