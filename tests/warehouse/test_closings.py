"""A closed period: what counts, what waits, and the record that cannot be altered unseen."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse.test_lake import NOON, receipt
from warehouse.closings import Act, AlteredClosingError, ClosingError, Closings, closed_periods, what_counts
from warehouse.lake import Lake, Receipt, active_parts, came_after_closing, public_status, statuses

MARCH = date(2010, 3, 31)
AT = datetime(2010, 4, 12, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
STREETS = ("440307003", "440307006", "440307014")


def close(home: Path, reason: str = "", at: datetime = AT) -> Act:
    return Closings(home).close("month", MARCH, by="王", at=at, reason=reason)


def reopen(home: Path, reason: str = "核实有误", at: datetime = AT) -> Act:
    return Closings(home).reopen("month", MARCH, by="李", at=at, reason=reason)


def add(home: Path, one: Receipt) -> None:
    lake = Lake(home)
    with lake.locked(), lake.staged() as folder:
        lake.add(folder, one)


def test_what_comes_after_closing_waits_and_what_was_there_stays_active() -> None:
    files = [receipt(1), receipt(2, 9)]
    assert statuses(files, {("month", MARCH): 1}) == {"000001": "active", "000002": "waiting"}
    assert active_parts(files, {("month", MARCH): 1}) == {("employment", MARCH, "440307"): "000001"}
    assert active_parts(files) == {("employment", MARCH, "440307"): "000002"}


def test_the_order_of_arrival_decides_not_the_clock() -> None:
    # Handed in after the closing with a date of receipt before it, and before that of the active one.
    files = [receipt(1, 5), receipt(2, 1)]
    assert statuses(files, {("month", MARCH): 1}) == {"000001": "active", "000002": "superseded"}
    assert statuses([receipt(1, 5), receipt(2, 6)], {("month", MARCH): 1})["000002"] == "waiting"


def test_only_exactly_that_period_and_cadence_is_closed() -> None:
    quarter = receipt(2, period_type="quarter", export="stock_cooperatives")
    april = receipt(3, period_end=date(2010, 4, 30))
    closed = {("month", MARCH): 0}
    assert [came_after_closing(one, closed) for one in (receipt(1), quarter, april)] == [True, False, False]
    assert not came_after_closing(receipt(4, period_type=None, period_end=None, outcome="refused"), closed)


def test_a_late_file_is_replaced_by_a_later_one_street_by_street() -> None:
    both = receipt(2, scope=STREETS[:2])
    files = [receipt(1, scope=STREETS[:2]), both, receipt(3, 1, scope=STREETS[:1])]
    closed = {("month", MARCH): 1}
    assert statuses(files, closed) == {"000001": "active", "000002": "waiting", "000003": "waiting"}
    files.append(receipt(4, 2, scope=STREETS[1:2]))
    assert statuses(files, closed) == {
        "000001": "active",
        "000002": "superseded",
        "000003": "waiting",
        "000004": "waiting",
    }
    files.append(receipt(5, 3, outcome="refused"))
    assert statuses(files, closed)["000005"] == "refused"


def test_the_public_table_knows_no_waiting() -> None:
    assert [public_status(s) for s in ("active", "superseded", "refused", "waiting")] == [
        "active", "superseded", "refused", "superseded",
    ]  # fmt: skip


def test_closing_keeps_who_when_why_and_the_last_submission(tmp_path: Path) -> None:
    add(tmp_path, receipt(1))
    add(tmp_path, receipt(7))
    assert what_counts([close(tmp_path, " 月报已定 ")]) == {("month", MARCH): 7}
    add(tmp_path, receipt(8))
    reopen(tmp_path)
    acts = Closings(tmp_path).acts()
    assert [(a.number, a.action, a.label, a.by, a.reason, a.at, a.last_submission) for a in acts] == [
        (1, "close", "2010-03", "王", "月报已定", AT, 7),
        (2, "reopen", "2010-03", "李", "核实有误", AT, 8),
    ]
    assert closed_periods(acts) == {}
    assert what_counts([*acts, close(tmp_path)]) == {("month", MARCH): 8}
    path = tmp_path / "closings" / "000001.json"
    assert path.stat().st_mode & 0o777 == 0o444
    assert sorted(p.name for p in path.parent.iterdir()) == ["000001.json", "000002.json", "000003.json"]


def test_a_period_is_closed_once_after_its_end_and_reopened_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(ClosingError, match="2010-03 没有关账"):
        reopen(tmp_path)
    with pytest.raises(ClosingError, match="2010-03 还没有结束"):
        close(tmp_path, at=AT.replace(month=3, day=31))
    close(tmp_path, at=AT.replace(month=4, day=1))
    with pytest.raises(ClosingError, match="2010-03 已经关账"):
        close(tmp_path)
    with pytest.raises(ClosingError, match="说明重新开账的原因"):
        reopen(tmp_path, "  ")
    assert len(Closings(tmp_path).acts()) == 1


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_record_that_was_written_to_is_found_out(tmp_path: Path, place: int) -> None:
    close(tmp_path)
    reopen(tmp_path)
    close(tmp_path)
    path = tmp_path / "closings" / f"{place:06d}.json"
    path.chmod(0o644)
    path.write_text(json.dumps({**json.loads(path.read_text()), "reason": "另有原因"}))
    with pytest.raises(AlteredClosingError, match=f"{place:06d}"):
        Closings(tmp_path).acts()


def test_a_record_that_was_taken_away_or_cut_off_is_found_out(tmp_path: Path) -> None:
    close(tmp_path)
    reopen(tmp_path)
    first, second = (tmp_path / "closings" / f"{n:06d}.json" for n in (1, 2))
    second.chmod(0o644)
    second.write_text(second.read_text()[:40])
    with pytest.raises(AlteredClosingError, match="000002"):
        Closings(tmp_path).acts()
    first.unlink()
    with pytest.raises(AlteredClosingError):
        Closings(tmp_path).acts()


def test_what_a_killed_process_left_aside_is_no_record(tmp_path: Path) -> None:
    close(tmp_path)
    (tmp_path / "closings" / ".staged").write_text("{")
    assert len(Closings(tmp_path).acts()) == 1
    assert reopen(tmp_path).number == 2


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("file"), st.sets(st.sampled_from(STREETS), min_size=1), st.integers(0, 5)),
        st.sampled_from([("close",), ("reopen",)]),
    ),
    max_size=25,
)


@given(EVENTS)
def test_after_reopening_all_is_as_if_it_had_never_been_closed(events: list[tuple[object, ...]]) -> None:
    """Files for streets, with clocks that go wrong, among closings and reopenings of their period."""
    files: list[Receipt] = []
    acts: list[Act] = []
    counted_when_closed: dict[object, str] = {}

    def act(action: str) -> None:
        known = {"period_type": "month", "period_end": MARCH, "reason": "", "by": "", "at": datetime.now(UTC)}
        numbers = {"number": len(acts) + 1, "last_submission": len(files), "before": ""}
        acts.append(Act.model_validate({"action": action, **known, **numbers}))

    for event in events:
        is_closed = bool(closed_periods(acts))
        if event[0] == "file":
            _, streets, hours = event
            assert isinstance(streets, set) and isinstance(hours, int)
            one = receipt(len(files) + 1, scope=tuple(sorted(streets)))
            files.append(one.model_copy(update={"received_at": NOON + timedelta(hours=hours)}))
        elif event[0] == "close" and not is_closed:
            counted_when_closed = dict(active_parts(files))
            act("close")
        elif event[0] == "reopen" and is_closed:
            act("reopen")
        if closed_periods(acts):
            assert active_parts(files, what_counts(acts)) == counted_when_closed
        else:
            assert active_parts(files, what_counts(acts)) == active_parts(files)
            assert statuses(files, what_counts(acts)) == statuses(files)
