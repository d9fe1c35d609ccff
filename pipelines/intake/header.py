"""Where the header of a sheet is, and which of its columns is which field.

Tries blocks of one to four rows and keeps the best for each export. Chooses no export, and judges no data row.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from pipelines.contracts.schema import Contract
from pipelines.intake.cells import is_number
from pipelines.intake.headings import Unit, heading, is_personal, unit_named
from pipelines.intake.sheet import Sheet

SEARCHED_ROWS = 60
"""How far down a header is looked for."""
HIGHEST = 4
"""Rows a header may have."""
STREET, PERIOD = "_street", "_period"
INDICATORS = ("指标", "项目", "指标名称", "项目名称", "统计指标", "统计项目", "内容")
"""What a column of names of fields is called."""
_OWN = {
    STREET: ("街道", "所属街道", "所在街道", "街道名称", "街道（办事处）", "街道办事处", "街道办"),
    PERIOD: ("统计期", "所属统计期", "统计期间", "统计时期"),
}
"""Columns that any file may have beside its contract: the street of a row, and the period it speaks of."""

_MOST_KNOWN = 4096
_NO_SHEET = Sheet("", False, pl.DataFrame())


@dataclass(frozen=True)
class Index:
    """The names of all columns, and the headers met so far: a form is filled in again every month."""

    names: Mapping[str, Sequence[tuple[str, str, int]]]
    """For each name of a column: export, field, and how official the name is (0 the most)."""
    known: dict[object, dict[str, "Header"]] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A column of the file that is a field of the contract."""

    letter: str
    header: str
    unit: Unit | None = None


@dataclass
class Header:
    """The header of one sheet, read as one export."""

    sheet: Sheet
    first: int
    """Index of its first row, from 0."""
    height: int
    columns: dict[str, Column] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    doubled: dict[str, list[Column]] = field(default_factory=dict)
    months: Mapping[tuple[int, int], Mapping[str, Column]] = field(default_factory=dict)
    """Of a table with columns for several months: by year (0 when not said) and month, the columns of each."""

    @property
    def matched(self) -> int:
        """How many fields of the contract it has."""
        return sum(not name.startswith("_") for name in self.columns)

    @property
    def order(self) -> tuple[int, int, int, int, int]:
        """The better header has more fields, then more of the columns any file may have, more units; smaller; upper."""
        units = sum(column.unit is not None for column in self.columns.values())
        return (self.matched, len(self.columns) - self.matched, units, -self.height, -self.first)


def index_of(contracts: Iterable[Contract]) -> Index:
    """All names of all columns of these contracts. Built once, used for every file."""
    index: dict[str, list[tuple[str, str, int]]] = {}
    for contract in contracts:
        for name, spec in contract.fields.items():
            for rank, text in enumerate(spec.headers):
                index.setdefault(heading(text).names[0], []).append((contract.export, name, rank))
    return Index(index)


_OWN_NAMES = {heading(text).names[0]: (name, rank) for name, texts in _OWN.items() for rank, text in enumerate(texts)}


@dataclass(frozen=True)
class Stack:
    """The header texts of one column, the uppermost first, and what they may be called."""

    letter: str
    texts: tuple[str, ...]

    @property
    def title(self) -> str:
        """The lowest text that is no unit: how people call the column."""
        text = next((text for text in reversed(self.texts) if unit_named(text) is None), self.texts[-1])
        return "".join(text.split())

    @property
    def names(self) -> Iterator[str]:
        """The fullest name first: 党员 over 人数 is 党员人数, else 人数."""
        texts = [text for text in self.texts if unit_named(text) is None] or self.texts
        for start in range(len(texts)):
            parts = [heading(text).names for text in texts[start:]]
            yield "".join(names[0] for names in parts)
            yield "".join(names[-1] for names in parts)
        if len(texts) < len(self.texts):
            # 学时 is a unit, and the name of a column.
            yield heading(self.texts[-1]).names[0]

    @property
    def unit(self) -> Unit | None:
        """The lowest unit: in a bracket, or alone in a cell of a row of units."""
        return next((unit for text in reversed(self.texts) if (unit := heading(text).unit or unit_named(text))), None)


def stacks_of(letters: Sequence[str], block: Sequence[Sequence[str | None]]) -> list[Stack]:
    """The texts above one another. A merged parent stands over the columns to its right that have a text below."""
    filled = [list(row) for row in block]
    for level in range(len(filled) - 2, -1, -1):
        row, below = filled[level], filled[level + 1]
        for at in range(1, len(row)):
            if row[at] is None and below[at] is not None and below[at - 1] is not None:
                row[at] = row[at - 1]
    columns = zip(letters, zip(*filled, strict=True), strict=True)
    return [Stack(name, tuple(text for text in texts if text)) for name, texts in columns]


def _match(sheet: Sheet, first: int, block: Sequence[Sequence[str | None]], index: Index) -> dict[str, Header]:
    """For every export that knows at least one of these columns, the header read as that export."""
    block_key = (tuple(sheet.cells.columns), tuple(map(tuple, block)))
    if block_key not in index.known:
        if len(index.known) >= _MOST_KNOWN:
            index.known.clear()
        index.known[block_key] = _matched(sheet.cells.columns, block, index)
    return {export: replace(header, sheet=sheet, first=first) for export, header in index.known[block_key].items()}


def _matched(letters: Sequence[str], block: Sequence[Sequence[str | None]], index: Index) -> dict[str, Header]:
    stacks = [stack for stack in stacks_of(letters, block) if stack.texts]
    candidates: dict[str, dict[str, list[tuple[int, Column]]]] = {}
    for stack in stacks:
        if is_personal("".join(stack.texts)):
            continue
        column = Column(stack.letter, stack.title, stack.unit)
        seen: set[str] = set()
        for name in stack.names:
            for export, field_name, rank in index.names.get(name, ()):
                if export not in seen:
                    seen.add(export)
                    candidates.setdefault(export, {}).setdefault(field_name, []).append((rank, column))
    return {export: _header(Header(_NO_SHEET, 0, len(block)), fields, stacks) for export, fields in candidates.items()}


def _header(header: Header, fields: dict[str, list[tuple[int, Column]]], stacks: list[Stack]) -> Header:
    for name, found in fields.items():
        best = min(rank for rank, _ in found)
        chosen = [column for rank, column in found if rank == best]
        header.columns[name] = chosen[0]
        if len(chosen) > 1:
            header.doubled[name] = chosen
    used = {column.letter for column in header.columns.values()}
    header.columns |= own_columns(stack for stack in stacks if stack.letter not in used)
    used = {column.letter for column in header.columns.values()}
    header.ignored = [stack.title for stack in stacks if stack.letter not in used]
    return header


def own_columns(stacks: Iterable[Stack]) -> dict[str, Column]:
    """Those of some columns that any file may have, at whatever height of the header their names stand."""
    found: dict[str, tuple[int, Column]] = {}
    for stack in stacks:
        name, rank = next((_OWN_NAMES[text] for text in stack.names if text in _OWN_NAMES), ("", 0))
        if name and (name not in found or rank < found[name][0]):
            found[name] = (rank, Column(stack.letter, stack.title))
    return {name: column for name, (_, column) in found.items()}


def may_be_header(block: Sequence[Sequence[str | None]]) -> bool:
    """Whether rows can be a header: words in two cells; of several rows none is 单位：万元, the last has no number."""
    *upper, last = [[text for text in row if text] for row in block]
    if not upper:
        return len(last) >= 2
    if any(":" in heading(text).names[-1] for row in (*upper, last) for text in row):
        return False
    # A parent over all columns but the first has a row to itself; so may a column that any file may have.
    is_own = bool(upper[0]) and heading(upper[0][0]).names[0] in _OWN_NAMES
    is_full = (len(upper[0]) >= 2 or is_own) and all(upper)
    return is_full and bool(last) and not any(is_number(text) for text in last)


def headers_of(sheet: Sheet, contracts: Mapping[str, Contract], index: Index) -> dict[str, Header]:
    """The best header of a sheet for each export that knows any of its columns."""
    rows = sheet.cells.head(SEARCHED_ROWS + HIGHEST - 1).rows()
    best: dict[str, Header] = {}
    end = SEARCHED_ROWS
    for first in range(len(rows)):
        if first >= end:
            break
        for height in range(1, HIGHEST + 1):
            block = rows[first : first + height]
            if len(block) < height or not may_be_header(block):
                break
            for export, header in _match(sheet, first, block, index).items():
                if export not in best or header.order > best[export].order:
                    best[export] = header
                    if not lacking(contracts[export], header):
                        # A header is one block: nothing further down than its own rows can be a better one.
                        end = min(end, first + height)
    return best


def lacking(contract: Contract, header: Header) -> list[str]:
    """The required columns that a header does not have, as the contract calls them."""
    return [spec.header for name, spec in contract.fields.items() if spec.required and name not in header.columns]


def with_units(header: Header, units: Mapping[str, Unit]) -> Header:
    """The same header with units for columns that name none themselves."""
    columns = {
        name: column if column.unit or name not in units else replace(column, unit=units[name])
        for name, column in header.columns.items()
    }
    return replace(header, columns=columns)
