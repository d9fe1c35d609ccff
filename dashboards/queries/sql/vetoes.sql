/* Streets whose grade is capped in the latest year assessed up to $as_of. */
select t.year, t.street_code, a.area_name as street_name, t.grade, t.veto, t.status
from assessment_totals t
join areas a on a.area_code = t.street_code
where t.year <= year($as_of)
qualify t.year = max(t.year) over () and t.veto is not null
order by t.street_code
