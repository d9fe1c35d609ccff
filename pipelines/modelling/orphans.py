"""Codes that no register of the same period holds. Lists them; what is counted all the same is the unit's business.

Of a longer period it is the latest register inside it. A register that was not handed in makes nothing an orphan.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import duckdb

from pipelines.contracts.schema import Contract


def find_orphans(con: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract]) -> None:
    """Fill the table `orphans`, from the published exports and from what was found while people were counted."""
    con.execute("delete from orphans")
    con.execute("insert into orphans select * exclude (period_end, export) from build.personal_orphans")
    for contract in contracts.values():
        if not contract.personal:
            for query, register in _queries(contract, f"rows.{contract.export}"):
                con.execute(f"insert into orphans select * exclude (period_end, export) from ({query})", [register])


def find_personal_orphans(
    con: duckdb.DuckDBPyConnection, contract: Contract, rows: str, periods: Sequence[date]
) -> None:
    """Remember the orphans of an export with a row per person, for these periods.

    Args:
        con: The build file.
        contract: Of the export.
        rows: Its rows with their period, as a query.
        periods: Last days of the periods that the rows are of.
    """
    con.execute(
        "delete from build.personal_orphans where export = $1 and list_contains($2, period_end)",
        [contract.export, periods],
    )
    for query, register in _queries(contract, rows):
        con.execute(f"insert into build.personal_orphans {query}", [register])


def _queries(contract: Contract, rows: str) -> Iterator[tuple[str, str]]:
    for name, spec in contract.fields.items():
        if spec.references is not None:
            yield (
                f"""with latest as (
                    select date_trunc('{contract.cadence}', period_end) as start, max(period_end) as register_end
                    from build.parts where export = $1 group by all
                )
                select r.period_end, '{contract.export}' as export, r._submission, r._sheet, r._row, '{name}',
                    {"null" if contract.personal else f"r.{name}"}
                from {rows} r
                join latest l on l.start = date_trunc('{contract.cadence}', r.period_end)
                anti join rows.{spec.references} known
                    on known.period_end = l.register_end and known.{name} = r.{name}
                where r.{name} is not null""",
                spec.references,
            )
