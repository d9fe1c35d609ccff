"""The XML of one sheet with some cells in other styles. Only the rows that have such cells are looked into.

A sheet may hold a million rows: it is cut into pieces, never parsed as a whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.parsers import expat

from pipelines.intake.annotate.marks import Mark, Marks, add, cell_name, column_number
from pipelines.intake.annotate.package import RELATION, UnusualError
from pipelines.intake.annotate.styles import Styles

_AFTER_NOTES = {
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
    "AlternateContent",
}  # fmt: skip
"""The elements of a sheet that come after the one that names the shapes of its notes."""
_MOST_MERGED = 500_000
"""Merged cells that are looked at, so that absurd ones cost nothing."""
_NUMBER = re.compile(rb"""\br=["'](\d+)["']""")
_PLACE = re.compile(rb"""\br=["']\$?([A-Z]{1,3})\$?\d+["']""")
_STYLE = re.compile(rb"""\ss=["'](\d+)["']""")
_SPAN = re.compile(r"([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)")


@dataclass(frozen=True)
class Part:
    """The XML of a sheet: before its rows, its rows, after them."""

    head: bytes
    rows: bytes
    tail: bytes
    prefix: str


def split(xml: bytes) -> Part:
    """Cut the XML of a sheet.

    Raises:
        UnusualError: when it is no plain UTF-8.
    """
    root = re.search(rb"<((?:\w+:)?)worksheet\b", xml[:20_000])
    if root is None:
        raise UnusualError("no worksheet")
    p = root[1]
    start = re.search(rb"<%ssheetData\s*/?>" % p, xml)
    if start is None:
        raise UnusualError("no rows")
    if start[0].endswith(b"/>"):
        opening, closing = b"<%ssheetData>" % p, b"</%ssheetData>" % p
        return Part(xml[: start.start()] + opening, b"", closing + xml[start.end() :], p.decode())
    end = xml.rfind(b"</%ssheetData>" % p)
    if end < 0:
        raise UnusualError("rows without an end")
    return Part(xml[: start.end()], xml[start.end() : end], xml[end:], p.decode())


def unselected(head: bytes) -> bytes:
    """Of two selected tabs the spreadsheet program edits both at once; only the list is selected."""
    return re.sub(rb"""\stabSelected=["'][^"']*["']""", b"", head)


def merged_into(part: Part, marks: Marks) -> Marks:
    """The marks, those on cells that are merged into another one on that one: there a colour shows."""
    anchors: dict[tuple[int, int], tuple[int, int]] = {}
    for match in re.finditer(rf"<{part.prefix}mergeCell\b[^>]*>", part.tail.decode(errors="replace")):
        span = _SPAN.search(match[0])
        if span is None:
            continue
        left, top, right, bottom = column_number(span[1]), int(span[2]), column_number(span[3]), int(span[4])
        if (right - left + 1) * (bottom - top + 1) + len(anchors) > _MOST_MERGED:
            continue
        cells = ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))
        anchors |= dict.fromkeys(cells, (top, left))
    moved: Marks = {}
    for row, columns in marks.items():
        for column, mark in columns.items():
            to_row, to_column = anchors.get((row, column), (row, column))
            add(moved.setdefault(to_row, {}), to_column, mark.severity, mark.text)
    return moved


def coloured(part: Part, marks: Marks, styles: Styles) -> Iterator[bytes]:
    """The rows, marked cells in their colours. Marks on the first cell of a row get its column.

    Raises:
        UnusualError: when comments stand among the rows, or a style is not there.
    """
    if marks and b"<!" in part.rows:
        raise UnusualError("comments or CDATA among the rows")
    p = part.prefix.encode()
    end_tag = b"</%srow>" % p
    columns = _column_styles(part)
    done = number = 0
    for match in re.finditer(rb"<%srow\b([^>]*)>" % p, part.rows):
        named = _NUMBER.search(match[1])
        number = int(named[1]) if named else number + 1
        row = marks.get(number)
        if row is None or match[1].endswith(b"/"):
            continue
        end = part.rows.find(end_tag, match.end())
        yield part.rows[done : match.end()]
        own = _STYLE.search(match[1])
        base = int(own[1]) if own and b"customFormat" in match[1] else None
        yield from _row(part.rows[match.end() : end], p, (number, row), (base, columns), styles)
        done = end
    yield part.rows[done:]


def _column_styles(part: Part) -> dict[int, int]:
    found: dict[int, int] = {}
    for match in re.finditer(rf"<{part.prefix}col\b[^>]*>", part.head.decode(errors="replace")):
        given = {name: int(number) for name, number in re.findall(r'\b(min|max|style)="(\d+)"', match[0])}
        if "style" in given:
            last = min(given.get("max", 0), 16_384)
            found |= dict.fromkeys(range(given.get("min", 1), last + 1), given["style"])
    return found


def _row(
    xml: bytes, p: bytes, place: tuple[int, dict[int, Mark]], bases: tuple[int | None, dict[int, int]], styles: Styles
) -> Iterator[bytes]:
    number, marks = place
    own, of_columns = bases
    cells = list(_cells(xml, p))
    if 0 in marks:
        first = marks.pop(0)
        add(marks, cells[0][0] if cells else 1, first.severity, first.text)
    waiting = sorted(marks)
    done = 0

    def missing(column: int) -> bytes:
        base = own if own is not None else of_columns.get(column, 0)
        style = styles.marked(base, marks[column].severity)
        return b'<%sc r="%s" s="%d"/>' % (p, cell_name(number, column).encode(), style)

    for column, start, end in cells:
        while waiting and waiting[0] < column:
            yield xml[done:start] + missing(waiting.pop(0))
            done = start
        if waiting and waiting[0] == column:
            tag = xml[start:end]
            old = _STYLE.search(tag)
            style = styles.marked(int(old[1]) if old else 0, marks[waiting.pop(0)].severity)
            bare = _STYLE.sub(b"", tag)
            name = len(p) + 2
            yield xml[done:start] + bare[:name] + b' s="%d"' % style + bare[name:]
            done = end
    yield xml[done:] + b"".join(missing(column) for column in waiting)


def _cells(xml: bytes, p: bytes) -> Iterator[tuple[int, int, int]]:
    """Column, and where the start tag begins and ends, of every cell of a row."""
    column = 0
    for match in re.finditer(rb"<%sc(?=[\s/>])[^>]*>" % p, xml):
        named = _PLACE.search(match[0])
        column = column_number(named[1].decode()) if named else column + 1
        yield column, match.start(), match.end()


def shapes_id(part: Part) -> str | None:
    """The relation to the shapes of the notes that a sheet has already, or of its buttons."""
    found = re.search(rf"<{part.prefix}legacyDrawing\b[^>]*\bid=[\"']([^\"']*)", part.tail.decode(errors="replace"))
    return found[1] if found else None


def with_notes(part: Part, relation: str) -> bytes:
    """What comes after the rows, naming the shapes of the notes."""
    places = _children(part)
    before = next((start for name, start in places if name.rpartition(":")[2] in _AFTER_NOTES), None)
    closing = part.tail.rfind(b"</%sworksheet>" % part.prefix.encode())
    at = closing if before is None else before
    if at < 0:
        raise UnusualError("a sheet without an end")
    added = f'<{part.prefix}legacyDrawing xmlns:r="{RELATION}" r:id="{relation}"/>'.encode()
    return part.tail[:at] + added + part.tail[at:]


def _children(part: Part) -> list[tuple[str, int]]:
    """The elements after the rows, not those within them: name, and place in the tail."""
    root = re.search(rb"<(?:\w+:)?worksheet\b[^>]*>", part.head)
    opened = (root[0] if root else b"") + b"<%ssheetData>" % part.prefix.encode()
    found: list[tuple[str, int]] = []
    depth = 0
    parser = expat.ParserCreate("utf-8")

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth == 2:
            found.append((name, parser.CurrentByteIndex - len(opened)))

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(opened + part.tail, True)
    except expat.ExpatError as error:
        raise UnusualError("a sheet that is no XML") from error
    return [(name, place) for name, place in found if place >= 0]
