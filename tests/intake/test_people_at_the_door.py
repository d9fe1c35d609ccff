"""Exports about people, and budgets: grades that add up, numbers that are only kept as keyed hashes, years to come."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.intake.conftest import Office, faults
from warehouse.lake import Lake

MEMBERS = ["党员编号", "党组织编码", "性别", "出生年月"]
DEVELOPMENT = ["对象编号", "党组织编码", "阶段", "确定日期"]
CADRES = ["干部编号", "社区", "岗位类别", "性别", "出生年月", "学历", "中共党员", "挂职或交流", "参加优才培训"]
APPRAISALS = ["党组织编码", "应评党员数", "参评党员数", "优秀", "合格", "基本合格", "不合格", "已处置不合格党员"]
NUMBER = "LG00012345"


def member(number: object = NUMBER, gender: str = "男") -> list[Any]:
    return [number, "P1", gender, "1970-01"]


def kept(folder: Path) -> str:
    """All that is stored of a submission in the clear."""
    text = "".join(str(pl.read_parquet(path).rows()) for path in sorted(folder.glob("*.parquet")))
    return text + (folder / "receipt.json").read_text()


@pytest.mark.parametrize(
    ("grades", "expected"),
    [
        ((3, 4, 1, 1), []),
        ((3, 4, 1, 0), [("C2", "sum")]),
        ((3, 4, 1, 2), [("C2", "sum")]),
        ((9, 0, 0, 0), []),
    ],
)
def test_the_four_grades_add_up_to_the_number_appraised_exactly(
    office: Office, grades: tuple[int, ...], expected: list[tuple[str, str]]
) -> None:
    outcome = office.submit(
        "民主评议2010年.xlsx", [APPRAISALS, ["P1", 10, 9, *grades, 0], ["P2", 0, 0, 0, 0, 0, 0, None]]
    )
    assert faults(outcome) == expected


def test_no_tolerance_even_among_many_members(office: Office) -> None:
    outcome = office.submit("民主评议2010年.xlsx", [APPRAISALS, ["P1", 1000, 1000, 999, 0, 0, 0, 0]])
    assert faults(outcome) == [("C2", "sum")]


def test_one_number_has_one_hash_in_every_export_and_period(office: Office) -> None:
    march = office.submit("党员名册2010年3月.xlsx", [MEMBERS, member()])
    april = office.submit("党员名册2010年4月.xlsx", [MEMBERS, member(" lg 00012345 "), member("LG00012346")])
    applicant = office.submit("发展党员2010年3月.xlsx", [DEVELOPMENT, ["ＬＧ00012345", "P1", "转正", "2010-03-02"]])
    cadre = office.submit(
        "干部名册2010年第1季度.xlsx",
        [CADRES, [NUMBER, "新木", "街道干部", "女", "1970-01", "本科", "是", "否", "否"]],
    )
    first, other = office.accepted(april)["member_no"]
    hashes = {
        first,
        *office.accepted(march)["member_no"],
        *office.accepted(applicant)["applicant_no"],
        *office.accepted(cadre)["cadre_no"],
    }
    assert len(hashes) == 1
    assert len(first) == 64
    assert other != first
    for outcome in (march, april, applicant, cadre):
        assert "0012345" not in kept(Lake(office.settings.home).folder(outcome.receipt))


def test_the_number_of_a_person_is_in_no_fault_and_no_rejected_row(office: Office) -> None:
    rows = [MEMBERS, *(member(f"LG{at:08d}") for at in range(40)), member("LG77777777"), member("LG77777777", "女")]
    outcome = office.submit("党员名册2010年3月.xlsx", [*rows, member("LG88888888", "不详")])
    assert {rule for _, rule in faults(outcome)} == {"duplicate_key", "enum"}
    text = kept(Lake(office.settings.home).folder(outcome.receipt)) + str(outcome)
    for number in ("77777777", "88888888", "00000007"):
        assert number not in text


def test_a_budget_may_come_in_before_its_year_is_over_and_an_appraisal_may_not(office: Office) -> None:
    budget = [["社区", "经费类别", "党员基数", "预算金额", "执行金额"], ["新木", "固本强基经费", 40, 2.5, 0]]
    assert office.submit("党建经费2010年.xlsx", budget, at="2010-01-20T09:00").status == "active"
    appraisal = [APPRAISALS, ["P1", 10, 9, 9, 0, 0, 0, 0]]
    refused = office.submit("民主评议2010年.xlsx", appraisal, at="2010-12-20T09:00")
    assert refused.status == "refused"
    assert office.submit("民主评议2010年.xlsx", appraisal, at="2011-01-05T09:00").status == "active"
