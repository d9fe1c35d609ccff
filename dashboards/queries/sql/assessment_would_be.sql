-- What a locked year would be with the values as they are now; empty for a year that is not locked.
select
    w.street_code, coalesce(a.area_name, w.street_code) as street, w.locked_total, w.total, w.locked_rank, w.rank,
    w.locked_grade, w.grade
from assessment_would_be w
left join areas a on a.area_code = w.street_code
where w.scheme = $scheme and w.year = $year
order by w.locked_rank, w.street_code
