"""Cells that span several rows: what stands in the first holds for all of them.

Only where the file itself says so (merged cells, rowspan), and only in columns that say what a row is about: areas and
the key. A figure that spans rows would be counted more than once; an empty cell that is not merged is empty.
"""

from collections.abc import Iterator
from dataclasses import replace

from pipelines.contracts.schema import Contract, FieldType
from pipelines.intake.header import PERIOD, STREET, Header
from pipelines.intake.sheet import Area, letter, with_texts


def with_merged(header: Header, contract: Contract) -> Header:
    """The same header over cells that are filled down where they are merged."""
    if not header.sheet.look.merged:
        return header
    cells = header.sheet.cells
    shown: dict[str, dict[int, str]] = {}
    for area in _spanning(header, contract):
        name = letter(area.left)
        column = cells[name]
        text = column[area.top]
        if text is not None:
            rows = range(area.top + 1, min(area.bottom + 1, cells.height))
            shown.setdefault(name, {}).update((row, text) for row in rows if column[row] is None)
    shown = {name: texts for name, texts in shown.items() if texts}
    return replace(header, sheet=replace(header.sheet, cells=with_texts(cells, shown))) if shown else header


def rows_under(header: Header, contract: Contract) -> frozenset[int]:
    """Indexes of the rows that get a cell from a merged one above."""
    height = header.sheet.cells.height
    return frozenset(
        row for area in _spanning(header, contract) for row in range(area.top + 1, min(area.bottom + 1, height))
    )


def _spanning(header: Header, contract: Contract) -> Iterator[Area]:
    """The merged cells that matter: below the header, in a column of areas or of the key."""
    named = {name: spec.type for name, spec in contract.fields.items()}
    letters = {
        column.letter
        for name, column in header.columns.items()
        if name in (STREET, PERIOD, *contract.key) or named.get(name) in (FieldType.COMMUNITY, FieldType.STREET)
    }
    letters -= {
        column.letter
        for name, column in header.columns.items()
        if name in contract.fields and contract.fields[name].type.is_number
    }
    body = header.first + header.height
    for area in header.sheet.look.merged:
        if area.bottom > area.top >= body and area.top < header.sheet.cells.height and letter(area.left) in letters:
            yield area
