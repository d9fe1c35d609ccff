"""Locked years in the build: their frozen rows in the place of those computed, and what later corrections would do.

Fills `assessment_locks`, `assessment_would_be`, the schemes and inputs of the years assessed. Writes no record.
"""

import json
from collections.abc import Iterable, Sequence

import duckdb
import polars as pl

from pipelines.modelling.catalogue import Scheme
from warehouse import scoring
from warehouse.locks import Locks, Record, locked

PLACES = {"scores": "assessment_scores", "totals": "assessment_totals"}
"""What a lock froze, and the published table its rows stand in."""


def put_in_place(
    con: duckdb.DuckDBPyConnection, locks: Locks, records: Sequence[Record], schemes: Iterable[Scheme]
) -> None:
    """Put what was locked in the place of what was computed, after all values and assessments are up to date.

    Raises:
        AlteredRecordError: when somebody has written to a record.
    """
    for table in ("assessment_locks", "assessment_would_be", "build.assessment_schemes", "build.locked_inputs"):
        con.execute(f"delete from {table}")
    for record in records:
        con.execute(
            "insert into assessment_locks by name select $year as year, $action as action, $reason as reason, "
            "$at as at, $number as number",
            record.model_dump(include={"year", "action", "reason", "at", "number"}),
        )
    _remember(con, None, (scheme.model_dump(mode="json", exclude_none=True) for scheme in schemes))
    for year, record in locked(records).items():
        _remember(con, year, record.schemes)
        frozen = {name: locks.frozen(record, name) for name in (*PLACES, "inputs")}
        for definition in record.schemes:
            _insert(con, "assessment_would_be", _would_be(con, year, scoring.Scheme(definition), frozen["totals"]))
        for name, table in PLACES.items():
            con.execute(f"delete from {table} where year = ?", [year])
            _insert(con, table, frozen[name])
        inputs = frozen["inputs"].select(list(scoring.INPUTS)).with_columns(pl.lit(year).alias("year"))
        _insert(con, "build.locked_inputs", inputs)


def _remember(con: duckdb.DuckDBPyConnection, year: int | None, definitions: Iterable[scoring.Definition]) -> None:
    rows = [[d["scheme"], year, json.dumps(d, ensure_ascii=False)] for d in definitions]
    if rows:
        con.executemany("insert into build.assessment_schemes values (?, ?, ?)", rows)


def _would_be(con: duckdb.DuckDBPyConnection, year: int, scheme: scoring.Scheme, frozen: pl.DataFrame) -> pl.DataFrame:
    """The locked totals beside those that the locked scheme gives with the values as they are now."""
    inputs = con.sql(
        """select area_code as street_code, indicator_id, value, status from indicator_values
        where level = 'street' and map = 'then' and period_type = 'year' and period_end = make_date($year, 12, 31)
            and list_contains($indicators, indicator_id)""",
        params={"year": year, "indicators": scheme.indicators},
    ).pl()
    streets = con.sql(
        """select area_code from areas where level = 'street' and valid_from <= make_date($year, 12, 31)
            and (valid_to is null or valid_to > make_date($year, 12, 31))""",
        params={"year": year},
    ).pl()["area_code"]
    name = scheme.definition["scheme"]
    now = scoring.totals(scheme, scoring.sheets(scheme, inputs, streets), inputs)
    before = frozen.filter(scheme=name).select("street_code", *(pl.col(c).alias(f"locked_{c}") for c in _SHOWN))
    return before.join(now.select("street_code", *_SHOWN), on="street_code", how="full", coalesce=True).select(
        pl.lit(name).alias("scheme"), pl.lit(year).alias("year"), pl.exclude("scheme", "year")
    )


_SHOWN = ("total", "rank", "grade")


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    if rows.height:
        con.register("_locked", rows)
        con.execute(f"insert into {table} by name select * from _locked")
        con.unregister("_locked")
