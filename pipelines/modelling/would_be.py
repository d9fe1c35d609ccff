"""What the submissions that wait for a closed period would change: the build, tried as if no period were closed.

The trial is the build itself, in one transaction that is undone: the same steps on the same tables, and so only what
the waiting submissions touch is computed. Fills `closed_would_be`; leaves no other table changed.
"""

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from pipelines.modelling.build import Build

_PUBLISHED = """
create or replace temp table published_values as
select indicator_id, level, area_code, period_type, period_end, map, numerator, denominator, value, status
from indicator_values where level <> 'community'
"""

_CHANGED = """
select indicator_id, level, area_code, period_type, period_end, map, p.value, p.status,
    w.value as would_be_value, w.status as would_be_status
from (from indicator_values where level <> 'community') w
full join published_values p using (indicator_id, level, area_code, period_type, period_end, map)
where (w.numerator, w.denominator, w.value, w.status) is distinct from (p.numerator, p.denominator, p.value, p.status)
order by all
"""


def fill_would_be(build: "Build") -> None:
    """Bring `closed_would_be` up to date, after all values are."""
    with build.open() as con:
        con.execute("delete from closed_would_be")
        if not con.execute("select count(*) from waiting_submissions").fetchall()[0][0]:
            return
        con.execute(_PUBLISHED)
        build.as_if_open(con).run()
        changed: pl.DataFrame = con.sql(_CHANGED).pl()
        # Undo all of the trial; what it would change is all that stays.
        con.execute("rollback")
        con.execute("begin")
        con.execute("delete from closed_would_be")
        con.register("_changed", changed)
        con.execute("insert into closed_would_be by name select * from _changed")
        con.unregister("_changed")
