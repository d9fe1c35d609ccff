"""One file on its way through judgement: recognised, and placed in time and space. Its rows are read later.

Knows titles, names and headers. Reads no data row.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter

from pipelines.contracts.schema import DISTRICT, Contract
from pipelines.intake.draft import Draft, RefusalError, Task
from pipelines.intake.header import PERIOD, Header, Index, with_units
from pipelines.intake.headings import Unit, units_in_title
from pipelines.intake.merged import with_merged
from pipelines.intake.months import chosen
from pipelines.intake.naming import public_names
from pipelines.intake.peek import LARGE, first_rows
from pipelines.intake.read import Limits, sheets, unlocked
from pipelines.intake.recognise import recognise, refuse_alien
from pipelines.intake.register import Areas
from pipelines.intake.rows import Table, classify
from pipelines.intake.said import (
    Said,
    agreed,
    cumulative,
    parts_of_name,
    period_in_cell,
    periods_in,
    periods_in_name,
)
from pipelines.intake.scope import Streets, names
from pipelines.periods import Cadence, Period


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
    asked: list[tuple[str | None, str]] = field(default_factory=list)
    """What whoever hands it in is asked about the figures as a whole: sheet, and the question."""


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
    task = replace(task, data=unlocked(task.data, task.password))
    if len(task.data) >= LARGE:
        first = first_rows(task.data, parts_of_name(task.file_name)[0][0], limits)
        called = public_names((sheet.name for sheet in first), task.words)
        refuse_alien([replace(sheet, name=called[sheet.name]) for sheet in first], contracts, index, task.words)
    recognised = recognise(sheets(task.data, task.file_name, limits, task.words), contracts, index, task.words)
    contract = recognised.contract
    draft.export, draft.notes = contract.export, recognised.notes
    every = [Table(header, classify(header, contract, task.register)) for header in recognised.headers]
    part = chosen(every, _said(task), contract)
    tables, draft.months = part.tables, part.months
    draft.notes += part.notes
    period = draft.period = _period([*_said(task), *part.said], task, tables, contract)
    areas = _areas(task, contract, period)
    streets = _streets(task, tables, contract)
    named = streets.named(task.register) if contract.by == "street" else frozenset()
    if gone := named - set(areas.streets):
        raise RefusalError(f"{names(gone, task.register.streets)}在{period.chinese}不存在。请核对街道和统计期。")
    draft.scope = (DISTRICT,) if contract.by == "district" else tuple(sorted(named))
    draft.rows_read = sum(table.rows.height for table in tables)
    for table in tables:
        table.header = with_merged(_with_units(table, contract), contract)
        table.street = streets.of_sheet(table.name)
        for reason, count in table.rows.skipped.items():
            draft.skipped[reason] = draft.skipped.get(reason, 0) + count
        if columns := table.without_header():
            draft.notes.append(f"工作表“{table.name}”没有表头的列：{'、'.join(columns)}，其内容没有采用。")
    _check_lengths(tables, draft)
    others = [(table.name, why) for table in tables for why in table.other_tables()]
    passed_over = [*recognised.passed_over, *part.passed_over, *others]
    asked = list(_asked(task, tables, contract, period, is_of_several=bool(part.said)))
    return Case(task, draft, contract, period, areas, named, tables, passed_over, asked)


def _asked(
    task: Task, tables: list[Table], contract: Contract, period: Period, *, is_of_several: bool
) -> Iterator[tuple[str | None, str]]:
    """Ask about figures of a month or quarter that are said to be of more than that: 1—9月, 累计."""
    is_stock = contract.kind != "flow"
    counts_what_happened = any(spec.header.startswith("本") for spec in contract.fields.values())
    if period.cadence is Cadence.YEAR or (is_stock and not counts_what_happened):
        return
    # The name of a file with a part for each month speaks of all of them.
    names = [] if is_of_several else [(None, "文件名", parts_of_name(task.file_name)[0][0])]
    texts = [*names, *(found for table in tables for found in _told_by(table, is_of_several=is_of_several))]
    for sheet, where, text in texts:
        if words := cumulative(text, period, is_stock):
            yield (
                sheet,
                f"{where}写有“{words}”，像是累计数，而这里要报的是{period.chinese}当期的数。"
                "如果填的就是当期的数，请写一句说明；如果是累计数，请改成当期的数重新报送。",
            )
            return


def _told_by(table: Table, *, is_of_several: bool) -> Iterator[tuple[str, str, str]]:
    """What name, titles and header of a table say of its figures: sheet, where, text."""
    header, name = table.header, table.name
    if not is_of_several:
        yield name, f"工作表名“{name}”", name
        for at, letter, text in table.rows.titles:
            yield name, f"标题 {letter}{at + 1}", text
    block = header.sheet.cells.slice(header.first, header.height)
    for column in header.columns.values():
        for text in block[column.letter] if column.letter in block.columns else ():
            # 累计发放 is the name of a field; 1—9月 over it is not.
            if text and text != column.header:
                yield name, f"“{column.header}”列的表头", text


def _check_lengths(tables: list[Table], draft: Draft) -> None:
    """Refuse a table of which every row is longer than its header: no cell can be told to stand where it belongs.

    Raises:
        RefusalError: when that is so.
    """
    for table in tables:
        extra = table.extra_cells()
        if table.rows.data and set().union(*extra.values()) >= set(table.rows.data):
            draft.rows_rejected = sum(len(each.rows.data) for each in tables)
            raise RefusalError(
                f"工作表“{table.name}”每一行都比表头长：{'、'.join(extra)} 列有内容而没有表头，各格可能已经错位"
                "（如数里的千分位逗号 1,100 没有加引号，把一格分成了两格）。请核对各列，改正或补上列名后再报送。"
            )


def _said(task: Task) -> list[Said]:
    """What was said about the period with the file, and by its name."""
    return ([Said(task.period, "报送时指明")] if task.period else []) + periods_in_name(task.file_name)


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
