/* How the people of an export are made up in one area, in the latest period that had begun by $as_of. */
with latest as (
    select max(period_end) as period_end from people_structure
    where export = $export and date_trunc(period_type, period_end) <= $as_of
)
select p.period_type, p.period_end, p.dimension, p.item, p.ordinal, p.people, p.is_small
from people_structure p
join latest using (period_end)
where p.export = $export and p.area_code = $area
order by p.dimension, p.ordinal
