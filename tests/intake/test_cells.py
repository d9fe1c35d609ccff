"""Every form of number, date, month, bool and code that people write, and what is none."""

from datetime import date
from decimal import Decimal

import pytest

from pipelines.intake import cells
from pipelines.intake.cells import MisreadError
from pipelines.intake.headings import unit_named


@pytest.mark.parametrize(
    ("text", "measure", "expected"),
    [
        ("12", "people", "12"),
        ("12.0", "people", "12"),
        ("１２３", "people", "123"),
        ("1,234", "people", "1234"),
        ("1，234，567.5", "money", "1234567.5"),
        (" 1 234 ", "people", "1234"),
        ("(1,234)", "money", "-1234"),
        ("（12）", "money", "-12"),
        ("-3.5", "money", "-3.5"),
        ("－3", "money", "-3"),
        ("1.2万元", "money", "12000"),
        ("3亿元", "money", "300000000"),
        ("5千元", "money", "5000"),
        ("7元", "money", "7"),
        ("1.2万人", "people", "12000"),
        ("12 人", "people", "12"),
        ("120㎡", "area", "120"),
        ("120m²", "area", "120"),
        ("120M2", "area", "120"),
        ("1.5万平方米", "area", "15000"),
        ("1.5平方米", "area", "1.5"),
        ("8户", "households", "8"),
        ("8件", "cases", "8"),
        ("8宗", "cases", "8"),
        ("8起", "cases", "8"),
        ("8场", "sessions", "8"),
        ("6学时", "hours", "6"),
        ("6小时", "hours", "6"),
        ("87%", "share", "0.87"),
        ("87％", "share", "0.87"),
    ],
)
def test_a_number_is_read_in_the_stored_unit(text: str, measure: str, expected: str) -> None:
    assert cells.number(text, measure, None, None) == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "measure", "rule"),
    [
        ("约三十", "people", "type"),
        ("1,2", "people", "type"),
        ("12万", "people", "type"),
        ("--", "people", "type"),
        ("#REF!", "people", "type"),
        ("12元", "people", "unit"),
        ("12人", "households", "unit"),
        ("87%", "people", "unit"),
        ("12亩", "area", "unit"),
        ("12人", None, "unit"),
    ],
)
def test_what_is_no_number_or_has_an_unfitting_unit_is_a_fault(text: str, measure: str | None, rule: str) -> None:
    with pytest.raises(MisreadError) as caught:
        cells.number(text, measure, None, None)
    assert caught.value.rule == rule


def test_the_unit_in_the_cell_beats_the_headers_which_beats_the_contracts() -> None:
    thousand, ten_thousand = unit_named("千元"), unit_named("万元")
    assert cells.number("5元", "money", thousand, ten_thousand) == 5
    assert cells.number("5", "money", thousand, ten_thousand) == 5_000
    assert cells.number("5", "money", None, ten_thousand) == 50_000


def test_an_unfitting_unit_of_the_header_is_a_fault_unless_the_cell_names_its_own() -> None:
    assert cells.number("5人", "people", unit_named("万元"), None) == 5
    with pytest.raises(MisreadError):
        cells.number("5", "people", unit_named("万元"), None)


@pytest.mark.parametrize(
    "text",
    [
        "2010-01-20", "2010/1/20", "2010.1.20", "20100120", "2010年1月20日", "2010-01-20 00:00:00", "40198", "40198.5",
        "２０１０－１－２０",
    ],
)  # fmt: skip
def test_a_date_in_any_form_is_the_same_day(text: str) -> None:
    assert cells.day(text) == date(2010, 1, 20)


@pytest.mark.parametrize(
    "text", ["2010", "2010-01", "2010年1月", "10-1-20", "2010-02-30", "20101301", "昨天", "2010-1/20"]
)
def test_what_is_no_date_is_a_fault(text: str) -> None:
    with pytest.raises(MisreadError):
        cells.day(text)


@pytest.mark.parametrize("text", ["2010-01", "2010.01", "2010年1月", "2010年01月", "201001", "2010-01-20 00:00:00"])
def test_a_month_in_any_form_is_its_first_day(text: str) -> None:
    assert cells.month(text) == date(2010, 1, 1)


@pytest.mark.parametrize("text", ["2010.1", "2010.5", "2010-13", "2010", "1月"])
def test_what_is_no_month_is_a_fault(text: str) -> None:
    with pytest.raises(MisreadError):
        cells.month(text)


@pytest.mark.parametrize("text", ["是", "有", "已", "已建", "√", "Y", "y", "Ｙ", "1", "true", "TRUE", " 是 "])
def test_yes_in_any_form(text: str) -> None:
    assert cells.truth(text) is True


@pytest.mark.parametrize("text", ["否", "无", "未", "未建", "×", "N", "n", "0", "false", "FALSE"])
def test_no_in_any_form(text: str) -> None:
    assert cells.truth(text) is False


@pytest.mark.parametrize("text", ["-", "—", "——", "/", "无数据", "暂无", "N/A", "n/a", "NULL", "null"])
def test_nothing_there_in_any_form(text: str) -> None:
    assert cells.is_nothing(text)
    assert cells.truth(text) is None


def test_none_is_no_in_a_bool_and_nothing_elsewhere() -> None:
    assert cells.is_nothing("无")
    assert cells.truth("无") is False


def test_what_is_neither_yes_nor_no_is_a_fault() -> None:
    with pytest.raises(MisreadError):
        cells.truth("也许")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("440307013002.0", "440307013002"), ("DZB 001", "DZB001"), ("ＤＺＢ－１", "DZB-1")],
)
def test_a_number_cell_of_a_code_counts_as_its_digits(text: str, expected: str) -> None:
    assert cells.code(text) == expected


@pytest.mark.parametrize("text", ["4.40307013002123E+17", "4.4E+3", "1.5E+1", "#N/A", "1.5E+0"])
def test_a_code_that_lost_digits_is_a_fault(text: str) -> None:
    with pytest.raises(MisreadError):
        cells.code(text)


@pytest.mark.parametrize(
    ("text", "is_one"), [("12", True), ("12.5万元", True), ("1,000", True), ("12栋", False), ("甲", False)]
)
def test_a_number_is_told_from_words(text: str, is_one: bool) -> None:
    assert cells.is_number(text) is is_one
