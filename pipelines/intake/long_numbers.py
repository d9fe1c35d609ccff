"""Which long codes of a workbook are stored as numbers, and so have lost their last digits.

A spreadsheet keeps 15 digits of a number; a code of 18 typed into a cell that is not text is silently another code. The
fast reader gives both as text, so the few suspicious ones are looked up in the workbook's own XML.
"""

import io
import re
import zipfile
from functools import cached_property
from xml.etree import ElementTree

_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>(?:<(?:\w+:)?f\b.*?)?<(?:\w+:)?v>([-+.\deE]{15,})</", re.DOTALL)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class StoredNumbers:
    """The long numbers of one sheet of an .xlsx; read only when somebody asks."""

    def __init__(self, data: bytes, sheet: str) -> None:
        self._data = data
        self._sheet = sheet

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and _is_suspicious(text) and int(text) in self._numbers

    @cached_property
    def _numbers(self) -> frozenset[int]:
        with zipfile.ZipFile(io.BytesIO(self._data)) as package:
            path = _path(package, self._sheet)
            xml = package.read(path) if path else b""
        values = (
            value for attributes, value in _CELL.findall(xml) if b't="' not in attributes or b't="n"' in attributes
        )
        return frozenset(int(number) for number in map(float, values) if number.is_integer())


def _is_suspicious(text: str) -> bool:
    """Whether a code can be a number that lost digits: 16 digits or more that a number can hold exactly."""
    return len(text) >= 16 and text.isdecimal() and int(float(text)) == int(text)


def _path(package: zipfile.ZipFile, sheet: str) -> str | None:
    """Where the XML of a sheet is, in the package."""
    try:
        book = ElementTree.fromstring(package.read("xl/workbook.xml"))  # noqa: S314 - expat 2.6 bounds expansion
        relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    except (KeyError, ElementTree.ParseError):
        return None
    wanted = next(
        (one.get(_RELATION) for one in book.iter() if one.tag.endswith("}sheet") and one.get("name") == sheet), None
    )
    target = next((one.get("Target", "") for one in relations if one.get("Id") == wanted), "")
    path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    return path if path in package.namelist() else None
