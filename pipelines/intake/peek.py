"""The first rows of a large file, without reading all of it: enough to tell what it is.

Looks at workbooks (.xlsx) and text; says nothing of others. Its cells are for recognising alone, and not as exact as
those of `read`.
"""

import codecs
import re
from collections.abc import Iterable
from datetime import date, timedelta
from xml.parsers import expat

from pipelines.intake.archive import is_package
from pipelines.intake.package import Package
from pipelines.intake.page import is_page
from pipelines.intake.sheet import Limits, Sheet, frame, place
from pipelines.intake.text import cells_of

LARGE = 2**21
"""Bytes from which a look at the beginning saves time."""
_ROWS = 201
"""One more than a table on its side may have."""
_TEXT = 2**18
_SERIALS = range(20_000, 80_000)
"""Numbers that may be days."""


def first_rows(data: bytes, name: str, limits: Limits) -> list[Sheet]:
    """The sheets of a file down to their first rows; none when it cannot be told.

    Raises:
        RefusalError: when it is a workbook that is damaged or made to do harm.
    """
    if is_package(data):
        package = Package(data, limits)
        return [_sheet(package, sheet) for sheet in package.sheets]
    if data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0") or b"\0" in data[:400] or is_page(data):
        return []
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(data[:_TEXT])
        except UnicodeDecodeError:
            continue
        lines = text.split("\n")[: _ROWS + 1]
        # A quoted cell may be cut in two.
        return (
            [Sheet(name, False, cells_of("\n".join(lines[:-1]))[0])] if len(lines) > _ROWS and '"' not in text else []
        )
    return []


def _sheet(package: Package, name: str) -> Sheet:
    rows = _Rows()
    _feed(rows.parser(), package.placed_xml(name))
    strings = _Strings(max(rows.strings, default=-1))
    if rows.strings:
        _feed(strings.parser(), package.shared_strings())
    lines: list[list[str | None]] = [[] for _ in range(1 + max((row for row, _ in rows.cells), default=-1))]
    for (row, column), (kind, style, text) in sorted(rows.cells.items()):
        line = lines[row]
        line += [None] * (column - len(line))
        line.append(_shown(kind, style, text, strings.found, 1462 if package.is_1904 else 0))
    return Sheet(name, False, frame(lines))


class _EnoughError(Exception):
    """What was looked for has been read."""


def _feed(parser: expat.XMLParserType, pieces: Iterable[bytes]) -> None:
    try:
        for piece in pieces:
            parser.Parse(piece)
    except (_EnoughError, expat.ExpatError):
        return


def _shown(kind: str, style: str, text: str, strings: list[str], later: int) -> str | None:
    """A cell as the reader gives it; `later`: by how many days the workbook counts its days later than from 1900."""
    if kind == "s":
        return _unescaped(strings[int(text)]) if text.isdecimal() and int(text) < len(strings) else None
    if kind in ("str", "inlineStr"):
        return _unescaped(text) or None
    whole = text.partition(".")[0]
    if kind in ("", "n") and style not in ("", "0") and whole.isdecimal() and int(whole) in _SERIALS:
        return f"{date(1899, 12, 30) + timedelta(days=int(whole) + later)} 00:00:00"
    return text or None


def _unescaped(text: str) -> str:
    """Signs that XML cannot hold are written as _x000D_."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)


class _Rows:
    """The cells of the first rows of a sheet, as its XML has them: kind, style and text by row and column."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], tuple[str, str, str]] = {}
        self.strings: set[int] = set()
        self._at: tuple[int, int] | None = None
        self._kind = self._style = ""
        self._text: list[str] | None = None
        self._is_spoken = False
        """Inside of how a word is pronounced."""

    def parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        return parser

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "c":
            try:
                self._at = place(attributes.get("r", ""))
            except ValueError:
                self._at = None
            self._kind, self._style = attributes.get("t", ""), attributes.get("s", "")
            if self._at and self._at[0] >= _ROWS:
                raise _EnoughError
        elif name == "rPh":
            self._is_spoken = True
        elif name in ("v", "t") and self._at and not self._is_spoken:
            self._text = []

    def _end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name == "rPh":
            self._is_spoken = False
        elif name in ("v", "t") and self._at and self._text is not None:
            _, _, before = self.cells.get(self._at, ("", "", ""))
            text = before + "".join(self._text)
            self.cells[self._at] = (self._kind, self._style, text)
            if self._kind == "s" and text.isdecimal():
                self.strings.add(int(text))
            self._text = None
        elif name == "sheetData":
            raise _EnoughError

    def _characters(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)


class _Strings:
    """The strings that sheets share, up to one of them."""

    def __init__(self, last: int) -> None:
        self.found: list[str] = []
        self._last = last
        self._text: list[str] = []
        self._depth = 0

    def parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        return parser

    def _start(self, tag: str, _: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "si":
            self._text = []
        elif name in ("t", "rPh"):
            # What stands in rPh is how a word is pronounced.
            self._depth += 1 if name == "t" else 10

    def _end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name in ("t", "rPh"):
            self._depth -= 1 if name == "t" else 10
        elif name == "si":
            self.found.append("".join(self._text))
            if len(self.found) > self._last:
                raise _EnoughError

    def _characters(self, data: str) -> None:
        if self._depth == 1:
            self._text.append(data)
