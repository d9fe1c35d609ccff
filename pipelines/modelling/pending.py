"""What is to be built again: what was handed in, corrected, withdrawn or defined anew since the build file was built.

Compares and marks, and makes the tables whose definition changed anew and empty. Builds nothing.
"""

from dataclasses import dataclass
from datetime import date

import duckdb
import polars as pl

from pipelines.contracts.schema import Contract
from pipelines.modelling import marks, tables, totals
from pipelines.modelling.inputs import Inputs
from pipelines.modelling.models import Model


@dataclass(frozen=True)
class Pending:
    """What is to be built again."""

    exports: tuple[str, ...]
    """Exports with periods that were handed in, corrected or withdrawn."""
    units: tuple[str, ...]
    """Unit tables that follow from them, or whose SQL changed."""
    periods: tuple[date, ...]
    """Last days of all periods touched."""


def find_pending(con: duckdb.DuckDBPyConnection, inputs: Inputs, again: date | None = None) -> Pending:
    """Mark everything that differs from what the build file was built from.

    Args:
        con: The build file.
        inputs: What it should be built from.
        again: Mark the periods that end in the month of this day even if nothing changed.
    """
    for contract in inputs.contracts.values():
        _mark_export(con, inputs, contract)
    for folder in ("areas", "units", "marts"):
        for model in inputs.models_of(folder):
            _mark_model(con, inputs, model)
    if again is not None:
        con.execute(
            """insert into build.dirty select distinct 'export:' || export, period_end from build.parts
            where last_day(period_end) = last_day(?::date)""",
            [again],
        )
    return _pending(con, inputs)


def _mark_export(con: duckdb.DuckDBPyConnection, inputs: Inputs, contract: Contract) -> None:
    subject = f"export:{contract.export}"
    if marks.has_changed(con, subject, contract.model_dump_json()):
        if not contract.personal:
            tables.create_export(con, contract)
        con.execute("delete from build.parts where export = ?", [contract.export])
        totals.forget_totals(con, contract)
    con.register("_parts", inputs.parts.filter(pl.col("export") == contract.export))
    con.execute(
        """insert into build.dirty
        with built as (select period_end, submitter, submission_id from build.parts where export = $export),
        wanted as (select period_end, submitter, submission_id from _parts),
        changed as ((from built except from wanted) union (from wanted except from built))
        select distinct $subject, period_end from changed""",
        {"export": contract.export, "subject": subject},
    )


def _mark_model(con: duckdb.DuckDBPyConnection, inputs: Inputs, model: Model) -> None:
    if model.folder != "units":
        if marks.has_changed(con, f"model:{model.table}", model.text):
            tables.create_model(con, model)
        return
    sources = inputs.sources(model)
    made_from = [model.text, *map(str, inputs.catalogue.sums_of(model.name))]
    made_from += [inputs.contracts[export].model_dump_json() for export in sources]
    subject = f"unit:{model.name}"
    if marks.has_changed(con, subject, "\n".join(made_from)):
        if not inputs.contracts[model.name].personal:
            fields = {name: spec.description for e in sources for name, spec in inputs.contracts[e].fields.items()}
            tables.create_unit(con, model, fields)
        con.execute("delete from build.sums where unit = ?", [model.name])
        con.execute("delete from people_structure where export = ?", [model.name])
        marks.mark_all(con, subject, sources)


def _pending(con: duckdb.DuckDBPyConnection, inputs: Inputs) -> Pending:
    dirty = marks.everything_pending(con)
    exports = {subject.removeprefix("export:") for subject in dirty if subject.startswith("export:")}
    direct = {subject.removeprefix("unit:") for subject in dirty if subject.startswith("unit:")}
    # A changed register moves the street of every unit.
    moved = bool(exports & set(inputs.registers))
    units = {u.name for u in inputs.units.values() if moved or u.name in direct or exports & set(inputs.sources(u))}
    periods = sorted({end for ends in dirty.values() for end in ends})
    return Pending(tuple(sorted(exports)), tuple(sorted(units)), tuple(periods))
