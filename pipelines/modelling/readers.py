"""The copy of a publication that pages and `guben explain` read: without what may not be shown to readers.

Small counts of people in difficulty are not hidden page by page: they are not in this file. What is left out:

- of exports that a sensitive indicator counts, all rows: what remains of them are sums by community, as of people;
- figures of `small_counts`, in `indicator_values` (status `small`), `attainment` and the sums behind.

Computes nothing. The complete file beside it is the public face for other programs.
"""

import shutil
from pathlib import Path

import duckdb

from warehouse.database import open_for_building, transaction

_STATUS = "；small 社区一级不足 5 人，或可据以推算，不展示"

_HIDE = """
update indicator_values v set numerator = null, denominator = null, value = null, status = 'small'
from small_counts s
where v.level = 'community' and v.indicator_id = s.indicator_id and v.area_code = s.area_code
    and v.period_type = s.period_type and v.period_end = s.period_end;
delete from attainment t using small_counts s
where t.level = 'community' and t.indicator_id = s.indicator_id and t.area_code = s.area_code
    and t.period_type = s.period_type and t.period_end = s.period_end;
create temp table hidden as
select distinct p.sum_id, d.unit, s.area_code as community, s.period_end
from small_counts s
join build.indicator_parts p using (indicator_id)
join build.definitions d using (sum_id)
join contracts c on c.export = d.unit and c.cadence = s.period_type;
delete from build.sums s using hidden h
where s.sum_id = h.sum_id and s.community = h.community and s.period_end = h.period_end;
-- One of each, also where nothing was counted: that there is a sum would tell of somebody.
insert into build.sums by name select unit, sum_id, period_end, community, null as amount from hidden;
"""


def copy_for_readers(database: Path, copy: Path) -> None:
    """Copy a database and take out of the copy what readers may not see.

    Args:
        database: The build file, checkpointed and closed.
        copy: File to make; closed when this returns.
    """
    shutil.copyfile(database, copy)
    con = open_for_building(copy)
    try:
        with transaction(con):
            _take_out(con)
        con.execute("checkpoint")
    finally:
        con.close()


def _take_out(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(_HIDE)
    sensitive = con.execute("select distinct unit_table from indicators where is_sensitive").fetchall()
    for (export,) in sensitive:
        con.execute(f"drop view if exists rows.{export}")
        con.execute(f"drop table if exists exports.{export}")
        con.execute(f"drop table if exists units.{export}")
    said = con.execute(
        """select comment from duckdb_columns()
        where schema_name = 'main' and table_name = 'indicator_values' and column_name = 'status'"""
    ).fetchall()[0][0]
    con.execute(f"comment on column indicator_values.status is '{said}{_STATUS}'")
