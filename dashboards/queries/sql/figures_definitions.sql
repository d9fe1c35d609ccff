-- What some indicators are called and measured by.
select
    indicator_id, name, clause, clause_title, unit, better, target, target_level, target_period, numerator_text,
    denominator_text, s.is_growth
from indicators
join build.indicator_shapes s using (indicator_id)
where indicator_id in (select unnest($indicators))
order by ordinal
