"""One file, from bytes to draft: read, recognised, conformed, checked, its rows and faults written to a folder.

Runs in a child process. Knows no lake, and commits nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from pipelines.contracts.schema import DISTRICT, Contract
from pipelines.intake.check import check, without_repeats
from pipelines.intake.conform import conform
from pipelines.intake.draft import Draft, Refused, Task
from pipelines.intake.faults import RAW, Faults
from pipelines.intake.headings import Unit, heading, unit_named, units_in_title
from pipelines.intake.read import Limits, Sheet, sheets
from pipelines.intake.recognise import PERIOD, STREET, Header, Recognised, index_of, recognise, with_units
from pipelines.intake.register import Areas
from pipelines.intake.rows import Rows, classify
from pipelines.intake.said import Said, agreed, period_in_cell, periods_in
from pipelines.intake.scope import SMALLEST_SHARE, Streets, names
from pipelines.periods import Period
from warehouse.lake import ACCEPTED, FAULTS, REJECTED


@dataclass
class _Table:
    """One sheet of the file with its header and its rows."""

    header: Header
    rows: Rows

    @property
    def sheet(self) -> Sheet:
        return self.header.sheet


class Judge:
    """Judges file after file by the same contracts."""

    def __init__(self, contracts: Mapping[str, Contract], limits: Limits) -> None:
        self.contracts = contracts
        self.limits = limits
        self.index = index_of(contracts.values())

    def draft(self, task: Task) -> Draft:
        """What becomes of this file. Never raises for anything that the file holds."""
        draft = Draft()
        try:
            self._judge(task, draft)
        except Refused as refused:
            draft.refusal = str(refused)
        return draft

    def _judge(self, task: Task, draft: Draft) -> None:
        recognised = recognise(sheets(task.data, task.file_name, self.limits), self.contracts, self.index)
        contract = recognised.contract
        draft.export = contract.export
        draft.notes = recognised.notes
        tables = [_Table(header, classify(header, contract, task.register)) for header in recognised.headers]
        period = _period(task, tables, contract)
        draft.period = period
        if not contract.is_register and not task.register.communities:
            raise Refused("还没有社区名录，无法判断各行属于哪个社区。请先报送社区名录，再报送此文件。")
        areas = task.register.on(period.end)
        if not contract.is_register and not areas.by_code:
            raise Refused(f"社区名录中没有{period.chinese}在用的社区。请先报送当期的社区名录。")
        streets = _streets(task, tables, contract)
        named = streets.named(task.register) if contract.by == "street" else frozenset()
        if gone := named - set(areas.streets):
            raise Refused(f"{names(gone, task.register.streets)}在{period.chinese}不存在。请核对街道和统计期。")
        draft.scope = (DISTRICT,) if contract.by == "district" else tuple(sorted(named))
        faults = Faults(contract, {table.sheet.name: table.header.columns for table in tables})
        for sheet, why in recognised.passed_over:
            faults.add_general("sheet_not_read", why, sheet)
        rows = _conformed(task, tables, contract, areas, streets, faults)
        _judge_rows(_Case(task, draft, contract, period, areas, named, faults), rows, tables)


@dataclass
class _Case:
    """All that the judgement of the rows of one file depends on."""

    task: Task
    draft: Draft
    contract: Contract
    period: Period
    areas: Areas
    named: frozenset[str]
    faults: Faults
    notes: list[str] = field(default_factory=list)


def _period(task: Task, tables: list[_Table], contract: Contract) -> Period:
    """The period that all who speak agree on."""
    said = [Said(task.period, "报送时指明")] if task.period else []
    stem = task.file_name.rsplit(".", 1)[0]
    said += periods_in(stem, f"文件名“{task.file_name}”", bare_year=True)
    for table in tables:
        for at, letter, text in table.rows.titles:
            said += periods_in(text, f"工作表“{table.sheet.name}”标题 {letter}{at + 1}")
        if column := table.header.columns.get(PERIOD):
            cells = table.sheet.cells[column.letter].gather(table.rows.data)
            for text in cells.drop_nulls().unique(maintain_order=True):
                found = period_in_cell(text)
                if found is None:
                    raise Refused(f"工作表“{table.sheet.name}”的“统计期”列写的“{text}”无法识别，应如“2010年3月”。")
                said.append(Said(found, f"工作表“{table.sheet.name}”的“统计期”列"))
    period = agreed(said, contract)
    if period.end > task.received_on and not contract.ahead:
        raise Refused(
            f"{period.chinese}到 {period.end} 才结束，而文件在 {task.received_on} 就已收到。请核对统计期，或等期末后再报送。"
        )
    return period


def _streets(task: Task, tables: list[_Table], contract: Contract) -> Streets:
    """The streets that each source names."""
    bare = contract.by == "street"
    register = task.register
    streets = Streets(frozenset(task.streets), register.streets_in(task.file_name.rsplit(".", 1)[0], bare))
    for table in tables:
        name = table.sheet.name
        titles = [register.streets_in(text, bare) for _, _, text in table.rows.titles]
        streets.titles[name] = frozenset().union(*titles)
        # A CSV has no sheets; its "sheet" is named after the file.
        streets.sheets[name] = frozenset() if task.file_name.startswith(name) else register.streets_in(name, bare)
        streets.sections |= {code for _, code in table.rows.sections}
    return streets


def _units(table: _Table, contract: Contract) -> Header:
    """The header with the units that a line above it gives."""
    measures = {name: spec.measure for name, spec in contract.fields.items() if spec.type.is_number}
    given: dict[str, Unit] = {}
    for _, _, text in table.rows.titles:
        line, brackets = units_in_title(text)
        for unit in (*line, *brackets):
            fits = [name for name, measure in measures.items() if measure is not None and measure == unit.measure]
            # A line 单位：万元 that fits nothing here was meant for these numbers all the same: a fault on each of them.
            governed = fits or (list(measures) if unit in line else [])
            given |= {name: unit for name in governed if name not in given or fits}
    return with_units(table.header, given) if given else table.header


def _conformed(
    task: Task, tables: list[_Table], contract: Contract, areas: Areas, streets: Streets, faults: Faults
) -> pl.DataFrame:
    """The data rows of all sheets, typed."""
    typed: list[pl.DataFrame] = []
    offset = 0
    for table in tables:
        header = _units(table, contract)
        rows = _raw(table, header, contract, offset)
        rows = rows.with_columns(_row_street(table, rows, areas, streets, faults).alias("_street"))
        typed.append(conform(rows, header, contract, areas, faults, task.pseudonym_key))
        offset += rows.height
    return pl.concat(typed) if len(typed) > 1 else typed[0]


def _raw(table: _Table, header: Header, contract: Contract, offset: int) -> pl.DataFrame:
    """The cells of the data rows as they stood, by field, with their place."""
    cells, at = table.sheet.cells, table.rows.data
    is_run = bool(at) and at[-1] - at[0] + 1 == len(at)
    rows = cells.slice(at[0], len(at)) if is_run else cells.select(pl.all().gather(at))
    columns = [
        (pl.col(header.columns[name].letter) if name in header.columns else pl.lit(None, pl.String)).alias(RAW + name)
        for name in (*contract.fields, STREET)
    ]
    return rows.select(columns).with_columns(
        pl.Series("_index", range(offset, offset + len(at)), dtype=pl.UInt32),
        pl.lit(table.sheet.name).alias("_sheet"),
        pl.Series("_row", [index + 1 for index in at], dtype=pl.Int32),
    )


def _row_street(table: _Table, rows: pl.DataFrame, areas: Areas, streets: Streets, faults: Faults) -> pl.Expr:
    """The street that each row is said to be of: its column, else its section, else its sheet, title or file."""
    whole = streets.of_sheet(table.sheet.name)
    street = pl.lit(whole, pl.String)
    if table.rows.sections:
        starts = {at: code for at, code in table.rows.sections}
        section: str | None = None
        of_row: list[str | None] = []
        pending = sorted(starts)
        for at in table.rows.data:
            while pending and pending[0] < at:
                section = starts[pending.pop(0)]
            of_row.append(section)
        street = pl.coalesce(pl.lit(pl.Series(of_row, dtype=pl.String)), street)
    if STREET in table.header.columns:
        known = _street_spellings(areas)
        cell = pl.col(RAW + STREET)
        found = cell.replace_strict(known, default=None, return_dtype=pl.String)
        unknown = rows.filter(cell.is_not_null() & found.is_null() & ~cell.is_in(["-", "—", "——", "/", "无", "暂无"]))
        faults.add(unknown, STREET, "unknown_area", pl.format("“{}”不是当期在用的街道。请按社区名录填写。", cell))
        street = pl.coalesce(found, street)
    return street


def _street_spellings(areas: Areas) -> dict[str, str]:
    known: dict[str, str] = {}
    for code, name in areas.streets.items():
        short = name.removesuffix("街道")
        known |= dict.fromkeys(
            (code, f"{code}.0", name, short, f"{short}街道", f"{short}街道办", f"{short}街道办事处"), code
        )
    return known


def _judge_rows(case: _Case, rows: pl.DataFrame, tables: list[_Table]) -> None:
    """Count, check and write the rows; decide whether the file is accepted."""
    draft, contract, faults = case.draft, case.contract, case.faults
    draft.rows_read = sum(table.rows.height for table in tables)
    for table in tables:
        for reason, count in table.rows.skipped.items():
            draft.skipped[reason] = draft.skipped.get(reason, 0) + count
    kept = without_repeats(rows, contract)
    if kept.height < rows.height:
        draft.skipped["repeat"] = rows.height - kept.height
        indexes = kept["_index"]
        faults.frames = [
            f.filter(pl.col("_index").is_null() | pl.col("_index").is_in(indexes.to_list())) for f in faults.frames
        ]
    if kept.height:
        check(kept, contract, case.period, faults)
    if contract.is_register:
        _check_register(case, kept)
    if contract.by == "street":
        kept = _check_scope(case, kept)
    is_rejected = pl.col("_index").is_in(faults.rejected().to_list())
    accepted, rejected = kept.filter(~is_rejected), kept.filter(is_rejected)
    draft.rows_accepted, draft.rows_rejected = accepted.height, rejected.height
    if contract.by == "street" and not case.named:
        draft.scope = tuple(sorted(accepted["_submitter"].unique().drop_nulls()))
    _write(case, accepted, rejected)
    _decide(case)


def _check_scope(case: _Case, rows: pl.DataFrame) -> pl.DataFrame:
    """Add the submitter of each row: the street of its community. Outside the scope it is a fault."""
    name = case.contract.community_field
    if name is None:
        if len(case.named) != 1:
            raise Refused("无法判断是哪个街道报送的。请在文件名或标题中写明街道，或用 --street 指明。")
        return rows.with_columns(pl.lit(next(iter(case.named))).alias("_submitter"))
    street = pl.col(name).replace_strict(case.areas.street_of, default=None, return_dtype=pl.String)
    rows = rows.with_columns(street.alias("_submitter"))
    if case.named:
        outside = rows.filter(
            ~pl.col("_submitter").is_in(list(case.named))
            & (pl.col("_submitter") != pl.col("_street").fill_null("")).fill_null(True)
        )
        listed = names(case.named, case.areas.streets)
    else:
        counts = rows["_submitter"].drop_nulls().value_counts()
        few = counts.filter(pl.col("count") * SMALLEST_SHARE < rows.height)["_submitter"].to_list()
        outside = rows.filter(pl.col("_submitter").is_in(few))
        listed = names(set(counts["_submitter"]) - set(few), case.areas.streets)
    if outside.height:
        own = pl.col("_submitter").replace(case.areas.streets)
        message = pl.format(
            "“{}”属于{}，不在本次报送的范围（{}）内。请核对，或由该街道报送。", pl.col(RAW + name), own, pl.lit(listed)
        )
        already = case.faults.rejected(name).to_list()
        case.faults.add(outside.filter(~pl.col("_index").is_in(already)), name, "out_of_scope", message)
    return rows


def _check_register(case: _Case, rows: pl.DataFrame) -> None:
    """A community that this register no longer lists although nobody closed it is a warning."""
    listed = set(rows["community_code"].drop_nulls())
    for community in case.task.register.communities:
        if community.valid_to is None and community.code not in listed:
            case.faults.add_general(
                "missing_from_register",
                f"此前名录中的{community.street_name}{community.name}（{community.code}）没有停用，但本次名录没有列出。请核对。",
            )


def _write(case: _Case, accepted: pl.DataFrame, rejected: pl.DataFrame) -> None:
    columns = [*case.contract.fields, "_sheet", "_row"]
    submitter = pl.col("_submitter") if case.contract.by == "street" else pl.lit(DISTRICT).alias("_submitter")
    folder = case.task.folder
    accepted.select(*columns, submitter).write_parquet(folder / ACCEPTED, compression="zstd", statistics=False)
    if rejected.height:
        rejected.select(columns).write_parquet(folder / REJECTED, compression="zstd", statistics=False)
    found = case.faults.table()
    case.draft.warnings = found.filter(pl.col("severity") == "warning").height
    case.draft.faults = found.height - case.draft.warnings
    if found.height:
        found.write_parquet(folder / FAULTS, compression="zstd", statistics=False)


def _decide(case: _Case) -> None:
    """Refuse a file that has too many rejected rows, or none that is accepted."""
    draft, contract = case.draft, case.contract
    judged = draft.rows_accepted + draft.rows_rejected
    if not judged:
        if contract.kind == "snapshot":
            raise Refused(f"只有表头，没有数据行。“{contract.title}”是期末名册，不能为空。请核对后重新报送。")
        if not draft.scope:
            raise Refused("只有表头，没有数据行，也没有写明是哪个街道。当期确无发生的，请在文件名或标题中写明街道。")
        return
    if not draft.rows_accepted:
        raise Refused(f"{judged} 行数据都有错误，没有一行可以采用。请按所列问题改正后重新报送；此前报送的仍然有效。")
    if draft.rows_rejected > 1 and draft.rows_rejected * 20 > judged:
        raise Refused(
            f"{judged} 行数据中有 {draft.rows_rejected} 行有错误，超过 5%，整个文件退回。"
            "请按所列问题改正后重新报送；此前报送的仍然有效。"
        )
