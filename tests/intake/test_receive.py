"""Files are handed in: what becomes of them, what stays active, what the receipt says."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from pipelines.intake.inbox import take_inbox
from pipelines.intake.receive import Handover, receive
from pipelines.intake.sealing import open_original
from tests.intake.conftest import (
    COOPERATIVES,
    EMPLOYMENT,
    ILLEGAL,
    REGISTER,
    REGISTER_HEADER,
    SERVICES,
    Office,
    csv_text,
    employment,
    faults,
    good,
    many,
    only,
)
from warehouse.lake import ACCEPTED, REJECTED, Lake

MARCH = "就业2010年3月.xlsx"


def test_a_clean_file_becomes_an_active_submission_with_typed_rows(office: Office) -> None:
    outcome = office.submit(MARCH, employment(good("新木社区"), good("440307014018", employed=80)))
    receipt = outcome.receipt
    assert (receipt.export, receipt.period_end, receipt.submitter) == ("employment", date(2010, 3, 31), "440307")
    assert (outcome.status, receipt.rows_read, receipt.rows_accepted, receipt.rows_rejected) == ("active", 3, 2, 0)
    assert receipt.skipped == {"header": 1}
    assert office.accepted(outcome).rows() == [
        ("440307003004", 100, 90, 5, 0, 3, "Sheet1", 2, "440307"),
        ("440307014018", 100, 80, 5, 0, 3, "Sheet1", 3, "440307"),
    ]


def test_the_public_receipt_has_the_columns_of_the_public_table_and_is_json(office: Office) -> None:
    public = office.submit(MARCH, employment(*many(4), good("凤凰社区"))).to_public()
    assert list(public)[:13] == [
        "submission_id", "export", "period_type", "period_end", "submitter", "file_name", "sha256", "received_at",
        "status", "rows_read", "rows_accepted", "rows_rejected", "rows_skipped",
    ]  # fmt: skip
    assert json.loads(json.dumps(public))["faults"][0]["cell"] == "A6"
    assert (public["period_end"], public["status"], public["rows_skipped"]) == ("2010-03-31", "active", 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_in_any_of_the_usual_encodings_is_read(office: Office, encoding: str) -> None:
    text = csv_text([["户籍居民就业情况月报（2010年3月）"], [], EMPLOYMENT, *many(2)])
    outcome = office.submit("就业.csv", text.encode(encoding))
    assert (outcome.status, outcome.receipt.rows_read, outcome.receipt.rows_accepted) == ("active", 5, 2)
    assert outcome.receipt.skipped == {"title": 1, "blank": 1, "header": 1}
    assert office.accepted(outcome)["_row"].to_list() == [4, 5]


def test_columns_in_any_order_unknown_ones_ignored_and_named(office: Office) -> None:
    header = ["备注", *reversed(EMPLOYMENT), "联系人姓名"]
    outcome = office.submit(MARCH, [header, ["甲", *reversed(good()), "张三"]])
    assert outcome.receipt.rows_accepted == 1
    assert outcome.receipt.notes == ("未采用的列：备注、联系人姓名。",)
    assert office.accepted(outcome)["labour_force"].to_list() == [100]


def test_nothing_of_an_ignored_column_a_title_or_a_note_is_stored(office: Office) -> None:
    rows = [["制表人王小明 2010年3月"], [*EMPLOYMENT, "身份证号"], [*good(), "440301197001011234"], ["填表人：李四"]]
    outcome = office.submit("就业.xlsx", rows)
    assert outcome.status == "active"
    folder = Lake(office.settings.home).folder(outcome.receipt)
    kept = "".join(str(pl.read_parquet(path).rows()) for path in folder.glob("*.parquet"))
    kept += (folder / "receipt.json").read_text()
    for secret in ("王小明", "440301197001011234", "李四"):
        assert secret not in kept
        assert secret.encode() not in (folder / "original.sealed").read_bytes()


def test_a_missing_optional_column_is_empty_and_the_receipt_says_so(office: Office) -> None:
    without = [name for name in COOPERATIVES if name != "其他收入"]
    row = ["C1", "某公司", "新木社区", 10, 1, 1, 1, 1, 4, 2, 1, 3, 2, "是", "否"]
    outcome = office.submit("2010年第1季度.xlsx", [without, row])
    assert outcome.receipt.notes == ("缺少选填列：其他收入，按空处理。",)
    assert office.accepted(outcome)["other_income"].to_list() == [None]
    assert outcome.receipt.rows_accepted == 1


def test_no_contract_matches_names_the_nearest_and_what_it_lacks(office: Office) -> None:
    outcome = office.submit(MARCH, [EMPLOYMENT[:4], good()[:4]])
    assert outcome.status == "refused"
    assert "户籍居民就业情况月报" in str(outcome.receipt.refusal)
    assert "零就业家庭户数、本月新增就业人数" in str(outcome.receipt.refusal)
    assert outcome.receipt.rows_read == 0


def test_two_contracts_that_match_equally_well_are_refused_naming_both(office: Office) -> None:
    both = [*EMPLOYMENT, *SERVICES[1:]]
    row = [*good(), "是", 1, 1, 1, 1]
    refusal = str(office.submit(MARCH, [both, row]).receipt.refusal)
    assert "户籍居民就业情况月报" in refusal
    assert "社区服务月报" in refusal


def test_of_two_contracts_the_one_with_more_columns_wins(office: Office) -> None:
    outcome = office.submit("2010年3月.xlsx", [[*ILLEGAL, *SERVICES[1:]], ["新木", "居民", 1, 2, 3, "是", 1, 1, 1, 1]])
    assert outcome.receipt.export == "community_services"


def test_a_sheet_of_another_export_is_left_with_a_warning(office: Office) -> None:
    from tests.intake.conftest import workbook

    content = workbook({"就业": employment(*many(2)), "服务": [SERVICES[:6], ["新木", "是", 1, 1, 1, 1]]})
    outcome = office.submit(MARCH, content)
    # Both have six columns: nobody can say which of the two this file is.
    assert outcome.status == "refused"
    content = workbook({"就业": employment(*many(2)), "违建": [ILLEGAL, ["新木", "居民", 1, 1, 1]], "空": []})
    outcome = office.submit(MARCH, content)
    assert (outcome.receipt.export, outcome.receipt.rows_read, outcome.receipt.rows_accepted) == ("employment", 3, 2)
    assert (only(outcome).severity, only(outcome).sheet, only(outcome).rule) == ("warning", "违建", "sheet_not_read")


def test_hidden_sheets_are_read_too_and_named(office: Office) -> None:
    from tests.intake.conftest import workbook

    content = workbook({"一": employment(good("新木")), "二": employment(good("平湖"))}, hidden=["二"])
    outcome = office.submit(MARCH, content)
    assert outcome.receipt.rows_accepted == 2
    assert outcome.receipt.notes == ("隐藏的工作表“二”也已读取。",)


def test_the_name_against_the_title_is_refused_saying_what_was_found_where(office: Office) -> None:
    outcome = office.submit(MARCH, [["就业月报 2010年4月"], EMPLOYMENT, good()])
    assert outcome.status == "refused"
    assert "文件名“就业2010年3月.xlsx”写的是2010年3月" in str(outcome.receipt.refusal)
    assert "标题 A1写的是2010年4月" in str(outcome.receipt.refusal)


def test_a_period_that_is_said_must_agree_too(office: Office) -> None:
    assert office.submit("就业.xlsx", employment(good()), period="2010-03").status == "active"
    assert office.submit(MARCH, employment(good()), period="2010-04").status == "refused"


def test_a_period_that_is_said_wrongly_is_the_callers_mistake(office: Office) -> None:
    with pytest.raises(ValueError, match="not a period"):
        office.submit(MARCH, employment(good()), period="2010-3")


def test_the_column_of_periods_speaks(office: Office) -> None:
    rows = [[*EMPLOYMENT, "统计期"], [*good("新木"), "2010年3月"], [*good("平湖"), "2010-03"]]
    outcome = office.submit("就业.xlsx", rows)
    assert (outcome.status, outcome.receipt.period_end, outcome.receipt.notes) == ("active", date(2010, 3, 31), ())
    assert office.submit("就业.xlsx", [*rows, [*good("布吉"), "2010年4月"]]).status == "refused"


def test_a_period_that_ends_after_receipt_is_refused(office: Office) -> None:
    early = office.submit(MARCH, employment(good()), at="2010-03-30T23:00")
    assert early.status == "refused"
    assert "2010-03-31" in str(early.receipt.refusal)
    assert office.submit(MARCH, employment(good()), at="2010-03-31T09:00").status == "active"


def test_the_register_may_come_before_its_year_ends(empty_office: Office) -> None:
    outcome = empty_office.submit("社区名录2010年.xlsx", [REGISTER_HEADER, *REGISTER], at="2010-01-05T09:00")
    assert outcome.status == "active"


def test_without_a_register_a_file_is_refused_with_what_to_do(empty_office: Office) -> None:
    outcome = empty_office.submit(MARCH, employment(good()))
    assert outcome.status == "refused"
    assert "请先报送社区名录" in str(outcome.receipt.refusal)


def test_in_one_call_registers_are_taken_first_whatever_they_are_called(empty_office: Office) -> None:
    first = empty_office.handover(MARCH, employment(good()))
    second = empty_office.handover("附件2010.xlsx", [REGISTER_HEADER, *REGISTER])
    outcomes = receive(empty_office.settings, [first, second])
    assert [one.status for one in outcomes] == ["active", "active"]
    assert [one.receipt.submission_id for one in outcomes] == ["000002", "000001"]


def test_the_one_received_last_is_active_then_the_one_that_came_last(office: Office) -> None:
    first = office.submit(MARCH, employment(good()), at="2010-04-10T09:00")
    later = office.submit(MARCH, employment(good(employed=80)), at="2010-04-10T09:00")
    earlier = office.submit(MARCH, employment(good(employed=70)), at="2010-04-09T09:00")
    assert (later.status, earlier.status) == ("active", "superseded")
    assert first.receipt.submission_id == "000002"
    from warehouse.lake import statuses

    assert list(statuses(Lake(office.settings.home).receipts()).values()) == [
        "active", "superseded", "active", "superseded",
    ]  # fmt: skip


def test_a_time_without_a_zone_is_shanghais(office: Office) -> None:
    outcome = office.submit(MARCH, employment(good()), at="2010-04-10T09:00")
    assert outcome.receipt.received_at.utcoffset() == timedelta(hours=8)


def test_the_same_bytes_as_the_active_submission_change_nothing(office: Office) -> None:
    content = employment(good())
    first = office.submit(MARCH, content)
    again = office.submit("改了名2010年3月.xlsx", (office.outside / MARCH).read_bytes())
    assert (again.unchanged, again.receipt) == (True, first.receipt)
    assert len(Lake(office.settings.home).receipts()) == 2


def test_the_same_bytes_twice_in_one_call_are_taken_once(office: Office) -> None:
    content = employment(*many(4), good("凤凰社区"))
    first = office.handover("就业2010年3月.xlsx", content)
    (office.outside / "副本2010年3月.xlsx").write_bytes(first.path.read_bytes())
    outcomes = receive(office.settings, [first, Handover(office.outside / "副本2010年3月.xlsx", first.received_at)])
    assert [one.unchanged for one in outcomes] == [False, True]
    assert outcomes[0].faults == outcomes[1].faults
    assert len(outcomes[1].faults) == 1


def test_the_same_bytes_as_a_superseded_one_go_back_to_it(office: Office) -> None:
    office.submit(MARCH, employment(good()))
    old = (office.outside / MARCH).read_bytes()
    office.submit(MARCH, employment(good(employed=80)))
    again = office.submit(MARCH, old)
    assert (again.unchanged, again.status, again.receipt.submission_id) == (False, "active", "000004")


def test_a_refused_file_leaves_the_earlier_one_active(office: Office) -> None:
    office.submit(MARCH, employment(good()))
    refused = office.submit(MARCH, employment(good(employed=101), good("平湖", employed=101)))
    assert (refused.status, refused.receipt.rows_rejected) == ("refused", 2)
    assert (office.submit("就业2010年3月.xlsx", employment(good()))).status == "active"


def test_more_than_five_percent_and_more_than_one_row_refuse_the_file(office: Office) -> None:
    header = ["社区", "纠纷类别", "排查受理数", "调解成功数"]
    kinds = ("劳资", "邻里", "物业", "土地", "其他")
    places = ("新木", "平湖", "布吉", "龙岗", "南联", "嘉丽园")
    rows = [[place, kind, 9, 5] for place in places for kind in kinds]

    def spoilt(count: int, of: int) -> list[list[object]]:
        return [header, *([*row[:3], 10 if at < count else 5] for at, row in enumerate(rows[:of]))]

    one_of_two = office.submit("纠纷2010年3月.xlsx", spoilt(1, 2))
    assert (one_of_two.status, one_of_two.receipt.rows_accepted, one_of_two.receipt.rows_rejected) == ("active", 1, 1)
    two_of_thirty = office.submit("纠纷2010年3月.xlsx", spoilt(2, 30))
    assert two_of_thirty.status == "refused"
    assert "超过 5%" in str(two_of_thirty.receipt.refusal)
    assert (two_of_thirty.receipt.rows_accepted, two_of_thirty.receipt.rows_rejected) == (28, 2)
    assert len(two_of_thirty.faults) == 2


def test_exactly_five_percent_is_still_accepted(office: Office) -> None:
    header = [*COOPERATIVES]
    rows = [[f"C{at}", "甲", "新木", 1, 1, 1, 1, 1, 1, 5, 1, 1, 1 if at > 1 else -1, 0, "是", "否"] for at in range(40)]
    outcome = office.submit("2010年第1季度.xlsx", [header, *rows])
    assert (outcome.status, outcome.receipt.rows_accepted, outcome.receipt.rows_rejected) == ("active", 38, 2)


def test_no_row_accepted_refuses_the_file(office: Office) -> None:
    outcome = office.submit(MARCH, employment(good(employed=101)))
    assert (outcome.status, outcome.receipt.rows_rejected) == ("refused", 1)


def test_a_snapshot_without_rows_is_refused(office: Office) -> None:
    outcome = office.submit(MARCH, employment())
    assert outcome.status == "refused"
    assert "没有数据行" in str(outcome.receipt.refusal)
    assert (outcome.receipt.rows_read, outcome.receipt.skipped) == (1, {"header": 1})


def test_a_flow_without_rows_is_accepted_when_its_scope_is_named(office: Office) -> None:
    outcome = office.submit("平湖街道违建2010年3月.xlsx", [ILLEGAL])
    assert (outcome.status, outcome.receipt.submitter, outcome.receipt.rows_accepted) == ("active", "440307003", 0)
    assert office.accepted(outcome).height == 0
    assert office.submit("违建2010年3月.xlsx", [ILLEGAL]).status == "refused"
    assert office.submit("纠纷2010年3月.xlsx", [["社区", "纠纷类别", "排查受理数", "调解成功数"]]).status == "active"


def test_rejected_rows_and_faults_are_kept_beside_the_accepted_ones(office: Office) -> None:
    outcome = office.submit(MARCH, employment(*many(4), good("南联", employed=101)))
    folder = Lake(office.settings.home).folder(outcome.receipt)
    assert pl.read_parquet(folder / REJECTED)["_row"].to_list() == [6]
    assert pl.read_parquet(folder / "faults.parquet")["cell"].to_list() == ["C6"]


def test_a_refused_file_is_kept_with_its_faults_but_without_rows_to_use(office: Office) -> None:
    outcome = office.submit(MARCH, employment(good(employed=101), good("平湖", employed=101)))
    folder = Lake(office.settings.home).folder(outcome.receipt)
    assert not (folder / ACCEPTED).exists()
    assert (folder / "original.sealed").exists()
    assert faults(outcome) == [("C2", "at_most"), ("C3", "at_most")]


def test_an_original_is_sealed_and_opens_to_the_same_bytes(office: Office) -> None:
    outcome = office.submit(MARCH, employment(good()))
    original = (office.outside / MARCH).read_bytes()
    folder = Lake(office.settings.home).folder(outcome.receipt)
    assert original not in (folder / "original.sealed").read_bytes()
    assert open_original(office.settings, outcome.receipt.submission_id) == original
    for name in ("originals.key", "pseudonym.key"):
        assert (office.settings.home / "keys" / name).stat().st_mode & 0o777 == 0o600


def test_an_original_of_another_key_or_an_unknown_submission_says_so(office: Office) -> None:
    outcome = office.submit(MARCH, employment(good()))
    (office.settings.home / "keys" / "originals.key").write_bytes(b"x" * 32)
    with pytest.raises(ValueError, match="another key"):
        open_original(office.settings, outcome.receipt.submission_id)
    with pytest.raises(LookupError, match="no such submission"):
        open_original(office.settings, "999999")


def test_originals_are_deleted_after_retention_and_the_receipt_stays(office: Office) -> None:
    outcome = office.submit(MARCH, employment(good()), at="2010-04-05T09:00")
    lake = Lake(office.settings.home)
    assert lake.delete_originals(outcome.receipt.received_at + timedelta(seconds=1), lake.receipts()) == 2
    with pytest.raises(LookupError, match=outcome.receipt.sha256):
        open_original(office.settings, outcome.receipt.submission_id)
    assert outcome.receipt in lake.receipts()


def test_the_inbox_is_emptied_and_temporary_files_are_left(office: Office) -> None:
    inbox = office.settings.inbox
    (inbox / "人社局").mkdir(parents=True)
    (inbox / "人社局" / MARCH).write_bytes(office.handover(MARCH, employment(good())).path.read_bytes())
    (inbox / f"~${MARCH}").write_bytes(b"lock")
    (inbox / ".copying.xlsx").write_bytes(b"half")
    outcomes = take_inbox(office.settings)
    assert [one.status for one in outcomes] == ["active"]
    assert sorted(path.name for path in inbox.rglob("*") if path.is_file()) == [".copying.xlsx", f"~${MARCH}"]
    assert take_inbox(office.settings) == []


def test_progress_is_told_up_to_the_end(office: Office) -> None:
    told: list[tuple[int, int]] = []
    handovers = [office.handover(f"就业2010年{month}月.xlsx", employment(good())) for month in (1, 2, 3)]
    receive(office.settings, handovers, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_file_that_is_not_there_takes_nothing_in(office: Office) -> None:
    present = office.handover(MARCH, employment(good()))
    with pytest.raises(FileNotFoundError):
        receive(office.settings, [present, Handover(office.outside / "没有.xlsx")])
    assert len(Lake(office.settings.home).receipts()) == 1


def test_a_file_too_large_is_refused_unread(office: Office) -> None:
    settings = office.settings.model_copy(update={"max_file_mb": 1})
    path = office.outside / "大2010年3月.xlsx"
    path.write_bytes(b"x" * (2**20 + 1))
    outcome = receive(settings, [Handover(path, datetime(2010, 4, 5))])[0]
    assert outcome.status == "refused"
    assert "超过 1 MB" in str(outcome.receipt.refusal)
    assert outcome.receipt.size == 2**20 + 1


def test_a_file_too_large_for_the_lake_is_put_aside_in_the_inbox(office: Office) -> None:
    settings = office.settings.model_copy(update={"max_file_mb": 1})
    settings.inbox.mkdir(parents=True)
    (settings.inbox / "大.xlsx").write_bytes(b"x" * (2**20 + 1))
    assert [one.status for one in take_inbox(settings)] == ["refused"]
    assert take_inbox(settings) == []
    assert [path.name for path in (settings.inbox / ".too_large").iterdir()] == ["000002_大.xlsx"]


def test_registers_are_one_union_in_which_the_latest_wins(office: Office) -> None:
    renamed = [[*REGISTER[0][:3], "新木新社区", *REGISTER[0][4:]], *REGISTER[1:]]
    assert office.register(renamed, 2011).status == "active"
    outcome = office.submit("就业2011年3月.xlsx", employment(good("新木新社区"), good("平湖社区")))
    assert outcome.receipt.rows_rejected == 0


def test_a_community_that_a_later_register_drops_without_closing_it_is_a_warning(office: Office) -> None:
    outcome = office.register(REGISTER[1:], 2011)
    warnings = [fault for fault in outcome.faults if fault.rule == "missing_from_register"]
    assert (outcome.status, len(warnings), warnings[0].severity) == ("active", 1, "warning")
    assert "新木社区（440307003004）" in warnings[0].message
    used = office.submit("就业2011年3月.xlsx", employment(good("新木社区")))
    assert used.status == "active"


def test_one_fault_names_sheet_cell_field_value_and_what_was_expected(office: Office) -> None:
    outcome = office.submit(MARCH, [["表"], [], [None, *EMPLOYMENT], *([None, *row] for row in many(4)),
                                    [None, *good("南联", employed="约九十")]])  # fmt: skip
    fault = only(outcome)
    assert replace(fault, message="") == replace(
        fault, severity="fault", sheet="Sheet1", row=8, field="employed", header="已就业人数", cell="D8",
        value="约九十", rule="type", message="",
    )  # fmt: skip
    assert "应为数字" in fault.message
