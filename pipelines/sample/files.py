"""Writes a laid-out sheet as the bytes of an .xlsx or .csv file. The same sheet gives the same bytes."""

import csv
import io
from datetime import date, datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipelines.sample.layout import Cell, Sheet

_GUIDANCE = ("填表说明", ["一、本表由各单位经办科室填写，经负责人审核后报送。", "二、没有发生的填 0，不得留空。"])


def workbook(sheet: Sheet, made_at: datetime, *, with_guidance: bool) -> bytes:
    """The sheet as an Excel workbook; `made_at` stands in its properties, where the clock would else."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": made_at.replace(tzinfo=None)})
    title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
    header = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "border": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    page = book.add_worksheet(sheet.name)
    page.set_column(0, len(sheet.rows[0]) - 1, 12)
    page.freeze_panes(sheet.header.stop, 0)
    for number, row in enumerate(sheet.rows):
        _write_row(page, number, row, header if number in sheet.header else None, day)
    for first_row, first_column, last_row, last_column in sheet.merges:
        if (first_row, first_column) != (last_row, last_column):
            text = sheet.rows[first_row][first_column]
            look = header if first_row in sheet.header else title
            page.merge_range(first_row, first_column, last_row, last_column, text, look)
    if with_guidance:
        name, lines = _GUIDANCE
        second = book.add_worksheet(name)
        second.write_column(0, 0, lines)
    book.close()
    return buffer.getvalue()


def _write_row(page: Worksheet, number: int, row: list[Cell], look: Format | None, day: Format) -> None:
    for column, cell in enumerate(row):
        if cell is None:
            continue
        if isinstance(cell, str):
            page.write_string(number, column, cell, look)
        elif isinstance(cell, date):
            page.write_datetime(number, column, datetime(cell.year, cell.month, cell.day), day)
        else:
            page.write_number(number, column, cell)


def delimited(sheet: Sheet, encoding: str) -> bytes:
    """The sheet as Excel saves it as csv: commas, CRLF, dates as 2025/3/1."""
    text = io.StringIO(newline="")
    rows = [[_as_csv(cell) for cell in row] for row in sheet.rows]
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


def _as_csv(cell: Cell) -> Cell:
    if isinstance(cell, date):
        return f"{cell.year}/{cell.month}/{cell.day}"
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell
