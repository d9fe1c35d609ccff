"""Rows longer than the header, totals, figures of more than a month, years alone, signs of money."""

from datetime import date
from decimal import Decimal

import pytest

from pipelines.intake.cells import MisreadError, is_nothing, number
from pipelines.intake.headings import unit_named
from pipelines.intake.said import cumulative, periods_in
from pipelines.periods import Period
from tests.intake.conftest import EMPLOYMENT, Office, csv_text, employment, good, many, only, workbook

YUAN = unit_named("元")


def lines(rows: list[list[object]]) -> bytes:
    return csv_text([*rows]).encode()


def test_a_row_that_a_comma_made_longer_is_rejected_at_its_extra_cell(office: Office) -> None:
    streets = [good(f"44030700300{code}") for code in (4, 7)] * 1
    rows = [EMPLOYMENT, *streets, [*good("布吉社区")[:5], 1, 100]]
    outcome = office.submit("就业2010年3月.csv", lines(rows))
    fault = only(outcome)
    assert (fault.rule, fault.cell, fault.value, outcome.receipt.rows_rejected) == ("extra_cell", "G4", None, 1)
    assert fault.message.startswith("这一行比表头长，此格没有对应的列。")
    assert outcome.receipt.rows_accepted == 2


def test_a_file_of_which_every_row_is_longer_is_refused(office: Office) -> None:
    rows = [EMPLOYMENT, *([*row[:2], 1, 900, *row[3:]] for row in many(3))]
    outcome = office.submit("就业2010年3月.csv", lines(rows))
    assert outcome.receipt.refusal.startswith("工作表“就业2010年3月”每一行都比表头长：G 列有内容而没有表头")
    assert (outcome.receipt.rows_rejected, outcome.receipt.skipped) == (3, {"header": 1})


def test_a_remark_beside_the_table_is_a_fault_and_is_not_repeated(office: Office) -> None:
    outcome = office.submit("就业2010年3月.xlsx", employment(*many(4), [*good("南联社区"), None, "张三复核"]))
    assert (only(outcome).cell, only(outcome).rule) == ("H6", "extra_cell")
    assert "张三" not in str(outcome.to_public())


def test_what_says_nothing_and_what_a_merged_header_covers_is_nothing_extra(office: Office) -> None:
    rows = [[*EMPLOYMENT, "备注", None], *([*row, "甲", "乙"] for row in many(3)), [*good("南联社区"), None, None, "-"]]
    outcome = office.submit("就业2010年3月.xlsx", workbook({"Sheet1": rows}, merged=["G1:H1"]))
    assert (outcome.status, outcome.faults) == ("active", ())


def test_columns_without_a_header_that_hold_values_are_named(office: Office) -> None:
    rows = [[None, *EMPLOYMENT[:3], None, *EMPLOYMENT[3:]]]
    rows += [[at, *row[:3], "x" if at == 2 else None, *row[3:]] for at, row in enumerate(many(3), 1)]
    outcome = office.submit("就业2010年3月.xlsx", rows)
    assert outcome.receipt.rows_accepted == 3
    assert "工作表“Sheet1”没有表头的列：A、E，其内容没有采用。" in outcome.receipt.notes


@pytest.mark.parametrize(
    "total",
    ["汇总", "合计：", "合计（31个）", "全区汇总", "总计:", "小计 31", "平湖街道小计", "合　计", "总和", "合计(3个)："],
)
def test_totals_are_no_rows(office: Office, total: str) -> None:
    outcome = office.submit("就业2010年3月.xlsx", employment(*many(3), [total, 300, 270, 15, 0, 9]))
    assert (outcome.receipt.rows_accepted, outcome.faults) == (3, ())
    assert outcome.receipt.skipped == {"header": 1, "total": 1}


def test_totals_are_no_rows_of_a_long_table_either(office: Office) -> None:
    rows = [[f"社区{at}", 1, 1, 0, 0, 0] for at in range(80)]
    rows[40] = ["合计（40个）", 1, 1, 0, 0, 0]
    assert office.submit("就业2010年3月.xlsx", employment(*rows)).receipt.skipped == {"header": 1, "total": 1}


SEPTEMBER, THIRD = Period.parse("2026-09"), Period.parse("2026-Q3")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026年1—9月（累计）就业情况", "1—9月"), ("2026年1-9月", "1-9月"), ("2026年1至9月", "1至9月"),
        ("一至九月", "一至九月"),
        ("2026年1月-9月", "1月-9月"), ("2026年1月至2026年9月", "1月至2026年9月"), ("2026.1-9", "1-9"),
        ("9月累计", "累计"), ("截至9月底", "截至"), ("年初至今", "年初至今"), ("2026年上半年", "上半年"),
        ("前三季度", "前三季度"), ("今年以来", "今年以来"), ("7-9月", "7-9月"),
    ],
)  # fmt: skip
def test_words_of_more_than_the_month(text: str, words: str) -> None:
    assert cumulative(text, SEPTEMBER) == words


@pytest.mark.parametrize(
    "text", ["2026年9月", "2026年9月1日至9月30日", "2026-09-01至2026-09-30", "第2026-9号", "安全生产月报"]
)
def test_words_of_the_month_alone(text: str) -> None:
    assert cumulative(text, SEPTEMBER) is None


def test_the_months_of_a_quarter_are_the_quarter() -> None:
    assert cumulative("2026年7-9月", THIRD) is None
    assert cumulative("2026年1-9月", THIRD) == "1-9月"


@pytest.mark.parametrize("where", ["title", "sheet", "file", "header"])
def test_figures_said_to_be_cumulative_are_asked_about(office: Office, where: str) -> None:
    rows = employment(*many(3))
    if where == "title":
        rows = [["2010年1—3月（累计）户籍居民就业情况"], *rows]
    if where == "header":
        rows = [[None, *["1-3月累计"] * 5], *rows]
    name = "就业2010年3月累计.xlsx" if where == "file" else "就业2010年3月.xlsx"
    outcome = office.submit(name, workbook({"1-3月" if where == "sheet" else "就业": rows}))
    assert (outcome.status, outcome.receipt.warnings) == ("active", 1)
    asked = only(outcome)
    assert (asked.severity, asked.rule) == ("warning", "cumulative")
    assert "像是累计数，而这里要报的是2010年3月当期的数" in asked.message


def test_a_register_may_say_by_which_day_it_is(office: Office) -> None:
    header = ["党组织编码", "党组织名称", "社区", "组织类别", "成立日期"]
    outcome = office.submit(
        "党组织名册2010年3月.xlsx", [["截至2010年3月31日"], header, ["P1", "甲", "新木社区", "其他", "2009-01-01"]]
    )
    assert [fault for fault in outcome.faults if fault.rule == "cumulative"] == []


@pytest.mark.parametrize("title", ["2017", "2017年", "2017年度", "二〇一七年", "二〇一七", "（2017年度）"])
def test_a_line_that_is_only_a_year_says_the_year(title: str) -> None:
    assert [said.period for said in periods_in(title, "")] == [Period(date(2017, 12, 31), Period.parse("2017").cadence)]


@pytest.mark.parametrize("title", ["2017号", "共2017人", "20171"])
def test_a_number_in_a_line_is_no_year(title: str) -> None:
    assert periods_in(title, "") == []


@pytest.mark.parametrize("text", ["¥1,234.50", "￥1234.5", "RMB 1234.50", "人民币1,234.50元", " ¥ 1,234.50 "])
def test_signs_of_money(text: str) -> None:
    assert number(text, "money", None, YUAN) == Decimal("1234.50")


def test_money_where_people_are_counted() -> None:
    with pytest.raises(MisreadError) as caught:
        number("¥12", "people", None, None)
    assert caught.value.rule == "unit"


@pytest.mark.parametrize("text", [" -   ", "¥ -", " ￥ -   ", "--", "—"])
def test_how_accounting_writes_nothing(text: str) -> None:
    assert is_nothing(text)
