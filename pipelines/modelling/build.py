"""The build file: what changed in the lake since it was built, and each step that brings it up to date.

The warehouse is a function of submissions, contracts and SQL; the build file is its value, kept so that only what changed
is computed again. Delete it and it is built anew, the same. Every step is one transaction that takes its own marks of what
is to be done away and leaves marks for the next step, so that a refresh that was cut off goes on where it stopped.

Publishes nothing and checks nothing.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path

import duckdb
import polars as pl

from pipelines.contracts.schema import Contract, load_contracts
from pipelines.modelling import schema
from pipelines.modelling.catalogue import load_catalogue
from pipelines.modelling.models import Model, load_models
from pipelines.settings import Settings
from warehouse.database import open_for_building
from warehouse.lake import ACCEPTED, FAULTS, Lake, Receipt, active_parts, statuses


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

    `prepare`, then `load_export` of each pending export, `build_areas`, `build_unit` of each pending unit table, `roll_up`.
    """

    def __init__(self, settings: Settings, path: Path | None = None, receipts: Sequence[Receipt] | None = None) -> None:
        self.path = path or settings.home / "warehouse" / "guben.duckdb"
        self.lake = Lake(settings.home)
        self.contracts = load_contracts(settings.contracts_dir)
        self.catalogue = load_catalogue(settings.sql_dir)
        self.models = load_models(settings.sql_dir)
        self.receipts = list(self.lake.receipts() if receipts is None else receipts)

    @cached_property
    def parts(self) -> pl.DataFrame:
        """Active submissions: export, period_type, period_end, submitter, submission_id."""
        types = {receipt.submission_id: receipt.period_type for receipt in self.receipts}
        rows = [
            (export, types[submission], end, code, submission)
            for (export, end, code), submission in active_parts(self.receipts).items()
            if export in self.contracts
        ]
        columns = {"export": pl.String, "period_type": pl.String, "period_end": pl.Date, "submitter": pl.String}
        return pl.DataFrame(rows, schema={**columns, "submission_id": pl.String}, orient="row")

    @cached_property
    def units(self) -> dict[str, Model]:
        """The unit tables by name."""
        return {model.name: model for model in self.models.values() if model.folder == "units"}

    @property
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
        """Changes when anything does that the warehouse is made from: submissions, contracts, SQL, code."""
        made_from = [
            *(receipt.submission_id for receipt in self.receipts),
            *(contract.model_dump_json() for contract in self.contracts.values()),
            *(f"{model.header}{model.query}" for model in self.models.values()),
            schema.catalogue_text(self.catalogue),
            _code_version(),
        ]
        return hashlib.sha256("\n".join(made_from).encode()).hexdigest()

    @property
    def _registers(self) -> list[str]:
        return [name for name, contract in self.contracts.items() if contract.is_register]

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The build file in one transaction."""
        with open_for_building(self.path) as con:
            yield con

    def prepare(self, again: date | None = None) -> Pending:
        """Write down what was handed in and find out what is to be built again.

        Args:
            again: Build the periods that end in the month of this day again even if nothing changed.
        """
        with self.open() as con:
            schema.create_tables(con)
            schema.fill_catalogue(con, self.contracts, self.catalogue)
            self._write_submissions(con)
            con.execute("delete from build.today")
            con.execute("insert into build.today select ? where ? is not null", [self.today, self.today])
            for contract in self.contracts.values():
                self._mark_export(con, contract)
            for unit in self.units.values():
                self._mark_unit(con, unit)
            if again is not None:
                con.execute(
                    """insert into build.dirty select distinct 'export:' || export, period_end from build.parts
                    where last_day(period_end) = last_day(?::date)""",
                    [again],
                )
            return self._pending(con)

    def load_export(self, export: str) -> int:
        """Bring the published rows of one export up to date; returns how many there are."""
        with self.open() as con:
            table = f"exports.{export}"
            con.execute(
                f"""delete from {table} where _submission in (
                    select submission_id from build.parts p join build.dirty d on d.period_end = p.period_end
                    where p.export = $export and d.subject = 'export:' || $export)""",
                {"export": export},
            )
            con.register("_parts", self.parts.filter(pl.col("export") == export))
            con.execute(
                """delete from build.parts where export = $export
                and period_end in (select period_end from build.dirty where subject = 'export:' || $export)""",
                {"export": export},
            )
            con.execute(
                """insert into build.parts by name select * from _parts
                where period_end in (select period_end from build.dirty where subject = 'export:' || $export)""",
                {"export": export},
            )
            self._insert_accepted(con, self.contracts[export])
            self._hand_on(con, export)
            return _count(con, table)

    def build_areas(self) -> int:
        """Build the register, the areas and the maps again; returns how many areas there are.

        When the register moved, every unit is marked to be built again: its street may be another one.
        """
        with self.open() as con:
            for model in self.models.values():
                if model.folder == "areas":
                    run_model(con, model)
            state = con.execute("select md5(string_agg(a::varchar, ';' order by area_code)) from areas a").fetchall()
            if self._changed(con, "areas", str(state)):
                for unit in self.units.values():
                    self._mark_all(con, unit)
            return _count(con, "areas")

    def build_unit(self, unit: str) -> int:
        """Bring a unit table and all sums over it up to date, in one pass; returns its number of rows."""
        model = self.units[unit]
        sums = self.catalogue.sums_of(unit)
        with self.open() as con:
            con.execute(f"delete from {model.table} where period_end in (select period_end from build.dirty where subject = $1)", [f"unit:{unit}"])
            con.execute(f"insert into {model.table} {_unit_query(model)}", [f"unit:{unit}"])
            con.execute(
                "delete from build.sums where unit = $1 and period_end in (select period_end from build.dirty where subject = 'unit:' || $1)",
                [unit],
            )
            if sums:
                added = ",\n".join(
                    f'coalesce(sum(case when ({s.where}) then cast(({s.amount}) as decimal(18, 4)) end), 0) as "{s.sum_id}"' for s in sums
                )
                con.execute(
                    f"""insert into build.sums by name
                    select $1 as unit, sum_id, period_end, community, amount from (
                        unpivot (
                            select period_end, community, {added} from {model.table}
                            where community is not null
                                and period_end in (select period_end from build.dirty where subject = 'unit:' || $1)
                            group by period_end, community
                        ) on columns(* exclude (period_end, community)) into name sum_id value amount
                    ) where amount <> 0""",
                    [unit],
                )
            con.execute("insert into build.dirty select 'values:' || $1, period_end from build.dirty where subject = 'unit:' || $1", [unit])
            con.execute("delete from build.dirty where subject = ?", [f"unit:{unit}"])
            return _count(con, model.table)

    def roll_up(self) -> dict[str, int]:
        """Bring values, attainment and assessments up to date; returns the rows of each published table."""
        rows: dict[str, int] = {}
        with self.open() as con:
            before = _hand_ins_before(con)
            for model in self.models.values():
                if model.folder != "marts":
                    continue
                if model.header.incremental:
                    self._choose_todo(con, before)
                rows_now = run_model(con, model)
                if not model.header.internal:
                    rows[model.table] = rows_now
            self._find_orphans(con)
            con.execute("delete from build.dirty where subject like 'values:%'")
        return rows

    # ---- what is to be done

    def _write_submissions(self, con: duckdb.DuckDBPyConnection) -> None:
        status = statuses(self.receipts)
        schema.replace_rows(
            con,
            "submissions",
            list(schema.TABLES["submissions"][1]),
            [
                [
                    r.submission_id, r.export, r.period_type, r.period_end, r.submitter or None, r.file_name, r.sha256,
                    r.received_at, status[r.submission_id], r.rows_read, r.rows_accepted, r.rows_rejected, r.rows_skipped,
                ]
                for r in self.receipts
            ],
        )  # fmt: skip
        schema.replace_rows(
            con,
            "build.scopes",
            ["export", "period_end", "submitter", "received_at", "outcome"],
            [[r.export, r.period_end, code, r.received_at, r.outcome] for r in self.receipts for code in r.scope],
        )
        con.execute("delete from faults")
        files = [str(self.lake.folder(r) / FAULTS) for r in self.receipts if r.faults or r.warnings]
        if files:
            con.execute(
                """insert into faults by name
                select parse_path(filename)[-2] as submission_id, * exclude (filename)
                from read_parquet($1, filename = true, union_by_name = true)""",
                [files],
            )

    def _mark_export(self, con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
        subject = f"export:{contract.export}"
        if self._changed(con, subject, contract.model_dump_json()):
            schema.create_export(con, contract)
            con.execute("delete from build.parts where export = ?", [contract.export])
        con.register("_parts", self.parts.filter(pl.col("export") == contract.export))
        con.execute(
            """insert into build.dirty
            with built as (select period_end, submitter, submission_id from build.parts where export = $export),
            wanted as (select period_end, submitter, submission_id from _parts),
            changed as ((from built except from wanted) union (from wanted except from built))
            select distinct $subject, period_end from changed""",
            {"export": contract.export, "subject": subject},
        )

    def _mark_unit(self, con: duckdb.DuckDBPyConnection, unit: Model) -> None:
        sums = self.catalogue.sums_of(unit.name)
        shape = "".join(f"{e}{self.contracts[e].model_dump_json()}" for e in self._sources(unit))
        if self._changed(con, f"unit:{unit.name}", f"{unit.header.model_dump_json()}{unit.query}{sums}{shape}"):
            if "areas" not in _tables(con):
                con.execute("create table areas as select '' as area_code, '' as parent_code limit 0")
            con.execute(f"create or replace table {unit.table} as {_unit_query(unit)} limit 0", [""])
            self._comment_unit(con, unit)
            con.execute("delete from build.sums where unit = ?", [unit.name])
            self._mark_all(con, unit)

    def _sources(self, unit: Model) -> list[str]:
        """The exports whose rows a unit table reads."""
        return sorted(table.removeprefix("rows.") for table in unit.reads if table.startswith("rows."))

    def _comment_unit(self, con: duckdb.DuckDBPyConnection, unit: Model) -> None:
        texts = {
            "period_end": "所属期的最后一天",
            "community": "所在社区的编码",
            "street": "所在街道当时的编码",
            "submission_id": "所在报送的编号",
            "sheet": "所在工作表；csv 为空",
            "row": "在工作表中的行号，从 1 起",
        }
        fields = {name: spec.description for e in self._sources(unit) for name, spec in self.contracts[e].fields.items()}
        present = [row[0] for row in con.execute(f"describe {unit.table}").fetchall()]
        known = {**fields, **texts, **unit.header.columns}
        schema.comment(con, unit.table, unit.header.description, {name: known[name] for name in present if name in known})

    def _changed(self, con: duckdb.DuckDBPyConnection, subject: str, text: str) -> bool:
        """Whether what something is built from differs from when it was built; remembers the new state."""
        new = hashlib.sha256(f"{_code_version()}{text}".encode()).hexdigest()
        old = con.execute("select hash from build.fingerprints where subject = ?", [subject]).fetchall()
        if old and old[0][0] == new:
            return False
        con.execute("delete from build.fingerprints where subject = ?", [subject])
        con.execute("insert into build.fingerprints values (?, ?)", [subject, new])
        return True

    def _pending(self, con: duckdb.DuckDBPyConnection) -> Pending:
        dirty = con.execute("select distinct subject, period_end from build.dirty").fetchall()
        exports = {subject.removeprefix("export:") for subject, _ in dirty if subject.startswith("export:")}
        direct = {subject.removeprefix("unit:") for subject, _ in dirty if subject.startswith("unit:")}
        # A changed register moves the street of every unit.
        moved = bool(exports & set(self._registers))
        units = {u.name for u in self.units.values() if moved or u.name in direct or exports & set(self._sources(u))}
        return Pending(tuple(sorted(exports)), tuple(sorted(units)), tuple(sorted({end for _, end in dirty})))

    # ---- doing it

    def _insert_accepted(self, con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
        dirty = {
            row[0]
            for row in con.execute("select period_end from build.dirty where subject = ?", [f"export:{contract.export}"]).fetchall()
        }
        folders = {receipt.submission_id: self.lake.folder(receipt) for receipt in self.receipts}
        wanted = self.parts.filter(pl.col("export") == contract.export, pl.col("period_end").is_in(list(dirty)))
        files = sorted({str(folders[submission] / ACCEPTED) for submission in wanted["submission_id"]})
        if not files:
            return
        con.register("_wanted", wanted.select("submission_id", "submitter"))
        fields = [*contract.fields, "_sheet", "_row"]
        con.execute(
            f"""insert into exports.{contract.export} by name
            select columns(lambda name: list_contains($fields, name)), w.submission_id as _submission
            from read_parquet($files, filename = true, union_by_name = true) r
            join _wanted w on w.submission_id = parse_path(r.filename)[-2] and w.submitter = r._submitter""",
            {"files": files, "fields": fields},
        )

    def _hand_on(self, con: duckdb.DuckDBPyConnection, export: str) -> None:
        for unit in self.units.values():
            if export in self._sources(unit):
                con.execute(
                    "insert into build.dirty select 'unit:' || $2, period_end from build.dirty where subject = 'export:' || $1",
                    [export, unit.name],
                )
        con.execute("delete from build.dirty where subject = ?", [f"export:{export}"])

    def _mark_all(self, con: duckdb.DuckDBPyConnection, unit: Model) -> None:
        con.execute(
            "insert into build.dirty select distinct $1, period_end from build.parts where list_contains($2, export)",
            [f"unit:{unit.name}", self._sources(unit)],
        )

    def _choose_todo(self, con: duckdb.DuckDBPyConnection, before: pl.DataFrame) -> None:
        """Fill `build.todo`: which indicators to compute for which periods; and delete their former values."""
        models = "".join(m.query for m in self.models.values() if m.folder != "units")
        maps = con.execute("select md5(string_agg(p::varchar, ';' order by p::varchar)) from build.area_paths p").fetchall()
        state = f"{models}{schema.catalogue_text(self.catalogue)}{self.today}{maps}{sorted(self.contracts)}"
        everything = self._changed(con, "values", state)
        con.register("_before", before)
        con.execute(
            """create or replace temp table touched as
            with now_due as (select export, period_end, submitter, submission_id from hand_ins),
            moved as ((from now_due except from _before) union (from _before except from now_due)),
            bases as (
                select distinct export, period_end from moved
                union select substr(subject, 8), period_end from build.dirty where subject like 'values:%'
            ),
            shifted as (
                select export, period_end from bases
                -- A growth compares with twelve months earlier.
                union select export, last_day(cast(period_end + to_months(12) as date)) from bases
            )
            select export, 'month' as period_type, period_end from shifted
            union select export, 'quarter', last_day(make_date(year(period_end), 3 * quarter(period_end), 1)) from shifted
            union select export, 'year', make_date(year(period_end), 12, 31) from shifted"""
        )
        con.execute("delete from build.todo")
        con.execute(
            """insert into build.todo
            with sources as (
                select distinct indicator_id, export from build.indicator_parts
            ),
            places as (
                select distinct s.indicator_id, s.export, p.period_type, p.period_end, t.export is not null as is_touched
                from sources s
                join hand_ins h on h.export = s.export
                join build.period_paths p on p.base_type = h.period_type and p.base_end = h.period_end
                left join touched t on t.export = s.export and t.period_type = p.period_type and t.period_end = p.period_end
            )
            select p.indicator_id, p.period_type, p.period_end
            from places p
            join (select indicator_id, count(*) as needed from sources group by indicator_id) n using (indicator_id)
            group by p.indicator_id, p.period_type, p.period_end
            -- Of two exports the coarser decides, from the later first period on.
            having count(*) = any_value(n.needed) and ($1 or bool_or(p.is_touched))""",
            [everything],
        )
        if "indicator_values" in _tables(con):
            con.execute(
                """delete from indicator_values where $1 or (indicator_id, period_type, period_end) in (
                    select (i.indicator_id, t.period_type, t.period_end)
                    from touched t join build.indicator_parts i using (export))""",
                [everything],
            )

    def _find_orphans(self, con: duckdb.DuckDBPyConnection) -> None:
        """List the codes that no register of the same period holds. A register not handed in makes nothing an orphan."""
        con.execute("delete from orphans")
        for contract in self.contracts.values():
            for name, spec in contract.fields.items():
                if spec.references in self.contracts:
                    con.execute(
                        f"""insert into orphans
                        select r._submission, r._sheet, r._row, '{name}', r.{name}
                        from rows.{contract.export} r
                        where r.{name} is not null
                            and r.period_end in (select period_end from build.parts where export = $1)
                            and (r.period_end, r.{name}) not in (select (period_end, {name}) from rows.{spec.references})""",
                        [spec.references],
                    )


def run_model(con: duckdb.DuckDBPyConnection, model: Model) -> int:
    """Fill the table of a model (or create its view) and write its comments; returns how many rows it wrote."""
    shape = hashlib.sha256(f"{_code_version()}{model.header.model_dump_json()}{model.query}".encode()).hexdigest()
    known = con.execute("select hash from build.fingerprints where subject = ?", [f"model:{model.table}"]).fetchall()
    is_new = known != [(shape,)]
    if is_new:
        if model.header.kind == "view":
            con.execute(f"create or replace view {model.table} as {model.query}")
        else:
            con.execute(f"create or replace table {model.table} as {model.query} limit 0")
        schema.comment(con, model.table, model.header.description, model.header.columns, model.header.kind)
        con.execute("delete from build.fingerprints where subject = ?", [f"model:{model.table}"])
        con.execute("insert into build.fingerprints values (?, ?)", [f"model:{model.table}", shape])
    if model.header.kind == "view":
        return 0
    if not model.header.incremental:
        con.execute(f"delete from {model.table}")
    written = con.execute(f"insert into {model.table} {model.query}").fetchall()
    return int(written[0][0])


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(con.execute(f"select count(*) from {table}").fetchall()[0][0])


def _unit_query(unit: Model) -> str:
    """The rows of a unit table for the periods marked under the subject $1, with the street of their time."""
    return f"""select u.period_end, u.community, a.parent_code as street,
            u._submission as submission_id, u._sheet as sheet, u._row as "row",
            u.* exclude (period_end, period_type, community, _submission, _sheet, _row)
        from ({unit.query}) u left join areas a on a.area_code = u.community
        where u.period_end in (select period_end from build.dirty where subject = $1)"""


def _hand_ins_before(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    if "hand_ins" in _tables(con):
        return con.sql("select export, period_end, submitter, submission_id from hand_ins").pl()
    columns = {"export": pl.String, "period_end": pl.Date, "submitter": pl.String, "submission_id": pl.String}
    return pl.DataFrame(schema=columns)


def _tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {row[0] for row in con.execute("select table_name from duckdb_tables() where schema_name = 'main'").fetchall()}


@cache
def _code_version() -> str:
    """Changes with the code that builds and with DuckDB itself: then everything is built again."""
    code = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(f"{duckdb.__version__}{code}".encode()).hexdigest()
