/* One indicator of the areas right below $area, over the latest $periods periods up to $period_end. */
select
    v.area_code, a.area_name, v.level, v.period_end, v.value, v.status, v.reported, v.expected, t.attained, t.progress
from indicator_values v
join areas a using (area_code)
left join attainment t
    on t.indicator_id = v.indicator_id and t.period_type = v.period_type and t.period_end = v.period_end
    and t.area_code = v.area_code and t.map = v.map
where v.indicator_id = $indicator and a.parent_code = $area and v.period_type = $period_type
    and v.map = case v.level when 'community' then 'then' else $map end
    and v.period_end <= $period_end
qualify dense_rank() over (order by v.period_end desc) <= $periods
order by v.area_code, v.period_end
