"""What an .xls (or an .et with the same inside) tells of its sheets beside the cells' values.

Walks the records of the workbook stream: merged cells, hidden rows and columns, long numbers, links. Gives no cells.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile

from pipelines.intake.draft import RefusalError
from pipelines.intake.kinds import refusal_of_streams
from pipelines.intake.package import DAMAGED, LINKED, LOCKED
from pipelines.intake.sheet import Area, Look
from pipelines.intake.text import NO_TABLE

_SHEET, _MERGED, _ROW, _COLUMNS, _NUMBER = 0x0085, 0x00E5, 0x0208, 0x007D, 0x0203
_START, _END, _LOCKED, _LINK = 0x0809, 0x000A, 0x002F, 0x01AE
_FORMULA, _STRING, _DAYS, _BOOL_OR_ERROR = 0x0006, 0x0207, 0x0022, 0x0205
_ALWAYS, _ON_LOAD = 1, 2
"""Options of a formula: to be computed always; when the file is opened, as its result is none."""
_TEXT_RESULT, _ERROR_RESULT, _EMPTY_RESULT = 0, 2, 3
_BETWEEN = (0x04BC, 0x0221, 0x0236)
"""Records of shared formulas, arrays and tables, which may stand between a formula and its text."""
_ERRORS = (0x00, 0x07, 0x0F, 0x17, 0x1D, 0x24, 0x2A, 0x2B)
_VALUE = 0x0F
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
    uncomputed: list[tuple[int, int]] = field(default_factory=list)
    empty: list[tuple[int, int]] = field(default_factory=list)
    """Formulas with an empty text, or 0 that is always to be computed: results where any formula has another one."""
    has_results: bool = False

    def look(self) -> Look:
        """The same, for everybody."""
        empty = () if self.has_results else self.empty
        uncomputed = tuple(sorted({*self.uncomputed, *empty}))
        return Look(tuple(self.merged), frozenset(self.rows), frozenset(self.columns), uncomputed)


def sheet_records(data: bytes) -> tuple[dict[str, SheetRecords], bool]:
    """What is known of each sheet, by its name, and whether days are counted from 1904.

    Nothing is known of files older than 1997: their sheets cannot be looked through.

    Raises:
        RefusalError: when it is damaged, locked, or linked to another file.
    """
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise RefusalError(LOCKED)
    try:
        with olefile.OleFileIO(data) as ole:
            name = next((name for name in ("Workbook", "Book") if ole.exists(name)), None)
            if name is None:
                names = ["/".join(path) for path in ole.listdir()]
                raise RefusalError(refusal_of_streams(names) or NO_TABLE)
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


def _sheets(stream: bytes) -> tuple[dict[str, SheetRecords], bool]:
    found: dict[str, SheetRecords] = {}
    is_1904 = False
    if len(stream) < 8 or struct.unpack_from("<HHH", stream)[::2] != (_START, _BIFF8):
        return found, is_1904
    for kind, at, length in _records(stream, 0):
        if kind == _LOCKED:
            raise RefusalError(LOCKED)
        if kind == _LINK and length >= 4 and struct.unpack_from("<H", stream, at + 2)[0] not in _OWN_LINKS:
            raise RefusalError(LINKED)
        if kind == _DAYS and length >= 2:
            is_1904 = struct.unpack_from("<H", stream, at)[0] == 1
        if kind == _SHEET:
            start, _, size, is_wide = struct.unpack_from("<IHBB", stream, at)
            raw = stream[at + 8 : at + 8 + size * (1 + (is_wide & 1))]
            found[raw.decode("utf-16-le" if is_wide & 1 else "latin-1")] = _records_of(stream, start)
    return found, is_1904


def _records_of(stream: bytes, start: int) -> SheetRecords:
    sheet = SheetRecords()
    for kind, at, length in _records(stream, start):
        if kind == _FORMULA and length >= 16:
            _add_formula(sheet, stream, at, length)
        elif kind == _NUMBER:
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
            sheet.merged += _merged(stream, at)
    return sheet


def _merged(stream: bytes, at: int) -> Iterator[Area]:
    for part in range(struct.unpack_from("<H", stream, at)[0]):
        top, bottom, left, right = struct.unpack_from("<4H", stream, at + 2 + 8 * part)
        yield Area(top, left, bottom, right)


def _add_formula(sheet: SheetRecords, stream: bytes, at: int, length: int) -> None:
    """Note whether a formula has a result: 0 or an empty text that is to be computed on opening is none."""
    row, column, _, result, options = struct.unpack_from("<HHH8sH", stream, at)
    is_number = result[6:] != b"\xff\xff"
    is_empty = result == b"\0" * 8 or (not is_number and result[0] == _EMPTY_RESULT)
    is_text = not is_number and result[0] == _TEXT_RESULT
    if (is_text and not _has_text(stream, at + length)) or (is_empty and options & _ON_LOAD):
        sheet.uncomputed.append((row, column))
    elif is_empty and (options & _ALWAYS or not is_number):
        sheet.empty.append((row, column))
    else:
        sheet.has_results = True


def _has_text(stream: bytes, at: int) -> bool:
    """Whether the text of a formula follows it."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind not in _BETWEEN:
            return bool(kind == _STRING)
        at += 4 + length
    return False


def with_known_errors(data: bytes) -> bytes | None:
    """The same file in which every error that is not known is #VALUE!; None when there is no such error."""
    file = io.BytesIO(data)
    with olefile.OleFileIO(file, write_mode=True) as ole:
        name = next(name for name in ("Workbook", "Book") if ole.exists(name))
        stream = bytearray(ole.openstream(name).read())
        places = list(_odd_errors(bytes(stream)))
        for place in places:
            stream[place] = _VALUE
        if places:
            ole.write_stream(name, bytes(stream))
    return file.getvalue() if places else None


def _odd_errors(stream: bytes) -> Iterator[int]:
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _BOOL_OR_ERROR and length >= 8 and stream[at + 11] == 1 and stream[at + 10] not in _ERRORS:
            yield at + 10
        is_error = kind == _FORMULA and length >= 14 and stream[at + 16 : at + 18] == b"\xff\xff"
        if is_error and stream[at + 10] == _ERROR_RESULT and stream[at + 12] not in _ERRORS:
            yield at + 12
        at += 4 + length
