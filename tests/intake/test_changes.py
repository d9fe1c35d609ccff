"""What a file changes against the version before; and a trial, which commits nothing."""

import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts.schema import load_contracts
from pipelines.intake.changes import compared
from pipelines.intake.conform import DTYPES
from pipelines.intake.outcome import Changes, FieldChange, Handover, Outcome, RowChange
from pipelines.intake.receive import receive
from pipelines.settings import Settings
from tests.intake.conftest import (
    COOPERATIVES,
    DISPUTES,
    ILLEGAL,
    REGISTER,
    REGISTER_HEADER,
    Office,
    employment,
    good,
)
from warehouse.lake import Lake, Receipt

MARCH = "就业2010年3月.xlsx"
MEMBERS = ["党员编号", "党组织编码", "性别", "出生年月", "学历"]


def changes(outcome: Outcome) -> Changes:
    assert outcome.changes is not None, outcome
    return outcome.changes


def counts(outcome: Outcome) -> tuple[int, int, int, int, int]:
    """Rows before and after, added, removed, changed."""
    found = changes(outcome)
    return found.rows_before, found.rows_after, found.added, found.removed, found.changed


def replaced(outcome: Outcome) -> list[str]:
    return [receipt.submission_id for receipt in changes(outcome).replaces]


def tree(home: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_the_first_file_of_a_period_replaces_nothing(office: Office) -> None:
    outcome = office.submit(MARCH, employment(good(), good("平湖")))
    assert (counts(outcome), replaced(outcome), changes(outcome).fields) == ((0, 2, 2, 0, 0), [], ())


def test_rows_are_compared_by_the_key_of_the_contract(office: Office) -> None:
    office.submit(MARCH, employment(good("新木"), good("平湖"), good("布吉"), good("龙岗")))
    # 龙岗 is gone, 南联 is new, 平湖 and 布吉 are different; the order says nothing.
    outcome = office.submit(
        MARCH,
        employment(
            good("南联"),
            good("布吉", employed=80, registered_unemployed=15),
            good("平湖", employed=95),
            good("新木"),
        ),
    )
    assert (counts(outcome), replaced(outcome)) == ((4, 4, 1, 1, 2), ["000002"])
    # Before 4 x 90 = 360; after 90 + 80 + 95 + 90 = 355. Unemployed 4 x 5 = 20, then 5 + 15 + 5 + 5 = 30.
    assert changes(outcome).fields == (
        FieldChange("employed", "已就业人数", 2, Decimal(360), Decimal(355)),
        FieldChange("registered_unemployed", "登记失业人数", 1, Decimal(20), Decimal(30)),
    )
    assert changes(outcome).rows == (
        RowChange("removed", "龙岗社区", ""),
        RowChange("added", "南联社区", ""),
        RowChange("changed", "平湖社区", "已就业人数 90→95"),
        RowChange("changed", "布吉社区", "已就业人数 90→80；登记失业人数 5→15"),
    )


def test_a_key_of_two_fields_is_compared_by_both(office: Office) -> None:
    name = "纠纷2010年3月.xlsx"
    office.submit(name, [DISPUTES, ["新木", "劳资", 9, 5], ["新木", "邻里", 3, 3]])
    outcome = office.submit(name, [DISPUTES, ["新木", "劳资", 9, 6], ["新木", "物业", 3, 3]])
    assert counts(outcome) == (2, 2, 1, 1, 1)
    assert changes(outcome).fields == (FieldChange("settled", "调解成功数", 1, Decimal(8), Decimal(9)),)


def test_money_is_added_up_exactly_and_missing_is_not_zero(office: Office) -> None:
    name = "2010年第1季度.xlsx"
    row = ["C1", "甲", "新木", 10, 0.1, 0.2, 0, 0, 0, 0.3, 1, 1, 1, 0, "是", "否"]
    office.submit(name, [COOPERATIVES, row])
    other = ["C1", "甲", "新木", 10, 0.1, 0.3, 0, 0, 0, 0.4, 1, 1, 1, 0, "是", "是"]
    outcome = office.submit(name, [COOPERATIVES, other])
    assert changes(outcome).fields == (
        FieldChange("investment_income", "投资收入", 1, Decimal("0.2"), Decimal("0.3"), "万元"),
        FieldChange("total_income", "总收入", 1, Decimal("0.3"), Decimal("0.4"), "万元"),
        FieldChange("hired_managers", "引进职业经理人", 1),
    )
    assert changes(outcome).rows == (
        RowChange("changed", "C1", "投资收入 0.2→0.3；总收入 0.3→0.4；引进职业经理人 否→是"),
    )


def test_a_file_of_several_streets_is_compared_street_by_street(office: Office) -> None:
    office.submit("平湖街道违建2010年3月.xlsx", [ILLEGAL, ["新木", "居民", 1, 10, 0], ["平湖", "居民", 1, 10, 0]])
    office.submit("布吉街道违建2010年3月.xlsx", [ILLEGAL, ["布吉", "居民", 2, 20, 0]])
    both = office.submit("违建2010年3月.xlsx", [ILLEGAL, ["新木", "居民", 1, 10, 0], ["布吉", "居民", 5, 20, 0]])
    assert both.receipt.submitter == "440307003,440307014"
    assert (counts(both), replaced(both)) == ((3, 2, 0, 1, 1), ["000002", "000003"])
    # Of the file of both streets only the rows of 布吉 are replaced now.
    one = office.submit("布吉街道违建2010年3月（更正）.xlsx", [ILLEGAL, ["布吉", "居民", 4, 20, 0]])
    assert (counts(one), replaced(one)) == ((1, 1, 0, 0, 1), ["000004"])
    # A street that hands in for the first time adds to what is there, and replaces nothing of the others.
    wide = office.submit("坂田街道违建2010年3月.xlsx", [ILLEGAL, ["嘉丽园", "居民", 4, 20, 0]])
    assert (counts(wide), replaced(wide)) == ((0, 1, 1, 0, 0), [])


def test_an_empty_flow_takes_all_rows_away(office: Office) -> None:
    office.submit("平湖街道违建2010年3月.xlsx", [ILLEGAL, ["新木", "居民", 1, 10, 0]])
    outcome = office.submit("平湖街道违建2010年3月.xlsx", [ILLEGAL])
    assert counts(outcome) == (1, 0, 0, 1, 0)
    totals = {field.header: (field.before, field.after) for field in changes(outcome).fields}
    assert totals["新增宗数"] == (1, None)


def test_people_are_counted_and_neither_listed_nor_added_up(office: Office) -> None:
    roster = ["党组织编码", "党组织名称", "组织类型", "所属领域", "所在社区", "党员人数"]
    office.submit("党组织2010年3月.xlsx", [roster, ["DZ1", "甲支部", "党支部", "社区", "新木", 2]])
    name = "党员2010年3月.xlsx"
    person = ["M1", "DZ1", "男", "1980-01", "大专"]
    office.submit(name, [MEMBERS, person, ["M2", "DZ1", "女", "1990-01", "本科"]])
    outcome = office.submit(name, [MEMBERS, [*person[:4], "本科"], ["M3", "DZ1", "女", "1990-01", "本科"]])
    assert counts(outcome) == (2, 2, 1, 1, 1)
    assert changes(outcome).rows == ()
    assert changes(outcome).fields == (FieldChange("education", "学历", 1),)
    assert "M1" not in str(outcome.to_public()["changes"])


def test_what_does_not_count_changes_nothing(office: Office) -> None:
    content = office.handover(MARCH, employment(good())).path.read_bytes()
    office.submit(MARCH, content)
    refused = office.submit(MARCH, employment(good(employed=101)))
    late = office.submit(MARCH, employment(good(employed=80)), at="2030-01-04T09:00")
    same = office.submit(MARCH, content)
    assert [(one.status, one.unchanged, one.changes) for one in (refused, late, same)] == [
        ("refused", False, None),
        ("superseded", False, None),
        ("active", True, None),
    ]


def test_a_trial_says_the_same_and_commits_nothing(office: Office) -> None:
    office.submit(MARCH, employment(good(), good("平湖")))
    before = tree(office.settings.home)
    handover = office.handover(MARCH, employment(good(), good("平湖", employed=80)))
    (trial,) = receive(office.settings, [handover], trial=True)
    assert tree(office.settings.home) == before
    assert (trial.trial, trial.status, counts(trial), replaced(trial)) == (True, "active", (2, 2, 0, 0, 1), ["000002"])
    (done,) = receive(office.settings, [handover])
    assert (done.trial, done.changes, done.receipt) == (False, trial.changes, trial.receipt)
    assert len(Lake(office.settings.home).receipts()) == 3


def test_a_trial_of_a_refused_file_says_why(office: Office) -> None:
    handover = office.handover(MARCH, employment(good(employed=101)))
    (trial,) = receive(office.settings, [handover], trial=True)
    assert (trial.status, [fault.cell for fault in trial.faults]) == ("refused", ["C2"])
    assert len(Lake(office.settings.home).receipts()) == 1


def test_on_trial_files_are_judged_by_the_register_that_came_with_them(empty_office: Office) -> None:
    handovers = [
        empty_office.handover(MARCH, employment(good())),
        empty_office.handover("名录2010年.xlsx", [REGISTER_HEADER, *REGISTER]),
    ]
    trial = receive(empty_office.settings, handovers, trial=True)
    assert [(one.status, one.place) for one in trial] == [("active", 0), ("active", 1)]
    assert Lake(empty_office.settings.home).receipts() == []
    (alone,) = receive(empty_office.settings, handovers[:1], trial=True)
    assert "还没有社区名录" in str(alone.receipt.refusal)


def test_of_two_versions_in_one_trial_the_second_is_compared_with_the_first(office: Office) -> None:
    first = office.handover(MARCH, employment(good(employed=80)))
    second = office.handover("更正2010年3月.xlsx", employment(good(employed=85)))
    trial = receive(office.settings, [first, second], trial=True)
    assert [one.status for one in trial] == ["superseded", "active"]
    assert (counts(trial[1]), replaced(trial[1])) == ((1, 1, 0, 0, 1), ["000002"])


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("区人力资源局  就业科", "区人力资源局 就业科"),
        ("就业科 13800138000", "就业科"),
        ("440307198001011234", None),
        ("a\n\x00b", "a b"),
        ("局" * 100, "局" * 40),
        ("  ", None),
        (None, None),
    ],
)
def test_who_hands_it_in_is_kept_as_an_office_without_numbers_of_people(
    office: Office, said: str | None, kept: str | None
) -> None:
    path = office.handover(MARCH, employment(good())).path
    (outcome,) = receive(office.settings, [Handover(path, by=said, channel="command")])
    assert (outcome.receipt.handed_in_by, outcome.receipt.channel) == (kept, "command")
    assert Lake(office.settings.home).receipts()[-1] == outcome.receipt


def test_receipts_from_before_offices_were_asked_are_still_read() -> None:
    old = {"submission_id": "000001", "outcome": "accepted", "file_name": "a", "sha256": "b", "size": 1}
    receipt = Receipt.model_validate_json(json.dumps(old | {"received_at": "2026-01-01T00:00:00+08:00"}))
    assert (receipt.handed_in_by, receipt.channel) == (None, None)


def test_a_secret_key_is_not_shown_and_a_secret_number_not_added_up(office: Office) -> None:
    contract = load_contracts(office.settings.contracts_dir)["employment"]
    fields = {
        name: spec.model_copy(update={"secret": name in ("community", "employed")})
        for name, spec in contract.fields.items()
    }
    secret = contract.model_copy(update={"fields": fields})
    row = {
        "_submitter": "440307", "community": "C1", "labour_force": 100, "employed": 90,
        "registered_unemployed": 5, "zero_employment_households": 0, "newly_employed": 3,
    }  # fmt: skip
    before, after = pl.DataFrame([row]), pl.DataFrame([row | {"employed": 91, "newly_employed": 4}])
    found = compared(before, after, secret, {})
    assert found.fields == (
        FieldChange("employed", "已就业人数", 1),
        FieldChange("newly_employed", "本月新增就业人数", 1, Decimal(3), Decimal(4)),
    )
    assert found.rows == (RowChange("changed", "（不显示）", "本月新增就业人数 3→4"),)


@given(
    before=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3)),
    after=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3)),
)
def test_what_is_there_plus_what_is_added_less_what_is_removed_is_what_is_there_then(
    before: dict[str, int], after: dict[str, int]
) -> None:
    contract = load_contracts(Settings().contracts_dir)["petitions"]
    fixed = {"_submitter": "440307", "channel": "来信", "due": 9, "answered_on_time": 9}

    def rows(of: dict[str, int]) -> pl.DataFrame:
        schema = {"_submitter": pl.String, **{name: DTYPES[spec.type] for name, spec in contract.fields.items()}}
        return pl.DataFrame([fixed | {"community": key, "received": n} for key, n in of.items()], schema=schema)

    found = compared(rows(before), rows(after), contract, {})
    assert found.rows_before + found.added - found.removed == found.rows_after
    assert found.changed == sum(before[key] != after[key] for key in before.keys() & after.keys())
    assert {row.key.split()[0] for row in found.rows} == {
        key for key in before.keys() | after.keys() if before.get(key) != after.get(key)
    }
    totals = {field.field: (field.before, field.after) for field in found.fields}
    expected = tuple(Decimal(sum(of.values())) if of else None for of in (before, after))
    assert totals.get("received", (expected[0], expected[0])) == expected
