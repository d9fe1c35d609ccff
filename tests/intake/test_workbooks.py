"""Workbooks that other programs write: formulas that were never computed, odd packages, new errors, other formats."""

import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO

import openpyxl
import pytest
import xlsxwriter
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from pipelines.intake.cells import NOT_COMPUTED, since_1900
from pipelines.intake.draft import RefusalError
from pipelines.intake.package import LOCKED, WRONG_PASSWORD
from pipelines.intake.peek import first_rows
from pipelines.intake.read import Limits, sheets
from pipelines.intake.receive import receive
from pipelines.intake.sealing import annotated_workbook, open_original
from tests.intake import biff_file
from tests.intake.conftest import EMPLOYMENT, Office, employment, faults, good, many, workbook

LIMITS = Limits(unpacked_bytes=2**24, rows=100_000)
Change = Callable[[str, bytes], tuple[str, bytes]]


def packed(content: bytes, change: Change) -> bytes:
    """The same workbook with each part renamed or rewritten."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            name, part = change(entry.filename, old.read(entry))
            new.writestr(name, part)
    return out.getvalue()


def formulas(results: list[object], first: str = "=1+1") -> bytes:
    """A workbook as XlsxWriter makes it: of every formula the result that it was given, 0 if none."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("Sheet1")
    for at, text in enumerate(EMPLOYMENT):
        sheet.write(0, at, text)
    for row, (result, figures) in enumerate(zip(results, many(len(results)), strict=True), 1):
        for at, value in enumerate(figures):
            sheet.write(row, at, value)
        sheet.write_formula(row, 2, first, None, result)
    book.close()
    return out.getvalue()


def cells(content: bytes, name: str = "a.xlsx") -> list[tuple[str | None, ...]]:
    return sheets(content, name, LIMITS)[0].cells.rows()


def test_formulas_that_nobody_computed_are_faults(office: Office) -> None:
    outcome = office.submit("就业2010年3月.xlsx", formulas([0, 0, 0]))
    assert faults(outcome) == [("C2", "type"), ("C3", "type"), ("C4", "type")]
    assert outcome.faults[0].message.startswith("已就业人数填的是“#公式未计算”，单元格是公式，但文件里没有保存计算结果")


def test_results_that_a_program_did_compute_count(office: Office) -> None:
    outcome = office.submit("就业2010年3月.xlsx", formulas([90, 0, 85]))
    assert (outcome.status, office.accepted(outcome)["employed"].to_list()) == ("active", [90, 0, 85])


def test_zeros_of_a_workbook_that_does_not_ask_for_computing_count(office: Office) -> None:
    content = packed(formulas([0, 0, 0]), lambda name, part: (name, part.replace(b' fullCalcOnLoad="1"', b"")))
    assert office.accepted(office.submit("就业2010年3月.xlsx", content))["employed"].to_list() == [0, 0, 0]


def strict(name: str, part: bytes) -> tuple[str, bytes]:
    part = part.replace(
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    )
    transitional, plain = (
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    )
    return name, part if name == "_rels/.rels" else part.replace(transitional, plain)


def without_places(name: str, part: bytes) -> tuple[str, bytes]:
    if name.startswith("xl/worksheets/"):
        part = re.sub(rb'(<(?:c|row)\b[^>]*?) r="[A-Z]*\d+"', rb"\1", part)
    return name, part


PACKAGES: dict[str, Change] = {
    "back slashes": lambda name, part: (name.replace("/", "\\") if name.startswith("xl/") else name, part),
    "another case": lambda name, part: (name.replace("sheet1.xml", "Sheet1.XML"), part),
    "absolute targets": lambda name, part: (name, part.replace(b'Target="worksheets/', b'Target="/xl/worksheets/')),
    "strict": strict,
}


@pytest.mark.parametrize("change", [*PACKAGES.values(), without_places], ids=[*PACKAGES, "cells without places"])
def test_formulas_without_a_result_are_seen_in_any_package(change: Change) -> None:
    assert [row[2] for row in cells(packed(formulas([0, 0]), change))] == ["已就业人数", NOT_COMPUTED, NOT_COMPUTED]


@pytest.mark.parametrize("change", PACKAGES.values(), ids=list(PACKAGES))
def test_merged_cells_are_seen_in_any_package(change: Change) -> None:
    content = workbook({"Sheet1": employment(*many(4))}, merged=["A2:A3"])
    sheet = sheets(packed(content, change), "a.xlsx", LIMITS)[0]
    assert [(area.top, area.left, area.bottom, area.right) for area in sheet.look.merged] == [(1, 0, 2, 0)]


@pytest.mark.parametrize("change", [(b'Target="worksheets/', b'Target="../xl/worksheets/'), (b'r:id="', b'id="')])
def test_a_sheet_that_cannot_be_looked_through_is_refused(change: tuple[bytes, bytes]) -> None:
    content = workbook({"Sheet1": employment(good())})
    with pytest.raises(RefusalError):
        sheets(packed(content, lambda name, part: (name, part.replace(*change))), "a.xlsx", LIMITS)


@pytest.mark.parametrize("name", ["#SPILL!", "#CALC!", "#ERROR!", "#FIELD!", "#BLOCKED!", "#PYTHON!", "#错误!"])
def test_an_error_with_a_new_name_is_one_of_its_cell(office: Office, name: str) -> None:
    header, *rows = employment(*many(3))
    content = workbook({"Sheet1": [[*header, "备注"], *([*row, "x"] for row in rows)]})

    def with_errors(part: str, xml: bytes) -> tuple[str, bytes]:
        if part == "xl/worksheets/sheet1.xml":
            xml = re.sub(rb'<c r="(C3|G4)"[^>]*>.*?</c>', rb'<c r="\1" t="e"><v>' + name.encode() + rb"</v></c>", xml)
        return part, xml

    outcome = office.submit("就业2010年3月.xlsx", packed(content, with_errors))
    assert faults(outcome) == [("C3", "type")]
    assert outcome.faults[0].message.endswith("单元格是公式错误。")
    assert (outcome.status, outcome.receipt.rows_accepted) == ("active", 2)


def formula(row: int, column: int, result: bytes, options: int = 0, text: str | None = None) -> bytes:
    record = struct.pack("<HHH8sHIH", row, column, 0, result, options, 0, 0)
    after = (
        b"" if text is None else biff_file._record(0x0207, struct.pack("<HB", len(text), 1) + text.encode("utf-16-le"))
    )
    return biff_file._record(0x0006, record) + after


ZERO, NINETY = struct.pack("<d", 0.0), struct.pack("<d", 90.0)
EMPTY, TEXT = b"\x03" + b"\0" * 5 + b"\xff\xff", b"\0" * 6 + b"\xff\xff"


def xls_with(*formulas_: bytes) -> bytes:
    """An .xls of the header and rows for each formula, without a figure where the formula stands."""
    rows = [list(EMPLOYMENT), *(list(row) for row in many(max(len(formulas_), 1)))]
    for row in rows[1:]:
        row[2] = None
    return biff_file.xls({"Sheet1": rows}, extra=b"".join(formulas_))


@pytest.mark.parametrize(
    ("formulas_", "seen"),
    [
        ([formula(1, 2, ZERO, options=2), formula(2, 2, NINETY)], [NOT_COMPUTED, "90"]),
        ([formula(1, 2, ZERO, options=1), formula(2, 2, ZERO, options=1)], [NOT_COMPUTED, NOT_COMPUTED]),
        ([formula(1, 2, EMPTY), formula(2, 2, EMPTY)], [NOT_COMPUTED, NOT_COMPUTED]),
        ([formula(1, 2, EMPTY), formula(2, 2, NINETY)], [None, "90"]),
        ([formula(1, 2, TEXT), formula(2, 2, NINETY)], [NOT_COMPUTED, "90"]),
        ([formula(1, 2, NINETY, options=3), formula(2, 2, ZERO)], ["90", "0"]),
    ],
)
def test_formulas_of_an_xls_that_nobody_computed(formulas_: list[bytes], seen: list[str | None]) -> None:
    assert [row[2] for row in cells(xls_with(*formulas_), "a.xls")[1:]] == seen


def test_an_error_of_an_xls_that_is_not_known_is_one_of_its_cell() -> None:
    odd = biff_file._record(0x0205, struct.pack("<HHHBB", 1, 2, 0, 0x7F, 1))
    assert [row[2] for row in cells(xls_with(odd), "a.xls")[1:]] == ["#VALUE!"]


KINDS = {
    "XML 电子表格 2003": b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook/>',
    "网页存档": b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n",
    "PDF": b"%PDF-1.7\n...", "RTF": rb"{\rtf1\ansi ...}", "图片": b"\x89PNG\r\n\x1a\n....",
    "RAR": b"Rar!\x1a\x07\x01\x00...", "7z": b"7z\xbc\xaf\x27\x1c....", "gzip": b"\x1f\x8b\x08\0....",
    "dBase": b"\x03\x1a\x09\x0f" + struct.pack("<IHH", 1, 65, 11) + b"\0" * 52 + b"\r" + b" " * 11 + b"\x1a",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_a_known_kind_is_refused_as_what_it_is(kind: str) -> None:
    with pytest.raises(RefusalError) as caught:
        sheets(KINDS[kind], "就业2010年3月.xls", LIMITS)
    assert str(caught.value).startswith("这是")
    assert kind in str(caught.value)
    assert "再报送" in str(caught.value)


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("mimetype", ".ods"), ("Index/Document.iwa", ".numbers"), ("word/document.xml", "Word"),
        ("xl/workbook.bin", ".xlsb"),
        ("ppt/presentation.xml", "演示文稿"),
    ],
)  # fmt: skip
def test_a_zip_that_is_a_document_of_another_kind_is_named(office: Office, part: str, kind: str) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(part, "application/vnd.oasis.opendocument.spreadsheet" if part == "mimetype" else "x")
        file.writestr("META-INF/manifest.xml" if part == "mimetype" else "[Content_Types].xml", "x")
    outcome = office.submit("就业2010年3月.xlsx", out.getvalue())
    assert kind in outcome.receipt.refusal
    assert "另存为 .xlsx" in outcome.receipt.refusal


def test_days_counted_from_1904(office: Office) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    sheet.append(["社区编码", "社区名称", "街道编码", "街道名称", "启用日期"])
    serial = (date(2009, 1, 1) - date(1904, 1, 1)).days
    sheet.append(["440307003004", "新木社区", "440307003", "平湖街道", date(2009, 1, 1)])
    sheet.append(["440307003007", "平湖社区", "440307003", "平湖街道", serial])
    out = BytesIO()
    book.save(out)
    assert (
        office.accepted(office.submit("社区名录2011年.xlsx", out.getvalue()))["valid_from"].to_list()
        == [date(2009, 1, 1)] * 2
    )
    assert since_1900(str(serial)) == str((date(2009, 1, 1) - date(1899, 12, 30)).days)


@pytest.mark.parametrize("header", ["户籍劳动力\r\n人数", "户籍劳动力_x000D_\n人数"])
def test_a_quick_look_reads_a_header_as_the_reader_does(header: str) -> None:
    content = workbook({"Sheet1": [["社区", header], *[["新木社区", at] for at in range(3)]]})
    quick, whole = first_rows(content, "a", LIMITS)[0].cells.rows(), cells(content)
    assert ["".join((text or "").split()) for text in quick[0]] == ["".join((text or "").split()) for text in whole[0]]


def test_a_quick_look_reads_cells_without_places() -> None:
    content = packed(workbook({"Sheet1": employment(*many(3))}), without_places)
    assert first_rows(content, "a", LIMITS)[0].cells.rows() == cells(content)


def locked(content: bytes, password: str) -> bytes:
    out = BytesIO()
    OOXMLFile(BytesIO(content)).encrypt(password, out)
    return out.getvalue()


def test_a_locked_workbook_is_read_with_its_password_and_kept_locked(office: Office) -> None:
    content = locked(workbook({"Sheet1": employment(*many(3), good("南联社区", employed="x"))}), "秘密 2010")
    name = "就业2010年3月.xlsx"
    told = [
        receive(office.settings, [replace(office.handover(name, content), password=said)])[0]
        for said in (None, "错", "秘密 2010")
    ]
    assert [one.receipt.refusal for one in told[:2]] == [LOCKED, WRONG_PASSWORD]
    assert (told[2].receipt.rows_rejected, told[2].faults[0].cell) == (1, "C5")
    assert open_original(office.settings, told[2].receipt.submission_id) == content
    marked = openpyxl.load_workbook(BytesIO(annotated_workbook(office.settings, told[2].receipt.submission_id)))
    assert marked["Sheet1"]["C5"].comment is not None
    assert not [
        path for path in office.settings.home.rglob("*") if path.is_file() and "秘密".encode() in path.read_bytes()
    ]


def test_a_workbook_that_is_locked_without_a_password_is_read(office: Office) -> None:
    content = locked(workbook({"Sheet1": employment(*many(3))}), "VelvetSweatshop")
    assert office.submit("就业2010年3月.xlsx", content).receipt.rows_accepted == 3
