"""What is behind a number: its two sums, its definition, its clause, and the counted units down to file, sheet and row.

The rows come from the definition and the paths that computed the number, both kept in the publication. Reads a
publication; knows no page and no command.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb
import polars as pl


class UnknownNumberError(LookupError):
    """There is no such indicator, area or period in the publication."""


@dataclass(frozen=True)
class Explanation:
    """A number with everything it is made of."""

    indicator_id: str
    name: str
    unit: str
    description: str
    clause: int
    clause_title: str
    clause_text: str
    area_code: str
    area_name: str
    period_type: str
    period_end: date
    map: str
    numerator_text: str
    numerator: Decimal | None
    denominator_text: str | None
    denominator: Decimal | None
    value: float | None
    status: str
    reported: int
    expected: int
    target: float | None
    unit_table: str
    rows: pl.DataFrame
    """The counted units, one row each: file_name, sheet, row, submission_id, period_end, community, community_name,
    numerator, denominator (what it adds to each sum), then the fields of the unit table."""
    total_rows: int
    """How many there are beyond the limit too."""


def explain(
    con: duckdb.DuckDBPyConnection,
    indicator_id: str,
    area_code: str,
    period: tuple[str, date],
    map: str = "then",  # the column's name in the publication
    limit: int | None = 100,
) -> Explanation:
    """Take a number apart.

    Args:
        con: A publication, opened for reading.
        indicator_id: Name of the indicator.
        area_code: Code of the community, street or district.
        period: month, quarter or year, and its last day.
        map: then or now.
        limit: Rows listed at most; None for all.

    Raises:
        UnknownNumberError: when the publication has no such number.
    """
    found = (
        con.sql(
            """select i.indicator_id, i.name, i.unit, i.description, i.clause, i.clause_title, c.text as clause_text,
            v.area_code, a.area_name, v.period_type, v.period_end, v.map, i.numerator_text, v.numerator,
            i.denominator_text, v.denominator, v.value, v.status, v.reported, v.expected, i.target, i.unit_table
        from indicator_values v
        join indicators i using (indicator_id)
        join clauses c on c.clause = i.clause
        join areas a using (area_code)
        where v.indicator_id = ? and v.area_code = ? and v.period_type = ? and v.period_end = ? and v.map = ?""",
            params=[indicator_id, area_code, *period, map],
        )
        .pl()
        .to_dicts()
    )
    if not found:
        raise UnknownNumberError(f"no value of {indicator_id} for {area_code}, {period[0]} {period[1]}, map {map}")
    query = _rows_query(con, indicator_id)
    parameters = {"area": area_code, "period_type": period[0], "period_end": period[1], "map": map}
    rows = con.sql(f"{query} limit $limit", params={**parameters, "limit": limit}).pl()
    total = rows.height
    if limit is not None and total == limit:
        total = int(con.execute(f"select count(*) from ({query})", parameters).fetchall()[0][0])
    return Explanation(**found[0], rows=rows, total_rows=total)


def _rows_query(con: duckdb.DuckDBPyConnection, indicator_id: str) -> str:
    parts = con.execute(
        """select i.part, d.unit, d.condition, d.amount, i.mode
        from build.indicator_parts i join build.definitions d using (sum_id)
        where i.indicator_id = ? order by i.part desc""",
        [indicator_id],
    ).fetchall()
    # Conditions and amounts are the definitions that computed the number: they come from the catalogue.
    added = " union all by name ".join(
        f"""select u.*, cast(({amount}) as decimal(18, 4)) as "{part}"
        from units.{unit} u
        semi join (
            select base_end, community from build.counted
            where export = '{unit}' and mode = '{mode}' and area_code = $area and "map" = $map
                and period_type = $period_type and period_end = $period_end
        ) c on c.base_end = u.period_end and c.community = u.community
        where ({condition})"""
        for part, unit, condition, amount, mode in parts
    )
    names = [part for part, *_ in parts]
    sums = ", ".join(f"sum({name}) as {name}" for name in names)
    return f"""select s.file_name, r.sheet, r."row", r.submission_id, r.period_end, r.community,
            a.area_name as community_name, {", ".join(f"r.{name}" for name in names)},
            r.* exclude (sheet, "row", submission_id, period_end, community, {", ".join(names)})
        from (select * exclude ({", ".join(names)}), {sums} from ({added}) group by all) r
        join submissions s using (submission_id)
        left join areas a on a.area_code = r.community
        order by s.file_name, r.sheet, r."row" """
