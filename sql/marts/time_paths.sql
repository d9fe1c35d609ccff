/*
description: In which periods the units of a hand-in count, by the way they add up over time.
internal: true
columns:
  export: Name of the export.
  mode: "sum: every hand-in; last: the submitter's latest inside the period; growth_now, growth_before: those of periods handed in in both years, this year's and last year's."
  submitter: Code of the submitter.
  base_type: Cadence of the hand-in.
  base_end: Last day of the period handed in.
  period_type: month, quarter or year.
  period_end: Last day of the period in which its units count.
*/
with handed_in as (
    select export, period_type as base_type, period_end as base_end, submitter from build.counted_hand_ins where submission_id is not null
),
paths as (
    select h.export, h.submitter, h.base_type, h.base_end, p.period_type, p.period_end
    from handed_in h
    join build.period_paths p using (base_type, base_end)
),
both_years as (
    select p.*, earlier.base_end as earlier_end
    from paths p
    join handed_in earlier
        on earlier.export = p.export and earlier.submitter = p.submitter
        and earlier.base_end = last_day(cast(p.base_end - to_months(12) as date))
)
select export, 'sum' as mode, submitter, base_type, base_end, period_type, period_end from paths
union all
(
    select export, 'last', submitter, base_type, base_end, period_type, period_end
    from paths
    qualify base_end = max(base_end) over (partition by export, submitter, period_type, period_end)
)
union all
select export, 'growth_now', submitter, base_type, base_end, period_type, period_end from both_years
union all
select export, 'growth_before', submitter, base_type, earlier_end, period_type, period_end from both_years
