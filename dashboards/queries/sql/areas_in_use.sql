/* District, streets and communities in use at some time between $first and $last. */
select a.area_code, a.area_name, a.level, a.parent_code, p.area_name as parent_name
from areas a
left join areas p on p.area_code = a.parent_code
where a.valid_from <= $last and (a.valid_to is null or a.valid_to > $first)
order by coalesce(case a.level when 'community' then a.parent_code else a.area_code end, a.area_code), a.area_code
