/* Every indicator with its definition, clause and unit. */
select
    i.indicator_id, i.name, i.clause, i.chapter, i.chapter_title, i.clause_title, c.text as clause_text, i.unit, i.better,
    i.target, i.target_level, i.target_period, i.numerator_text, i.denominator_text, i.department, i.unit_table,
    i.cadence, i.submitted_by, i.headline, i.description, i.ordinal, i.is_sensitive, s.is_growth
from indicators i
join build.indicator_shapes s using (indicator_id)
left join clauses c using (clause)
order by i.ordinal
