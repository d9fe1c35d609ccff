"""Tables laid out in other ways - merged, on their side, several months, several tables - and what is said of it."""

import pytest

from tests.intake.conftest import EMPLOYMENT, ILLEGAL, Cells, Office, csv_text, employment, faults, good, many, workbook

FIELDS = EMPLOYMENT[1:]


def page(*rows: str) -> bytes:
    return f"<html><meta charset=gbk><h3>2010年3月</h3><table>{''.join(rows)}</table></html>".encode("gb18030")


def cells(*texts: object, tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{text}</{tag}>" for text in texts) + "</tr>"


def turned(*rows: list[object]) -> Cells:
    return [list(column) for column in zip(EMPLOYMENT, *rows, strict=True)]


def wide(*months: int, of: object = 5) -> list[list[object]]:
    """A table with two communities and these months."""
    upper: list[object] = ["社区"]
    lower: list[object] = [None]
    for month in months:
        upper += [f"{month}月", *[None] * 4]
        lower += FIELDS
    rows = [[name, *[of, of, 0, 0, 1] * len(months)] for name in ("新木社区", "平湖社区")]
    return [upper, lower, *rows]


def test_a_merged_community_is_of_all_its_rows_and_an_empty_one_is_a_fault(office: Office) -> None:
    rows = [
        ILLEGAL,
        ["新木社区", "新增违建", 1, 10, 0],
        [None, "历史违建", 2, 20, 5],
        [None, "其他", 1, 1, 1],
        ["平湖社区", "新增违建", 1, 10, 0],
    ]
    kinds = office.submit("违建2010年3月.xlsx", workbook({"Sheet1": rows}))
    assert kinds.receipt.export == "illegal_construction"
    merged = office.submit("违建2010年3月.xlsx", workbook({"Sheet1": rows}, merged=[]))
    assert ("A3", "required") in faults(merged)


def test_rows_under_a_merged_community_need_their_figures(office: Office) -> None:
    lines = [
        cells(*ILLEGAL, tag="th"),
        "<tr><td rowspan=2>新木社区</td><td>住宅类</td><td>1</td><td>10</td><td>0</td></tr>",
        cells("厂房类", "", "", ""),
    ]
    outcome = office.submit("违建.xls", page(*lines))
    assert outcome.receipt.period_end is not None
    assert {cell for cell, rule in faults(outcome) if rule == "required"} >= {"C4"}
    assert "A4" not in {cell for cell, _ in faults(outcome)}


def test_faults_of_a_table_on_its_side_name_the_true_cells(office: Office) -> None:
    rows = turned(*many(4), good("新林", employed=200))
    outcome = office.submit("a.xlsx", workbook({"Sheet1": [["2010年3月就业情况"], [], *rows]}))
    assert outcome.receipt.export == "employment"
    assert faults(outcome) == [("F3", "unknown_area"), ("F5", "at_most")]
    assert [fault.row for fault in outcome.faults] == [3, 5]
    assert any("横" in note for note in outcome.receipt.notes)


def test_a_table_on_its_side_is_not_taken_where_the_contract_does_not_say_so(office: Office) -> None:
    header = ["街道编码", "街道名称", "社区编码", "社区名称", "启用日期"]
    rows = [[name, "440307003", "440307014"] for name in header]
    assert office.submit("名录2010年.xlsx", rows).status == "refused"


def test_a_table_of_months_gives_a_submission_for_each_when_only_the_year_is_known(office: Office) -> None:
    rows = [["2010年就业情况"], *wide(1, 2, 3)]
    for row in rows[3:]:
        row[6:11] = [None] * 5  # nothing in February
    handover = office.handover("就业.xlsx", workbook({"Sheet1": rows}))
    from pipelines.intake.receive import receive

    outcomes = receive(office.settings, [handover])
    assert [str(one.receipt.period_end) for one in outcomes] == ["2010-01-31", "2010-03-31"]
    assert [one.status for one in outcomes] == ["active", "active"]
    assert len({one.receipt.sha256 for one in outcomes}) == 1
    assert any("只采用2010年1月的列" in note for note in outcomes[0].receipt.notes)
    again = receive(office.settings, [handover])
    assert [one.unchanged for one in again] == [True, True]


def test_a_table_of_months_is_of_the_month_said(office: Office) -> None:
    outcome = office.submit("就业.xlsx", [["2010年就业情况"], *wide(1, 2, 3, of=7)], period="2010-02")
    assert (outcome.status, str(outcome.receipt.period_end)) == ("active", "2010-02-28")
    assert office.accepted(outcome)["employed"].to_list() == [7, 7]
    missing = office.submit("就业.xlsx", [["2010年就业情况"], *wide(1, 2)], period="2010-05")
    assert missing.status == "refused"
    assert "没有2010年5月的数据" in str(missing.receipt.refusal).replace("表里", "")


def test_a_table_of_months_without_a_year_is_refused_with_what_to_do(office: Office) -> None:
    outcome = office.submit("就业.xlsx", wide(1, 2))
    assert "写明年份" in str(outcome.receipt.refusal)


def test_faults_of_fields_in_rows_name_the_true_cells(office: Office) -> None:
    rows: list[list[object]] = [["2010年"], ["社区", "指标", "2月", "3月"]]
    for name in ("新木社区", "平湖社区", "布吉社区"):
        rows += [[name, "户籍劳动力人数", 100, 100], [None, "已就业人数", 90, 90], [None, "登记失业人数（人）", 5, 5]]
        rows += [[None, "零就业家庭户数", 0, 0], [None, "本月新增就业人数", 3, 3]]
    rows[8][3] = "九十"  # 平湖, employed, March
    outcome = office.submit("就业.csv", csv_text(rows).encode(), period="2010-03")
    assert faults(outcome) == [("D9", "type")]
    assert (outcome.receipt.rows_accepted, outcome.receipt.rows_rejected) == (2, 1)


def test_a_sheet_for_each_month(office: Office) -> None:
    sheets = {"1月": employment(good()), "2月": employment(good(), good("平湖")), "说明": [["见各表"]]}
    from pipelines.intake.receive import receive

    book = workbook(sheets)
    outcomes = receive(office.settings, [office.handover("就业2010年.xlsx", book)])
    found = [(str(one.receipt.period_end), one.receipt.rows_accepted) for one in outcomes]
    assert found == [("2010-01-31", 1), ("2010-02-28", 2)]
    one = office.submit("就业2010年2月.xlsx", book)
    assert (one.receipt.rows_accepted, one.unchanged) == (2, True)
    wrong = office.submit("就业2010年3月.xlsx", workbook({"2月": employment(good())}))
    assert "互相矛盾" in str(wrong.receipt.refusal)


def test_a_formula_without_its_result_is_a_fault_that_says_so(office: Office) -> None:
    from io import BytesIO

    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    for row in [*employment(*many(5))]:
        sheet.append(row)
    sheet["C3"] = "=B3-10"
    sheet["F6"] = "=1+2"
    buffer = BytesIO()
    book.save(buffer)
    outcome = office.submit("就业2010年3月.xlsx", buffer.getvalue())
    assert sorted(faults(outcome)) == [("C3", "type"), ("F6", "type")]
    assert all("没有保存计算结果" in fault.message for fault in outcome.faults)


def test_hidden_parts_are_read_and_named(office: Office) -> None:
    from io import BytesIO

    import xlsxwriter

    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet("数据")
    for at, row in enumerate(employment(*many(4))):
        sheet.write_row(at, 0, row)
    for at in (2, 3):
        sheet.set_row(at, None, None, {"hidden": True})
    sheet.set_column("C:C", None, None, {"hidden": True})
    sheet.set_column("K:XFD", None, None, {"hidden": True})
    book.close()
    outcome = office.submit("就业2010年3月.xlsx", buffer.getvalue())
    assert outcome.receipt.rows_accepted == 4
    assert "工作表“数据”中隐藏的第 3–4 行也已读取。" in outcome.receipt.notes
    assert "工作表“数据”中隐藏的 C 列也已读取。" in outcome.receipt.notes


def test_other_tables_on_the_sheet_are_named(office: Office) -> None:
    other = [["车牌", "里程", "油耗"], ["平湖街道", 120, 8], ["2009年", 3, 4]]
    rows = [
        *other,
        [],
        ["2010年3月"],
        *employment(*many(2)),
        [],
        ["附表"],
        ["姓", "名", "职", "务"],
        ["甲", "乙", "丙", "丁"],
    ]
    outcome = office.submit("就业.xlsx", rows)
    assert (outcome.status, outcome.receipt.rows_accepted, faults(outcome)) == ("active", 2, [])
    assert outcome.receipt.skipped == {"other": 6, "blank": 2, "title": 1, "header": 1}
    places = [fault.message for fault in outcome.faults if fault.rule == "sheet_not_read"]
    assert ["第 1–3 行" in places[0], "第 10–12 行" in places[1]] == [True, True]


def test_a_row_of_faults_after_a_blank_one_is_no_other_table(office: Office) -> None:
    outcome = office.submit("就业2010年3月.xlsx", employment(*many(3), [], ["新林", "一百", "九十", 5, 0, 3]))
    assert {cell for cell, _ in faults(outcome)} == {"A6", "B6", "C6"}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark(office: Office, encoding: str) -> None:
    outcome = office.submit("就业2010年3月.txt", csv_text(employment(good())).encode(encoding))
    assert outcome.status == "active"
