"""Codes that a spreadsheet has spoilt, dates with their times, and numbers with too few or too many digits."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.contracts.schema import BELIEVABLE, FieldSpec, load_contracts
from pipelines.intake import cells
from pipelines.intake.cells import MisreadError
from pipelines.intake.headings import unit_named
from pipelines.sample.content import EXPORTS
from pipelines.sample.district import read_register
from pipelines.settings import ROOT
from tests.intake.conftest import (
    COOPERATIVES,
    REGISTER,
    REGISTER_HEADER,
    Office,
    csv_text,
    employment,
    faults,
    good,
    many,
    only,
    workbook,
)
from tests.intake.shapes import plain

CONTRACTS = load_contracts(ROOT / "pipelines" / "contracts")
CODES = [(export, name) for export, contract in CONTRACTS.items() for name, f in contract.fields.items() if f.is_code]
BUDGETS = ["社区", "经费类别", "党员基数", "预算金额（亿元）", "执行金额（亿元）"]
ORGANIZATIONS = ["党组织编码", "党组织名称", "组织类型", "所属领域", "所在社区", "党员人数"]
MARCH = "就业2010年3月.xlsx"


# --- codes --------------------------------------------------------------------------------------------------------


def test_every_field_of_codes_says_what_a_code_looks_like() -> None:
    assert len(CODES) == 23
    assert [(export, name) for export, name in CODES if not CONTRACTS[export].fields[name].pattern] == []
    kinds = {name for contract in CONTRACTS.values() for name, f in contract.fields.items() if f.type == "code"}
    assert kinds - {name for _, name in CODES} == set()


@pytest.mark.parametrize("export", sorted(EXPORTS))
def test_the_codes_of_the_sample_look_as_their_contract_says(export: str) -> None:
    table = plain(export)
    for at, (name, spec) in enumerate(table.contract.fields.items()):
        if spec.is_code:
            values = [str(row[at]) for row in table.rows if row[at] is not None]
            assert [value for value in values if cells.code(value) != value or not fits(export, name, value)] == []


def fits(export: str, name: str, text: str) -> bool:
    return re.fullmatch(CONTRACTS[export].fields[name].code_pattern, text) is not None


def test_the_codes_of_all_real_communities_look_as_the_contract_says() -> None:
    for name in ("street_code", "community_code", "successor_codes"):
        known = read_register()[name].drop_nulls()
        assert known.len() > 3
        assert [text for text in known if not fits("communities", name, text)] == []


def test_numbers_of_documents_and_names_of_grids_are_codes() -> None:
    assert fits("major_decisions", "decision_no", "深龙府决〔2026〕12号")
    assert fits("two_new_organizations", "grid", "新木社区第3网格")
    assert fits("two_new_organizations", "unit_code", "12345678-9")


def organizations(*codes: object) -> list[Sequence[Any]]:
    return [ORGANIZATIONS, *([code, "某支部", "党支部", "社区", "新木社区", 3] for code in codes)]


def roster(office: Office, *codes: str, good: int = 0) -> Any:
    rows = organizations(*codes, *(f"DZB-{number:02d}" for number in range(good)))
    text = "\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in rows)
    return office.submit("党组织名册2010年3月.csv", text.encode())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('="4403071000001"', "4403071000001"),
        ('"=""4403071000001"""', "4403071000001"),
        ('=T("0012")', "0012"),
        ("'4403071000001", "4403071000001"),
        ("‘4403071000001", "4403071000001"),
        ("“0012”", "0012"),
        ("4403 0710 00001", "4403071000001"),
        ("4403071000001.0", "4403071000001"),
        ("DZB‐001", "DZB-001"),
        ("DZB-01", "DZB-01"),
        ("1E05", "1E05"),
    ],
)  # fmt: skip
def test_a_code_is_read_without_what_protected_it(office: Office, text: str, code: str) -> None:
    assert office.accepted(roster(office, text))["org_code"].to_list() == [code]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("4.40307E+12", "type"), ("4.4e12", "type"), ("4E+12", "type"), ("4403071000001①", "pattern"),
        ("=4403071000001", "pattern"), ("4403071000001.5", "pattern"), ("2026-09-01", "pattern"),
        ("2026/9/1 0:00", "pattern"), ("1-Sep", "pattern"), ("Sep-26", "pattern"), ("9月1日", "pattern"),
        ("TRUE", "pattern"), ("false", "pattern"), ("是", "pattern"), ("4403071000001 4403071000002", "pattern"),
        ("4403071000001;4403071000002", "pattern"), ("ABC…", "pattern"), ("٤٤٠٣", "pattern"),
    ],
)  # fmt: skip
def test_a_code_that_a_spreadsheet_has_spoilt_is_a_fault_and_never_stored(office: Office, text: str, rule: str) -> None:
    outcome = roster(office, text, good=20)
    assert faults(outcome) == [("A2", rule)]
    assert office.accepted(outcome)["org_code"].to_list() == [f"DZB-{number:02d}" for number in range(20)]


def test_cells_of_days_and_truth_values_are_no_codes(office: Office) -> None:
    good_ones = [f"DZB-{number:02d}" for number in range(60)]
    outcome = office.submit("党组织名册2010年3月.xlsx", organizations(date(2026, 9, 1), True, *good_ones))
    assert faults(outcome) == [("A2", "pattern"), ("A3", "pattern")]
    assert outcome.faults[0].message == (
        "党组织编码填的是“2026-09-01 00:00:00”，"
        "像是日期，可能是表格软件把编码改成了日期；请把该列设为文本格式后重新填写。"
    )


def test_a_code_of_another_form_is_told_what_was_expected(office: Office) -> None:
    rows = [REGISTER_HEADER, *REGISTER, ["44030701", "某街道", "440307010001", "某社区", "2009-01-01", None, None]]
    fault = next(one for one in office.submit("社区名录2010年.xlsx", rows).faults if one.severity == "fault")
    assert (fault.cell, fault.rule) == ("A12", "pattern")
    assert fault.message == "街道编码填的是“44030701”，应为9位数字，如“440307003”。"


def test_the_followers_of_a_community_are_codes_too(office: Office) -> None:
    rows = [REGISTER_HEADER, *REGISTER]
    rows[3] = [*rows[3][:6], "4.40307E+11"]
    assert faults(office.submit("社区名录2010年.xlsx", rows)) == [("G4", "type")]


def test_codes_of_a_column_that_all_end_in_zeros_after_15_digits_have_lost_digits(office: Office) -> None:
    outcome = roster(office, "440307000012345000", "440307000054321000")
    assert faults(outcome) == [("A2", "type"), ("A3", "type")]
    assert faults(roster(office, "440307000012345000", "440307000054321001")) == []


def test_a_secret_code_that_is_none_is_not_shown(office: Office) -> None:
    rows = [["党员编号", "党组织编码", "性别", "出生年月"], ["甲！乙", "P1", "男", "1980-01"]]
    rows += [[f"DY{number}", "P1", "女", "1980-01"] for number in range(20)]
    fault = only(office.submit("党员名册2010年3月.xlsx", rows))
    assert (fault.rule, fault.value) == ("pattern", None)
    assert fault.message == "党员编号填的内容（此处不显示）不对，应为字母、数字和短横线，如“DY4403070000001”。"


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "int", "pattern": "[0-9]", "form": "数字", "example": "1"},
        {"pattern": "[0-9", "form": "数字", "example": "1"},
        {"pattern": "[0-9]", "form": "数字", "example": "12"},
        {"pattern": r"\d", "form": "数字", "example": "1"},
        {"pattern": "(?=1)[0-9]", "form": "数字", "example": "1"},
        {"pattern": "[0-9]"},
        {"form": "数字"},
        {"type": "text", "maximum": 3},
    ],
)
def test_a_pattern_is_checked_when_contracts_are_read(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FieldSpec(**{"header": "编号", "type": "code", "description": "编号", **changed})


# --- days ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2026/9/15 0:00", "2026/9/15 00:00", "2026/9/15 9:05:00", "2026-9-15 23:59:59.5", "2026.9.15 8:30",
        "2026年9月15日 8:30", "2026年9月15日8:30", "2026年9月15日8时30分", "2026年9月15号 上午9:00",
        "2026/9/15 下午 3:05", "2026/9/15 3:05 PM", "2026-09-15T08:00:00+08:00", "2026年9月15日星期二",
        "2026年9月15日（周二）", "2026/9/15 星期二 8:00",
        "2026 9 15", "2026 年 9 月 15 日", "2026 / 9 / 15", "20260915 08:30", "2026–9–15", "'2026-09-15",
    ],
)  # fmt: skip
def test_a_day_with_its_time_is_that_day(text: str) -> None:
    assert cells.day(text) == date(2026, 9, 15)


@pytest.mark.parametrize(
    "text",
    [
        "2026/9/15 24:00", "2026/9/15 8:60", "2026/9/150:00", "2026/9/1 5", "2026/9/15 2026/9/16", "2026/9/15、9/16",
        "2026-9-1①", "26-9-15", "26/9/15", "15/9/2026", "9/15/2026", "15.09.2026", "15-Sep-2026", "Sep 15, 2026",
        "2026-09-14T16:00:00Z", "2026-09-15 00:00 UTC", "2026年9月15日星期三", "2026/9/15 上午", "2026/9/15 约8:00",
        "4 0198", "8:30", "2026 9 15 16", "٢٠٢٦-٠٩-١٥",
    ],
)  # fmt: skip
def test_what_may_be_another_day_is_a_fault(text: str) -> None:
    with pytest.raises(MisreadError):
        cells.day(text)
    with pytest.raises(MisreadError):
        cells.month(text)


@pytest.mark.parametrize(
    "text", ["2026/9/15 0:00", "2026/9/5 9:05:00", "2026年9月", "2026年9月份", "2026 年 9 月", "2026/9"]
)
def test_a_month_may_be_written_as_one_of_its_days(text: str) -> None:
    assert cells.month(text) == date(2026, 9, 1)


@pytest.mark.parametrize("text", ["2026.1 0", "2026-1 2", "2026 10", "20261 0"])
def test_what_hangs_on_a_blank_is_no_month(text: str) -> None:
    with pytest.raises(MisreadError):
        cells.month(text)


def test_the_time_of_a_printed_day_says_no_period(office: Office) -> None:
    rows = [["2010/10/8 9:05"], *employment(*many(3))]
    assert "无法判断是哪一期" in (office.submit("就业.csv", csv_text(rows).encode()).receipt.refusal or "")


def test_a_period_written_as_a_day_with_its_time_is_read(office: Office) -> None:
    rows = [["统计期", *employment()[0]], *(["2010/3/1 0:00", *row] for row in many(3))]
    assert str(office.submit("就业.csv", csv_text(rows).encode()).receipt.period_end) == "2010-03-31"


# --- numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 234 567", "1234567"), ("1\u00a0234.5", "1234.5"), ("1，234", "1234"), ("3．5", "3.5"), ("−3", "-3"),
        ("–3", "-3"), ("﹣3", "-3"), ("- 3", "-3"), ("'12", "12"), ('="12"', "12"), ("1.2E+1", "12"), ("0.00E+00", "0"),
        ("1.5E+3", None), ("1e999999", None), ("12 34", None), ("10 20", None), ("1 23", None),
        ("12\n345", None), ("12\t345", None), ("(-5)", None), ("(−5)", None), ("1½", None), ("½", None), ("10³", None),
        ("⑴5", None), ("٣", None), ("𝟏𝟐", None), ("3。5", None), ("1'234", None),
    ],
)  # fmt: skip
def test_only_what_changes_no_value_is_folded_in_a_number(text: str, value: str | None) -> None:
    if value is None:
        with pytest.raises(MisreadError):
            cells.number(text, "people", None, None, Decimal(1))
    else:
        assert cells.number(text, "people", None, None, Decimal(1)) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.87414E-05", "1874.14"), ("1.874E-05", None), ("2E-5", None), ("0.0000187414", "1874.14"), ("0.00002", "2000")],
)
def test_an_exponent_must_show_the_cents(text: str, value: str | None) -> None:
    hundred_million = unit_named("亿元")
    if value is None:
        with pytest.raises(MisreadError, match="科学计数法"):
            cells.number(text, "money", hundred_million, None)
    else:
        assert cells.number(text, "money", hundred_million, None) == Decimal(value)


def test_the_noise_of_binary_fractions_is_no_fault() -> None:
    assert cells.whole(Decimal("100.00000000000001")) == 100
    assert cells.whole(Decimal("11999.999999999998")) == 12000
    assert cells.amount(Decimal("0.30000000000000004")) == Decimal("0.3")
    for text in ("100.01", "1234567890123456.5"):
        with pytest.raises(MisreadError):
            cells.whole(Decimal(text))


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_small_number_in_a_large_unit_keeps_its_cents(office: Office, kind: str) -> None:
    amounts = [0.0000187414, 0.0002397357, 0.0000000004, 0.1 + 0.2]
    rows: list[list[Any]] = [
        BUDGETS,
        *(["新木社区", fund, 3, value, value] for fund, value in zip(FUNDS, amounts, strict=True)),
    ]
    if kind == "csv":
        rows = [[f"{cell:.10f}" if isinstance(cell, float) else cell for cell in row] for row in rows]
    data = workbook({"a": rows}) if kind == "xlsx" else csv_text(rows).encode()
    outcome = office.submit(f"党建经费2010年.{kind}", data)
    expected = ["1874.14", "23973.57", "0.04", "30000000"]
    assert office.accepted(outcome)["budgeted"].to_list() == [Decimal(text) for text in expected]


FUNDS = list(CONTRACTS["party_budgets"].fields["fund"].values)


# --- bounds -------------------------------------------------------------------------------------------------------


def test_the_number_of_a_telephone_is_no_count(office: Office) -> None:
    outcome = office.submit(MARCH, employment(*many(4), good("南联社区", registered_unemployed="13,901,077,788")))
    assert faults(outcome) == [("D6", "maximum")]
    assert outcome.faults[0].message == (
        "登记失业人数填的是“13,901,077,788”，大得不合常理（应在 10,000,000 以内）。"
        "请核对是否填错了列（如电话、编码）或单位。"
    )


@pytest.mark.parametrize(("value", "rules"), [(10_000_000, []), (10_000_001, ["maximum"])])
def test_the_largest_believable_count_is_taken(office: Office, value: int, rules: list[str]) -> None:
    row = good("南联社区", labour_force=value, employed=value)
    outcome = office.submit(MARCH, employment(*many(4), row))
    assert sorted({rule for _, rule in faults(outcome)}) == rules


def test_a_loss_beyond_belief_is_one_too(office: Office) -> None:
    def row(code: str, profit: Any) -> list[Any]:
        return [code, "甲公司", "新木", 10, 1, 1, 1, 1, None, 4, profit, 1, 3, 2, "是", "否"]

    rows = [COOPERATIVES, *(row(f"C{number}", -2) for number in range(20)), row("C99", -13901077788)]
    assert faults(office.submit("股份公司2010年第1季度.xlsx", rows)) == [("K22", "maximum")]


def test_every_number_of_every_contract_has_a_bound() -> None:
    numbers = [f for contract in CONTRACTS.values() for f in contract.fields.values() if f.type.is_number]
    assert all(f.most for f in numbers)
    assert BELIEVABLE["people"] < 13_000_000_000
