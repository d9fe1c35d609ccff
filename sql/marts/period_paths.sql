/*
description: Every period for which an export can be handed in, with itself and the longer periods that contain it.
internal: true
columns:
  base_type: Cadence of the hand-in.
  base_end: Last day of the period handed in.
  period_type: month, quarter or year; never shorter than the base.
  period_end: Last day of the period that contains the base.
*/
select distinct
    h.period_type as base_type,
    h.period_end as base_end,
    longer.period_type,
    case longer.period_type
        when 'month' then h.period_end
        when 'quarter' then last_day(make_date(year(h.period_end), 3 * quarter(h.period_end), 1))
        else make_date(year(h.period_end), 12, 31)
    end as period_end
from hand_ins h
join (values ('month', 1), ('quarter', 2), ('year', 3)) own(period_type, length) on own.period_type = h.period_type
join (values ('month', 1), ('quarter', 2), ('year', 3)) longer(period_type, length) on longer.length >= own.length
