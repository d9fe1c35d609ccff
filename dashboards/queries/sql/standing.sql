/* How every indicator stands in the district and in each street on the day $as_of, on the map $map: in the latest complete
   period of its own length, with the period before and the same period a year earlier. */
with near as (
    select indicator_id, level, area_code, period_type, period_end, value, status, reported, expected
    from indicator_values
    where level <> 'community' and map = $map and period_end between $as_of - interval 36 months and $as_of
),
lengths as (
    select indicator_id, min(case period_type when 'month' then 1 when 'quarter' then 3 else 12 end) as months
    from near
    group by indicator_id
),
own as (
    select
        i.*,
        case when i.target_period = 'year' then 12 else coalesce(l.months, 1) end as months
    from indicators i
    left join lengths l using (indicator_id)
),
wanted as (
    select
        * exclude (months),
        case months when 1 then 'month' when 3 then 'quarter' else 'year' end as period_type,
        months,
        last_day($as_of - to_months(cast(month($as_of) % months as integer))) as period_end
    from own
),
stepped as (
    select
        w.indicator_id, v.level, v.area_code,
        any_value(v.value) filter (where v.period_end = w.period_end) as value,
        any_value(v.status) filter (where v.period_end = w.period_end) as status,
        any_value(v.reported) filter (where v.period_end = w.period_end) as reported,
        any_value(v.expected) filter (where v.period_end = w.period_end) as expected,
        any_value(v.value) filter (where v.period_end = last_day(w.period_end - to_months(w.months))) as previous,
        any_value(v.value) filter (where v.period_end = last_day(w.period_end - interval 12 months)) as year_ago
    from wanted w
    join near v using (indicator_id, period_type)
    group by all
)
select
    w.indicator_id, w.name, w.unit, w.better, w.chapter, w.clause, w.headline, w.ordinal, w.target, w.cadence, w.submitted_by,
    r.level, r.area_code, r.area_name, w.period_type, w.period_end,
    s.value, s.status, s.reported, s.expected, t.attained, t.progress, s.previous, s.year_ago
from wanted w
left join stepped s using (indicator_id)
-- What was never handed in stands with the district, as missing.
join areas r on r.area_code = s.area_code or (s.area_code is null and r.level = 'district')
left join attainment t
    on t.indicator_id = s.indicator_id and t.period_type = w.period_type and t.period_end = w.period_end
    and t.area_code = s.area_code and t.map = $map
where r.level = 'district' or r.valid_to is null or r.valid_to > w.period_end
order by w.ordinal, r.level, r.area_code
