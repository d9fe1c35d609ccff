-- Every line of the score sheets of one year, in the scheme's order.
select
    s.street_code,
    a.area_name as street,
    s.dimension,
    s.indicator_id,
    i.name,
    i.unit,
    i.better,
    i.clause,
    s.value,
    s.score,
    s.weight,
    s.points,
    s.note,
    h.is_growth,
    v.reported,
    v.expected
from assessment_scores s
join indicators i using (indicator_id)
join build.indicator_shapes h using (indicator_id)
join areas a on a.area_code = s.street_code
left join indicator_values v
    on v.indicator_id = s.indicator_id and v.level = 'street' and v.area_code = s.street_code and v."map" = 'then'
    and v.period_type = 'year' and v.period_end = make_date(s.year, 12, 31)
where s.scheme = $scheme and s.year = $year
order by s.street_code, s.rowid
