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
    """As published; `small`: not shown, fewer than five people in a situation that is nobody's business."""
    reported: int
    expected: int
    target: float | None
    unit_table: str
    rows: pl.DataFrame
    """The counted units, one row each: file_name, sheet, row, submission_id, period_end, community, community_name,
    numerator, denominator (what it adds to each sum), then the fields of the unit table. Where people are counted, a
    row for each community and no fields; no figures either where small counts are hidden."""
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
        con: The pages' copy of a publication, opened for reading. Of the complete file, small counts are told, too.
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


_COUNTED = """(
    select base_end, community from build.counted c
    join build.indicator_shapes d on d.indicator_id = '{indicator}'
    left join areas a on a.area_code = c.community
    left join build.complete_streets f
        on f.indicator_id = d.indicator_id and f.street = a.parent_code and f.period_type = c.period_type
        and f.period_end = c.period_end
    where c.export = '{unit}' and c.mode = '{mode}' and c.area_code = $area and c."map" = $map
        and c.period_type = $period_type and c.period_end = $period_end and (d.exports = 1 or f.street is not null)
)"""

_UNITS = """
select u.*, cast(({amount}) as decimal(18, 4)) as "{part}"
from units.{unit} u
semi join {counted} c on c.base_end = u.period_end and c.community = u.community
where ({condition})
"""

# Of people only sums are kept: a row for each community, with the file it was counted from.
_PEOPLE = """
select s.period_end, s.community, p.submission_id, cast(null as varchar) as sheet, cast(null as integer) as "row",
    s.amount as "{part}"
from build.sums s
semi join {counted} c on c.base_end = s.period_end and c.community = s.community
left join areas w on w.area_code = s.community
left join build.parts p
    on p.export = '{unit}' and p.period_end = s.period_end
    and p.submitter in (w.parent_code, (select district_code from build.district))
where s.sum_id = '{sum_id}'
"""

# Where communities are counted: each one, with the first unit that covers it.
_COMMUNITIES = """
select coalesce(c.unit_end, $period_end) as period_end, c.community, u.submission_id, u.sheet, u."row",
    cast(c.is_covered as decimal(18, 4)) as numerator, cast(1 as decimal(18, 4)) as denominator
from build.counted_communities c
left join (
    select * from units.{unit} where ({condition})
    qualify row_number() over (partition by community, period_end order by submission_id, sheet, "row") = 1
) u on u.community = c.unit_community and u.period_end = c.unit_end
where c.indicator_id = '{indicator}' and c.area_code = $area and c."map" = $map
    and c.period_type = $period_type and c.period_end = $period_end
"""


def _rows_query(con: duckdb.DuckDBPyConnection, indicator_id: str) -> str:
    """The query of the rows behind. What is put into it are definitions of our own, kept in the publication."""
    parts = con.execute(
        """select i.part, d.sum_id, d.unit, d.condition, d.amount, i.mode
        from build.indicator_parts i join build.definitions d using (sum_id)
        where i.indicator_id = ? order by i.part desc""",
        [indicator_id],
    ).fetchall()
    published = {
        row[0] for row in con.execute("select table_name from duckdb_tables() where schema_name = 'units'").fetchall()
    }
    queries = []
    for part, sum_id, unit, condition, amount, mode in parts:
        counted = _COUNTED.format(indicator=indicator_id, unit=unit, mode=mode)
        form = _COMMUNITIES if part == "covered" else _UNITS if unit in published else _PEOPLE
        queries.append(
            form.format(
                part=part,
                sum_id=sum_id,
                unit=unit,
                condition=condition,
                amount=amount,
                counted=counted,
                indicator=indicator_id,
            )
        )
    names = ["numerator", "denominator"] if parts[0][0] == "covered" else [part for part, *_ in parts]
    sums = ", ".join(f"sum({name}) as {name}" for name in names)
    origin = 'sheet, "row", submission_id, period_end, community'
    listed = ", ".join(f"r.{name}" for name in names)
    return f"""select s.file_name, r.sheet, r."row", r.submission_id, r.period_end, r.community,
            a.area_name as community_name, {listed}, r.* exclude ({origin}, {", ".join(names)})
        from (select * exclude ({", ".join(names)}), {sums} from ({" union all by name ".join(queries)}) group by all) r
        left join submissions s using (submission_id)
        left join areas a on a.area_code = r.community
        order by s.file_name, r.sheet, r."row", r.community"""
