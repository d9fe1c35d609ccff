-- What would change in a period if all closed periods were reopened: the district first, then its streets.
select
    i.indicator_id,
    i.name,
    i.unit,
    w.level,
    w.area_code,
    a.area_name,
    w.value,
    w.status,
    w.would_be_value,
    w.would_be_status
from closed_would_be w
join indicators i using (indicator_id)
left join areas a using (area_code)
where w.map = 'then' and w.period_type = $period_type and w.period_end = $period_end
order by i.chapter, i.ordinal, w.level, w.area_code
