/* The periods that hold values: of one indicator, or of all when $indicator is NULL. */
select period_type, list(distinct period_end order by period_end) as ends
from indicator_values
where level = 'district' and ($indicator is null or indicator_id = $indicator)
group by period_type
