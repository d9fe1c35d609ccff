"""The sheet 问题清单: every fault with what to do, and a link to its cell. Makes XML; marks no cell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from pipelines.intake.annotate.marks import WORDS
from pipelines.intake.annotate.package import escaped
from pipelines.intake.annotate.plain import MAIN, rows_xml
from pipelines.intake.annotate.styles import Styles
from pipelines.intake.read import OWN_SHEET

NAME = "问题清单"
TITLE = f"{OWN_SHEET}{NAME}"
"""The text of its first cell: a sheet that begins so is never read as data."""
HEADERS = ("序号", "类别", "工作表", "单元格", "列名", "填写的内容", "问题和改法")
_WIDTHS = (7, 8, 16, 10, 20, 24, 90)
_COLUMNS = "ABCDEFG"
_FIRST = 6
"""Row of the first fault; 1 to 5 hold the title, what it is about, how to use it, an empty one, and the headers."""
MOST_LINKS = 60_000
"""A sheet may have 65,530 links."""
_MOST_ROWS = 1_000_000
HOW = (
    "红色单元格是差错，必须改正；黄色单元格是提醒，请核对。点“单元格”一栏可跳到该处，批注写着原因和改法。"
    "改好后保存，直接重新报送这个文件即可，不用删除本表、批注和颜色。"
)


@dataclass(frozen=True)
class About:
    """What the list says above the faults."""

    file_name: str
    refusal: str | None = None
    noted: str = ""
    """What is not marked, if anything."""

    def lines(self, faults: pl.DataFrame) -> tuple[str, str]:
        """What it is about, and how to use it."""
        counts = {severity: faults.filter(severity=severity).height for severity in WORDS}
        found = "，".join(f"{WORDS[severity]} {count} 处" for severity, count in counts.items() if count)
        what = f"文件“{self.file_name}”：{found}。{self.refusal or ''}"
        return what, f"{HOW}{self.noted}"


def listing(faults: pl.DataFrame, about: About, sheets: Mapping[str, str], styles: Styles) -> Iterator[bytes]:
    """The XML of the sheet.

    Args:
        faults: As `faults.parquet`.
        about: What stands above them.
        sheets: The sheets that can be linked to: as the faults name them, and as the workbook does.
        styles: Of the workbook; what is needed is added.
    """
    faults = faults.head(_MOST_ROWS)
    bold = styles.style(styles.font('<b/><sz val="14"/><name val="宋体"/>'))
    head = styles.style(styles.font('<b/><sz val="11"/><name val="宋体"/>'), styles.fill("FFD9E1F2"))
    link = styles.style(styles.font('<u/><sz val="11"/><color rgb="FF0563C1"/><name val="宋体"/>'))
    text, quoted = styles.style(), styles.style(quoted=True)
    what, how = about.lines(faults)
    columns = "".join(
        f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>' for at, width in enumerate(_WIDTHS, 1)
    )
    yield (
        f'<worksheet xmlns="{MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView tabSelected="1" workbookViewId="0">'
        f'<pane ySplit="{_FIRST - 1}" topLeftCell="A{_FIRST}" activePane="bottomLeft" state="frozen"/></sheetView>'
        f"</sheetViews><cols>{columns}</cols><sheetData>"
        f'<row r="1" ht="24" customHeight="1">{_words("A1", TITLE, bold)}</row>'
        f'<row r="2" ht="36" customHeight="1">{_words("A2", what, text)}</row>'
        f'<row r="3" ht="36" customHeight="1">{_words("A3", how, text)}</row>'
        f'<row r="{_FIRST - 1}">'
        + "".join(_words(f"{name}{_FIRST - 1}", header, head) for name, header in zip(_COLUMNS, HEADERS, strict=True))
        + "</row>"
    ).encode()
    yield from rows_xml(_table(faults), _FIRST, {**dict.fromkeys(_COLUMNS, text), "D": link}, quoted)
    last = _FIRST + faults.height - 1
    merged = "".join(f'<mergeCell ref="A{row}:G{row}"/>' for row in (1, 2, 3))
    yield (
        f'</sheetData><autoFilter ref="A{_FIRST - 1}:G{max(last, _FIRST)}"/>'
        f'<mergeCells count="3">{merged}</mergeCells>{_links(faults, sheets)}'
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    ).encode()


def _words(ref: str, text: str, style: int) -> str:
    return f'<c r="{ref}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escaped(text)}</t></is></c>'


def _table(faults: pl.DataFrame) -> pl.DataFrame:
    place = pl.coalesce("cell", pl.format("第{}行", "row"), pl.lit("整张表"))
    return faults.with_row_index("number", offset=1).select(
        A=pl.col("number").cast(pl.String),
        B=pl.col("severity").replace_strict(WORDS, return_dtype=pl.String),
        C="sheet",
        D=pl.when(pl.col("sheet").is_null()).then(pl.lit("整份文件")).otherwise(place),
        E="header",
        F="value",
        G="message",
    )


def _links(faults: pl.DataFrame, sheets: Mapping[str, str]) -> str:
    """Links inside of the workbook: a quote in the name of a sheet is doubled there."""
    rows = faults.head(MOST_LINKS).with_row_index("at", offset=_FIRST).filter(pl.col("sheet").is_in(list(sheets)))
    links = "".join(
        f'<hyperlink ref="D{at}" location="{_target(sheets[sheet], cell or f"A{row or 1}")}"/>'
        for at, sheet, cell, row in rows.select("at", "sheet", "cell", "row").iter_rows()
    )
    return f"<hyperlinks>{links}</hyperlinks>" if links else ""


def _target(sheet: str, cell: str) -> str:
    quoted = sheet.replace("'", "''")
    return escaped(f"'{quoted}'!{cell}")
