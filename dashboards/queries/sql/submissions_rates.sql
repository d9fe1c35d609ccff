-- Completeness and timeliness of departments or streets over the periods that end in a span of days, the worst first.
with counts as (
    select
        code,
        name,
        cast(sum(due) as bigint) as due,
        cast(sum(reported) as bigint) as reported,
        cast(sum(on_time) as bigint) as on_time,
        cast(sum(late) as bigint) as late,
        cast(sum(missing) as bigint) as missing,
        cast(sum(faulty) as bigint) as faulty,
        cast(sum(corrected) as bigint) as corrected,
        cast(sum(waiting) as bigint) as waiting
    from hand_in_rates
    where level = $level and period_end between $first and $last
    group by code, name
)
select
    *,
    reported / due as completeness,
    on_time / due as timeliness,
    faulty / due as faulty_share,
    corrected / due as corrected_share
from counts
order by completeness, timeliness, faulty_share desc, code
