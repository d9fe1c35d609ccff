"""Periods in names and titles, ranges and days that are none, and who must agree."""

import pytest

from pipelines.contracts.schema import load_contracts
from pipelines.intake.draft import RefusalError
from pipelines.intake.said import Said, agreed, period_in_cell, periods_in
from pipelines.periods import Period
from pipelines.settings import ROOT

CONTRACTS = load_contracts(ROOT / "pipelines" / "contracts")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("户籍居民就业情况月报（2010年3月）", "2010-03"),
        ("2010 年 03 月份", "2010-03"),
        ("２０１０年３月", "2010-03"),
        ("二〇一〇年三月", "2010-03"),
        ("2010年十二月", "2010-12"),
        ("附件1-2010年3月就业", "2010-03"),
        ("就业2010-3", "2010-03"),
        ("就业2010-03", "2010-03"),
        ("就业2010.03", "2010-03"),
        ("就业201003", "2010-03"),
        ("经营情况2010Q1", "2010-Q1"),
        ("经营情况2010-Q1", "2010-Q1"),
        ("2010年一季度", "2010-Q1"),
        ("2010年第一季度", "2010-Q1"),
        ("2010年第4季度", "2010-Q4"),
        ("社区名录2010", "2010"),
        ("2010年度社区名录", "2010"),
        ("2010年社区名录", "2010"),
    ],
)
def test_a_period_is_found_in_a_files_name(text: str, expected: str) -> None:
    assert [said.period for said in periods_in(text, "", bare_year=True)] == [Period.parse(expected)]


@pytest.mark.parametrize(
    "text",
    [
        "2010年1-3月", "1-3月", "2010年1月-3月", "2010年1月至2010年3月", "2010.01-2010.03", "2009-2010年",
        "填表日期：2010年4月5日", "2010年3月5日", "20100305", "2010-03-05", "2010/3/5", "2010-03-31 00:00:00",
        "填表日期：2010年4月", "2010年上半年", "2010年1-3季度", "440307201", "深龙发〔2010〕5号",
    ],
)  # fmt: skip
def test_ranges_and_days_are_no_periods(text: str) -> None:
    assert periods_in(text, "") == []


def test_a_day_beside_a_period_does_not_hide_it() -> None:
    found = periods_in("2010年3月就业月报 填表日期：2010年4月5日", "")
    assert [said.period for said in found] == [Period.parse("2010-03")]


def test_a_number_alone_is_a_year_only_in_a_files_name() -> None:
    assert periods_in("社区2010", "") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2010-03", "2010-03"), ("2010年3月", "2010-03"), ("201003", "2010-03"), ("2010-03-01 00:00:00", "2010-03")],
)
def test_a_cell_of_the_column_of_periods(text: str, expected: str) -> None:
    assert period_in_cell(text) == Period.parse(expected)


def _said(*periods: str) -> list[Said]:
    return [Said(Period.parse(text), f"来源{at}") for at, text in enumerate(periods)]


def test_a_longer_period_that_contains_it_does_not_contradict() -> None:
    assert agreed(_said("2010", "2010-03", "2010-Q1"), CONTRACTS["employment"]) == Period.parse("2010-03")


@pytest.mark.parametrize("periods", [("2010-03", "2010-04"), ("2010-03", "2009"), ("2010-Q2", "2010-03")])
def test_two_that_disagree_are_refused_saying_what_was_found_where(periods: tuple[str, str]) -> None:
    with pytest.raises(RefusalError) as caught:
        agreed(_said(*periods), CONTRACTS["employment"])
    for at, period in enumerate(periods):
        assert f"来源{at}写的是{Period.parse(period).chinese}" in str(caught.value)


@pytest.mark.parametrize(
    ("export", "period"), [("employment", "2010"), ("stock_cooperatives", "2010-03"), ("communities", "2010-Q1")]
)
def test_another_cadence_than_the_contracts_is_refused(export: str, period: str) -> None:
    with pytest.raises(RefusalError, match="应按"):
        agreed(_said(period), CONTRACTS[export])


def test_nobody_speaks() -> None:
    with pytest.raises(RefusalError, match="无法判断是哪一期"):
        agreed([], CONTRACTS["employment"])
