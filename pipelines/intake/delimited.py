"""Lines of separated cells become a table of text, however many cells each line has.

Polars reads what is written as it should be. A quotation mark that opens no cell, or a cell that nothing closes, is
text: the lines that hold such a mark are written anew before. Knows no encoding, and judges nothing.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from pipelines.intake.sheet import check_size

_HEAD = 2**16
"""Characters from which is told how many cells the lines have."""
_LONGEST = 32_767
"""Characters of a cell, in any spreadsheet program."""


@dataclass(frozen=True)
class Lines:
    """The cells of a text, one row for each of its records, and what was to be mended."""

    cells: pl.DataFrame
    """Columns named by their number from 0."""
    mended: tuple[int, ...] = ()
    """Rows, counted from 1, with a quotation mark that would have swallowed what follows, read as text."""


def table(text: str, separator: str) -> Lines:
    """The cells of a text.

    Raises:
        polars.exceptions.PolarsError: when it is no table at all.
        RefusalError: when it spans more cells than any table.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    bare = without_quoted_cells(text, separator)
    if '"' in bare:
        # Most cells with line breaks are remarks without a separator: nothing can be swallowed by one.
        short = _without_remarks(bare, separator)
        is_plain = '"' not in short and _width(short, separator) <= _usual(short.split("\n"), separator) + 1
        cells = _rows(text, short, separator) if is_plain else None
        if cells is not None and cells.height == _height(short):
            return Lines(cells)
        mender = _Mender(text, bare, separator)
        return Lines(_rows(mender.text(), mender.bare, separator), tuple(sorted(set(mender.mended))))
    return Lines(_rows(text, bare, separator))


def _rows(text: str, bare: str, separator: str) -> pl.DataFrame:
    """The cells of a text that every reader reads alike; and the text without any quoted cell, for its size."""
    height = _height(bare)
    width = _width(bare[:_HEAD], separator)
    check_size(height, width)
    try:
        return _read(text, separator, width)
    except pl.exceptions.PolarsError:
        # A line further down is longer than those at the top.
        width = _width(bare, separator)
        check_size(height, width)
        return _read(text, separator, width)


def _height(bare: str) -> int:
    return bare.count("\n") + (not bare.endswith("\n"))


def _width(lines: str, separator: str) -> int:
    return max(line.count(separator) for line in lines.split("\n")) + 1


def _usual(lines: Sequence[str], separator: str) -> int:
    """How many separators most lines have, of those that have any."""
    counts = Counter(line.count(separator) for line in lines[:_HEAD] if separator in line and '"' not in line)
    return counts.most_common(1)[0][0] if counts else 0


def without_quoted_cells(text: str, separator: str) -> str:
    """The text without the quoted cells that begin and end on one line; those that end with a separator stay."""
    if '"' not in text:
        return text
    between = re.escape(separator)
    return re.sub(rf'(?m)(?:^|(?<={between}))"(?:(?:[^"\n]|"")*(?<!{between}))?"(?={between}|$)', "", text)


def _without_remarks(text: str, separator: str) -> str:
    """The text without the quoted cells that hold line breaks and no separator."""
    between = re.escape(separator)
    return re.sub(rf'(?m)(?:^|(?<={between}))"(?:[^"{between}]|"")*"(?={between}|$)', "", text)


def _read(text: str, separator: str, width: int) -> pl.DataFrame:
    # A first line with a name for each column, and shorter lines may follow.
    names = separator.join(str(number) for number in range(width))
    return pl.read_csv(
        f"{names}\n{text}".encode(), separator=separator, infer_schema=False, missing_columns="insert", glob=False
    )


@dataclass
class _Mender:
    """Writes the lines with odd quotation marks anew, so that every reader reads them alike.

    A cell in quotation marks may hold line breaks. It is none when nothing closes it, when something other than a
    separator follows its end, when it holds as many separators as other lines have or ends with one, or when each of
    the lines it spans is a full one by itself: then its first mark is text, and every line is a row of its own.
    """

    whole: str
    without_quoted: str
    """The same lines without the quoted cells that begin and end on one line."""
    separator: str
    bare: str = ""
    """After `text`: the lines as they are now, without any quoted cell."""
    mended: list[int] = field(default_factory=list)
    """After `text`: rows, from 1, with a mark that is text and would have swallowed what follows."""

    def text(self) -> str:
        """All lines, written anew where that is needed."""
        between = re.escape(self.separator)
        self._cell = re.compile(r'"((?:[^"]++|"")*+)"[ \t]*(?=' + between + r"|\n|\Z)")
        self._plain = re.compile(rf"[^{between}\n]*")
        lines, bare = self.whole.split("\n"), self.without_quoted.split("\n")
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        self._bare, self._usual = bare, _usual(bare, self.separator)
        kept: list[str] = []
        kept_bare: list[str] = []
        at = 0
        while at < len(lines):
            if '"' not in bare[at]:
                kept.append(lines[at])
                kept_bare.append(bare[at])
                at += 1
                continue
            self._line = at
            cells, end = self._record(starts[at], len(kept) + 1)
            kept.append(self.separator.join(cells))
            kept_bare.append(self.separator * (len(cells) - 1))
            at += 1 + self.whole.count("\n", starts[at], end)
        self.bare = "\n".join(kept_bare)
        return "\n".join(kept)

    def _record(self, start: int, row: int) -> tuple[list[str], int]:
        """The cells of the record that begins here, each as it is to be written, and where it ends."""
        cells: list[str] = []
        at = start
        while True:
            cell, at = self._next(start, at, row)
            cells.append(cell)
            if self.whole[at : at + 1] != self.separator:
                return cells, at
            at += 1

    def _next(self, start: int, at: int, row: int) -> tuple[str, int]:
        if self.whole.startswith('"', at):
            # Nothing longer than a cell can be one.
            match = self._cell.match(self.whole, at, min(len(self.whole), at + 2 * _LONGEST))
            if match and not self._swallows(start, match):
                return f'"{match[1]}"', match.end()
            self.mended.append(row)
        plain = self._plain.match(self.whole, at)
        assert plain is not None
        text = plain.group()
        return ('"' + text.replace('"', '""') + '"' if '"' in text else text), plain.end()

    def _swallows(self, start: int, match: re.Match[str]) -> bool:
        """Whether a cell that begins and ends with a mark is none: other cells lie between the two."""
        held, separator, usual = match[1], self.separator, self._usual
        *upper, last = held.split("\n")
        if upper and usual:
            first = self._line + self.whole.count("\n", start, match.start())
            spanned = self._bare[first : first + len(upper) + 1]
            if min(line.count(separator) for line in spanned) >= usual:
                return True
        if separator not in held:
            return False
        line_end = self.whole.find("\n", match.end())
        count = self.whole.count(separator, start, line_end if line_end >= 0 else len(self.whole))
        if not upper:
            return held.endswith(separator) and count == usual
        most = max((line.count(separator) for line in upper[1:]), default=-1)
        is_full = most >= usual or held.count(separator) >= len(upper) * usual
        # A cell may end with a separator; where the lines have as many as lines have, it stands before the next cell.
        is_cut = last.endswith(separator) and count >= (len(upper) + 1) * usual
        return usual > 0 and (is_full or is_cut)


def numbered(rows: tuple[int, ...]) -> Iterator[str]:
    """What the receipt says of rows with a mark that was read as text; none of what they hold."""
    if rows:
        listed = "、".join(map(str, rows[:10])) + (f" 等共 {len(rows)}" if len(rows) > 10 else "")
        yield f"第 {listed} 行有不成对的双引号，已按普通文字读取，每一行各算一行；请核对这些行。"
