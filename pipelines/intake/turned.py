"""A table turned on its side, with fields in rows and a column for each community, is laid out as any other.

Each cell keeps its true place (`Sheet.origin`). Only for contracts that say `orientation: either`.
"""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from pipelines.contracts.schema import Contract
from pipelines.intake.header import INDICATORS, Column, Header, Index, headers_of, lacking
from pipelines.intake.headings import squeezed
from pipelines.intake.sheet import Area, Look, Sheet, letter, place

_MOST_ROWS, _MOST_COLUMNS = 200, 5_000
"""A larger sheet is no table on its side."""
_CORNERS = ("", *INDICATORS, "名称", "单位")
"""What stands over the names of the fields, beside the names of the communities."""


def turned_headers(sheet: Sheet, contracts: Mapping[str, Contract], index: Index) -> dict[str, Header]:
    """The headers of a sheet read on its side: those that have all columns that their contract requires."""
    either = {export: contract for export, contract in contracts.items() if contract.orientation == "either"}
    if sheet.cells.height > _MOST_ROWS or sheet.cells.width > _MOST_COLUMNS or sheet.cells.height < 3:
        return {}
    side = _on_its_side(sheet)
    found: dict[str, Header] = {}
    for export, known in headers_of(side, either, _of(index, either)).items():
        header = _with_corner(known, either[export])
        if not lacking(either[export], header):
            found[export] = _without_surroundings(header, sheet)
    return found


def _of(index: Index, contracts: Mapping[str, Contract]) -> Index:
    return Index({text: [known for known in names if known[0] in contracts] for text, names in index.names.items()})


def _on_its_side(sheet: Sheet) -> Sheet:
    cells = sheet.cells
    left = place(f"{cells.columns[0]}1")[1]
    # A sheet whose first columns are blank comes without them.
    columns = [letter(at) for at in range(left)]
    cells = cells.select(*(pl.lit(None, pl.String).alias(name) for name in columns), pl.all())
    rows = pl.DataFrame([pl.Series(letter(at), row, dtype=pl.String) for at, row in enumerate(cells.iter_rows())])
    origin = pl.DataFrame(
        [pl.Series(letter(at), [f"{name}{at + 1}" for name in cells.columns]) for at in range(cells.height)]
    )
    look = sheet.look
    merged = tuple(Area(area.left, area.top, area.right, area.bottom) for area in look.merged)
    return replace(sheet, cells=rows, origin=origin, look=replace(look, merged=merged))


def _with_corner(header: Header, contract: Contract) -> Header:
    """The header with the row of the communities, whose name is often 指标 or missing."""
    name = contract.community_field
    if name is None or name in header.columns or not header.columns:
        return header
    fields = [place(f"{column.letter}1")[1] for of, column in header.columns.items() if not of.startswith("_")]
    own = {place(f"{column.letter}1")[1] for of, column in header.columns.items() if of.startswith("_")}
    # Streets and periods may stand between the communities and the first field.
    above = next((at for at in range(min(fields) - 1, -1, -1) if at not in own), -1) if fields else -1
    if above < 0:
        return header
    block = header.sheet.cells[letter(above)].slice(header.first, header.height).to_list()
    if all(squeezed(text or "") in _CORNERS for text in block):
        corner = Column(letter(above), contract.fields[name].header)
        return replace(header, columns={name: corner, **header.columns})
    return header


def _without_surroundings(header: Header, sheet: Sheet) -> Header:
    """The header over the table alone: what stands above it are its titles, and what stands below are notes."""
    used = [place(f"{column.letter}1")[1] for column in header.columns.values()]
    top, bottom = min(used), max(used)
    # A field that no contract knows may still belong to the table; a note has one cell.
    rows = sheet.cells.rows()
    while bottom + 1 < len(rows) and sum(text is not None for text in rows[bottom + 1]) > 2:
        bottom += 1
    titles = tuple(
        (at, name, text)
        for at in range(top)
        for name, text in zip(sheet.cells.columns, rows[at], strict=True)
        if text is not None
    )
    side = header.sheet
    cells = side.cells.with_columns(
        pl.lit(None, pl.String).alias(letter(at)) for at in range(side.cells.width) if not top <= at <= bottom
    )
    inside = {letter(at) for at in range(top, bottom + 1)}
    block = side.cells.slice(header.first, header.height)
    outside = {text for name in side.cells.columns if name not in inside for text in block[name] if text}
    look = Look(merged=side.look.merged)
    ignored = [text for text in header.ignored if text not in {"".join(one.split()) for one in outside}]
    how = (
        *sheet.how,
        f"工作表“{sheet.name}”是横排的（字段在行、社区在列），一列算一行。",
    )
    return replace(header, sheet=replace(side, cells=cells, titles=titles, look=look, how=how), ignored=ignored)
