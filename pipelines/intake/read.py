"""Bytes become sheets of text cells, each in its true row and column.

Sniffs what the bytes are; never trusts a file's extension. Recognises nothing, and knows no contract.
"""

import csv
import io
import re
import zipfile
from collections.abc import Container
from dataclasses import dataclass, replace

import fastexcel
import polars as pl

from pipelines.intake import delimited
from pipelines.intake.draft import RefusalError
from pipelines.intake.long_numbers import StoredNumbers

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE_AS = "请用表格软件打开后另存为 .xlsx 再报送。"
_DAMAGED = f"文件不完整或已损坏，无法打开。请核对原文件能否打开，{_SAVE_AS}"
_NO_TABLE = f"这不是表格文件（只收 .xlsx 和 .csv）。{_SAVE_AS}"
_LOCKED = "文件设有打开密码，无法读取。请取消密码（文件 → 信息 → 保护工作簿）后再报送。"
OWN_SHEET = "〔固本〕"
"""How the first cell of a sheet begins that was made here: lists of faults, explanations. Such a sheet is not read."""
_ERRORS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "GettingData": "#GETTING_DATA",
}


@dataclass(frozen=True)
class Sheet:
    """A sheet down to its last row with content: text cells, columns named as the program shows them (A, B, AA)."""

    name: str
    is_hidden: bool
    cells: pl.DataFrame
    numbers: Container[str] = ()
    """The codes of 16 digits or more that stand there as numbers: their last digits are lost."""


@dataclass(frozen=True)
class Limits:
    """How much is taken from one file."""

    unpacked_bytes: int
    rows: int


def sheets(data: bytes, file_name: str, limits: Limits) -> list[Sheet]:
    """All sheets of a file that have content.

    Raises:
        RefusalError: when it cannot be read, or holds nothing.
    """
    if not data:
        raise RefusalError("文件是空的（0 字节）。请核对后重新报送。")
    if data.startswith(b"PK\x03\x04"):
        _check_package(data, limits)
        found = _workbook(data, limits)
    elif data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise RefusalError(_LOCKED)
        found = _workbook(data, limits)
    else:
        found = [_csv(data, file_name, limits)]
    found = [sheet for sheet in found if sheet.cells.height and not _is_own(sheet)]
    if not found:
        raise RefusalError("文件里没有任何内容。请核对后重新报送。")
    return found


def _is_own(sheet: Sheet) -> bool:
    first = next((text for text in sheet.cells.row(0) if text), "")
    return first.startswith(OWN_SHEET)


def letter(index: int) -> str:
    """The name of a column: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def _check_package(data: bytes, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
    except zipfile.BadZipFile:
        raise RefusalError(_DAMAGED) from None
    if any(entry.flag_bits & 1 for entry in entries):
        raise RefusalError(_LOCKED)
    if not any(entry.filename.lower() in ("xl/workbook.xml", "xl/workbook.bin") for entry in entries):
        raise RefusalError(_NO_TABLE)
    if sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        size = limits.unpacked_bytes // 2**20
        raise RefusalError(f"文件解压后超过 {size} MB，不予读取。请删去多余的工作表和格式，另存为新文件后再报送。")


def _workbook(data: bytes, limits: Limits) -> list[Sheet]:
    try:
        book = fastexcel.read_excel(data)
        found = [_sheet(book, name, limits) for name in book.sheet_names]
    except fastexcel.FastExcelError as error:
        if "password" in str(error).lower():
            raise RefusalError(_LOCKED) from None
        raise RefusalError(_DAMAGED) from None
    if data.startswith(_OLE):
        return found
    return [replace(sheet, numbers=StoredNumbers(data, sheet.name)) for sheet in found]


def _sheet(book: fastexcel.ExcelReader, name: str, limits: Limits) -> Sheet:
    # skip_rows=0 keeps the blank rows above the first one with content, so that row numbers are the sheet's own.
    loaded = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    if not loaded.width or not loaded.total_height:
        return Sheet(name, loaded.visible != "visible", pl.DataFrame())
    if loaded.total_height > limits.rows:
        raise RefusalError(
            f"工作表“{name}”有 {loaded.total_height} 行，超过一次可报送的 {limits.rows} 行。请分开报送。"
        )
    batch, problems = loaded.to_arrow_with_errors()
    frame = pl.DataFrame(batch)
    frame.columns = [letter(column.absolute_index) for column in loaded.available_columns()]
    for problem in problems.errors if problems else ():
        # A formula's error comes as nothing; it must be seen as what it is.
        kind = re.search(r"Error\((\w+)\)", problem.detail)
        row, column = problem.offset_position
        frame[row, column] = _ERRORS.get(kind[1] if kind else "", "#VALUE!")
    return Sheet(name, loaded.visible != "visible", _tidy(frame))


def _csv(data: bytes, file_name: str, limits: Limits) -> Sheet:
    text = _decoded(data)
    sample = text[:20_000]
    delimiter = max(",\t;", key=sample.count)
    try:
        frame = delimited.table(text, delimiter)
    except csv.Error:
        raise RefusalError(_NO_TABLE) from None
    if frame.height > limits.rows:
        raise RefusalError(f"文件有 {frame.height} 行，超过一次可报送的 {limits.rows} 行。请分开报送。")
    frame.columns = [letter(column) for column in range(frame.width)]
    return Sheet(file_name.rsplit(".", 1)[0], False, _tidy(frame))


def _decoded(data: bytes) -> str:
    head = data[:4096].lstrip().lower()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in data or head.startswith((b"<", b"%pdf", b"{\\rtf")):
        raise RefusalError(_NO_TABLE)
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RefusalError(_NO_TABLE)


_TRIMMED = pl.when(pl.all().str.strip_chars() != "").then(pl.all().str.strip_chars())


def _tidy(frame: pl.DataFrame) -> pl.DataFrame:
    """Cells trimmed, blank ones null, no blank rows at the end."""
    if not frame.height:
        return frame
    frame = frame.select(_TRIMMED)
    if any(text is not None for text in frame.row(-1)):
        return frame
    last = frame.select(pl.any_horizontal(pl.all().is_not_null()).arg_true().last()).item()
    return frame.head(0 if last is None else last + 1)
