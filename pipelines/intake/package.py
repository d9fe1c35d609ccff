"""The zip that an .xlsx is: whether it is safe to open, and what its XML tells beside the cells' values.

The fast reader gives cells alone. Merged cells, hidden rows and columns, formulas without a result, and codes that were
stored as numbers are found here, in one pass over each sheet's XML, a piece at a time. Gives no cells.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import cached_property
from xml.etree import ElementTree

from pipelines.intake.archive import tampering
from pipelines.intake.draft import RefusalError
from pipelines.intake.long_numbers import LongNumbers
from pipelines.intake.sheet import MOST_CELLS, Area, Limits, Look, letter, place
from pipelines.intake.text import NO_TABLE

LOCKED = "文件设有打开密码，无法读取。请在报送时输入密码，或取消密码（文件 → 信息 → 保护工作簿）后再报送。"
WRONG_PASSWORD = "文件设有打开密码，而输入的密码不对。请核对后重新输入，或取消密码后再报送。"  # noqa: S105
DAMAGED = "文件不完整或已损坏，无法打开。请核对原文件能否打开，请用表格软件打开后另存为 .xlsx 再报送。"
LINKED = (
    "文件里有指向其他文件的链接，数值随另一个文件变化，无法核对。"
    "请在“数据 → 编辑链接”中断开链接（公式会变成数值），保存后再报送。"
)
_TAMPERED = "文件内部结构异常（{}），为安全起见不予读取。请用表格软件打开后另存为新的 .xlsx 再报送。"
UNSEEN = (
    "文件里有一张工作表（“{}”）的内部结构与通常的不同，无法核对其中的合并单元格和公式。"
    "请用表格软件打开后另存为新的 .xlsx 再报送。"
)
_PARTS = "xl/workbook.xml"
_PIECE = 2**20
_HEAD = 4096
_LONGEST_PIECE = 2**23
_MOST_RATIO = 1040
"""Deflate makes nothing more than so many times smaller."""
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_HIDDEN = re.compile(rb"""\bhidden=["'](?:1|true)["']""")
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\b[^>]*\bref=["']([A-Z]+\d+):([A-Z]+\d+)["']""")
_FAR = re.compile(rb""" r=["']([A-Z]{2,3})\d+["'][^>/]*>""")
_UNCOMPUTED = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


_RESULT = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"<(?:\w+:)?v(?:\s*/>|[^>]*>([^<]*)</(?:\w+:)?v>)"
)
_ROW_OR_CELL = re.compile(rb"<((?:\w+:)?)(row|c)(?=[\s/>])([^>]*?)(/?)>")
_ERROR = re.compile(rb"<(?:\w+:)?v>(#[^<]{1,40})</")
_KNOWN_ERRORS = frozenset((b"#DIV/0!", b"#N/A", b"#NAME?", b"#NULL!", b"#NUM!", b"#REF!", b"#VALUE!", b"#GETTING_DATA"))
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError)


class Package:
    """An .xlsx that has passed the checks."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Look at it from outside.

        Raises:
            RefusalError: when it is damaged, locked, no spreadsheet, too large or made to do harm.
        """
        try:
            self._data = data
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError):
            raise RefusalError(DAMAGED) from None
        self._limits = limits
        entries = self._zip.infolist()
        # Some programs write back slashes, or another case than they name.
        self._parts = {_plain(entry.filename): entry.filename for entry in entries}
        names = set(self._parts)
        if any(entry.flag_bits & 1 for entry in entries):
            raise RefusalError(LOCKED)
        if _PARTS not in names:
            raise RefusalError(NO_TABLE)
        if problem := tampering(entries):
            raise RefusalError(_TAMPERED.format(problem))
        self._check_sizes(entries)
        self._check_xml(entries)
        if any(name.startswith("xl/externallinks/") for name in names):
            raise RefusalError(LINKED)

    def _check_sizes(self, entries: list[zipfile.ZipInfo]) -> None:
        size, limit = 0, self._limits.unpacked_bytes
        for entry in entries:
            size += entry.file_size
            is_sheet = _plain(entry.filename).startswith("xl/worksheets/")
            if size <= limit < entry.compress_size * _MOST_RATIO and not is_sheet:
                # Large enough to hold more than it says. A sheet is looked through anyhow.
                size += sum(map(len, self._pieces(entry.filename))) - entry.file_size
            if size > limit:
                raise RefusalError(
                    f"文件解压后超过 {limit // 2**20} MB，不予读取。请删去多余的工作表和格式，另存为新文件后再报送。"
                )

    def _check_xml(self, entries: list[zipfile.ZipInfo]) -> None:
        for entry in entries:
            if entry.filename.lower().endswith((".xml", ".rels")):
                head = self._head(entry).replace(b"\0", b"")
                if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                    raise RefusalError(_TAMPERED.format("XML 中定义了实体"))

    def _head(self, entry: zipfile.ZipInfo) -> bytes:
        """The first bytes of an entry, where a document type would stand; without the ceremony of opening it."""
        local = self._data[entry.header_offset : entry.header_offset + 30]
        if len(local) == 30 and entry.compress_type == zipfile.ZIP_DEFLATED:
            start = entry.header_offset + 30 + sum(struct.unpack("<HH", local[26:]))
            packed = self._data[start : start + min(entry.compress_size, _HEAD)]
            try:
                return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, _HEAD)
            except zlib.error:
                raise RefusalError(DAMAGED) from None
        return next(self._pieces(entry.filename), b"")[:_HEAD]

    def _pieces(self, name: str) -> Iterator[bytes]:
        """An entry unpacked, a piece at a time, and never more than the limit."""
        left = self._limits.unpacked_bytes + 1
        try:
            with self._zip.open(name) as file:
                while left > 0 and (piece := file.read(min(_PIECE, left))):
                    left -= len(piece)
                    yield piece
        except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError, RuntimeError, zlib.error):
            raise RefusalError(DAMAGED) from None

    @cached_property
    def _paths(self) -> dict[str, str]:
        """Where the XML of each sheet is."""
        if self._book is None:
            return {}
        try:
            relations = ElementTree.fromstring(self._zip.read(self._parts["xl/_rels/workbook.xml.rels"]))  # noqa: S314
        except (KeyError, ElementTree.ParseError, *_BROKEN):
            return {}
        targets = {one.get("Id"): one.get("Target", "") for one in relations}
        found: dict[str, str] = {}
        for one in self._book.iter():
            if one.tag.endswith("}sheet"):
                # Transitional and strict workbooks differ in the namespace of the id.
                ids = [value for name, value in one.items() if name.endswith("/relationships}id")]
                target = targets.get(ids[0] if ids else "", "")
                path = self._parts.get(_plain(target if target[:1] in ("/", "\\") else f"xl/{target}"))
                if path is not None:
                    found[one.get("name", "")] = path
        return found

    @cached_property
    def _book(self) -> ElementTree.Element | None:
        try:
            return ElementTree.fromstring(self._zip.read(self._parts[_PARTS]))  # noqa: S314 - has no entities
        except (KeyError, ElementTree.ParseError, *_BROKEN):
            return None

    def _flag(self, element: str, name: str) -> bool:
        """Whether the workbook says so of itself."""
        found = () if self._book is None else self._book.iter()
        return any(one.tag.endswith("}" + element) and one.get(name) in ("1", "true") for one in found)

    @property
    def is_1904(self) -> bool:
        """Whether its days are counted from 1904."""
        return self._flag("workbookPr", "date1904")

    @cached_property
    def is_to_be_computed(self) -> bool:
        """Whether it says that its formulas are still to be computed, as programs write it that compute nothing."""
        return self._flag("calcPr", "fullCalcOnLoad")

    @property
    def sheets(self) -> list[str]:
        """Names of its sheets."""
        return list(self._paths)

    def xml_of(self, sheet: str) -> Iterator[bytes]:
        """The XML of a sheet, a piece at a time."""
        return self._pieces(self._paths[sheet])

    def placed_xml(self, sheet: str) -> Iterator[bytes]:
        """The same, each cell with its place."""
        return self._elements(self._paths[sheet])

    def shared_strings(self) -> Iterator[bytes]:
        """The XML of the strings that its sheets share, a piece at a time."""
        name = self._parts.get("xl/sharedstrings.xml")
        return self._pieces(name) if name else iter(())

    def size(self, sheet: str) -> int:
        """Bytes of a sheet's XML."""
        path = self._paths.get(sheet)
        return self._zip.NameToInfo[path].file_size if path else 0

    def look(self, sheet: str) -> Look:
        """What a sheet's XML tells beside its cells.

        Raises:
            RefusalError: when its XML is not found, or a cell stands so far off that it spans more than any table.
        """
        path = self._paths.get(sheet)
        if path is None:
            raise RefusalError(UNSEEN.format(sheet))
        found = _Found(is_to_be_computed=self.is_to_be_computed)
        for piece in self._elements(path):
            found.add(piece)
        if found.far is not None:
            row, column = place(found.far.decode())
            if max(found.last_row, row + 1) * (column + 1) > MOST_CELLS:
                raise RefusalError(
                    f"工作表“{sheet}”的 {found.far.decode()} 单元格有内容，离表格太远，无法读取。"
                    "请删除该单元格，或只保留数据区域，另存为新的 .xlsx 后再报送。"
                )
        return found.look()

    @cached_property
    def has_odd_errors(self) -> bool:
        """Whether a cell is an error that the fast reader does not know, and so gives up the sheet."""
        return any(
            error not in _KNOWN_ERRORS
            for path in self._paths.values()
            for piece in self._pieces(path)
            if b"<v>#" in piece or b":v>#" in piece
            for error in _ERROR.findall(piece)
        )

    def with_known_errors(self) -> bytes:
        """The same file in which every error that is not known is #VALUE!."""
        out = io.BytesIO()
        sheets = set(self._paths.values())
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
            for entry in self._zip.infolist():
                content = b"".join(self._pieces(entry.filename))
                if entry.filename in sheets:
                    content = _ERROR.sub(_known_error, content)
                new.writestr(entry.filename, content)
        return out.getvalue()

    def _elements(self, path: str) -> Iterator[bytes]:
        """A sheet's XML in pieces that end with a cell, or with it all; each cell says where it is."""
        placed = _Placed()
        for piece in self._cut(path):
            yield placed.piece(piece)

    def _cut(self, path: str) -> Iterator[bytes]:
        rest = b""
        for piece in self._pieces(path):
            rest += piece
            end = rest.rfind(b"</c>")
            if end < 0:
                end = max(rest.rfind(b":c>"), rest.rfind(b"<sheetData"))
            if end > 0 or len(rest) > _LONGEST_PIECE:
                end = rest.find(b">", end) + 1 if end > 0 else 0
                yield rest[: end or len(rest)]
                rest = rest[end:] if end else b""
        yield rest

    def long_numbers(self, sheet: str) -> LongNumbers:
        """The codes of a sheet that are stored as numbers; read only when somebody asks."""
        return LongNumbers(lambda: self._elements(self._paths[sheet]) if sheet in self._paths else ())


def _plain(path: str) -> str:
    """The name of a part, however it is written."""
    parts: list[str] = []
    for part in path.replace("\\", "/").lower().split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    return "/".join(parts)


def _known_error(match: re.Match[bytes]) -> bytes:
    return match[0] if match[1] in _KNOWN_ERRORS else match[0].replace(match[1], b"#VALUE!")


class _Placed:
    """Writes into cells and rows that do not say where they are that they follow the one before."""

    def __init__(self) -> None:
        self._row = self._column = -1

    def piece(self, xml: bytes) -> bytes:
        """The piece with a place in each of its cells."""
        is_prefixed = b":c>" in xml or b":c " in xml
        if not is_prefixed and xml.count(b" r=") >= xml.count(b"<c ") + xml.count(b"<c>") + xml.count(b"<row"):
            return xml
        return _ROW_OR_CELL.sub(self._with_place, xml)

    def _with_place(self, match: re.Match[bytes]) -> bytes:
        start, name, attributes, end = match.groups()
        said = _attribute(attributes, b"r").decode()
        if name == b"row":
            self._row = int(said) - 1 if said.isdecimal() else self._row + 1
            self._column = -1
            where = str(self._row + 1)
        else:
            self._column = place(said)[1] if said and not said.isdecimal() else self._column + 1
            where = f"{letter(self._column)}{self._row + 1}"
        return match[0] if said else b"<" + start + name + b' r="' + where.encode() + b'"' + attributes + end + b">"


class _Found:
    """What is found in the XML of one sheet, piece by piece."""

    def __init__(self, is_to_be_computed: bool = False) -> None:
        self.is_to_be_computed = is_to_be_computed
        self.zeros: list[tuple[int, int]] = []
        """Formulas with 0 or nothing as their result."""
        self.has_results = False
        """Whether any formula has another result."""
        self.merged: list[Area] = []
        self.rows: set[int] = set()
        self.columns: set[int] = set()
        self.uncomputed: list[tuple[int, int]] = []
        self.far: bytes | None = None
        """The cell with content that is farthest to the right, beyond column Z."""
        self.far_letters = b""
        self.last_row = 0
        self.is_prefixed = False

    def add(self, xml: bytes) -> None:
        if b"hidden=" in xml:
            self._add_hidden(xml)
        if b"mergeCell " in xml:
            self.merged += [_area(*match.groups()) for match in _MERGED.finditer(xml)]
        self.is_prefixed = self.is_prefixed or b":sheetData" in xml[: _PIECE // 8]
        if b"<f" in xml or (self.is_prefixed and b":f" in xml):
            for match in _UNCOMPUTED.finditer(xml):
                attributes = match[1]
                # <v></v> of a text is a result: no text.
                if not (match[2] and re.search(rb"""\bt=["']str["']""", attributes)):
                    self.uncomputed += [place(cell) for cell in [_attribute(attributes, b"r").decode()] if cell]
            if self.is_to_be_computed:
                self._add_results(xml)
        letters = max(set(_FAR.findall(xml)), key=lambda name: (len(name), name), default=b"")
        if (len(letters), letters) > (len(self.far_letters), self.far_letters):
            self.far_letters = letters
            cell = re.search(rb"""["'](""" + letters + rb"""\d+)["']""", xml)
            self.far = cell[1] if cell else None
        last = xml.rfind(b"<row ")
        if last >= 0:
            self.last_row = max(self.last_row, int(_attribute(xml[last : xml.find(b">", last)], b"r") or 0))

    def _add_results(self, xml: bytes) -> None:
        for attributes, value in _RESULT.findall(xml):
            if value.strip() in (b"", b"0", b"0.0"):
                self.zeros += [place(cell) for cell in [_attribute(attributes, b"r").decode()] if cell]
            else:
                self.has_results = True

    def _add_hidden(self, xml: bytes) -> None:
        for match in _ROW.finditer(xml):
            if _HIDDEN.search(match[1]):
                self.rows.add(int(_attribute(match[1], b"r") or 0) - 1)
        for match in _COLUMN.finditer(xml):
            if _HIDDEN.search(match[1]):
                first, last = (int(_attribute(match[1], name) or 0) for name in (b"min", b"max"))
                self.columns |= set(range(first - 1, min(last, 16_384)))

    def look(self) -> Look:
        rows = frozenset(row for row in self.rows if row >= 0)
        columns = frozenset(column for column in self.columns if column >= 0)
        # Programs that compute nothing give every formula the result 0, and ask for it to be computed.
        zeros = () if self.has_results else self.zeros
        return Look(tuple(self.merged), rows, columns, tuple(sorted({*self.uncomputed, *zeros})))


def _attribute(attributes: bytes, name: bytes) -> bytes:
    match = re.search(rb"(?<![\w:])" + name + rb"""=["']([A-Z]{0,3}\d{1,7})["']""", attributes)
    return match[1] if match else b""


def _area(first: bytes, last: bytes) -> Area:
    (top, left), (bottom, right) = place(first.decode()), place(last.decode())
    return Area(top, left, bottom, right)
