"""One file, from bytes to draft: read, recognised, placed in time and space, typed; `verdict` does the rest.

Runs in a child process. Knows no lake, and commits nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from operator import itemgetter

import polars as pl

from pipelines.contracts.schema import DISTRICT, Contract
from pipelines.intake.check import Checker
from pipelines.intake.conform import Conformer
from pipelines.intake.draft import Draft, RefusalError, Task
from pipelines.intake.faults import RAW, Faults
from pipelines.intake.header import PERIOD, STREET, Header, index_of, with_units
from pipelines.intake.headings import Unit, units_in_title
from pipelines.intake.merged import with_merged
from pipelines.intake.months import chosen
from pipelines.intake.read import Limits, sheets
from pipelines.intake.recognise import recognise
from pipelines.intake.register import Areas
from pipelines.intake.rows import Table, classify
from pipelines.intake.said import Said, agreed, parts_of_name, period_in_cell, periods_in, periods_in_name
from pipelines.intake.scope import Streets, names
from pipelines.intake.verdict import Case, judge_rows
from pipelines.periods import Period


class Judge:
    """Judges file after file by the same contracts."""

    def __init__(self, contracts: Mapping[str, Contract], limits: Limits) -> None:
        self.contracts = contracts
        self.limits = limits
        self.index = index_of(contracts.values())
        self.conformers = {export: Conformer(contract) for export, contract in contracts.items()}
        self.checkers = {export: Checker(contract) for export, contract in contracts.items()}

    def draft(self, task: Task) -> Draft:
        """What becomes of this file; a refusal is part of the answer."""
        draft = Draft()
        try:
            self._judge(task, draft)
        except RefusalError as refused:
            draft.refusal = str(refused)
        return draft

    def _judge(self, task: Task, draft: Draft) -> None:
        recognised = recognise(sheets(task.data, task.file_name, self.limits), self.contracts, self.index)
        contract = recognised.contract
        draft.export, draft.notes = contract.export, recognised.notes
        every = [Table(header, classify(header, contract, task.register)) for header in recognised.headers]
        part = chosen(every, _said(task), contract)
        draft.also, tables = part.also, [_filled(table, contract) for table in part.tables]
        draft.notes += part.notes
        period = draft.period = _period([*_said(task), *part.said], task, tables, contract)
        areas = _areas(task, contract, period)
        streets = _streets(task, tables, contract)
        named = streets.named(task.register) if contract.by == "street" else frozenset()
        if gone := named - set(areas.streets):
            raise RefusalError(f"{names(gone, task.register.streets)}在{period.chinese}不存在。请核对街道和统计期。")
        draft.scope = (DISTRICT,) if contract.by == "district" else tuple(sorted(named))
        origins = {table.name: origin for table in tables if (origin := table.header.sheet.origin) is not None}
        faults = Faults(contract, {table.name: table.header.columns for table in tables}, origins)
        others = [(table.name, why) for table in tables for why in table.other_tables()]
        for sheet, why in (*recognised.passed_over, *part.passed_over, *others):
            faults.add_general("sheet_not_read", why, sheet)
        typed: list[pl.DataFrame] = []
        for table in tables:
            header, offset = _with_units(table, contract), sum(rows.height for rows in typed)
            conformer = self.conformers[contract.export]
            rows = conformer.rows(header, table.rows.data, offset, _row_street(table, areas, streets), areas)
            if STREET in header.columns:
                _check_street_column(rows, areas, faults)
            typed.append(conformer.conform(rows, header, areas, faults, task.pseudonym_key))
        roster = self.contracts[contract.roster] if contract.roster else None
        case = Case(task, draft, contract, period, areas, named, faults, roster)
        draft.rows_read = sum(table.rows.height for table in tables)
        for table in tables:
            for reason, count in table.rows.skipped.items():
                draft.skipped[reason] = draft.skipped.get(reason, 0) + count
        judge_rows(case, pl.concat(typed) if len(typed) > 1 else typed[0], self.checkers[contract.export])


def _said(task: Task) -> list[Said]:
    """What was said about the period with the file, and by its name."""
    return ([Said(task.period, "报送时指明")] if task.period else []) + periods_in_name(task.file_name)


def _filled(table: Table, contract: Contract) -> Table:
    return replace(table, header=with_merged(table.header, contract))


def _period(said: list[Said], task: Task, tables: list[Table], contract: Contract) -> Period:
    """The period that all who speak agree on."""
    for table in tables:
        for at, letter, text in table.rows.titles:
            said += periods_in(text, f"工作表“{table.name}”标题 {letter}{at + 1}")
        if column := table.header.columns.get(PERIOD):
            cells = table.header.sheet.cells[column.letter]
            for text in cells.gather(table.rows.data).drop_nulls().unique(maintain_order=True):
                found = period_in_cell(text)
                if found is None:
                    cell = f"{column.letter}{(cells.index_of(text) or 0) + 1}"
                    raise RefusalError(f"工作表“{table.name}”的“统计期”列 {cell} 无法识别，应如“2010年3月”。")
                said.append(Said(found, f"工作表“{table.name}”的“统计期”列"))
    period = agreed(said, contract)
    if period.end > task.received_on and not contract.ahead:
        raise RefusalError(
            f"{period.chinese}到 {period.end} 才结束，而文件在 {task.received_on} 就已收到。"
            "请核对统计期，或等期末后再报送。"
        )
    return period


def _areas(task: Task, contract: Contract, period: Period) -> Areas:
    """The areas in use on the period's last day."""
    areas = task.register.on(period.end)
    if contract.is_register or areas.by_code:
        return areas
    if task.register.communities:
        raise RefusalError(f"社区名录中没有{period.chinese}在用的社区。请先报送当期的社区名录，再报送此文件。")
    raise RefusalError("还没有社区名录，无法判断各行属于哪个社区。请先报送社区名录，再报送此文件。")


def _streets(task: Task, tables: list[Table], contract: Contract) -> Streets:
    """The streets that each source names."""
    # In a report on the whole district 龙岗 is the district; only 龙岗街道 is the street.
    bare = contract.by == "street"
    register = task.register
    parts = [part for part, _ in parts_of_name(task.file_name)]
    of_name = next((found for part in parts if (found := register.streets_in(part, bare))), frozenset())
    streets = Streets(frozenset(task.streets), of_name)
    for table in tables:
        titles = [register.streets_in(text, bare) for _, _, text in table.rows.titles]
        streets.titles[table.name] = frozenset().union(*titles)
        # The one sheet of a CSV bears the file's name.
        is_file = table.name == parts[0]
        streets.sheets[table.name] = frozenset() if is_file else register.streets_in(table.name, bare)
        streets.sections |= {code for _, code in table.rows.sections}
    return streets


def _with_units(table: Table, contract: Contract) -> Header:
    """The header with the units that a line above it gives."""
    measures = {name: spec.measure for name, spec in contract.fields.items() if spec.type.is_number}
    given: dict[str, Unit] = {}
    unfit: list[Unit] = []
    # A line may be spread over cells: 单位： in one, 万元 in the next.
    lines = groupby(table.rows.titles, key=itemgetter(0))
    for text in (" ".join(text for _, _, text in cells) for _, cells in lines):
        line, brackets = units_in_title(text)
        for unit in (*line, *brackets):
            fits = [name for name, measure in measures.items() if measure is not None and measure == unit.measure]
            given |= dict.fromkeys(fits, unit)
            if unit in line and not fits:
                unfit.append(unit)
    if unfit and not given:
        # 单位：万元 over a table without money was meant for these numbers all the same: a fault on each of them.
        given = dict.fromkeys(measures, unfit[0])
    return with_units(table.header, given) if given else table.header


def _row_street(table: Table, areas: Areas, streets: Streets) -> pl.Expr:
    """The street that each row is said to be of: its column, else its section, else its sheet, title or file."""
    street = pl.lit(streets.of_sheet(table.name), pl.String)
    if table.rows.sections:
        section: str | None = None
        of_row: list[str | None] = []
        ahead = sorted(table.rows.sections, reverse=True)
        for at in table.rows.data:
            while ahead and ahead[-1][0] < at:
                section = ahead.pop()[1]
            of_row.append(section)
        street = pl.coalesce(pl.lit(pl.Series(of_row, dtype=pl.String)), street)
    if STREET in table.header.columns:
        cell = pl.col(RAW + STREET)
        street = pl.coalesce(cell.replace_strict(areas.street_spellings, default=None, return_dtype=pl.String), street)
    return street


def _check_street_column(rows: pl.DataFrame, areas: Areas, faults: Faults) -> None:
    """A street that is none, in the column of streets, is a fault."""
    cell = pl.col(RAW + STREET)
    known = [*areas.street_spellings, "-", "—", "——", "/", "无", "暂无"]
    unknown = rows.filter(cell.is_not_null() & ~cell.is_in(known))
    faults.add(unknown, STREET, "unknown_area", pl.format("“{}”不是当期在用的街道。请按社区名录填写。", cell))
