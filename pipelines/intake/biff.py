"""What an .xls (or an .et with the same inside) tells of its sheets beside the cells' values.

Walks the records of the workbook stream: merged cells, hidden rows and columns, long numbers, links. Gives no cells.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile

from pipelines.intake.draft import RefusalError
from pipelines.intake.package import DAMAGED, LINKED, LOCKED
from pipelines.intake.sheet import Area, Look
from pipelines.intake.text import NO_TABLE

_SHEET, _MERGED, _ROW, _COLUMNS, _NUMBER = 0x0085, 0x00E5, 0x0208, 0x007D, 0x0203
_START, _END, _LOCKED, _LINK = 0x0809, 0x000A, 0x002F, 0x01AE
_OWN_LINKS = (0x0401, 0x3A01)
"""What stands for the workbook itself, and for its add-ins."""
_BIFF8 = 0x0600
_LONG = 1e15


@dataclass
class SheetRecords:
    """What is known of one sheet."""

    merged: list[Area] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)

    def look(self) -> Look:
        """The same, for everybody."""
        return Look(tuple(self.merged), frozenset(self.rows), frozenset(self.columns))


def sheet_records(data: bytes) -> dict[str, SheetRecords]:
    """What is known of each sheet, by its name; nothing of files older than 1997.

    Raises:
        RefusalError: when it is damaged, locked, or linked to another file.
    """
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise RefusalError(LOCKED)
    try:
        with olefile.OleFileIO(data) as ole:
            name = next((name for name in ("Workbook", "Book") if ole.exists(name)), None)
            if name is None:
                raise RefusalError(NO_TABLE)
            stream = ole.openstream(name).read()
    except (OSError, ValueError, IndexError, TypeError, struct.error, MemoryError, RecursionError):
        raise RefusalError(DAMAGED) from None
    try:
        return _sheets(stream)
    except (struct.error, UnicodeDecodeError, IndexError):
        raise RefusalError(DAMAGED) from None


def _records(stream: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Kind, first byte and length of each record up to the end of its sheet."""
    at = start
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, at + 4, length
        at += 4 + length
        if kind == _END:
            return


def _sheets(stream: bytes) -> dict[str, SheetRecords]:
    found: dict[str, SheetRecords] = {}
    if len(stream) < 8 or struct.unpack_from("<HHH", stream)[::2] != (_START, _BIFF8):
        return found
    for kind, at, length in _records(stream, 0):
        if kind == _LOCKED:
            raise RefusalError(LOCKED)
        if kind == _LINK and length >= 4 and struct.unpack_from("<H", stream, at + 2)[0] not in _OWN_LINKS:
            raise RefusalError(LINKED)
        if kind == _SHEET:
            start, _, size, is_wide = struct.unpack_from("<IHBB", stream, at)
            raw = stream[at + 8 : at + 8 + size * (1 + (is_wide & 1))]
            found[raw.decode("utf-16-le" if is_wide & 1 else "latin-1")] = _records_of(stream, start)
    return found


def _records_of(stream: bytes, start: int) -> SheetRecords:
    sheet = SheetRecords()
    for kind, at, _ in _records(stream, start):
        if kind == _NUMBER:
            value = struct.unpack_from("<d", stream, at + 6)[0]
            if _LONG <= value < 1e30:
                sheet.numbers.add(int(value))
        elif kind == _ROW:
            if struct.unpack_from("<H", stream, at + 12)[0] & 0x20:
                sheet.rows.add(struct.unpack_from("<H", stream, at)[0])
        elif kind == _COLUMNS:
            first, last, _, _, options = struct.unpack_from("<5H", stream, at)
            if options & 1:
                sheet.columns |= set(range(first, min(last, 255) + 1))
        elif kind == _MERGED:
            for part in range(struct.unpack_from("<H", stream, at)[0]):
                top, bottom, left, right = struct.unpack_from("<4H", stream, at + 2 + 8 * part)
                sheet.merged.append(Area(top, left, bottom, right))
    return sheet
