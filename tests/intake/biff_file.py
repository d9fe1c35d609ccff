"""Writes the bytes of an .xls (BIFF 8 in an OLE container), for tests: there is no well-kept library that does."""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR = 512


def xls(
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    merged: Sequence[tuple[int, int, int, int]] = (),
    hidden_rows: Sequence[int] = (),
    hidden_columns: Sequence[int] = (),
    hidden_sheets: Sequence[str] = (),
    linked: bool = False,
    extra: bytes = b"",
) -> bytes:
    """An .xls of these sheets; merged areas (top, left, bottom, right) and the rest are of every sheet."""
    bodies = [_sheet(rows, merged, hidden_rows, hidden_columns, extra) for rows in sheets.values()]
    link = _record(0x01AE, struct.pack("<HHB", 1, 8, 0) + b"\x01other.x") if linked else b""
    names = [name.encode("utf-16-le") for name in sheets]
    start = len(_bof(5)) + sum(4 + 8 + len(name) for name in names) + len(link) + 4
    book = _bof(5)
    for name, (title, raw), body in zip(sheets, zip(sheets, names, strict=True), bodies, strict=True):
        book += _record(0x85, struct.pack("<IBBBB", start, int(name in hidden_sheets), 0, len(title), 1) + raw)
        start += len(body)
    return _ole(book + link + _record(0x0A) + b"".join(bodies))


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _bof(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _sheet(
    rows: Sequence[Sequence[Any]],
    merged: Sequence[tuple[int, int, int, int]],
    hidden_rows: Sequence[int],
    hidden_columns: Sequence[int],
    extra: bytes = b"",
) -> bytes:
    parts = [_bof(0x10)]
    parts += [_record(0x7D, struct.pack("<6H", column, column, 0, 0, 1, 0)) for column in hidden_columns]
    parts += [_record(0x0208, struct.pack("<8H", row, 0, 0, 0, 0, 0, 0x20, 0)) for row in hidden_rows]
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", at, column, 0)
            if isinstance(value, str):
                raw = value.encode("utf-16-le")
                parts.append(_record(0x0204, place + struct.pack("<HB", len(raw) // 2, 1) + raw))
            elif value is not None:
                parts.append(_record(0x0203, place + struct.pack("<d", float(value))))
    areas = b"".join(struct.pack("<4H", top, bottom, left, right) for top, left, bottom, right in merged)
    parts.append(_record(0xE5, struct.pack("<H", len(merged)) + areas))
    return b"".join([*parts, extra, _record(0x0A)])


def _ole(stream: bytes) -> bytes:
    """A container with the one stream Workbook."""
    stream = stream.ljust(4096, b"\0")
    size = len(stream)
    stream += b"\0" * (-size % _SECTOR)
    count = len(stream) // _SECTOR
    tables = 1
    while tables * 128 < tables + 1 + count:
        tables += 1
    first = tables + 1
    chain = [_FAT] * tables + [_END] + [*range(first + 1, first + count), _END]
    chain += [_FREE] * (tables * 128 - len(chain))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    head += struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, _END, 0, _END, 0)
    head += struct.pack("<109I", *range(tables), *[_FREE] * (109 - tables))
    directory = _entry("Root Entry", 5, _END, 0, child=1) + _entry("Workbook", 2, first, size)
    return head + struct.pack(f"<{len(chain)}I", *chain) + directory.ljust(_SECTOR, b"\0") + stream


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    raw = (name + "\0").encode("utf-16-le")
    links = struct.pack("<III", _FREE, _FREE, child)
    return (
        raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1) + links + b"\0" * 36
        + struct.pack("<IQ", start, size)
    )  # fmt: skip
