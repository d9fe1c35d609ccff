-- Values of a locked year that were corrected after it was locked.
select
    a.area_name as street, i.name, i.unit, s.value as locked_value, v.value,
    coalesce(v.status, 'not_handed_in') as status
from assessment_scores s
join indicators i using (indicator_id)
join areas a on a.area_code = s.street_code
left join indicator_values v
    on v.indicator_id = s.indicator_id and v.level = 'street' and v.area_code = s.street_code and v."map" = 'then'
    and v.period_type = 'year' and v.period_end = make_date(s.year, 12, 31)
where
    s.scheme = $scheme and s.year = $year
    and s.year in (select year from build.locked_inputs)
    and s.value is distinct from v.value
order by s.street_code, s.rowid
