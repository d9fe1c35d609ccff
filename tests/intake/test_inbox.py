"""The inbox: complete files are taken once each, whatever else lies there and wherever the process is killed."""

import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pipelines.intake import inbox as door
from pipelines.intake.inbox import take_inbox, waiting
from pipelines.intake.receive import receive
from pipelines.settings import ROOT
from tests.intake.conftest import Office, employment, good, workbook
from tests.intake.test_read import SHEET, inline, with_sheet
from warehouse.lake import Lake

MARCH = "就业2010年3月.xlsx"
pytestmark = pytest.mark.usefixtures("short_moment")


@pytest.fixture
def short_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment long enough to change a file in."""
    monkeypatch.setattr(door, "MOMENT", 0.05)


def report(**changed: object) -> bytes:
    return workbook({"Sheet1": employment(good(**changed))})  # type: ignore[arg-type]


def lay(office: Office, name: str, content: bytes) -> Path:
    path = office.settings.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def left(office: Office) -> list[str]:
    """What lies in the inbox, folders left out."""
    inbox = office.settings.inbox
    return sorted(str(path.relative_to(inbox)) for path in inbox.rglob("*") if path.is_symlink() or path.is_file())


def numbers(office: Office) -> list[str]:
    """The submissions, the register left out."""
    return [one.submission_id for one in Lake(office.settings.home).receipts()][1:]


def test_a_file_is_received_and_moved_out_and_its_office_is_the_folder_it_lay_in(office: Office) -> None:
    lay(office, f"人社局/{MARCH}", report())
    (outcome,) = take_inbox(office.settings)
    receipt = outcome.receipt
    assert (outcome.status, receipt.file_name, receipt.handed_in_by, receipt.channel) == (
        "active", MARCH, "人社局", "inbox",
    )  # fmt: skip
    assert left(office) == []
    assert [path.name for path in office.settings.inbox.iterdir()] == ["人社局"]
    assert take_inbox(office.settings) == []


def test_what_is_hidden_or_still_being_copied_is_left(office: Office) -> None:
    names = [".a.xlsx", "~$a.xlsx", "a.xlsx.part", "a.xlsx.tmp", "a.xlsx.crdownload", ".b/a.xlsx"]
    for name in names:
        lay(office, name, report())
    assert take_inbox(office.settings) == []
    assert left(office) == sorted(names)


def test_a_file_that_grows_is_taken_once_it_rests(office: Office) -> None:
    path = lay(office, MARCH, report()[:100])
    writer = threading.Timer(0.02, lambda: path.write_bytes(report()))
    writer.start()
    assert take_inbox(office.settings) == []
    writer.join()
    assert left(office) == [MARCH]
    assert [one.status for one in take_inbox(office.settings)] == ["active"]


def test_a_file_that_somebody_holds_open_for_writing_is_left(office: Office) -> None:
    path = lay(office, MARCH, report())
    with path.open("ab"):
        assert take_inbox(office.settings) == []
    assert len(take_inbox(office.settings)) == 1


def test_a_file_renamed_into_place_is_taken(office: Office) -> None:
    lay(office, f"{MARCH}.part", report()).rename(office.settings.inbox / MARCH)
    assert len(take_inbox(office.settings)) == 1


def test_links_folders_and_files_that_cannot_be_taken_do_not_hold_up_the_others(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = office.outside / "别人的2010年2月就业.xlsx"
    secret.write_bytes(report())
    lay(office, MARCH, report())
    (office.settings.inbox / "外链2010年2月.xlsx").symlink_to(secret)
    (office.settings.inbox / "x.xlsx").mkdir()
    os.mkfifo(office.settings.inbox / "管道.xlsx")
    lay(office, "无权.xlsx", report())
    lay(office, "消失.xlsx", report())
    really_open = os.open

    def careful(path: str | Path, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == "无权.xlsx":
            raise PermissionError(13, "Permission denied")
        if path == "消失.xlsx":
            (office.settings.inbox / path).unlink()
        return really_open(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", careful)
    with caplog.at_level(logging.WARNING):
        outcomes = take_inbox(office.settings)
    assert [one.receipt.file_name for one in outcomes] == [MARCH]
    assert left(office) == ["外链2010年2月.xlsx", "无权.xlsx"]
    assert secret.exists()
    assert "无权.xlsx: Permission denied" in caplog.text
    assert "no regular file: 外链2010年2月.xlsx" in caplog.text
    assert "no regular file: 管道.xlsx" in caplog.text


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_file_of_somebody_else_is_left_and_told(office: Office) -> None:
    settings = office.settings
    lay(office, MARCH, report())
    lay(office, "无权2010年2月.xlsx", report()).chmod(0)
    script = (
        "import os, sys; from pathlib import Path; from pipelines.intake import inbox; from pipelines.settings import "
        "Settings; os.setgid(65534); os.setuid(65534); inbox.MOMENT = 0.05; "
        "print([path.name for path in map(lambda one: one.path, inbox._taken(Path(sys.argv[1]), "
        "inbox.waiting(Path(sys.argv[1]))))])"
    )
    for path in (settings.inbox, *settings.inbox.parents):
        if path.is_relative_to("/tmp"):
            path.chmod(0o777)
    done = subprocess.run(
        [sys.executable, "-c", script, str(settings.inbox)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == f"['{MARCH}']", done.stderr
    assert "Permission denied" in done.stderr
    assert (settings.inbox / "无权2010年2月.xlsx").exists()


def test_a_file_that_kills_the_reading_process_costs_only_itself(real_office: Office) -> None:
    real_office.register()
    stray = inline([employment(good())[0]]) + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    lay(real_office, "毒2010年2月.xlsx", with_sheet(report(), SHEET.format(dimension="A1:XFD1048576", rows=stray)))
    lay(real_office, MARCH, report())
    outcomes = {one.receipt.file_name: one for one in take_inbox(real_office.settings)}
    assert {name: one.status for name, one in outcomes.items()} == {"毒2010年2月.xlsx": "refused", MARCH: "active"}
    assert "文件无法读取" in str(outcomes["毒2010年2月.xlsx"].receipt.refusal)
    assert left(real_office) == []


@pytest.mark.parametrize("change", [{}, {"employed": 101}])
def test_killed_between_commit_and_removal_a_file_is_not_received_twice(
    office: Office, monkeypatch: pytest.MonkeyPatch, change: dict[str, int]
) -> None:
    lay(office, MARCH, report(**change))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(door, "_clear", killed)
        take_inbox(office.settings)
    assert len(left(office)) == 1
    assert take_inbox(office.settings) == []
    assert numbers(office) == ["000002"]
    assert left(office) == []


def test_killed_before_the_commit_a_file_is_received_the_next_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(office, f"人社局/{MARCH}", report())

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(door, "receive", killed)
        take_inbox(office.settings)
    assert numbers(office) == []
    (outcome,) = take_inbox(office.settings)
    assert (outcome.status, outcome.receipt.file_name, outcome.receipt.handed_in_by) == ("active", MARCH, "人社局")
    assert left(office) == []


def test_what_was_taken_first_and_received_late_does_not_replace_a_later_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(office, MARCH, report())

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(door, "receive", killed)
        take_inbox(office.settings)
    office.submit(MARCH, report(employed=80), at="2030-01-05T09:00")
    assert [one.status for one in take_inbox(office.settings)] == ["superseded"]


def test_a_refused_file_laid_in_again_is_refused_again_once(office: Office) -> None:
    bad = report(employed=101)
    for expected in (["000002"], ["000002", "000003"]):
        lay(office, MARCH, bad)
        assert [one.status for one in take_inbox(office.settings)] == ["refused"]
        assert take_inbox(office.settings) == []
        assert numbers(office) == expected


def test_the_bytes_that_are_active_already_are_removed_without_a_new_submission(office: Office) -> None:
    content = report()
    for unchanged in (False, True):
        lay(office, MARCH, content)
        assert [one.unchanged for one in take_inbox(office.settings)] == [unchanged]
    assert numbers(office) == ["000002"]
    assert left(office) == []


def test_a_file_that_fails_in_an_unforeseen_way_is_put_aside_and_the_others_received(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(settings, handovers, *, progress=None):  # type: ignore[no-untyped-def]
        if any("毒" in one.path.name for one in handovers):
            raise RuntimeError("nobody thought of this")
        return receive(settings, handovers, progress=progress)

    monkeypatch.setattr(door, "receive", failing)
    lay(office, "毒2010年1月.xlsx", report())
    lay(office, MARCH, report())
    assert [one.receipt.file_name for one in take_inbox(office.settings)] == [MARCH]
    (aside,) = left(office)
    assert aside.startswith(".not_taken/") and aside.endswith("毒2010年1月.xlsx")
    assert take_inbox(office.settings) == []


def test_when_the_disk_fails_nothing_is_lost(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    lay(office, MARCH, report())
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(door, "receive", full)
        take_inbox(office.settings)
    assert [one.status for one in take_inbox(office.settings)] == ["active"]


def test_a_name_of_another_encoding_is_read_as_what_it_was(office: Office) -> None:
    office.settings.inbox.mkdir(parents=True)
    (office.settings.inbox / os.fsdecode(MARCH.encode("gb18030"))).write_bytes(report())
    (outcome,) = take_inbox(office.settings)
    assert (outcome.status, outcome.receipt.file_name) == ("active", MARCH)


def test_a_file_too_large_for_the_lake_is_put_aside_also_after_a_kill(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = office.settings.model_copy(update={"max_file_mb": 1})
    lay(office, "大.xlsx", b"x" * (2**20 + 1))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(door, "_clear", killed)
        take_inbox(settings)
    assert take_inbox(settings) == []
    assert left(office) == [".too_large/000002_大.xlsx"]


def test_the_same_file_laid_in_again_with_its_old_times_looks_different(office: Office) -> None:
    path = lay(office, MARCH, report())
    os.utime(path, (1e9, 1e9))
    first = waiting(office.settings.inbox)
    path.unlink()
    time.sleep(0.02)
    lay(office, MARCH, report())
    os.utime(path, (1e9, 1e9))
    assert waiting(office.settings.inbox) != first
