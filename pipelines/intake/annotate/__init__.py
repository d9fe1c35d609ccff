"""A file with faults becomes the workbook that is handed back: faulty cells coloured and noted, all listed in front.

Runs in the child process that reads: the bytes are hostile until shown otherwise. Judges nothing, and stores nothing.

- `package`   the parts of an .xlsx, changed in place
- `styles`    a style in the colour of a fault; `sheet` the cells that get it; `notes` what they say; `marks` which
- `listing`   the sheet 问题清单
- `plain`     a workbook made anew from the cells read, for files that are no .xlsx
"""

import html
import re
import zipfile
from collections.abc import Iterable, Mapping
from itertools import islice

import polars as pl

from pipelines.intake.annotate.listing import NAME, TITLE, About, listing
from pipelines.intake.annotate.marks import Marks, marks
from pipelines.intake.annotate.notes import Place, noted
from pipelines.intake.annotate.package import COMMENTS, DRAWING, Package, UnusualError
from pipelines.intake.annotate.plain import workbook
from pipelines.intake.annotate.sheet import coloured, merged_into, shapes_id, split, unselected, with_notes
from pipelines.intake.annotate.styles import Styles
from pipelines.intake.draft import Marking
from pipelines.intake.naming import public_names
from pipelines.intake.read import Limits, sheets, unlocked
from warehouse.lake import FAULTS

MOST_NOTES = 20_000
"""Notes of one workbook; with more it takes minutes to open. What is beyond is coloured and listed."""
_BOOK, _STYLES, _STRINGS = "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"


def annotated(marking: Marking, limits: Limits) -> bytes:
    """The workbook to hand back.

    Args:
        marking: The file as it came in, and where its faults are.
        limits: Of reading.

    Returns:
        An .xlsx: the file itself where it is one, else one with the cells that were read.

    Raises:
        UnusualError: when it cannot be made, as of a file with more rows than a sheet has.
    """
    data, faults = unlocked(marking.data, marking.password), pl.read_parquet(marking.folder / FAULTS)
    about = About(marking.file_name, marking.refusal)
    if data.startswith(b"PK\x03\x04"):
        try:
            return _marked(Package(data), faults, about, marking.words)
        except (UnusualError, KeyError, zipfile.BadZipFile):
            pass
    found = sheets(data, marking.file_name, limits, marking.words)
    names = {sheet.name: f"数据{at}" if len(found) > 1 else "数据" for at, sheet in enumerate(found, 1)}
    if data.startswith((b"PK", b"\xd0\xcf")):
        names = {name: name for name in names}
    renamed = faults.with_columns(pl.col("sheet").replace(names))
    return _marked(Package(workbook(found, list(names.values()))), renamed, about, marking.words)


def _marked(package: Package, faults: pl.DataFrame, about: About, words: frozenset[str]) -> bytes:
    styles_part = next((one.part for one in package.relations(_BOOK) if one.kind == "styles"), _STYLES)
    styles = Styles(package.text(styles_part))
    by_sheet = marks(faults)
    former = _former_list(package)
    called = public_names((sheet.name for sheet in package.sheets), words)
    left = MOST_NOTES
    for sheet in package.sheets:
        if sheet.part != former:
            left -= _mark_sheet(package, sheet.part, by_sheet.get(called[sheet.name], {}), styles, left)
    more = f"批注只写到前 {MOST_NOTES} 个单元格，其余见下表。" if left <= 0 else ""
    known = {called[sheet.name]: sheet.name for sheet in package.sheets if sheet.part != former}
    _put_list(package, listing(faults, About(about.file_name, about.refusal, more), known, styles), former)
    package.write(styles_part, styles.text)
    return package.save()


def _mark_sheet(package: Package, part: str, wanted: Marks, styles: Styles, most: int) -> int:
    """Mark the cells of a sheet; returns how many notes it got. A sheet without faults loses its former marks."""
    cut = split(package.read(part))
    wanted = merged_into(cut, wanted)
    rows = list(coloured(cut, wanted, styles))
    texts = ((row, column, mark.text) for row, marked in sorted(wanted.items()) for column, mark in marked.items())
    notes = {(row, column): text for row, column, text in islice(texts, max(most, 0))}
    relation = _put_notes(package, part, shapes_id(cut), notes)
    tail = with_notes(cut, relation) if relation else cut.tail
    package.write(part, [unselected(cut.head), *rows, tail])
    return len(notes)


def _put_notes(package: Package, part: str, shapes_id: str | None, notes: Mapping[Place, str]) -> str | None:
    """Write the notes of a sheet; returns the relation to new shapes that the sheet must name, if there are any."""
    related = package.relations(part)
    comments = next((one.part for one in related if one.kind == "comments"), None)
    if comments is None and not notes:
        return None
    for one in related:
        # Threads would hide the notes that stand for them.
        if one.kind == "threadedComment":
            package.unrelate(part, one)
    shapes = next((one.part for one in related if shapes_id and one.id == shapes_id), None)
    written = noted(package.text(comments) if comments else None, package.text(shapes) if shapes else None, notes)
    if comments is None:
        comments = package.unused("xl/gubenComments{}.xml")
        package.relate(part, "comments", comments)
        package.declare(comments, COMMENTS)
    package.write(comments, written.comments)
    if shapes is not None:
        package.write(shapes, written.shapes)
        return None
    shapes = package.unused("xl/drawings/gubenNotes{}.vml")
    package.write(shapes, written.shapes)
    package.declare(shapes, DRAWING)
    return package.relate(part, "vmlDrawing", shapes)


def _former_list(package: Package) -> str | None:
    """The part of the list of an earlier hand-back, when the corrected workbook came back with it."""
    named = [sheet.part for sheet in package.sheets if sheet.name.startswith(NAME)]
    return next((part for part in named if _first_text(package, part).startswith(TITLE)), None)


def _first_text(package: Package, part: str) -> str:
    """The text of cell A1."""
    cell = re.search(r"""<(?:\w+:)?c\b[^>]*\br="A1".*?</(?:\w+:)?c>""", package.text(part)[:20_000], re.DOTALL)
    if cell is None:
        return ""
    found = cell[0]
    shared = re.search(r"<(?:\w+:)?v>(\d+)</", found) if 't="s"' in found else None
    if shared and package.has(_STRINGS):
        items = re.finditer(r"<(?:\w+:)?si\b.*?</(?:\w+:)?si>", package.text(_STRINGS), re.DOTALL)
        found = next((match[0] for match in islice(items, int(shared[1]), None)), "")
    return html.unescape("".join(re.findall(r"<(?:\w+:)?t\b[^>]*>(.*?)</", found, re.DOTALL)))


def _put_list(package: Package, xml: Iterable[bytes], former: str | None) -> None:
    """Put the list in front; in the place of the former one when there is one."""
    if former is not None:
        package.unrelate_all(former)
        package.write(former, xml)
        package.show([sheet.part for sheet in package.sheets].index(former))
        return
    taken = {sheet.name for sheet in package.sheets}
    part = package.unused("xl/worksheets/gubenList{}.xml")
    package.write(part, xml)
    package.put_first(next(name for at in ("", *range(2, 1000)) if (name := f"{NAME}{at}") not in taken), part)
