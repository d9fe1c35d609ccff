/* The periods that hold values: of one indicator, or of all when $indicator is NULL. */
select distinct period_type, period_end
from indicator_values
where $indicator is null or indicator_id = $indicator
order by period_type, period_end
