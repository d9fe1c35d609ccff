"""Exports without a community of their own: of which street a file is, told by the roster of organizations."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from pipelines.intake.receive import Outcome, receive
from tests.intake.conftest import REGISTER, REGISTER_HEADER, Office, faults, only

ROSTER = ["党组织编码", "党组织名称", "组织类型", "所属领域", "所在社区", "党员人数"]
ACTIVITIES = ["活动编号", "党组织编码", "日期", "活动类别", "应参加党员数", "实际参加党员数"]
PINGHU, BUJI, LONGGANG = "440307003", "440307014", "440307016"
PLACES = {"P1": "新木社区", "P2": "平湖社区", "B1": "布吉社区", "L1": "龙岗社区"}


def roster(**places: str) -> list[list[Any]]:
    return [ROSTER, *([code, f"{code}支部", "党支部", "社区", place, 10] for code, place in places.items())]


def activities(*orgs: str, month: str = "2010-03") -> list[list[Any]]:
    return [ACTIVITIES, *([f"A{at}", org, f"{month}-15", "志愿服务", 10, 9] for at, org in enumerate(orgs))]


def submitters(office: Office, outcome: Outcome) -> list[tuple[str, str]]:
    return office.accepted(outcome).select("org_code", "_submitter").rows()


@pytest.fixture
def with_roster(office: Office) -> Office:
    assert office.submit("党组织名册2010年3月.xlsx", roster(**PLACES), at="2010-04-05T09:00").status == "active"
    return office


def test_without_a_street_said_the_scope_is_the_streets_of_the_organizations(with_roster: Office) -> None:
    outcome = with_roster.submit("党组织活动台账2010年3月.xlsx", activities("B1", "P1", "P2"))
    assert (outcome.status, outcome.receipt.scope) == ("active", (PINGHU, BUJI))
    assert submitters(with_roster, outcome) == [("B1", BUJI), ("P1", PINGHU), ("P2", PINGHU)]


def test_a_row_of_another_street_than_the_one_named_is_a_fault(with_roster: Office) -> None:
    outcome = with_roster.submit("平湖街道党组织活动台账2010年3月.xlsx", activities("P1", "B1", "P2"))
    assert (faults(outcome), outcome.receipt.scope) == ([("B3", "out_of_scope")], (PINGHU,))
    assert only(outcome).message == "“B1”属于布吉街道，不在本次报送的范围（平湖街道）内。请核对，或由该街道报送。"
    assert submitters(with_roster, outcome) == [("P1", PINGHU), ("P2", PINGHU)]


def test_a_code_the_roster_does_not_know_is_no_fault_and_of_the_street_named(with_roster: Office) -> None:
    outcome = with_roster.submit("布吉街道党组织活动台账2010年3月.xlsx", activities("B1", "X9"))
    assert outcome.faults == ()
    assert submitters(with_roster, outcome) == [("B1", BUJI), ("X9", BUJI)]


def test_an_unknown_code_does_not_count_towards_the_scope_and_goes_to_its_first_street(with_roster: Office) -> None:
    outcome = with_roster.submit("党组织活动台账2010年3月.xlsx", activities("X9", "L1", "B1"))
    assert outcome.receipt.scope == (BUJI, LONGGANG)
    assert submitters(with_roster, outcome) == [("X9", BUJI), ("L1", LONGGANG), ("B1", BUJI)]


def test_an_unknown_code_under_the_heading_of_a_street_is_of_that_street(with_roster: Office) -> None:
    header, pinghu, x8, buji, x9 = activities("P1", "X8", "B1", "X9")
    rows = [header, ["平湖街道"], pinghu, x8, ["布吉街道"], buji, x9]
    outcome = with_roster.submit("党组织活动台账2010年3月.xlsx", rows)
    assert submitters(with_roster, outcome) == [("P1", PINGHU), ("X8", PINGHU), ("B1", BUJI), ("X9", BUJI)]


def test_an_organization_under_the_heading_of_another_street_is_a_fault(with_roster: Office) -> None:
    header, *rows = activities("P1", "P2", "B1")
    outcome = with_roster.submit("活动2010年3月.xlsx", [header, ["平湖街道"], rows[0], ["布吉街道"], *rows[1:]])
    assert faults(outcome) == [("B5", "street_contradicts")]


def test_a_street_with_hardly_any_of_the_rows_is_a_fault_and_no_scope(with_roster: Office) -> None:
    outcome = with_roster.submit("党组织活动台账2010年3月.xlsx", activities(*["P1"] * 20, "B1"))
    assert (faults(outcome), outcome.receipt.scope) == ([("B22", "out_of_scope")], (PINGHU,))


def test_all_codes_unknown_and_no_street_said_is_refused(with_roster: Office) -> None:
    outcome = with_roster.submit("党组织活动台账2010年3月.xlsx", activities("X1", "X2"))
    assert (outcome.status, outcome.receipt.refusal) == (
        "refused",
        "无法判断是哪个街道报送的：党组织名册中找不到所填的党组织编码。"
        "请在文件名或标题中写明街道，或用 --street 指明。",
    )


def test_without_any_roster_and_street_a_file_is_refused_and_told_what_to_do(office: Office) -> None:
    outcome = office.submit("党组织活动台账2010年3月.xlsx", activities("P1"))
    assert (outcome.status, outcome.receipt.refusal) == (
        "refused",
        "无法判断是哪个街道报送的：没有写明街道，也还没有2010年3月或更早的党组织名册。"
        "请在文件名或标题中写明街道，或用 --street 指明。",
    )


def test_without_any_roster_all_rows_are_of_the_street_named(office: Office) -> None:
    outcome = office.submit("活动2010年3月.xlsx", activities("P1", "B1"), streets=("平湖",))
    assert (outcome.status, submitters(office, outcome)) == ("active", [("P1", PINGHU), ("B1", PINGHU)])


def test_the_roster_of_the_own_period_counts_else_the_nearest_earlier_one(with_roster: Office) -> None:
    with_roster.submit("党组织名册2010年5月.xlsx", roster(P1="龙岗社区"), at="2010-06-05T09:00")
    march, april, may = (
        with_roster.submit(f"党组织活动台账2010年{month}月.xlsx", activities("P1", month=f"2010-{month:02d}"))
        for month in (3, 4, 5)
    )
    assert [one.receipt.scope for one in (march, april, may)] == [(PINGHU,), (PINGHU,), (LONGGANG,)]
    february = with_roster.submit("党组织活动台账2010年2月.xlsx", activities("P1", month="2010-02"))
    assert february.status == "refused"


def test_a_corrected_roster_counts_for_files_received_after_it(with_roster: Office) -> None:
    with_roster.submit("党组织名册2010年3月更正.xlsx", roster(P1="龙岗社区"), at="2010-04-09T09:00")
    assert with_roster.submit("党组织活动台账2010年3月.xlsx", activities("P1")).receipt.scope == (LONGGANG,)


def test_four_duties_goes_by_the_roster_too(with_roster: Office) -> None:
    header = ["党组织编码", "政策宣传场次", "安全隐患报告数", "隐患已整改数", "纠纷调解受理数", "纠纷调解成功数",
              "诉求代理受理数", "诉求代理办结数"]  # fmt: skip
    outcome = with_roster.submit("四员2010年3月.xlsx", [header, ["L1", 1, 2, 1, 0, 0, 3, 3]])
    assert (outcome.receipt.export, outcome.receipt.scope) == ("four_duties", (LONGGANG,))


@pytest.mark.parametrize("names", [("党组织活动台账", "党组织名册", "社区名录"), ("甲", "乙", "丙")])
def test_in_one_call_registers_and_rosters_count_first_whatever_they_are_called(
    empty_office: Office, names: Sequence[str]
) -> None:
    contents = (activities("P1", "B1"), roster(**PLACES), [REGISTER_HEADER, *REGISTER])
    periods = ("2010-03", "2010-03", "2010")
    given = [
        empty_office.handover(f"{name}.xlsx", content, period=period)
        for name, content, period in zip(names, contents, periods, strict=True)
    ]
    outcomes = receive(empty_office.settings, given)
    assert [one.status for one in outcomes] == ["active"] * 3
    assert outcomes[0].receipt.scope == (PINGHU, BUJI)


def test_children_are_told_of_the_rosters(real_office: Office) -> None:
    handovers = [
        real_office.handover("社区名录2010年.xlsx", [REGISTER_HEADER, *REGISTER]),
        real_office.handover("活动2010年3月.xlsx", activities("P1")),
        real_office.handover("党组织名册2010年3月.xlsx", roster(**PLACES)),
    ]
    assert [one.receipt.scope for one in receive(real_office.settings, handovers)][1] == (PINGHU,)


def test_an_empty_report_of_a_street_named_counts_as_handed_in(with_roster: Office) -> None:
    outcome = with_roster.submit("布吉街道党组织活动台账2010年3月.xlsx", [ACTIVITIES])
    assert (outcome.status, outcome.receipt.scope, outcome.receipt.period_end) == (
        "active",
        (BUJI,),
        date(2010, 3, 31),
    )
