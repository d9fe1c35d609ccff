"""The parts of a workbook's package (.xlsx), changed in place as text: what is not touched stays byte for byte.

A library that loads and saves the whole workbook takes minutes for a large one and loses what it does not know. Knows
parts, relations and content types, and the order of sheets; no cell, no fault.
"""

import html
import posixpath
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from itertools import count
from xml.sax.saxutils import escape

RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
WORKSHEET, COMMENTS = f"{_SPREADSHEET}.worksheet+xml", f"{_SPREADSHEET}.comments+xml"
DRAWING = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_MAIN = f"{_SPREADSHEET}.sheet.main+xml"
_OTHER_MAINS = re.compile(
    r"application/vnd\.ms-excel\.(?:sheet|template|addin)\.macroEnabled\.main\+xml"
    r"|application/vnd\.openxmlformats-officedocument\.spreadsheetml\.template\.main\+xml"
)
_MACROS = ("vbaproject.bin", "vbaprojectsignature.bin", "vbadata.xml")
_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_NEVER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_COMPRESSION = 2
"""Level of deflate: a workbook of 60 MB is packed in a third of the time of level 6, and is a tenth larger."""


class UnusualError(Exception):
    """A package that is built in a way that is not changed here; the workbook is made anew from its cells instead."""


def attributes(tag: str) -> dict[str, str]:
    """The attributes of a start tag, by their names as written."""
    return {name: html.unescape(one or other) for name, one, other in _ATTRIBUTE.findall(tag)}


def escaped(text: str) -> str:
    """The text as XML content or in a quoted attribute, less the characters that XML cannot hold."""
    return escape(_NEVER.sub("", text), {'"': "&quot;"})


def prefix_of(text: str, root: str) -> str:
    """How the elements of a part are prefixed: nothing, or as `x:`."""
    found = re.search(rf"<((?:\w+:)?){root}\b", text)
    if found is None:
        raise UnusualError(f"no element {root}")
    return found[1]


@dataclass(frozen=True)
class Relation:
    """One part that another part names."""

    id: str
    kind: str
    """The last word of its type."""
    part: str
    """Empty when outside of the package."""
    tag: str


@dataclass(frozen=True)
class SheetPart:
    """A sheet as the workbook names it."""

    name: str
    part: str


class Package:
    """A workbook that is being changed."""

    def __init__(self, data: bytes) -> None:
        self._zip = zipfile.ZipFile(BytesIO(data))
        self._true = {name.lower(): name for name in self._zip.namelist()}
        self._changed: dict[str, list[bytes]] = {}
        self._dropped: set[str] = set()
        if "purl.oclc.org/ooxml" in self.text("xl/workbook.xml"):
            raise UnusualError("strict OOXML")
        self._drop_macros()

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return part in self._changed or self._true.get(part.lower(), "") not in {"", *self._dropped}

    def read(self, part: str) -> bytes:
        """The content of a part."""
        if part in self._changed:
            return b"".join(self._changed[part])
        if not self.has(part):
            raise UnusualError(f"no part {part}")
        return self._zip.read(self._true[part.lower()])

    def text(self, part: str) -> str:
        """The content of a part in UTF-8."""
        try:
            return self.read(part).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UnusualError(f"{part} is not UTF-8") from None

    def unused(self, pattern: str) -> str:
        """A name that no part has."""
        return next(name for at in count(1) if not self.has(name := pattern.format(at)))

    def write(self, part: str, content: str | Iterable[bytes]) -> None:
        """Put a part in the place of what is there."""
        self._changed[self._true.get(part.lower(), part)] = (
            [content.encode()] if isinstance(content, str) else list(content)
        )

    def relations(self, part: str) -> list[Relation]:
        """The parts that a part names."""
        if not self.has(_rels(part)):
            return []
        found = []
        for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", self.text(_rels(part))):
            given = attributes(tag)
            target = given.get("Target", "")
            inside = given.get("TargetMode") != "External"
            path = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), target)).lstrip("/")
            kind = given.get("Type", "").rpartition("/")[2]
            found.append(Relation(given.get("Id", ""), kind, path if inside else "", tag))
        return found

    def relate(self, part: str, kind: str, target: str) -> str:
        """Let a part name another one; returns the id to name it by."""
        known = {one.id for one in self.relations(part)}
        name = next(f"rIdGuben{at}" for at in range(1, len(known) + 2) if f"rIdGuben{at}" not in known)
        rels = _rels(part)
        text = self.text(rels) if self.has(rels) else f'<Relationships xmlns="{_PACKAGE}/relationships"/>'
        text = re.sub(r"<((?:\w+:)?)Relationships\b([^>]*)/>", r"<\1Relationships\2></\1Relationships>", text)
        p = prefix_of(text, "Relationships")
        added = f'<{p}Relationship Id="{name}" Type="{RELATION}/{kind}" Target="/{target}"/>'
        self.write(rels, text.replace(f"</{p}Relationships>", f"{added}</{p}Relationships>"))
        return name

    def unrelate(self, part: str, gone: Relation) -> None:
        """Let a part no longer name another one."""
        self.write(_rels(part), self.text(_rels(part)).replace(gone.tag, ""))

    def unrelate_all(self, part: str) -> None:
        """Let a part name no other one."""
        self._changed.pop(_rels(part), None)
        self._dropped.add(self._true.get(_rels(part).lower(), _rels(part)))

    def declare(self, part: str, content_type: str) -> None:
        """Say what a new part is."""
        text = self.text(_TYPES)
        p = prefix_of(text, "Types")
        added = f'<{p}Override PartName="/{part}" ContentType="{content_type}"/>'
        self.write(_TYPES, text.replace(f"</{p}Types>", f"{added}</{p}Types>"))

    @cached_property
    def sheets(self) -> list[SheetPart]:
        """The worksheets, in the order of their tabs. Sheets of macros make a package unusual."""
        parts = {one.id: one for one in self.relations("xl/workbook.xml")}
        found = []
        for given in map(attributes, self._sheet_tags()):
            relation = parts.get(next((value for name, value in given.items() if name.endswith(":id")), ""))
            if relation is None or "macro" in relation.kind.lower():
                raise UnusualError("a sheet without its part, or of macros")
            if relation.kind == "worksheet":
                found.append(SheetPart(given.get("name", ""), relation.part))
        return found

    def _sheet_tags(self) -> list[str]:
        text = self.text("xl/workbook.xml")
        p = prefix_of(text, "workbook")
        return re.findall(rf"<{p}sheet\b[^>]*>", text)

    def put_first(self, name: str, part: str) -> None:
        """Make a worksheet the first one, and the one that is shown."""
        text = self.text("xl/workbook.xml")
        p = prefix_of(text, "workbook")
        used = [int(attributes(tag).get("sheetId", "0")) for tag in self._sheet_tags()]
        relation = self.relate("xl/workbook.xml", "worksheet", part)
        self.declare(part, WORKSHEET)
        added = (
            f'<{p}sheet xmlns:r="{RELATION}" name="{escaped(name)}" sheetId="{max(used, default=0) + 1}" '
            f'r:id="{relation}"/>'
        )
        text, found = re.subn(rf"<{p}sheets\b[^>]*>", lambda match: match[0] + added, text, count=1)
        if not found:
            raise UnusualError("no list of sheets")
        text = re.sub(r'\blocalSheetId="(\d+)"', lambda match: f'localSheetId="{int(match[1]) + 1}"', text)
        self.write("xl/workbook.xml", text)
        self.show(0)

    def show(self, place: int) -> None:
        """Open the workbook at the sheet with this place."""
        text = self.text("xl/workbook.xml")
        p = prefix_of(text, "workbook")

        def shown(match: re.Match[str]) -> str:
            rest = re.sub(r'\s(?:activeTab|firstSheet)="\d*"', "", match[0])
            return rest.replace(f"<{p}workbookView", f'<{p}workbookView activeTab="{place}"', 1)

        self.write("xl/workbook.xml", re.sub(rf"<{p}workbookView\b[^>]*>", shown, text))

    def _drop_macros(self) -> None:
        """An .xlsx with macros does not open; what is handed back has none."""
        book = "xl/workbook.xml"
        for relation in self.relations(book):
            if relation.kind.startswith(("vbaProject", "attachedToolbars")):
                self.unrelate(book, relation)
        macros = [name for name in self._zip.namelist() if name.lower().endswith(_MACROS)]
        types = _OTHER_MAINS.sub(_MAIN, self.text(_TYPES))
        for name in macros:
            self._dropped |= {name, _rels(name)}
            types = re.sub(rf'<(?:\w+:)?Override\b[^>]*PartName="/{re.escape(name)}"[^>]*>', "", types)
        self.write(_TYPES, types)

    def save(self) -> bytes:
        """The package with all changes."""
        buffer = BytesIO()
        names = [name for name in self._zip.namelist() if name not in self._dropped and not name.endswith("/")]
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as out:
            for name in dict.fromkeys([*names, *self._changed]):
                # What somebody else unpacks must stay in its place.
                if name.startswith("/") or ".." in name.split("/"):
                    continue
                with out.open(name, "w") as file:
                    for piece in self._changed.get(name) or [self._zip.read(name)]:
                        file.write(piece)
        return buffer.getvalue()


_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "[Content_Types].xml"


def _rels(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")
