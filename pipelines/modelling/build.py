"""The build file: what changed in the lake since it was built, and each step that brings it up to date.

The warehouse is a function of submissions, contracts and SQL; the build file is its value, kept so that only what
changed is computed again. Delete it and it is built anew, the same. Every step is one transaction that takes its own
marks of what is to be done away and leaves marks for the next step, so that a refresh that was cut off goes on where it
stopped.

Publishes nothing and checks nothing.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import duckdb
import polars as pl

from pipelines.contracts.schema import Contract, load_contracts
from pipelines.modelling import fill, locked, marks, people, plausibility, tables, totals
from pipelines.modelling.catalogue import Sum, load_catalogue
from pipelines.modelling.models import Model, load_models
from pipelines.modelling.orphans import find_orphans, find_personal_orphans
from pipelines.modelling.todo import choose_todo, hand_ins_before
from pipelines.modelling.would_be import fill_would_be
from pipelines.settings import Settings
from warehouse.closings import Act, Closings, what_counts
from warehouse.database import open_for_building, transaction
from warehouse.lake import ACCEPTED, Lake, Receipt, active_parts
from warehouse.locks import Locks, Record
from warehouse.notes import Note, Notes


@dataclass(frozen=True)
class Pending:
    """What is to be built again."""

    exports: tuple[str, ...]
    """Exports with periods that were handed in, corrected or withdrawn."""
    units: tuple[str, ...]
    """Unit tables that follow from them, or whose SQL changed."""
    periods: tuple[date, ...]
    """Last days of all periods touched."""


class Build:
    """The build file of one home, and its steps in their order.

    `prepare`, then `load_export` of each pending export, `build_areas`, `build_unit` of each pending unit table, then
    `roll_up`; `run` is all of them.
    """

    def __init__(
        self,
        settings: Settings,
        path: Path | None = None,
        receipts: Sequence[Receipt] | None = None,
        records: Sequence[Record] | None = None,
        acts: Sequence[Act] | None = None,
        notes: Sequence[Note] | None = None,
        within: duckdb.DuckDBPyConnection | None = None,
    ) -> None:
        """The build file of a home, or of what is given of it; `within` is a connection whose transaction is used."""
        self.settings = settings
        self.path = path or settings.home / "warehouse" / "guben.duckdb"
        self._kept: duckdb.DuckDBPyConnection | None = None
        self._within = within
        self.lake = Lake(settings.home)
        self.contracts = load_contracts(settings.contracts_dir)
        self.catalogue = load_catalogue(settings.sql_dir)
        self.models = load_models(settings.sql_dir)
        self.receipts = list(self.lake.receipts() if receipts is None else receipts)
        # Read after the receipts: of what came in meanwhile none is taken for one that came before a closing.
        self.acts = list(Closings(settings.home).acts() if acts is None else acts)
        self.closed = what_counts(self.acts)
        self.locks = Locks(settings.home)
        self.records = list(self.locks.records() if records is None else records)
        self.notes = list(Notes(settings.home).all() if notes is None else notes)

    @cached_property
    def parts(self) -> pl.DataFrame:
        """Active submissions: export, period_type, period_end, submitter, submission_id."""
        types = {receipt.submission_id: receipt.period_type for receipt in self.receipts}
        rows = [
            (export, types[submission], end, code, submission)
            for (export, end, code), submission in active_parts(self.receipts, self.closed).items()
            if export in self.contracts
        ]
        columns = {"export": pl.String, "period_type": pl.String, "period_end": pl.Date, "submitter": pl.String}
        return pl.DataFrame(rows, schema={**columns, "submission_id": pl.String}, orient="row")

    @cached_property
    def units(self) -> dict[str, Model]:
        """The unit tables by name."""
        return {model.name: model for model in self._models("units")}

    @cached_property
    def today(self) -> date | None:
        """The day *now*: the last day of the latest month handed in by a monthly export."""
        monthly = self.parts.filter(pl.col("period_type") == "month")["period_end"]
        others = self.parts.filter(~pl.col("export").is_in(self._registers))["period_end"]
        for ends in (monthly, others, self.parts["period_end"]):
            if len(ends):
                latest = ends.max()
                assert isinstance(latest, date)
                return latest
        return None

    @cached_property
    def state(self) -> str:
        """Changes with what the warehouse is made from: submissions, records, notes, contracts, SQL, code."""
        made_from = [
            *(receipt.submission_id for receipt in self.receipts),
            *(contract.model_dump_json() for contract in self.contracts.values()),
            *(model.text for model in self.models.values()),
            *(record.model_dump_json() for record in self.records),
            *(act.hash for act in self.acts),
            *(note.model_dump_json() for note in self.notes),
            fill.catalogue_text(self.catalogue),
            marks.code_version(),
        ]
        return hashlib.sha256("\n".join(made_from).encode()).hexdigest()

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The build file in one transaction."""
        if self._within is not None:
            yield self._within
            return
        if self._kept is not None:
            with transaction(self._kept) as con:
                yield con
            return
        with open_for_building(self.path) as con, transaction(con):
            yield con

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keep one connection for all steps inside: opening and closing takes longer than many a step."""
        self._kept = open_for_building(self.path)
        try:
            yield
        finally:
            self.close()

    def close(self) -> None:
        """Close the connection that is kept, if any: nothing is left beside the file then."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def run(self) -> Pending:
        """Take all steps in their order."""
        pending = self.prepare()
        for export in pending.exports:
            self.load_export(export)
        self.build_areas()
        for unit in pending.units:
            self.build_unit(unit)
        self.roll_up()
        return pending

    def prepare(self, again: date | None = None) -> Pending:
        """Write down what was handed in, make the tables that are missing, and find out what is to be built again.

        Args:
            again: Build the periods that end in the month of this day again even if nothing changed.
        """
        with self.open() as con:
            tables.create_tables(con)
            fill.fill_catalogue(con, self.contracts, self.catalogue)
            plausibility.fill_rules(con, self.contracts, self.catalogue)
            fill.fill_submissions(con, self.lake, self.receipts, self.closed)
            fill.fill_closings(con, self.acts)
            fill.fill_notes(con, self.notes)
            con.execute("delete from build.today")
            con.execute("insert into build.today select $1 where $1 is not null", [self.today])
            for contract in self.contracts.values():
                self._prepare_export(con, contract)
            for folder in ("areas", "units", "marts"):
                for model in self._models(folder):
                    self._prepare_model(con, model)
            if again is not None:
                con.execute(
                    """insert into build.dirty select distinct 'export:' || export, period_end from build.parts
                    where last_day(period_end) = last_day(?::date)""",
                    [again],
                )
            return self._pending(con)

    def load_export(self, export: str) -> int:
        """Bring the published rows of one export up to date; returns how many rows of it are active.

        An export with a row per person has no rows here: they are read when they are counted, and forgotten.
        """
        subject = f"export:{export}"
        contract = self.contracts[export]
        with self.open() as con:
            periods = marks.marked(con, subject)
            if not contract.personal:
                con.execute(
                    f"""delete from exports.{export} where _submission in (
                        select submission_id from build.parts where export = $1 and list_contains($2, period_end))""",
                    [export, periods],
                )
                self._insert_accepted(con, contract, periods, f"exports.{export}")
            con.register("_wanted", self._wanted(export, periods))
            con.execute(
                "delete from build.parts where export = $1 and list_contains($2, period_end)", [export, periods]
            )
            con.execute("insert into build.parts by name from _wanted")
            following = [unit for unit in self.units.values() if export in self._sources(unit)]
            marks.hand_on(con, subject, {f"unit:{u.name}": self.contracts[u.name].cadence for u in following})
            return (
                sum(r.rows_accepted for r in self._active(export))
                if contract.personal
                else _count(con, f"exports.{export}")
            )

    def build_areas(self) -> int:
        """Build the register, the areas and the maps again; returns how many areas there are.

        When the register moved, every unit is marked to be built again: its street may be another one.
        """
        with self.open() as con:
            for model in self._models("areas"):
                _fill(con, model)
            state = con.execute("select md5(string_agg(a::varchar, ';' order by area_code)) from areas a").fetchall()
            if marks.has_changed(con, "areas", str(state)):
                for unit in self.units.values():
                    marks.mark_all(con, f"unit:{unit.name}", self._sources(unit))
            return _count(con, "areas")

    def build_unit(self, unit: str) -> int:
        """Bring a unit table and all sums over it up to date, in one pass; returns its number of rows.

        Of an export with a row per person only the sums stay.
        """
        model, subject = self.units[unit], f"unit:{unit}"
        with self.open() as con:
            periods = marks.marked(con, subject)
            if self.contracts[unit].personal:
                table = self._personal_units(con, model, periods)
            else:
                table = model.table
                con.execute(f"delete from {table} where list_contains($1, period_end)", [periods])
                con.execute(f"insert into {table} {tables.unit_query(model)}", [subject])
            con.execute("delete from build.sums where unit = $1 and list_contains($2, period_end)", [unit, periods])
            sums = self.catalogue.sums_of(unit)
            if sums:
                con.execute(f"insert into build.sums by name {_sums_query(table, sums)}", [unit, periods])
            marks.hand_on(con, subject, {f"values:{unit}": self.contracts[unit].cadence})
            return _count(con, table)

    def _personal_units(self, con: duckdb.DuckDBPyConnection, model: Model, periods: Sequence[date]) -> str:
        """Count people aside: rows of persons are never written into the build file, which becomes the publication."""
        contract = self.contracts[model.name]
        rows, subject = f"personal_{model.name}", f"people:{model.name}"
        known = self.parts.filter(pl.col("export") == model.name)["period_end"].to_list()
        read = people.periods_counted(contract, periods, known)
        con.execute("insert into build.dirty select $1, unnest($2)", [subject, read])
        tables.create_rows(con, contract, rows)
        self._insert_accepted(con, contract, read, rows)
        with_period = f"""(
            select r.*, s.period_type, s.period_end from {rows} r join submissions s on s.submission_id = r._submission
        )"""
        counted = model.reading({f"rows.{model.name}": with_period})
        con.execute(f"create or replace temp table personal_units as {tables.unit_query(counted)}", [subject])
        con.execute("delete from build.dirty where subject = ?", [subject])
        people.fill_structure(con, contract, "personal_units", periods)
        find_personal_orphans(con, contract, with_period, read)
        return "personal_units"

    def roll_up(self) -> dict[str, int]:
        """Bring values, attainment and assessments up to date; returns the rows of each published table."""
        rows: dict[str, int] = {}
        with self.open() as con:
            totals.add_totals(con, self.contracts, self.lake, self.receipts, loaded=True)
            before = hand_ins_before(con)
            for model in self._models("marts"):
                if model.header.incremental:
                    choose_todo(con, before, everything=marks.has_changed(con, "values", self._values_made_from(con)))
                rows[model.table] = _fill(con, model)
            locked.put_in_place(con, self.locks, self.records, self.catalogue.schemes)
            rows |= {table: _count(con, table) for table in locked.PLACES.values()}
            find_orphans(con, self.contracts)
            con.execute("delete from build.dirty where subject like 'values:%'")
        fill_would_be(self)
        return {model.table: rows[model.table] for model in self._models("marts") if not model.header.internal}

    def as_if_open(self, con: duckdb.DuckDBPyConnection) -> "Build":
        """The same build as if no period were closed, inside a transaction of the caller."""
        return Build(self.settings, self.path, self.receipts, self.records, acts=(), within=con)

    def _models(self, folder: str) -> list[Model]:
        return [model for model in self.models.values() if model.folder == folder]

    @property
    def _registers(self) -> list[str]:
        return [name for name, contract in self.contracts.items() if contract.is_register]

    def _sources(self, unit: Model) -> list[str]:
        """The exports whose rows a unit table reads."""
        return sorted(table.removeprefix("rows.") for table in unit.reads if table.startswith("rows."))

    def _prepare_export(self, con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
        subject = f"export:{contract.export}"
        if marks.has_changed(con, subject, contract.model_dump_json()):
            if not contract.personal:
                tables.create_export(con, contract)
            con.execute("delete from build.parts where export = ?", [contract.export])
            totals.forget_totals(con, contract)
        con.register("_parts", self.parts.filter(pl.col("export") == contract.export))
        con.execute(
            """insert into build.dirty
            with built as (select period_end, submitter, submission_id from build.parts where export = $export),
            wanted as (select period_end, submitter, submission_id from _parts),
            changed as ((from built except from wanted) union (from wanted except from built))
            select distinct $subject, period_end from changed""",
            {"export": contract.export, "subject": subject},
        )

    def _prepare_model(self, con: duckdb.DuckDBPyConnection, model: Model) -> None:
        if model.folder != "units":
            if marks.has_changed(con, f"model:{model.table}", model.text):
                tables.create_model(con, model)
            return
        sources = self._sources(model)
        made_from = [model.text, *map(str, self.catalogue.sums_of(model.name))]
        made_from += [self.contracts[export].model_dump_json() for export in sources]
        subject = f"unit:{model.name}"
        if marks.has_changed(con, subject, "\n".join(made_from)):
            if not self.contracts[model.name].personal:
                fields = {name: spec.description for e in sources for name, spec in self.contracts[e].fields.items()}
                tables.create_unit(con, model, fields)
            con.execute("delete from build.sums where unit = ?", [model.name])
            con.execute("delete from people_structure where export = ?", [model.name])
            marks.mark_all(con, subject, sources)

    def _pending(self, con: duckdb.DuckDBPyConnection) -> Pending:
        dirty = marks.everything_pending(con)
        exports = {subject.removeprefix("export:") for subject in dirty if subject.startswith("export:")}
        direct = {subject.removeprefix("unit:") for subject in dirty if subject.startswith("unit:")}
        # A changed register moves the street of every unit.
        moved = bool(exports & set(self._registers))
        units = {u.name for u in self.units.values() if moved or u.name in direct or exports & set(self._sources(u))}
        periods = sorted({end for ends in dirty.values() for end in ends})
        return Pending(tuple(sorted(exports)), tuple(sorted(units)), tuple(periods))

    def _active(self, export: str) -> list[Receipt]:
        ids = set(self.parts.filter(pl.col("export") == export)["submission_id"])
        return [receipt for receipt in self.receipts if receipt.submission_id in ids]

    def _wanted(self, export: str, periods: Sequence[date]) -> pl.DataFrame:
        return self.parts.filter(pl.col("export") == export, pl.col("period_end").is_in(list(periods)))

    def _insert_accepted(
        self, con: duckdb.DuckDBPyConnection, contract: Contract, periods: Sequence[date], table: str
    ) -> None:
        """Put the rows of the active submissions of some periods into a table of the contract's columns."""
        wanted = self._wanted(contract.export, periods)
        folders = {receipt.submission_id: self.lake.folder(receipt) for receipt in self.receipts}
        files = sorted({str(folders[submission] / ACCEPTED) for submission in wanted["submission_id"]})
        if files:
            con.register("_active", wanted)
            con.execute(
                f"""insert into {table} by name
                select columns(lambda name: list_contains($fields, name)), w.submission_id as _submission
                from read_parquet($files, filename = true, union_by_name = true) r
                join _active w on w.submission_id = parse_path(r.filename)[-2] and w.submitter = r._submitter""",
                {"files": files, "fields": [*contract.fields, "_sheet", "_row"]},
            )

    def _values_made_from(self, con: duckdb.DuckDBPyConnection) -> str:
        """Everything but hand-ins and sums that values depend on."""
        maps = con.execute(
            "select md5(string_agg(p::varchar, ';' order by p::varchar)) from build.area_paths p"
        ).fetchall()
        queries = [model.text for model in self.models.values() if model.folder != "units"]
        contracts = [contract.model_dump_json() for contract in self.contracts.values()]
        return "\n".join([*queries, *contracts, fill.catalogue_text(self.catalogue), str(self.today), str(maps)])


def _fill(con: duckdb.DuckDBPyConnection, model: Model) -> int:
    """Compute the rows of a model; returns how many were written."""
    if model.header.kind == "view":
        return 0 if model.header.internal else _count(con, model.table)
    if not model.header.incremental:
        con.execute(f"delete from {model.table}")
    return int(con.execute(f"insert into {model.table} {model.query}").fetchall()[0][0])


def _sums_query(table: str, sums: Sequence[Sum]) -> str:
    """All sums over one unit table in one pass; $1 is the unit, $2 its periods."""
    added = ",\n".join(
        f'coalesce(sum(case when ({s.where}) then cast(({s.amount}) as decimal(18, 4)) end), 0) as "{s.sum_id}"'
        for s in sums
    )
    return f"""select $1 as unit, sum_id, period_end, community, amount from (
        unpivot (
            select period_end, community, {added} from {table}
            where community is not null and list_contains($2, period_end)
            group by period_end, community
        ) on columns(* exclude (period_end, community)) into name sum_id value amount
    ) where amount <> 0"""


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(con.execute(f"select count(*) from {table}").fetchall()[0][0])
