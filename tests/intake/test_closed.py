"""Files for a closed period at the door: taken and kept, told so, and judged by what counts."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from pipelines.cli.receipts import receipt_text
from pipelines.contracts.schema import load_contracts
from pipelines.intake.receive import receive
from tests.intake.conftest import REGISTER, REGISTER_HEADER, Office, employment, good
from warehouse.closings import Closings
from warehouse.lake import ORIGINAL, Lake

MARCH = "就业2010年3月.xlsx"
AT = datetime(2030, 2, 1, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def closed(office: Office) -> Office:
    """March 2010 handed in and closed."""
    office.submit(MARCH, employment(good()))
    Closings(office.settings.home).close("month", date(2010, 3, 31), by="王", at=AT)
    return office


def test_a_late_file_is_kept_and_its_receipt_says_that_it_does_not_count_yet(closed: Office) -> None:
    late = closed.submit(MARCH, employment(good(employed=80)))
    assert (late.status, late.unchanged, late.receipt.outcome) == ("waiting", False, "accepted")
    assert (Lake(closed.settings.home).folder(late.receipt) / ORIGINAL).exists()
    text = receipt_text(late, load_contracts(closed.settings.contracts_dir))
    assert "期间已关账，已收存，暂不计入" in text
    told = late.to_public()
    assert (told["status"], told["is_waiting"]) == ("superseded", True)
    assert closed.submit("就业2010年4月.xlsx", employment(good())).status == "active"
    Closings(closed.settings.home).reopen("month", date(2010, 3, 31), by="王", at=AT, reason="更正")
    again = closed.submit(MARCH, (closed.outside / MARCH).read_bytes())
    assert (again.unchanged, again.status, again.receipt) == (True, "active", late.receipt)


def test_a_late_file_with_too_many_faults_is_refused_as_ever(closed: Office) -> None:
    assert closed.submit(MARCH, employment(good(employed="九成"))).status == "refused"


def test_the_same_bytes_as_what_waits_change_nothing_and_those_of_what_counts_wait_again(closed: Office) -> None:
    first = (closed.outside / MARCH).read_bytes()
    late = closed.submit(MARCH, employment(good(employed=80)))
    again = closed.submit("副本2010年3月.xlsx", (closed.outside / MARCH).read_bytes())
    assert (again.unchanged, again.status, again.receipt) == (True, "waiting", late.receipt)
    text = receipt_text(again, load_contracts(closed.settings.contracts_dir))
    assert "未作改动；期间已关账，暂不计入" in text
    # Sent again after the correction, the first file is the last word: after reopening it counts.
    back = closed.submit(MARCH, first)
    assert (back.unchanged, back.status, back.receipt.submission_id) == (False, "waiting", "000004")


def test_a_register_that_waits_places_no_community(closed: Office) -> None:
    Closings(closed.settings.home).close("year", date(2010, 12, 31), by="王", at=AT)
    renamed = [[*row[:3], "新树社区" if row[3] == "新木社区" else row[3], *row[4:]] for row in REGISTER]
    register = closed.handover("社区名录2010年.xlsx", [REGISTER_HEADER, *renamed])
    april = closed.handover("就业2010年4月.xlsx", employment(good("新木社区")))
    outcomes = receive(closed.settings, [april, register])
    assert [one.status for one in outcomes] == ["active", "waiting"]
    assert closed.submit("就业2010年5月.xlsx", employment(good("新树社区"))).status == "refused"
    Closings(closed.settings.home).reopen("year", date(2010, 12, 31), by="王", at=AT, reason="更名")
    assert closed.submit("就业2010年5月.xlsx", employment(good("新树社区"))).status == "active"
