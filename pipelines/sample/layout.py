"""From a frame of contract fields to the sheet a clerk would make of it: title, headers, rows, totals, notes.

Knows contracts and styles, no export by name, and writes no file.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from pipelines.contracts.schema import Contract, FieldType
from pipelines.sample.district import read_register
from pipelines.sample.styles import Style

Cell = str | int | float | date | None
Columns = dict[str, list[Cell]]
"""Field by field, what is written in the cells of the data rows."""


@dataclass(frozen=True)
class Heading:
    """What a file says of itself."""

    title: str
    submitter: str
    filled_on: date


@dataclass
class Sheet:
    """A sheet to be written: rows of cells, which of them are headers, and which cells are merged."""

    name: str
    rows: list[list[Cell]] = field(default_factory=list)
    header: range = range(0)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row, first column, last row, last column, counted from 0."""


@dataclass(frozen=True)
class Quirks:
    """What a clerk did in this one file and perhaps not in the next."""

    thousands: bool = False
    unit_in_cell: bool = False
    blank_row: bool = False
    repeat_header_every: int = 0


def columns(frame: pl.DataFrame, contract: Contract, style: Style, quirks: Quirks) -> Columns:
    """The cells of a frame in the style of the submitter, fields in the style's order."""
    names = dict(_written_names(style).iter_rows())
    result: Columns = {}
    for name in style.order:
        spec, cells = contract.fields[name], frame[name]
        if spec.type is FieldType.COMMUNITY:
            result[name] = [names[code] for code in cells]
        elif spec.type is FieldType.BOOL:
            yes, no = style.bools
            result[name] = [None if cell is None else yes if cell else no for cell in cells]
        elif spec.type is FieldType.MONTH:
            result[name] = cells.dt.strftime(style.months).to_list()
        elif spec.type is FieldType.DATE:
            result[name] = cells.to_list() if style.dates == "cell" else cells.dt.strftime(style.dates).to_list()
        else:
            result[name] = cells.to_list()
    return _quirky(result, contract, quirks)


def _written_names(style: Style) -> pl.DataFrame:
    name = pl.col("community_name")
    written = {
        "full": name + "居委会",
        "plain": name,
        "short": name.str.strip_suffix("社区"),
        "code": pl.col("community_code"),
    }[style.community]
    return read_register().select("community_code", written=written)


def _quirky(result: Columns, contract: Contract, quirks: Quirks) -> Columns:
    if quirks.thousands:
        for name, spec in contract.fields.items():
            if spec.type.is_number:
                result[name] = [f"{cell:,}" if _is_large(cell) else cell for cell in result[name]]
    if quirks.unit_in_cell:
        counted = [name for name, spec in contract.fields.items() if spec.measure == "people"]
        for name in counted[:1]:
            result[name] = [None if cell is None else f"{cell}人" for cell in result[name]]
    return result


def _is_large(cell: Cell) -> bool:
    return isinstance(cell, int | float) and abs(cell) >= 1000


@dataclass(frozen=True)
class Table:
    """Everything a sheet is laid out from."""

    contract: Contract
    style: Style
    cells: Columns
    streets: list[str]
    """The street's name of each data row."""
    figures: pl.DataFrame
    """The number columns behind the cells, for the total rows."""
    heading: Heading
    quirks: Quirks

    @property
    def lead(self) -> list[str]:
        """Headers of the columns before those of the contract."""
        return ["序号"] * self.style.has_serial + ["所属街道"] * self.style.has_street

    @property
    def width(self) -> int:
        """How many columns the sheet has."""
        return len(self.lead) + len(self.cells) + len(self.style.extra)

    def line(self, *cells: Cell) -> list[Cell]:
        """A row that holds these cells at its left and nothing more."""
        return [*cells, *[None] * (self.width - len(cells))]


def sheet(table: Table) -> Sheet:
    """Lay a table out."""
    style, quirks = table.style, table.quirks
    result = Sheet(name=table.contract.title[:20])
    _put_heading(result, table)
    _put_header(result, table)
    rows = _data_rows(table)
    if quirks.repeat_header_every:
        rows = _with_headers(rows, result.rows[result.header.start : result.header.stop], quirks.repeat_header_every)
    if quirks.blank_row and len(rows) > 6:
        rows.insert(len(rows) // 2, table.line())
    result.rows += _with_subtotals(rows, table) if style.totals == "subtotals" and not quirks.blank_row else rows
    if style.totals != "none" and rows:
        result.rows.append(_total_row("合计", table, table.figures))
    _put_notes(result, table)
    return result


def _put_heading(result: Sheet, table: Table) -> None:
    heading, width = table.heading, table.width
    day = heading.filled_on
    line = table.line(f"填报单位：{heading.submitter}")
    line[width // 2] = f"填表日期：{day.year}年{day.month}月{day.day}日"
    if any(spec.unit == "万元" for spec in table.contract.fields.values()):
        line[width - 1] = "单位：万元"
    result.rows += [table.line(heading.title), line]
    result.merges.append((0, 0, 0, width - 1))


def _put_header(result: Sheet, table: Table) -> None:
    style, names, top = table.style, list(table.cells), len(result.rows)
    lower: list[Cell] = [*table.lead, *(style.headers[name] for name in names), *(header for header, _ in style.extra)]
    if not style.groups:
        result.rows.append(lower)
        result.header = range(top, top + 1)
        return
    upper = list(lower)
    for group, members in style.groups.items():
        first = len(table.lead) + names.index(members[0])
        upper[first : first + len(members)] = [group, *[None] * (len(members) - 1)]
        result.merges.append((top, first, top, first + len(members) - 1))
    lower = [cell if cell != above else None for cell, above in zip(lower, upper, strict=True)]
    result.merges += [(top, column, top + 1, column) for column, cell in enumerate(lower) if cell is None]
    result.rows += [upper, lower]
    result.header = range(top, top + 2)


def _data_rows(table: Table) -> list[list[Cell]]:
    count = len(table.streets)
    lead: list[Iterable[Cell]] = [range(1, count + 1)] * table.style.has_serial
    lead += [table.streets] * table.style.has_street
    extra: list[list[Cell]] = [[content or None] * count for _, content in table.style.extra]
    return [list(row) for row in zip(*lead, *table.cells.values(), *extra, strict=True)]


def _with_headers(rows: list[list[Cell]], header: list[list[Cell]], every: int) -> list[list[Cell]]:
    result: list[list[Cell]] = []
    for start in range(0, len(rows), every):
        result += (header if start else []) + rows[start : start + every]
    return result


def _with_subtotals(rows: list[list[Cell]], table: Table) -> list[list[Cell]]:
    result: list[list[Cell]] = []
    start = 0
    for length, street in pl.Series(table.streets, dtype=pl.String).rle().struct.unnest().iter_rows():
        result += rows[start : start + length]
        result.append(_total_row(f"{street}小计", table, table.figures[start : start + length]))
        start += length
    return result


def _total_row(label: str, table: Table, figures: pl.DataFrame) -> list[Cell]:
    row = table.line(label)
    totals = figures.sum().row(0, named=True)
    for position, name in enumerate(table.cells, start=len(table.lead)):
        if name in totals:
            row[position] = round(totals[name], 2)
    return row


def _put_notes(result: Sheet, table: Table) -> None:
    if not table.streets:
        result.rows.append(table.line("注：本月无新增情况。"))
    result.rows.append(table.line())
    if table.style.note:
        result.rows.append(table.line(table.style.note))
    result.rows.append(table.line("填表人：          审核人：          单位负责人："))


def number_columns(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """The figures that a total row adds up."""
    return frame.select(name for name, spec in contract.fields.items() if spec.type.is_number and name in frame.columns)


def without(style: Style, name: str) -> Style:
    """The style of a clerk who forgot a column."""
    groups = {group: members for group, members in style.groups.items() if name not in members}
    return replace(style, order=tuple(n for n in style.order if n != name), groups=groups)


def title(style: Style, contract: Contract, words: str, street: str) -> str:
    """The title over the table."""
    return style.title.format(who=street, title=contract.title, period=words)
