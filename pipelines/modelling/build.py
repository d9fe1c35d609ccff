"""The build file: what changed in the lake since it was built, and each step that brings it up to date.

The warehouse is a function of submissions, contracts and SQL; the build file is its value, kept so that only what
changed is computed again. Delete it and it is built anew, the same. Every step is one transaction that takes its own
marks of what is to be done away and leaves marks for the next step, so that a refresh that was cut off goes on where it
stopped.

Publishes nothing and checks nothing.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from pipelines.contracts.schema import Contract
from pipelines.modelling import fill, locked, marks, people, plausibility, tables, totals
from pipelines.modelling.catalogue import Sum
from pipelines.modelling.inputs import Inputs
from pipelines.modelling.models import Model
from pipelines.modelling.orphans import find_orphans, find_personal_orphans
from pipelines.modelling.pending import Pending, find_pending
from pipelines.modelling.todo import choose_todo, hand_ins_before
from pipelines.modelling.would_be import fill_would_be
from pipelines.settings import Settings
from warehouse.closings import Act
from warehouse.database import open_for_building, transaction
from warehouse.lake import ACCEPTED, Receipt
from warehouse.locks import Record
from warehouse.notes import Note

_log = logging.getLogger("guben.build")


@dataclass(frozen=True)
class Step:
    """One thing to be done, in one transaction."""

    name: str
    """In Chinese, for whoever waits."""
    run: Callable[[], object]


class Build(Inputs):
    """The build file of one home: `prepare` says what is pending, `steps` what is to be done for it in which order."""

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
        super().__init__(settings, receipts, records, acts, notes)
        self.path = path or settings.home / "warehouse" / "guben.duckdb"
        self._kept: duckdb.DuckDBPyConnection | None = None
        self._within = within

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
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The build file outside of a transaction."""
        if self._kept is not None:
            yield self._kept
            return
        with open_for_building(self.path) as con:
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
        """Close the connection that is kept, if any.

        Where the log cannot be taken into the file - no room, another connection with a transaction - it stays beside
        it and is taken in by the next opening. Publications do not depend on it: they are written from what is known
        to this connection.
        """
        if self._kept is not None:
            try:
                self._kept.execute("checkpoint")
            except duckdb.Error as error:
                _log.warning("the log of %s stays beside it: %s", self.path, error)
            self._kept.close()
            self._kept = None

    def run(self) -> Pending:
        """Take all steps in their order."""
        pending = self.prepare()
        for step in self.steps(pending):
            step.run()
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
            return find_pending(con, self, again)

    def steps(self, pending: Pending) -> list[Step]:
        """What brings the build file up to date, in the order in which it must be done."""
        return [
            *(Step(f"读取 {self.contracts[e].title}", partial(self.load_export, e)) for e in pending.exports),
            Step("区划", self.build_areas),
            *(Step(f"统计 {self.contracts[u].title}", partial(self.build_unit, u)) for u in pending.units),
            Step("汇总", self.roll_up),
        ]

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
            con.register("_wanted", self.wanted(export, periods))
            con.execute(
                "delete from build.parts where export = $1 and list_contains($2, period_end)", [export, periods]
            )
            con.execute("insert into build.parts by name from _wanted")
            following = [unit for unit in self.units.values() if export in self.sources(unit)]
            marks.hand_on(con, subject, {f"unit:{u.name}": self.contracts[u.name].cadence for u in following})
            return (
                sum(r.rows_accepted for r in self.active(export))
                if contract.personal
                else _count(con, f"exports.{export}")
            )

    def build_areas(self) -> int:
        """Build the register, the areas and the maps again; returns how many areas there are.

        When the register moved, every unit is marked to be built again: its street may be another one.
        """
        with self.open() as con:
            for model in self.models_of("areas"):
                _fill(con, model)
            state = con.execute("select md5(string_agg(a::varchar, ';' order by area_code)) from areas a").fetchall()
            if marks.has_changed(con, "areas", str(state)):
                for unit in self.units.values():
                    marks.mark_all(con, f"unit:{unit.name}", self.sources(unit))
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
            find_orphans(con, self.contracts)
            before = hand_ins_before(con)
            for model in self.models_of("marts"):
                if model.header.incremental:
                    choose_todo(con, before, everything=marks.has_changed(con, "values", self._values_made_from(con)))
                rows[model.table] = _fill(con, model)
            locked.put_in_place(con, self.locks, self.records, self.catalogue.schemes)
            rows |= {table: _count(con, table) for table in locked.PLACES.values()}
            con.execute("delete from build.dirty where subject like 'values:%'")
        fill_would_be(self)
        return {model.table: rows[model.table] for model in self.models_of("marts") if not model.header.internal}

    def as_if_open(self, con: duckdb.DuckDBPyConnection) -> "Build":
        """The same build as if no period were closed, inside a transaction of the caller."""
        return Build(self.settings, self.path, self.receipts, self.records, acts=(), notes=self.notes, within=con)

    def _insert_accepted(
        self, con: duckdb.DuckDBPyConnection, contract: Contract, periods: Sequence[date], table: str
    ) -> None:
        """Put the rows of the active submissions of some periods into a table of the contract's columns."""
        wanted = self.wanted(contract.export, periods)
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
