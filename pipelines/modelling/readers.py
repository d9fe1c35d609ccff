"""What readers get of a publication: of each table the query that gives its rows, without what may not be shown.

Small counts of people in difficulty are not hidden page by page: they are not in the file that pages and
`guben explain` read. What is left out:

- of exports that a sensitive indicator counts, all rows: what remains of them are sums by community, as of people;
- figures of `small_counts`, in `indicator_values` (status `small`), `attainment` and the sums behind.

Computes nothing. The complete file beside it is the public face for other programs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

Described = tuple[str, Mapping[str, str]]
"""A description, and of each column the comment."""


@dataclass(frozen=True)
class Face:
    """What goes into one file."""

    tables: Mapping[str, str]
    """Of each table, with its schema, the query to the build file that gives its rows."""
    views: Mapping[str, str]
    """Of each view its CREATE VIEW, those it reads first."""
    texts: Mapping[str, Described]
    """Of each table and view its description and the comments of its columns."""
    columns: Mapping[str, str]
    """Of each table its columns, as CREATE TABLE takes them."""
    empty: frozenset[str]
    """Tables that certainly have no row: in a small home most of them."""

    @property
    def key(self) -> object:
        """Tells whether another one differs in anything but rows."""
        return list(self.tables), dict(self.views), dict(self.texts), dict(self.columns)


_OF_A_VALUE = """s.indicator_id = t.indicator_id and s.area_code = t.area_code and s.period_type = t.period_type
    and s.period_end = t.period_end and t.level = 'community'"""

# One of each, also where nothing was counted: that there is a sum would tell of somebody.
_HIDDEN_SUMS = """(
    select distinct d.unit, p.sum_id, s.period_end, s.area_code as community
    from small_counts s
    join build.indicator_parts p using (indicator_id)
    join build.definitions d using (sum_id)
    join contracts c on c.export = d.unit and c.cadence = s.period_type
)"""

HIDE = {
    "main.indicator_values": f"""select t.* replace (
            case when s.indicator_id is null then numerator end as numerator,
            case when s.indicator_id is null then denominator end as denominator,
            case when s.indicator_id is null then value end as value,
            case when s.indicator_id is null then status else 'small' end as status
        )
        from indicator_values t left join small_counts s on {_OF_A_VALUE}""",
    "main.attainment": f"select t.* from attainment t anti join small_counts s on {_OF_A_VALUE}",
    "build.sums": f"""select t.* from build.sums t anti join {_HIDDEN_SUMS} h using (sum_id, community, period_end)
        union all select unit, sum_id, period_end, community, null from {_HIDDEN_SUMS}""",
}
"""Instead of all rows of a table: those that readers get, hidden cells as NULL. Same columns, same types."""

_ALSO_SMALL = "；small 社区一级不足 5 人，或可据以推算，不展示"


def readers_face(con: duckdb.DuckDBPyConnection, face: Face) -> Face:
    """What readers get of what is published: what is missing in it is not in their file.

    Args:
        con: The build file.
        face: Everything that is published.
    """
    sensitive = con.execute("select distinct unit_table from indicators where is_sensitive").fetchall()
    withheld = {f"{schema}.{export}" for (export,) in sensitive for schema in ("exports", "rows", "units")}
    tables = {name: HIDE.get(name, query) for name, query in face.tables.items() if name not in withheld}
    views = {name: statement for name, statement in face.views.items() if name not in withheld}
    text, columns = face.texts["main.indicator_values"]
    said = (text, {**columns, "status": columns["status"] + _ALSO_SMALL})
    return Face(tables, views, {**face.texts, "main.indicator_values": said}, face.columns, face.empty)
