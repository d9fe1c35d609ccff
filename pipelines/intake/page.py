"""Tables of an HTML page, as many systems write them under the name .xls, become lines of cells.

Follows nothing, runs nothing: text alone is taken. Knows no sheet's meaning and no contract.
"""

import re
from html.parser import HTMLParser

from pipelines.intake.draft import RefusalError
from pipelines.intake.sheet import MOST_CELLS, Area, check_size

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_UNSEEN = ("script", "style", "head", "title", "template", "noscript", "xml")
_BREAKS = ("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "caption", "center", "hr", "body", "form", "ul", "ol")
_MOST_SPREAD = 6_000_000
"""Cells of a page; 50 MB of them hold no more unless they span many columns."""
_WIDEST_CELL = 1_000
"""More columns than this no cell spans, by the standard."""


def is_page(data: bytes) -> bool:
    """Whether the bytes are HTML."""
    head = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if head.startswith(b"<?xml"):
        return b"<html" in head
    return head.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<body", b"<style", b"<div"))


def declared(data: bytes) -> str:
    """The encoding that a page says it is in."""
    match = _CHARSET.search(data[:4096])
    return match[1].decode() if match else ""


def lines_of(text: str) -> tuple[list[list[str | None]], list[Area]]:
    """All tables of a page one under the other, with the texts between them, as the spreadsheet program opens it.

    Returns:
        The lines of cells, and the cells that span several.

    Raises:
        RefusalError: when it spans more cells than any table has, or has no table.
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.end()
    if not reader.has_table:
        raise RefusalError("这是一个网页文件，里面没有表格。请用表格软件打开原来的报表，另存为 .xlsx 再报送。")
    return reader.lines, reader.merged


class _Reader(HTMLParser):
    """Lays the cells out while it reads."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[list[str | None]] = []
        self.merged: list[Area] = []
        self.has_table = False
        self._unseen = 0
        self._depth = 0
        self._text: list[str] = []
        self._span: tuple[int, int] | None = None
        """Rows and columns of the cell that is open."""
        self._row: list[str | None] | None = None
        self._from_above: dict[int, int] = {}
        """For each column, how many more rows a cell above reaches down."""
        self._spread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += tag != "xml"
        elif tag == "table":
            self.end()
            self._depth += 1
            self.has_table = True
            self._from_above = {}
        elif tag == "tr":
            self._end_row()
            self._row = []
        elif tag in ("td", "th") and self._depth:
            self._end_cell()
            self._row = [] if self._row is None else self._row
            given = dict(attrs)
            columns = min(_number(given.get("colspan")), _WIDEST_CELL)
            self._span = (_number(given.get("rowspan")), columns)
        elif tag == "br":
            self._text.append("\n")
        elif tag in _BREAKS and self._span is None:
            self._end_text()

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(self._unseen - (tag != "xml"), 0)
        elif tag == "table":
            self.end()
            self._depth = max(self._depth - 1, 0)
        elif tag == "tr":
            self._end_row()
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag in _BREAKS:
            if self._span is None:
                self._end_text()
            else:
                self._text.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._text.append(data)

    def end(self) -> None:
        """Finish whatever is open."""
        self._end_row()
        self._end_text()

    def _taken_text(self) -> str | None:
        pieces = (" ".join(piece.split()) for piece in "".join(self._text).replace("\xa0", " ").split("\n"))
        self._text.clear()
        return "\n".join(piece for piece in pieces if piece) or None

    def _end_text(self) -> None:
        """A text outside of any cell is a line of its own."""
        text = self._taken_text()
        if text is not None:
            self.lines.append([text])

    def _end_cell(self) -> None:
        if self._span is None:
            # White space between cells, or stray text.
            if "".join(self._text).strip() and self._row is None:
                self._end_text()
            self._text.clear()
            return
        rows, columns = self._span
        row, self._span = self._row if self._row is not None else [], None
        self._pass_over(row)
        left = len(row)
        row += [self._taken_text(), *[None] * (columns - 1)]
        self._spread += columns
        if self._spread > _MOST_SPREAD:
            check_size(MOST_CELLS, self._spread)
        check_size(1, len(row))
        if rows > 1:
            for column in range(left, left + columns):
                self._from_above[column] = rows
            top = len(self.lines)
            self.merged.append(Area(top, left, top + rows - 1, left + columns - 1))
        self._row = row

    def _pass_over(self, row: list[str | None]) -> None:
        """Leave the places free that a cell above reaches into."""
        while self._from_above.get(len(row), 0) > 0:
            row.append(None)

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is None:
            return
        self.lines.append(self._row)
        self._row = None
        self._from_above = {column: left - 1 for column, left in self._from_above.items() if left > 1}


def _number(text: str | None) -> int:
    """How many rows or columns a cell spans."""
    return max(int(text), 1) if text and text.strip().isdecimal() and len(text) < 7 else 1
