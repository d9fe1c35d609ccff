-- Total, grade and rank of every street in every year of a scheme.
select t.year, t.street_code, a.area_name as street, t.total, t.grade, t.rank, t.veto, t.status
from assessment_totals t
join areas a on a.area_code = t.street_code
where t.scheme = $scheme
order by t.year desc, t.rank, t.street_code
