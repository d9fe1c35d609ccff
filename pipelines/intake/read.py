"""Bytes become sheets of text cells, each in its true row and column.

Sniffs what the bytes are; never trusts a file's extension. Recognises nothing, and knows no contract.
"""

import io
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from functools import partial

import fastexcel
import polars as pl

from pipelines.intake import archive, page
from pipelines.intake.biff import SheetRecords, sheet_records, with_known_errors
from pipelines.intake.cells import NOT_COMPUTED
from pipelines.intake.draft import RefusalError
from pipelines.intake.kinds import refusal_of_kind
from pipelines.intake.long_numbers import LongNumbers
from pipelines.intake.naming import public_name, public_names
from pipelines.intake.package import DAMAGED, LOCKED, UNSEEN, WRONG_PASSWORD, Package
from pipelines.intake.sheet import Limits, Look, Sheet, check_size, frame, letter, tidy, with_texts
from pipelines.intake.text import cells_of, decoded

__all__ = ["Limits", "Sheet", "letter", "sheets"]
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NO_SECRET = "VelvetSweatshop"  # noqa: S105 - of all workbooks that are locked without a password
_SMALL = 2**23
"""The XML of a sheet up to this size is looked through before the sheet is read; a larger one meanwhile."""
_SHOWN = 1e-9
"""What the reader leaves out of a number at most."""
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


def sheets(data: bytes, file_name: str, limits: Limits, words: frozenset[str] = frozenset()) -> list[Sheet]:
    """All sheets of a file that have content.

    Args:
        data: The bytes.
        file_name: What it is called: a text has one sheet of that name.
        limits: How much is read.
        words: That name nobody: a sheet is called by its name without what may be the name of a person.

    Raises:
        RefusalError: when it cannot be read, or holds nothing.
    """
    if not data:
        raise RefusalError("文件是空的（0 字节）。请核对后重新报送。")
    if archive.is_archive(io.BytesIO(data)):
        # One that could be opened has been: what comes here is refused.
        is_inside = "/" in file_name
        raise RefusalError(archive.NESTED if is_inside else archive.refusal(data, limits.unpacked_bytes))
    if refusal := refusal_of_kind(data):
        raise RefusalError(refusal)
    if data.startswith((_ZIP, _OLE)):
        try:
            found = _xlsx(data, limits) if data.startswith(_ZIP) else _xls(data, limits)
        except RefusalError as refused:
            called = re.sub("(?<=“)[^”]*", lambda quoted: public_name(quoted[0], words), str(refused))
            raise RefusalError(called) from None
        names = public_names((sheet.name for sheet in found), words)
        found = [replace(sheet, name=names[sheet.name]) for sheet in found]
    else:
        found = [_text(data, file_name.rsplit("/", 1)[-1].rsplit(".", 1)[0])]
    for sheet in found:
        if sheet.cells.height > limits.rows:
            raise RefusalError(
                f"工作表“{sheet.name}”有 {sheet.cells.height} 行，超过一次可报送的 {limits.rows} 行。请分开报送。"
            )
    found = [sheet for sheet in found if sheet.cells.height and not _is_own(sheet)]
    if not found:
        raise RefusalError("文件里没有任何内容。请核对后重新报送。")
    return found


def unlocked(data: bytes, password: str | None) -> bytes:
    """A workbook without the lock on it; what is not locked as it is.

    Raises:
        RefusalError: when it is locked and no password is said, or one that does not open it.
    """
    if not data.startswith(_OLE):
        return data
    import msoffcrypto  # noqa: PLC0415 - takes a tenth of a second, for few files

    try:
        file = msoffcrypto.OfficeFile(io.BytesIO(data))
        if not file.is_encrypted():
            return data
    except Exception:  # What is no document of this kind is told apart further on.
        return data
    # A workbook that is only kept from being changed opens with a password that everybody knows.
    for known in (password, _NO_SECRET):
        opened = io.BytesIO()
        try:
            if known is not None:
                file.load_key(password=known)
                file.decrypt(opened)
                return opened.getvalue()
        except Exception:  # noqa: S112 - whatever it says, this one does not open it
            continue
    raise RefusalError(LOCKED if password is None else WRONG_PASSWORD)


def _is_own(sheet: Sheet) -> bool:
    first = next((text for text in sheet.cells.row(0) if text), "")
    return first.startswith(OWN_SHEET)


def _text(data: bytes, name: str) -> Sheet:
    if page.is_page(data):
        lines, merged = page.lines_of(decoded(data, page.declared(data)))
        return Sheet(name, False, frame(lines), look=Look(tuple(merged)))
    cells, how = cells_of(decoded(data))
    return Sheet(name, False, cells, how=how)


def _opened(data: bytes) -> fastexcel.ExcelReader:
    try:
        return fastexcel.read_excel(data)
    except fastexcel.FastExcelError as error:
        raise RefusalError(LOCKED if "password" in str(error).lower() else DAMAGED) from None


def _xlsx(data: bytes, limits: Limits) -> list[Sheet]:
    package = Package(data, limits)
    book = _opened(data)
    found: list[Sheet] = []
    for name in book.sheet_names:
        try:
            found.append(_sheet_of(package, book, name, limits))
        except fastexcel.FastExcelError:
            # The fast reader gives up a sheet for the error of a formula whose name it does not know.
            if not package.has_odd_errors:
                raise RefusalError(DAMAGED) from None
            book = _opened(package.with_known_errors())
            found.append(_sheet_of(package, book, name, limits))
    return found


def _sheet_of(package: Package, book: fastexcel.ExcelReader, name: str, limits: Limits) -> Sheet:
    numbers = package.long_numbers(name)
    if package.size(name) <= _SMALL:
        sheet = _sheet(book, name, limits, partial(_itself, package.look(name)), numbers)
    else:
        with ThreadPoolExecutor(1) as aside:
            sheet = _sheet(book, name, limits, aside.submit(package.look, name).result, numbers)
    return replace(sheet, is_1904=package.is_1904)


def _xls(data: bytes, limits: Limits) -> list[Sheet]:
    records, is_1904 = sheet_records(data)
    try:
        return _xls_sheets(fastexcel.read_excel(data), records, limits, is_1904)
    except fastexcel.FastExcelError as error:
        if "password" in str(error).lower():
            raise RefusalError(LOCKED) from None
        # The fast reader gives up a workbook for the code of an error that it does not know.
        mended = with_known_errors(data)
    try:
        return _xls_sheets(_opened(mended or data), records, limits, is_1904)
    except fastexcel.FastExcelError:
        raise RefusalError(DAMAGED) from None


def _xls_sheets(
    book: fastexcel.ExcelReader, records: Mapping[str, SheetRecords], limits: Limits, is_1904: bool
) -> list[Sheet]:
    found: list[Sheet] = []
    for name in book.sheet_names:
        known = records.get(name)
        if known is None:
            raise RefusalError(UNSEEN.format(name))
        numbers = LongNumbers(partial(frozenset, known.numbers))
        sheet = _sheet(book, name, limits, partial(_itself, known.look()), numbers)
        found.append(replace(sheet, is_1904=is_1904))
    return found


def _itself(look: Look) -> Look:
    return look


def _sheet(
    book: fastexcel.ExcelReader, name: str, limits: Limits, look: Callable[[], Look], numbers: LongNumbers
) -> Sheet:
    # skip_rows=0 keeps the blank rows above the first one with content, so that row numbers are the sheet's own.
    loaded = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    is_hidden = loaded.visible != "visible"
    if not loaded.width or not loaded.total_height:
        return Sheet(name, is_hidden, pl.DataFrame())
    if loaded.total_height > limits.rows:
        raise RefusalError(
            f"工作表“{name}”有 {loaded.total_height} 行，超过一次可报送的 {limits.rows} 行。请分开报送。"
        )
    check_size(loaded.total_height, loaded.width)
    batch, problems = loaded.to_arrow_with_errors()
    cells = pl.DataFrame(batch)
    cells.columns = [letter(column.absolute_index) for column in loaded.available_columns()]
    seen = look()
    # A formula's error, or one without a result, comes as nothing; it must be seen as what it is.
    shown: dict[str, dict[int, str]] = {}
    for row, column in seen.uncomputed:
        shown.setdefault(letter(column), {})[row] = NOT_COMPUTED
    for problem in problems.errors if problems else ():
        kind = re.search(r"Error\((\w+)\)", problem.detail)
        row, column = problem.offset_position
        shown.setdefault(cells.columns[column], {})[row] = _ERRORS.get(kind[1] if kind else "", "#VALUE!")
    cells = with_texts(cells, shown)
    if _names_a_large_unit(cells):
        cells = _with_all_digits(cells, book, name)
    return Sheet(name, is_hidden, tidy(cells), numbers, seen)


def _names_a_large_unit(cells: pl.DataFrame) -> bool:
    return any(cells.select(pl.all().str.contains("亿", literal=True).any()).row(0))


def _with_all_digits(cells: pl.DataFrame, book: fastexcel.ExcelReader, name: str) -> pl.DataFrame:
    """The cells with every digit that number cells hold.

    The reader writes nine decimals of a number: enough for all units but 亿元, of which they are a tenth of a yuan.
    """
    numbers = pl.DataFrame(book.load_sheet(name, header_row=None, skip_rows=0, dtypes="float").to_arrow())
    for text, number in zip(cells.iter_columns(), numbers.iter_columns(), strict=False):
        if number.dtype != pl.Float64 or number.len() > text.len():
            continue
        shown = text.head(number.len()).cast(pl.Float64, strict=False)
        # A text that is a number has its digits already, and a serial number of a day is shown as the day.
        is_cut = ((shown - number).abs() < _SHOWN) & (shown != number)
        if is_cut.any():
            exact = pl.Series(text.name, [f"{Decimal(f'{value:.15g}'):f}" for value in number.filter(is_cut)])
            at = is_cut.arg_true()
            cells = cells.with_columns(text.scatter(at, exact))
    return cells
