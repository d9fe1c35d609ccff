"""A sheet of a file as all readers of formats give it: text cells in their true places, and how the sheet looks.

Data and column names only. Reads no bytes, and knows no contract.
"""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import polars as pl

from pipelines.intake.draft import RefusalError
from pipelines.intake.folding import cleaned_cells, is_odd

MOST_CELLS = 60_000_000
"""A table, blank cells included, that spans more is refused: 2 million rows of 30 columns."""
_WIDEST = 16_384
"""Columns of a spreadsheet."""


@dataclass(frozen=True)
class Limits:
    """How much is taken from one file."""

    unpacked_bytes: int
    rows: int


@dataclass(frozen=True)
class Area:
    """A block of cells, counted from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Look:
    """What is to be known of a sheet beside its cells. Rows and columns count from 0."""

    merged: tuple[Area, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    uncomputed: tuple[tuple[int, int], ...] = ()
    """Formulas whose result is not in the file: row and column."""


@dataclass(frozen=True)
class Sheet:
    """A sheet down to its last row with content: text cells, columns named as the program shows them (A, B, AA)."""

    name: str
    is_hidden: bool
    cells: pl.DataFrame
    numbers: Container[str] = ()
    """The codes of 16 digits or more that stand there as numbers: their last digits are lost."""
    look: Look = Look()
    origin: pl.DataFrame | None = None
    """Of a sheet that was laid out anew: which cell of the file each cell was, as D7; same shape as `cells`."""
    how: tuple[str, ...] = ()
    """Of a sheet that was laid out anew: what the receipt says of it."""
    is_1904: bool = False
    """Whether its days are counted from 1904, as old Macs did."""
    titles: tuple[tuple[int, str, str], ...] = ()
    """Of a sheet that was laid out anew: the texts above the table: index of row, letter of column, text."""

    def notes(self) -> Iterator[str]:
        """What the receipt says of hidden parts."""
        if self.is_hidden:
            yield f"隐藏的工作表“{self.name}”也已读取。"
        rows = sorted(at + 1 for at in self.look.hidden_rows if at < self.cells.height)
        if rows:
            yield f"工作表“{self.name}”中隐藏的第 {_ranges(rows)} 行也已读取。"
        columns = sorted(at for at in self.look.hidden_columns if letter(at) in self.cells.columns)
        if columns:
            yield f"工作表“{self.name}”中隐藏的 {'、'.join(letter(at) for at in columns)} 列也已读取。"


def _ranges(numbers: list[int]) -> str:
    """5, 6, 7, 9 as 5–7、9; no more than ten of them."""
    ends: list[list[int]] = []
    for number in numbers:
        if ends and ends[-1][1] == number - 1:
            ends[-1][1] = number
        else:
            ends.append([number, number])
    listed = "、".join(str(first) if first == last else f"{first}–{last}" for first, last in ends[:10])
    return listed if len(ends) <= 10 else f"{listed} 等共 {len(numbers)}"


def letter(index: int) -> str:
    """The name of a column: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def place(cell: str) -> tuple[int, int]:
    """Row and column of a cell, from 0: D7 is (6, 3).

    Raises:
        ValueError: when it names no cell.
    """
    match = re.fullmatch(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})", cell)
    if match is None:
        raise ValueError(f"no cell: {cell!r}")
    column = 0
    for sign in match[1]:
        column = column * 26 + ord(sign) - 64
    return int(match[2]) - 1, column - 1


def check_size(rows: int, columns: int) -> None:
    """Refuse a table that cannot be one.

    Raises:
        RefusalError: when it has more columns than a spreadsheet, or spans more cells than any table.
    """
    if columns > _WIDEST or rows * columns > MOST_CELLS:
        raise RefusalError(
            f"表格的范围大得不合常理（{rows} 行 × {columns} 列）。请只保留数据区域，另存为新的 .xlsx 文件后再报送。"
        )


def frame(lines: Sequence[Sequence[str | None]]) -> pl.DataFrame:
    """Lines of cells, which may differ in length, as a frame of tidy text columns.

    Raises:
        RefusalError: when they span more than a table can.
    """
    check_size(len(lines), max(map(len, lines), default=0))
    columns = zip_longest(*lines, fillvalue=None)
    return tidy(pl.DataFrame([pl.Series(letter(i), column, dtype=pl.String) for i, column in enumerate(columns)]))


def with_texts(cells: pl.DataFrame, shown: Mapping[str, Mapping[int, str]]) -> pl.DataFrame:
    """The cells with these texts put in, by column and row; they may lie outside of what is there."""
    if not shown:
        return cells
    height = max(cells.height, 1 + max(row for texts in shown.values() for row in texts))
    index = pl.int_range(height, eager=True)
    padding = pl.Series([None] * (height - cells.height), dtype=pl.String)
    columns: dict[str, pl.Series] = {}
    for name in sorted({*cells.columns, *shown}, key=lambda name: (len(name), name)):
        column = cells[name] if name in cells.columns else pl.Series([None] * cells.height, dtype=pl.String)
        column = pl.concat([column, padding]) if len(padding) else column
        if texts := shown.get(name):
            put = index.replace_strict(dict(texts), default=None, return_dtype=pl.String)
            column = put.zip_with(put.is_not_null(), column)
        columns[name] = column
    return pl.DataFrame(columns)


_TRIMMED = pl.when(pl.all().str.strip_chars() != "").then(pl.all().str.strip_chars())


_FEW = 2_000
"""Cells that are sooner looked at in Python than by a query."""


def tidy(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells cleaned of what nobody sees and trimmed, blank ones null, no blank rows at the end."""
    if not cells.height:
        return cells
    if cells.height * cells.width > _FEW or any(is_odd(text) for row in cells.rows() for text in row if text):
        cells = cleaned_cells(cells)
    cells = cells.select(_TRIMMED)
    if any(text is not None for text in cells.row(-1)):
        return cells
    last = cells.select(pl.any_horizontal(pl.all().is_not_null()).arg_true().last()).item()
    return cells.head(0 if last is None else last + 1)
