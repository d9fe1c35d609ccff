"""What is doubtful in submissions: which figures are compared, which bounds contracts set; and files just received.

Judges nothing itself: that is `sql/marts/plausibility.sql`, over `build.totals`. Writes nothing but the rules' tables.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from pipelines.contracts.schema import ROWS, Contract, FieldType, load_contracts
from pipelines.modelling.catalogue import Catalogue, Sum
from pipelines.modelling.fill import replace_rows
from pipelines.modelling.models import query_of
from pipelines.modelling.totals import add_totals
from pipelines.settings import Settings
from warehouse.database import TIME_ZONE, UntrustedPublicationError, verify
from warehouse.lake import FAULTS, Lake, Receipt
from warehouse.publications import NothingPublishedError, Publications

TABLE = "plausibility"
_UNITS = {
    "money": "元", "area": "平方米", "people": "人", "households": "户", "cases": "件", "sessions": "场",
    "hours": "学时",
}  # fmt: skip


@dataclass(frozen=True)
class Doubt:
    """One line of `plausibility`: what is doubtful in a submission, with its figures, and no reason to refuse it."""

    submission_id: str
    export: str
    period_type: str
    period_end: date
    submitter: str
    field: str | None
    rule: str
    found: float | None
    expected_low: float | None
    expected_high: float | None
    message: str
    indicators: str


def fill_rules(con: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract], catalogue: Catalogue) -> None:
    """Write down what totals are called and touch, and which bounds the contracts declare."""
    fields = [
        [export, name, *about, _touched(sums, name)]
        for export, contract in contracts.items()
        for sums in [catalogue.sums_of(export)]
        for name, about in _described(contract)
    ]
    columns = ["export", "field", "header", "unit", "is_amount", "indicators"]
    replace_rows(con, "build.doubt_fields", columns, fields)
    bounds = [
        [export, bound.field, bound.per or "", *bound.other, float(bound.within)]
        for export, contract in contracts.items()
        for bound in contract.plausible
    ]
    replace_rows(con, "build.bounds", ["export", "field", "per", "other", "other_field", "within"], bounds)


def implausible(settings: Settings, receipts: Sequence[Receipt]) -> list[Doubt]:
    """What is doubtful in submissions just received, against the past that is published; by the same SQL as later.

    Nothing is written. Without a publication, or with a damaged one or one of an earlier version, nothing can be said.
    """
    accepted = [receipt for receipt in receipts if receipt.outcome == "accepted"]
    if not accepted:
        return []
    contracts = load_contracts(settings.contracts_dir)
    query = query_of(settings.sql_dir / "marts" / f"{TABLE}.sql")
    with duckdb.connect() as con:
        con.execute(f"set TimeZone = '{TIME_ZONE}'")
        try:
            Publications(settings.home).open_current(partial(_attach, con), complete=True)
        except (NothingPublishedError, UntrustedPublicationError):  # Refresh, status and pages tell of the latter.
            return []
        if not _is_ready(con):
            return []
        con.execute("create schema build; create table build.totals as from published.build.totals limit 0")
        add_totals(con, contracts, Lake(settings.home), accepted)
        con.register("_received", _as_submissions(accepted))
        con.execute("insert into build.totals from published.build.totals anti join _received using (submission_id)")
        con.execute(
            """create view submissions as
            select submission_id, export, period_type, period_end, rows_accepted from published.submissions
            anti join _received using (submission_id)
            union all by name from _received"""
        )
        _asked(con, Lake(settings.home), accepted)
        con.execute("create table orphans as from published.orphans limit 0")
        # A register is judged by when it is built, and so are the figures that it comes too late for.
        con.execute(
            "create table build.late_figures (submission_id text, submitter text, communities text, places bigint)"
        )
        for table in ("areas", "contracts", "contract_fields", "build.parts", "build.bounds", "build.doubt_fields"):
            con.execute(f"create view {table} as from published.{table}")
        found = con.execute(
            f"select p.* from ({query}) p semi join _received using (submission_id) order by all"
        ).fetchall()
    return [Doubt(*row) for row in found]


def _asked(con: duckdb.DuckDBPyConnection, lake: Lake, receipts: Sequence[Receipt]) -> None:
    """The warnings of files just received as the table `faults`: some of them ask about the file as a whole."""
    con.execute("create table faults as select submission_id, rule, severity, message from published.faults limit 0")
    if files := [str(lake.folder(receipt) / FAULTS) for receipt in receipts if receipt.warnings]:
        con.execute(
            """insert into faults select parse_path(filename)[-2], rule, severity, message
            from read_parquet($1, filename = true) where severity = 'warning'""",
            [files],
        )


def _described(contract: Contract) -> Iterator[tuple[str, tuple[str, str, bool]]]:
    yield ROWS, ("行数", "行", False)
    for name in contract.numbers:
        spec = contract.fields[name]
        header = re.sub(r"（[^）]*）$", "", spec.header)
        yield name, (header, _UNITS.get(spec.measure or "", ""), spec.type is FieldType.DECIMAL)


def _touched(sums: Sequence[Sum], field: str) -> str:
    """The indicators that a number goes into: those that name it, and of the rows all that read the export."""
    named = re.compile(rf"\b{field}\b")
    return ",".join(
        dict.fromkeys(
            s.sum_id.partition(":")[0] for s in sums if field == ROWS or named.search(f"{s.where} {s.amount}")
        )
    )


def _as_submissions(receipts: Sequence[Receipt]) -> pl.DataFrame:
    return pl.DataFrame(
        [(r.submission_id, r.export, r.period_type, r.period_end) for r in receipts],
        schema={"submission_id": pl.String, "export": pl.String, "period_type": pl.String, "period_end": pl.Date},
        orient="row",
    )


def _attach(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    verify(path)
    # ATTACH takes no bound parameter.
    con.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as published (read_only)")


def _is_ready(con: duckdb.DuckDBPyConnection) -> bool:
    found = con.execute(
        "select 1 from duckdb_tables() where database_name = 'published' and schema_name = 'build' "
        "and table_name = 'totals'"
    ).fetchall()
    return bool(found)
