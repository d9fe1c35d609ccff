-- The periods for which an indicator has values.
select period_type, list(distinct period_end order by period_end) as ends
from indicator_values
where indicator_id = $indicator and level = 'district'
group by period_type
