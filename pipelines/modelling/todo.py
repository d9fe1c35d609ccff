"""Which values are to be computed again: those that something new can have touched, or all.

Fills `build.todo` and deletes the former values. Computes none.
"""

import duckdb
import polars as pl


def hand_ins_before(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """What was due and handed in when the values were last computed."""
    before: pl.DataFrame = con.sql(
        "select export, period_end, submitter, submission_id from build.counted_hand_ins"
    ).pl()
    return before


def choose_todo(con: duckdb.DuckDBPyConnection, before: pl.DataFrame, *, everything: bool) -> None:
    """Choose indicators and periods to compute, and delete their former values.

    Args:
        con: The build file; `hand_ins` and the paths are up to date.
        before: From `hand_ins_before`, taken before they were.
        everything: Whether to compute all.
    """
    con.register("_before", before)
    con.execute(_TOUCHED)
    con.execute("delete from build.todo")
    con.execute(_TODO, [everything])
    con.execute(_FORGET, [everything])


_TOUCHED = """
create or replace temp table touched as
with now_due as (
    select export, period_end, submitter, submission_id from build.counted_hand_ins
),
moved as (
    (from now_due except from _before) union (from _before except from now_due)
),
bases as (
    select distinct export, period_end from moved
    union
    select replace(subject, 'values:', ''), period_end from build.dirty where subject like 'values:%'
),
shifted as (
    select export, period_end from bases
    -- A growth compares with twelve months earlier.
    union
    select export, last_day(cast(period_end + to_months(12) as date)) from bases
)
select export, 'month' as period_type, period_end from shifted
union
select export, 'quarter', last_day(make_date(year(period_end), 3 * quarter(period_end), 1)) from shifted
union
select export, 'year', make_date(year(period_end), 12, 31) from shifted
"""

_TODO = """
insert into build.todo
with sources as (
    select distinct indicator_id, export from build.indicator_parts
),
places as (
    select distinct s.indicator_id, s.export, p.period_type, p.period_end, t.export is not null as is_touched
    from sources s
    join hand_ins h on h.export = s.export
    join build.period_paths p on p.base_type = h.period_type and p.base_end = h.period_end
    left join touched t on t.export = s.export and t.period_type = p.period_type and t.period_end = p.period_end
)
select p.indicator_id, p.period_type, p.period_end
from places p
join (
    select indicator_id, count(*) as needed, any_value(s.period) as only
    from sources join build.indicator_shapes s using (indicator_id) group by indicator_id
) n using (indicator_id)
group by p.indicator_id, p.period_type, p.period_end
-- Of two exports the coarser decides, from the later first period on.
having count(*) = any_value(n.needed) and ($1 or bool_or(p.is_touched))
    and (any_value(n.only) is null or any_value(n.only) = p.period_type)
"""

_FORGET = """
delete from indicator_values
where $1 or (indicator_id, period_type, period_end) in (
    select (i.indicator_id, t.period_type, t.period_end) from touched t join build.indicator_parts i using (export)
)
"""
