"""Cells of text become the XML of sheets, and sheets a workbook without any style.

A whole column at a time, since a sheet may have a million rows. Text that begins as a formula stays text.
"""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO

import polars as pl

from pipelines.intake.annotate.marks import column_number
from pipelines.intake.annotate.package import RELATION, WORKSHEET, UnusualError, escaped
from pipelines.intake.read import Sheet

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FORMULA = r"^[=+\-@\t\r\n]"
"""How a text begins that a spreadsheet would run as a formula."""
_NUMBER = r"^-?(?:0|[1-9]\d{0,10}|(?:0|[1-9]\d{0,7})\.\d{0,5}[1-9])$"
"""Numbers that read the same when stored as numbers: no leading zero, no zero at the end, 15 digits at most."""
_NEVER = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
_MOST_ROWS, _LONGEST = 1_048_576, 32_767
_CHUNK = 50_000
QUOTED = 1
"""The style of a text that begins as a formula, in a workbook made here."""
_STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def rows_xml(cells: pl.DataFrame, first: int, styles: Mapping[str, int], quoted: int) -> Iterator[bytes]:
    """The XML of rows, some thousands at a time.

    Args:
        cells: Text, columns named as the program shows them.
        first: Number of the first row, from 1.
        styles: Numbers of the styles of columns; 0 for those not named.
        quoted: Number of the style for text that begins as a formula.
    """
    if first + cells.height - 1 > _MOST_ROWS:
        raise UnusualError("more rows than a sheet has")
    row = pl.col("#").cast(pl.String)
    parts = [_cell(name, styles.get(name, 0), quoted, row) for name in cells.columns]
    line = pl.concat_str(pl.lit('<row r="'), row, pl.lit('">'), *parts, pl.lit("</row>"))
    for start in range(0, cells.height, _CHUNK):
        chunk = cells.slice(start, _CHUNK).with_row_index("#", offset=first + start)
        yield "".join(chunk.select(line.alias("xml"))["xml"]).encode()


def _cell(name: str, style: int, quoted: int, row: pl.Expr) -> pl.Expr:
    raw = pl.col(name)
    text = raw.str.slice(0, _LONGEST).str.replace_all(_NEVER, "")
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.str.replace_all(sign, entity, literal=True)
    start = pl.concat_str(pl.lit(f'<c r="{name}'), row, pl.lit('" s="'))
    number = pl.concat_str(start, pl.lit(f'{style}"><v>'), raw, pl.lit("</v></c>"))
    of_text = pl.when(raw.str.contains(FORMULA)).then(pl.lit(str(quoted))).otherwise(pl.lit(str(style)))
    words = pl.concat_str(
        start, of_text, pl.lit('" t="inlineStr"><is><t xml:space="preserve">'), text, pl.lit("</t></is></c>")
    )
    cell = pl.when(raw.str.contains(_NUMBER)).then(number).otherwise(words)
    return pl.when(raw.is_null()).then(pl.lit("")).otherwise(cell)


def _widths(cells: pl.DataFrame) -> str:
    """Columns wide enough for most of what they hold; a Chinese character takes the room of two others."""
    longest = cells.head(1_000).select((pl.all().str.len_bytes() + pl.all().str.len_chars()).max() // 2).row(0)
    columns = "".join(
        f'<col min="{at}" max="{at}" width="{min(max(width or 0, 8) + 2, 45)}" customWidth="1"/>'
        for at, width in zip(map(column_number, cells.columns), longest, strict=True)
    )
    return f"<cols>{columns}</cols>" if columns else ""


def workbook(sheets: Sequence[Sheet], names: Sequence[str]) -> bytes:
    """A workbook of these sheets, each cell in its true place."""
    parts: dict[str, list[bytes]] = {}
    types, relations, listed = [], [], []
    for at, (sheet, name) in enumerate(zip(sheets, names, strict=True), 1):
        path = f"xl/worksheets/sheet{at}.xml"
        cells = sheet.cells.with_columns(pl.all().str.replace(r"^(\d{4}-\d\d-\d\d) 00:00:00$", "$1"))
        cells = cells.select(*sorted(cells.columns, key=column_number))
        head = f'<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0"/></sheetViews>'
        parts[path] = [
            f"{head}{_widths(cells)}<sheetData>".encode(),
            *rows_xml(cells, 1, {}, QUOTED),
            b"</sheetData></worksheet>",
        ]
        types.append(f'<Override PartName="/{path}" ContentType="{WORKSHEET}"/>')
        relations.append(f'<Relationship Id="rId{at}" Type="{RELATION}/worksheet" Target="/{path}"/>')
        state = ' state="hidden"' if sheet.is_hidden else ""
        listed.append(f'<sheet name="{escaped(name)}" sheetId="{at}"{state} r:id="rId{at}"/>')
    spreadsheet = WORKSHEET.removesuffix(".worksheet+xml")
    package = "http://schemas.openxmlformats.org/package/2006"
    fixed = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{spreadsheet}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{spreadsheet}.styles+xml"/>{"".join(types)}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{''.join(listed)}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{"".join(relations)}'
        f'<Relationship Id="rIdStyles" Type="{RELATION}/styles" Target="/xl/styles.xml"/></Relationships>',
        "xl/styles.xml": _STYLES,
    }
    buffer = BytesIO()
    # It is changed and packed once more: not compressed here.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as out:
        for path, text in fixed.items():
            out.writestr(path, text)
        for path, pieces in parts.items():
            with out.open(path, "w") as file:
                for piece in pieces:
                    file.write(piece)
    return buffer.getvalue()
