"""Submissions on disk: whole or not there, in order, and which of them count."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from warehouse.lake import ORIGINAL, RECEIPT, Lake, Receipt, active_parts, by_submission, period_label, statuses

NOON = datetime(2010, 4, 5, 12, tzinfo=UTC)


def receipt(number: int, hours: int = 0, scope: tuple[str, ...] = ("440307",), **changed: object) -> Receipt:
    known: dict[str, object] = {
        "submission_id": f"{number:06d}", "outcome": "accepted", "file_name": "a.xlsx", "sha256": "0" * 64, "size": 1,
        "received_at": NOON + timedelta(hours=hours), "export": "employment", "period_type": "month",
        "period_end": date(2010, 3, 31), "scope": scope,
    }  # fmt: skip
    return Receipt.model_validate({**known, **changed})


def test_a_submission_is_added_whole_and_found_again(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    with lake.locked(), lake.staged() as folder:
        (folder / ORIGINAL).write_bytes(b"sealed")
        target = lake.add(folder, receipt(1))
    assert target == tmp_path / "lake/submissions/employment/2010-03/000001"
    assert sorted(path.name for path in target.iterdir()) == [ORIGINAL, RECEIPT]
    assert lake.receipts() == [receipt(1)]
    assert list(lake.staging.iterdir()) == []


def test_what_was_staged_and_not_added_is_gone(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    with pytest.raises(RuntimeError), lake.staged() as folder:
        (folder / ORIGINAL).write_bytes(b"sealed")
        raise RuntimeError
    assert list(lake.staging.iterdir()) == []
    assert lake.receipts() == []


def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    (lake.staging / "left").mkdir(parents=True)
    with lake.locked():
        lake.clear_staging()
    assert list(lake.staging.iterdir()) == []


def test_numbers_follow_the_largest_given(tmp_path: Path) -> None:
    assert Lake(tmp_path).next_id([]) == "000001"
    assert Lake(tmp_path).next_id([receipt(999_999), receipt(3)]) == "1000000"


@pytest.mark.parametrize(
    ("kind", "end", "label"),
    [
        ("month", date(2010, 3, 31), "2010-03"),
        ("quarter", date(2010, 9, 30), "2010-Q3"),
        ("year", date(2010, 12, 31), "2010"),
        (None, None, "_"),
    ],
)
def test_a_period_as_the_name_of_a_folder(kind: str | None, end: date | None, label: str) -> None:
    assert period_label(receipt(1, period_type=kind, period_end=end)) == label


def test_the_one_received_last_is_active_then_the_one_that_arrived_last() -> None:
    assert statuses([receipt(1, 2), receipt(2, 1)]) == {"000001": "active", "000002": "superseded"}
    assert statuses([receipt(1), receipt(2)]) == {"000001": "superseded", "000002": "active"}


def test_a_refused_one_replaces_nothing() -> None:
    assert statuses([receipt(1), receipt(2, 5, outcome="refused")]) == {"000001": "active", "000002": "refused"}


def test_a_file_of_two_streets_stays_active_until_both_are_replaced() -> None:
    both = receipt(1, scope=("440307003", "440307014"))
    parts = active_parts([both, receipt(2, 1, scope=("440307003",))])
    assert by_submission(parts) == {"000001": ["440307014"], "000002": ["440307003"]}
    assert statuses([both, receipt(2, 1, scope=("440307003",)), receipt(3, 1, scope=("440307014",))])["000001"] == (
        "superseded"
    )


def test_originals_are_deleted_by_the_time_of_receipt_and_nothing_else_is(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for one in (receipt(1), receipt(2, 48)):
        with lake.staged() as folder:
            (folder / ORIGINAL).write_bytes(b"sealed")
            lake.add(folder, one)
    assert lake.delete_originals(NOON + timedelta(hours=1), lake.receipts()) == 1
    assert not (lake.folder(receipt(1)) / ORIGINAL).exists()
    assert (lake.folder(receipt(1)) / RECEIPT).exists()
    assert (lake.folder(receipt(2)) / ORIGINAL).exists()
    assert lake.delete_originals(NOON + timedelta(hours=1), lake.receipts()) == 0
