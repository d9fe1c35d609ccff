"""The workbook that is handed back: faulty cells coloured and noted, all listed, and taken again when corrected."""

import time
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import fastexcel
import openpyxl
import polars as pl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.intake import receive as door
from pipelines.intake.annotate import annotated, plain
from pipelines.intake.annotate.styles import COLOURS
from pipelines.intake.draft import Marking
from pipelines.intake.faults import SCHEMA
from pipelines.intake.outcome import Outcome
from pipelines.intake.read import Limits, Sheet, letter
from pipelines.intake.sealing import annotated_name, annotated_workbook, open_original
from tests.intake.conftest import Office, csv_text, employment, good, many, workbook
from warehouse.lake import ANNOTATED, FAULTS, ORIGINAL, Lake

RED, YELLOW = COLOURS["fault"], COLOURS["warning"]
LIMITS = Limits(2**30, 2_000_000)
FAULTY = employment(*many(3), good("南联社区", employed=120), good("新木社去"))
"""Row 5 has more employed than labour force, row 6 a misspelt community. Two of five: refused."""


def back(office: Office, outcome: Outcome) -> openpyxl.Workbook:
    """The workbook that is handed back for a file."""
    return openpyxl.load_workbook(BytesIO(annotated_workbook(office.settings, outcome.receipt.submission_id)))


def marked(sheet: Worksheet) -> dict[str, str]:
    """The coloured cells of a sheet, and their colours."""
    cells = (cell for row in sheet.iter_rows() for cell in row)
    return {cell.coordinate: cell.fill.fgColor.rgb for cell in cells if cell.fill.fgColor.rgb in COLOURS.values()}


def notes(sheet: Worksheet) -> dict[str, str]:
    return {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def fault(cell: str | None = "B3", message: str = "不对。", **other: object) -> dict[str, object]:
    row = int("".join(filter(str.isdigit, cell or "3")))
    line = {"severity": "fault", "sheet": "Sheet1", "row": row, "header": "列", "cell": cell, "message": message}
    return {**dict.fromkeys(SCHEMA), **line, "rule": "type", **other}


def marking(tmp_path: Path, data: bytes, *faults: dict[str, object], name: str = "x.xlsx") -> Marking:
    pl.DataFrame(list(faults), schema=SCHEMA).write_parquet(tmp_path / FAULTS)
    return Marking(data, name, tmp_path, None)


def test_faulty_cells_are_coloured_and_say_what_is_wrong_expected_and_meant(office: Office) -> None:
    outcome = office.submit("就业2010年3月.xlsx", FAULTY)
    assert outcome.status == "refused"
    book = back(office, outcome)
    assert book.sheetnames == ["问题清单", "Sheet1"]
    assert book.active.title == "问题清单"
    assert marked(book["Sheet1"]) == {"C5": RED, "A6": RED}
    found = notes(book["Sheet1"])
    assert found["C5"].startswith("【差错】已就业人数（120）大于户籍劳动力人数（100），部分不应大于全体。")
    assert found["A6"] == (
        "【差错】社区名录中没有当期在用的“新木社去”，是否为“新木社区”。请按社区名录填写名称或 12 位编码。"
    )


def test_the_list_names_every_fault_and_links_to_its_cell(office: Office) -> None:
    listed = back(office, office.submit("就业2010年3月.xlsx", FAULTY))["问题清单"]
    assert listed["A1"].value == "〔固本〕问题清单"
    assert listed["A2"].value.startswith("文件“就业2010年3月.xlsx”：差错 2 处。5 行数据中有 2 行有错误")
    assert [cell.value for cell in listed[5]] == [
        "序号", "类别", "工作表", "单元格", "列名", "填写的内容", "问题和改法",
    ]  # fmt: skip
    rows = [[cell.value for cell in row[:6]] for row in listed.iter_rows(min_row=6)]
    assert rows == [
        [1, "差错", "Sheet1", "C5", "已就业人数", 120],
        [2, "差错", "Sheet1", "A6", "社区", "新木社去"],
    ]
    assert [listed[cell].hyperlink.location for cell in ("D6", "D7")] == ["'Sheet1'!C5", "'Sheet1'!A6"]


def test_an_accepted_file_with_a_faulty_row_is_handed_back_too(office: Office) -> None:
    rows = employment(*many(4), good("南联社区", newly_employed=-1))
    outcome = office.submit("就业2010年3月.xlsx", rows)
    assert outcome.status == "active"
    assert marked(back(office, outcome)["Sheet1"]) == {"F6": RED}


def test_a_file_without_faults_has_none(office: Office) -> None:
    outcome = office.submit("就业2010年3月.xlsx", employment(*many()))
    with pytest.raises(LookupError, match="no annotated workbook"):
        annotated_workbook(office.settings, outcome.receipt.submission_id)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_corrected_it_is_taken_with_list_notes_and_colours_still_inside(office: Office, ending: str) -> None:
    content = FAULTY if ending == "xlsx" else csv_text(FAULTY).encode("gb18030")
    refused = office.submit(f"就业2010年3月.{ending}", content)
    book = back(office, refused)
    sheet = book.worksheets[1]
    sheet["C5"], sheet["A6"] = 90, "龙岗"
    again = office.submit(annotated_name(refused.receipt), saved(book))
    assert (again.status, again.faults) == ("active", ())
    assert again.receipt.notes == ()
    receipt = again.receipt
    assert (receipt.rows_read, receipt.rows_accepted, receipt.skipped) == (6, 5, {"header": 1})
    plain = office.submit("就业2010年4月.xlsx", employment(*many(3), good("南联社区"), good("龙岗")))
    assert office.accepted(again).drop("_sheet").equals(office.accepted(plain).drop("_sheet"))


def test_a_second_hand_back_shows_only_what_is_still_wrong(office: Office) -> None:
    book = back(office, office.submit("就业2010年3月.xlsx", FAULTY))
    book["Sheet1"]["C5"] = 90
    book["Sheet1"]["D2"] = "五"
    book = back(office, office.submit("就业2010年3月.xlsx", saved(book)))
    assert book.sheetnames == ["问题清单", "Sheet1"]
    assert marked(book["Sheet1"]) == {"D2": RED, "A6": RED}
    assert set(notes(book["Sheet1"])) == {"D2", "A6"}
    assert [row[3].value for row in book["问题清单"].iter_rows(min_row=6)] == ["D2", "A6"]


def test_the_name_says_the_period_when_only_the_command_did(office: Office) -> None:
    outcome = office.submit("就业.csv", csv_text(FAULTY).encode(), period="2010-03")
    assert annotated_name(outcome.receipt) == "就业_2010年3月_标注.xlsx"
    assert annotated_name(office.submit("就业2010年3月.xlsx", FAULTY).receipt) == "就业2010年3月_标注.xlsx"


def test_styles_widths_other_sheets_and_notes_of_the_clerk_are_kept(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "平湖'报表"
    for row in employment(*many(3)):
        sheet.append(row)
    sheet["A1"].font = Font(bold=True, size=16)
    sheet["B3"].number_format, sheet["B3"].fill = "#,##0.00", PatternFill("solid", fgColor="FF00FF00")
    sheet["B3"].comment, sheet["C2"].comment = Comment("请核", "张三"), Comment("别的", "张三")
    sheet.column_dimensions["A"].width = 31
    sheet.print_area = "A1:F4"
    book.create_sheet("说明").append(["怎么填"])
    book.create_sheet("隐藏").sheet_state = "hidden"
    book.active = 1
    data = saved(book)
    out = annotated(marking(tmp_path, data, fault(sheet="平湖'报表", message="部分大于全体。")), LIMITS)
    got = openpyxl.load_workbook(BytesIO(out))
    assert [(one.title, one.sheet_state) for one in got] == [
        ("问题清单", "visible"), ("平湖'报表", "visible"), ("说明", "visible"), ("隐藏", "hidden"),
    ]  # fmt: skip
    kept = got["平湖'报表"]
    assert (kept["A1"].font.bold, kept["A1"].font.size, kept.column_dimensions["A"].width) == (True, 16, 31)
    assert (kept["B3"].number_format, kept["B3"].fill.fgColor.rgb) == ("#,##0.00", RED)
    assert kept.print_area == "'平湖''报表'!$A$1:$F$4"
    assert notes(kept) == {"B3": "【差错】部分大于全体。\n——原有批注——\n请核", "C2": "别的"}
    # Were two tabs selected, whatever is typed would go into both sheets.
    assert [one.title for one in got if one.sheet_view.tabSelected] == ["问题清单"]
    assert got["问题清单"]["D6"].hyperlink.location == "'平湖''报表'!B3"


def test_notes_of_the_clerk_come_through_a_program_that_forgets_their_authors(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in employment(*many(3)):
        book.active.append(row)
    book.active.title = "Sheet1"
    book.active["B3"].comment, book.active["C2"].comment = Comment("请核", "张三"), Comment("别的", "张三")
    book.create_sheet("空的")
    first = annotated(marking(tmp_path, saved(book), fault("B3"), fault("D4")), LIMITS)
    book = openpyxl.load_workbook(BytesIO(first))
    for cell in ("B3", "C2", "D4"):
        book["Sheet1"][cell].comment.author = " "
    again = annotated(marking(tmp_path, saved(book), fault("E4")), LIMITS)
    book = openpyxl.load_workbook(BytesIO(again))
    assert book.sheetnames == ["问题清单", "Sheet1", "空的"]
    assert notes(book["Sheet1"]) == {"B3": "请核", "C2": "别的", "E4": "【差错】不对。"}
    assert marked(book["Sheet1"]) == {"E4": RED}


@pytest.mark.slow
def test_a_thousand_faults_in_a_hundred_thousand_rows_take_less_than_20_seconds(tmp_path: Path) -> None:
    count = 100_000
    numbers = pl.int_range(count, eager=True)
    text = {
        letter(at): pl.select(pl.lit("文字") + (numbers % (5000 + at)).cast(pl.String)).to_series() for at in range(15)
    }
    data = plain.workbook([Sheet("Sheet1", False, pl.DataFrame(text))], ["Sheet1"])
    faults = [fault(f"{letter(at % 15)}{100 * at + 1}") for at in range(1_000)]
    task = marking(tmp_path, data, *faults)
    started = time.process_time()
    out = annotated(task, LIMITS)
    assert time.process_time() - started < 20
    before, after = (
        pl.DataFrame(fastexcel.read_excel(one).load_sheet("Sheet1", header_row=None, dtypes="string").to_arrow())
        for one in (data, out)
    )
    assert after.equals(before)
    assert len(fastexcel.read_excel(out).load_sheet("问题清单", header_row=4).to_polars()) == 1_000


def test_an_empty_cell_gets_the_colour_in_its_place(tmp_path: Path) -> None:
    data = workbook({"Sheet1": [["a", "b", "c", "d"], [1, None, 3, 4], [None, None, 3, None]]})
    faults = [fault("B2"), fault("A3"), fault("D3"), fault("B3", severity="warning")]
    sheet = openpyxl.load_workbook(BytesIO(annotated(marking(tmp_path, data, *faults), LIMITS)))["Sheet1"]
    assert marked(sheet) == {"B2": RED, "A3": RED, "D3": RED, "B3": YELLOW}
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        [1, None, 3, 4],
        [None, None, 3, None],
    ]


def test_a_merged_cell_is_marked_where_it_shows(tmp_path: Path) -> None:
    data = workbook({"Sheet1": [["a", "b"], ["x", 1], [None, 2]]}, merged=["A2:A3"])
    sheet = openpyxl.load_workbook(BytesIO(annotated(marking(tmp_path, data, fault("A3")), LIMITS)))["Sheet1"]
    assert "A2" in marked(sheet)
    assert set(notes(sheet)) == {"A2"}


def test_a_fault_of_a_whole_row_is_marked_on_its_first_cell(tmp_path: Path) -> None:
    data = workbook({"Sheet1": [[None, "a", "b"], [None, "x", 1]]})
    out = annotated(marking(tmp_path, data, fault(None, row=2)), LIMITS)
    book = openpyxl.load_workbook(BytesIO(out))
    assert marked(book["Sheet1"]) == {"B2": RED}
    assert (book["问题清单"]["D6"].value, book["问题清单"]["D6"].hyperlink.location) == ("第2行", "'Sheet1'!A2")


def test_text_that_begins_as_a_formula_is_written_as_text(office: Office) -> None:
    rows = employment(*many(3), good("=1+1"), good("@SUM(A1)"), good("-2+3"), good("+cmd|' /C calc'!A0"))
    book = back(office, office.submit("就业2010年3月.csv", csv_text(rows).encode()))
    cells = [book["数据"][f"A{row}"] for row in range(5, 9)]
    assert [cell.value for cell in cells] == ["=1+1", "@SUM(A1)", "-2+3", "+cmd|' /C calc'!A0"]
    listed = [row[5] for row in book["问题清单"].iter_rows(min_row=6)]
    # None of them looks like a community: the list says where they stand, and no more.
    assert [cell.value for cell in listed] == [None] * 4
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert all(cell.quotePrefix for cell in cells)


def test_cells_of_a_csv_read_the_same_from_the_workbook(tmp_path: Path) -> None:
    odd = ["007", "1.50", "12", "-3", "0.25", "2010.10", "123456789012345678", "1e5", " x ", "<&>'", "=1", "12.5%"]
    data = csv_text([["甲"] * len(odd), odd]).encode()
    out = annotated(marking(tmp_path, data, fault("A2", sheet="x"), name="x.csv"), LIMITS)
    sheet = fastexcel.read_excel(out).load_sheet("数据", header_row=None, dtypes="string")
    assert pl.DataFrame(sheet.to_arrow()).row(1) == tuple(text.strip() for text in odd)


def test_macros_are_not_handed_back(tmp_path: Path) -> None:
    buffer = BytesIO(workbook({"Sheet1": [["a"], [1]]}))
    with ZipFile(buffer) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    main = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    macro = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(main, macro)
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="rId99" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" '
        b'Target="vbaProject.bin"/></Relationships>',
    )
    buffer = BytesIO()
    with ZipFile(buffer, "w") as package:
        for name, content in (parts | {"xl/vbaProject.bin": b"evil", "../../evil": b"evil"}).items():
            package.writestr(name, content)
    out = annotated(marking(tmp_path, buffer.getvalue(), fault("A2"), name="x.xlsm"), LIMITS)
    with ZipFile(BytesIO(out)) as package:
        everything = b"".join(package.read(name) for name in package.namelist())
        assert not [name for name in package.namelist() if "vba" in name or "evil" in name]
    assert b"vbaProject" not in everything
    assert b"macroEnabled" not in everything
    assert marked(openpyxl.load_workbook(BytesIO(out))["Sheet1"]) == {"A2": RED}


def test_a_package_with_prefixes_and_without_cell_names_is_marked(tmp_path: Path) -> None:
    buffer = BytesIO(saved_with_prefix())
    out = annotated(marking(tmp_path, buffer.getvalue(), fault("B2"), fault("C3")), LIMITS)
    book = openpyxl.load_workbook(BytesIO(out))
    assert book.sheetnames == ["问题清单", "Sheet1"]
    assert marked(book["Sheet1"]) == {"B2": RED, "C3": RED}
    assert [cell.value for cell in book["Sheet1"][3]] == [4, 5, None]


def saved_with_prefix() -> bytes:
    """As some programs write: every element prefixed, rows and cells without their names."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = "".join(
        f"<x:row>{''.join(f'<x:c><x:v>{value}</x:v></x:c>' for value in row)}</x:row>"
        for row in ([1, 2, 3], [7, 8, 9], [4, 5])
    )
    with ZipFile(BytesIO(workbook({"Sheet1": [["a"]]}))) as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
    parts["xl/worksheets/sheet1.xml"] = (
        f'<?xml version="1.0"?><x:worksheet xmlns:x="{main}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    )
    styles = parts["xl/styles.xml"].replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?xml", "<?xml")
    parts["xl/styles.xml"] = styles.replace("xmlns=", "xmlns:x=")
    buffer = BytesIO()
    with ZipFile(buffer, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return buffer.getvalue()


def test_it_is_sealed_and_goes_with_the_original(office: Office) -> None:
    outcome = office.submit("就业2010年3月.xlsx", FAULTY)
    lake = Lake(office.settings.home)
    folder = lake.folder(outcome.receipt)
    sealed = (folder / ANNOTATED).read_bytes()
    assert not sealed.startswith(b"PK")
    # The sealed workbook does not open as the original.
    (folder / ORIGINAL).write_bytes(sealed)
    with pytest.raises(ValueError, match="sealed"):
        open_original(office.settings, outcome.receipt.submission_id)
    assert lake.delete_originals(outcome.receipt.received_at + timedelta(days=1), [outcome.receipt]) == 1
    assert not (folder / ANNOTATED).exists()


def test_the_receipt_stands_when_it_cannot_be_made(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door.Readers, "annotated", lambda *_: None)
    outcome = office.submit("就业2010年3月.xlsx", FAULTY)
    assert outcome.receipt.faults == 2
    assert outcome.receipt.notes[-1].startswith("没能做出标注问题的工作簿")


def test_the_child_process_makes_it(real_office: Office) -> None:
    real_office.register()
    outcome = real_office.submit("就业2010年3月.xlsx", FAULTY)
    assert marked(back(real_office, outcome)["Sheet1"]) == {"C5": RED, "A6": RED}


def test_a_sheet_of_the_clerks_own_named_like_the_list_is_read(office: Office) -> None:
    data = workbook({"问题清单": employment(*many(4)), "Sheet2": [["别的"]]})
    outcome = office.submit("就业2010年3月.xlsx", data)
    assert outcome.receipt.rows_accepted == 4
    bad = workbook({"问题清单": FAULTY})
    book = back(office, office.submit("就业2010年4月.xlsx", bad, at="2010-05-05T09:00"))
    assert book.sheetnames == ["问题清单2", "问题清单"]
    assert marked(book["问题清单"]) == {"C5": RED, "A6": RED}


def test_dates_of_a_workbook_made_anew_stay_dates(tmp_path: Path) -> None:
    moment = datetime(2010, 3, 1)
    data = workbook({"Sheet1": [["日期", "数"], [moment, "x"]]})
    # Strict packages are not patched: their cells go into a new workbook.
    with ZipFile(BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    strict = b"<!-- http://purl.oclc.org/ooxml/ --></workbook>"
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</workbook>", strict)
    buffer = BytesIO()
    with ZipFile(buffer, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    book = openpyxl.load_workbook(BytesIO(annotated(marking(tmp_path, buffer.getvalue(), fault("B2")), LIMITS)))
    assert book["Sheet1"]["A2"].value == str(date(2010, 3, 1))
    assert marked(book["Sheet1"]) == {"B2": RED}
