"""One file on its way through judgement: recognised, and placed in time and space. Its rows are read later.

Knows titles, names and headers. Reads no data row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from pipelines.contracts.schema import DISTRICT, Contract
from pipelines.intake.draft import Draft, RefusalError, Task
from pipelines.intake.header import PERIOD, Header, Index, with_units
from pipelines.intake.headings import Unit, units_in_title
from pipelines.intake.read import Limits, sheets
from pipelines.intake.recognise import recognise
from pipelines.intake.register import Areas
from pipelines.intake.rows import Rows, classify
from pipelines.intake.said import Said, agreed, period_in_cell, periods_in
from pipelines.intake.scope import Streets, names
from pipelines.periods import Period


@dataclass(eq=False)
class Table:
    """One sheet of a file: its header, with the units that hold for it, and its rows."""

    header: Header
    rows: Rows
    street: str | None = None
    """Code of the street that its rows are of, as far as sheet, title or file name just one."""

    @property
    def name(self) -> str:
        """The name of the sheet."""
        return self.header.sheet.name


@dataclass(eq=False)
class Case:
    """All that the judgement of the rows of one file depends on."""

    task: Task
    draft: Draft
    contract: Contract
    period: Period
    areas: Areas
    """In use on the period's last day."""
    named: frozenset[str]
    """Codes of the streets the file is said to be for."""
    tables: list[Table]
    passed_over: list[tuple[str, str]] = field(default_factory=list)
    """Sheets that are not read: name, and why."""


def open_case(task: Task, draft: Draft, contracts: Mapping[str, Contract], index: Index, limits: Limits) -> Case:
    """Read the cells of a file, and tell what it is, of when and for whom.

    Args:
        task: The file.
        draft: Told what is found out, also when the file is refused.
        contracts: By export.
        index: Of their headers.
        limits: How much is read.

    Raises:
        RefusalError: when the file is none of these, or contradicts itself.
    """
    recognised = recognise(sheets(task.data, task.file_name, limits), contracts, index)
    contract = recognised.contract
    draft.export, draft.notes = contract.export, recognised.notes
    tables = [Table(header, classify(header, contract, task.register)) for header in recognised.headers]
    period = draft.period = _period(task, tables, contract)
    areas = _areas(task, contract, period)
    streets = _streets(task, tables, contract)
    named = streets.named(task.register) if contract.by == "street" else frozenset()
    if gone := named - set(areas.streets):
        raise RefusalError(f"{names(gone, task.register.streets)}在{period.chinese}不存在。请核对街道和统计期。")
    draft.scope = (DISTRICT,) if contract.by == "district" else tuple(sorted(named))
    draft.rows_read = sum(table.rows.height for table in tables)
    for table in tables:
        table.header = _with_units(table, contract)
        table.street = streets.of_sheet(table.name)
        for reason, count in table.rows.skipped.items():
            draft.skipped[reason] = draft.skipped.get(reason, 0) + count
    return Case(task, draft, contract, period, areas, named, tables, recognised.passed_over)


def _period(task: Task, tables: list[Table], contract: Contract) -> Period:
    """The period that all who speak agree on."""
    said = [Said(task.period, "报送时指明")] if task.period else []
    said += periods_in(_stem(task), f"文件名“{task.file_name}”", bare_year=True)
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


def _stem(task: Task) -> str:
    return task.file_name.rsplit(".", 1)[0]


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
    streets = Streets(frozenset(task.streets), register.streets_in(_stem(task), bare))
    for table in tables:
        titles = [register.streets_in(text, bare) for _, _, text in table.rows.titles]
        streets.titles[table.name] = frozenset().union(*titles)
        # The one sheet of a CSV bears the file's name.
        is_file = table.name == _stem(task)
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
