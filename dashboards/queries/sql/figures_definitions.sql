-- What some indicators are called and measured by.
select indicator_id, name, clause, clause_title, unit, better, target, target_level, target_period, numerator_text, denominator_text
from indicators
where indicator_id in (select unnest($indicators))
order by ordinal
