/*
description: For indicators of two exports, the streets that count in a period - those for which both were handed in inside it.
internal: true
columns:
  indicator_id: Name of the indicator.
  street: Code of the street.
  period_type: month, quarter or year.
  period_end: Last day of the period.
*/
select i.indicator_id, a.area_code as street, p.period_type, p.period_end
from build.indicator_shapes i
join (select distinct indicator_id, export from build.indicator_parts) e using (indicator_id)
join contracts k using (export)
join build.time_paths p on p.export = e.export and p.mode = 'last'
join areas a on a.level = 'street' and (k.submitted_by = 'district' or a.area_code = p.submitter)
where i.exports > 1
group by all
having count(distinct e.export) = any_value(i.exports)
