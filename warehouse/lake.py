"""Submissions on disk: write one atomically, list them, tell which are active.

A submission is a folder that is wholly there or not there, and is never edited:

    lake/submissions/<export>/<period>/<submission>/
        receipt.json       what came in, when, as what, how many rows, and why not
        accepted.parquet   the rows that keep the contract (only when there was a table to read)
        rejected.parquet   the rows that break it (only when there are any)
        faults.parquet     every fault and warning with its cell (only when there are any)
        original.sealed    the bytes that came in, encrypted; deleted when the retention has passed
        name.sealed        the name that it came in with, encrypted (only when its receipt leaves some of it out)
        annotated.sealed   the workbook that is handed back, faults marked (only when there are any); kept as long

Knows no contract, reads no spreadsheet, and keeps no state beside the folders.
"""

import ctypes
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

ACCEPTED = "accepted.parquet"
REJECTED = "rejected.parquet"
FAULTS = "faults.parquet"
ORIGINAL = "original.sealed"
TRUE_NAME = "name.sealed"
ANNOTATED = "annotated.sealed"
RECEIPT = "receipt.json"

_MANY = 64
"""Files and folders that are rather waited for together than one by one."""
_LIBC = ctypes.CDLL(None, use_errno=True)

Status = Literal["active", "superseded", "refused", "waiting"]
"""`waiting`: it came after its period was closed, and would be active if the period were open."""
Channel = Literal["page", "command", "inbox"]
PartKey = tuple[str, date, str]
"""What is handed in once: export, last day of the period, code of the submitter (district or street)."""
Closed = Mapping[tuple[str, date], int]
"""The closed periods, by type and last day: the number of the last submission that counts for each."""
NOTHING_CLOSED: Closed = {}


class Receipt(BaseModel):
    """What is known of one file that was handed in. Written once, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    submission_id: str
    """Six digits or more, in order of arrival."""
    outcome: Literal["accepted", "refused"]
    file_name: str
    sha256: str
    size: int
    received_at: datetime
    """When it was received, with its zone."""
    export: str | None = None
    period_type: Literal["month", "quarter", "year"] | None = None
    period_end: date | None = None
    scope: tuple[str, ...] = ()
    """Codes of the submitters it speaks for: the district, or streets."""
    rows_read: int = 0
    rows_accepted: int = 0
    rows_rejected: int = 0
    skipped: dict[str, int] = {}
    """Rows passed over, by reason: blank, title, header, section, total, note, repeat."""
    faults: int = 0
    warnings: int = 0
    refusal: str | None = None
    """Why it was refused, in Chinese, with what to do."""
    notes: tuple[str, ...] = ()
    """What the person who handed it in should know: columns ignored, optional columns missing."""
    handed_in_by: str | None = None
    """The office that handed it in, as said with it; None when nobody said."""
    channel: Channel | None = None
    """How it came in; None for samples, and in receipts from before this was kept."""

    @property
    def rows_skipped(self) -> int:
        """Rows passed over for any reason."""
        return sum(self.skipped.values())

    @property
    def submitter(self) -> str:
        """Whom it speaks for, as published: the district's code or the streets' codes joined by a comma."""
        return ",".join(self.scope)


def period_label(receipt: Receipt) -> str:
    """The period as a folder name: 2010-03, 2010-Q1, 2010; `_` when unknown."""
    end = receipt.period_end
    return "_" if end is None else label(receipt.period_type or "year", end)


def label(period_type: str, end: date) -> str:
    """A period by its type and last day as it is written: 2010-03, 2010-Q1, 2010."""
    return {"month": f"{end:%Y-%m}", "quarter": f"{end.year}-Q{end.month // 3}", "year": f"{end.year}"}[period_type]


def active_parts(receipts: Iterable[Receipt], closed: Closed = NOTHING_CLOSED) -> dict[PartKey, str]:
    """The active submission of every export, period and submitter.

    The one received last is active: by `received_at`, then by order of arrival. A file of several streets can be
    replaced street by street and stays active for the others. What came after its period was closed, by order of
    arrival and whatever its `received_at`, is passed over.
    """
    best: dict[PartKey, tuple[datetime, int]] = {}
    winner: dict[PartKey, str] = {}
    for receipt in receipts:
        if receipt.outcome != "accepted" or receipt.export is None or receipt.period_end is None:
            continue
        if came_after_closing(receipt, closed):
            continue
        order = (receipt.received_at, int(receipt.submission_id))
        for code in receipt.scope:
            key = (receipt.export, receipt.period_end, code)
            if key not in best or order > best[key]:
                best[key] = order
                winner[key] = receipt.submission_id
    return winner


def came_after_closing(receipt: Receipt, closed: Closed) -> bool:
    """Whether a submission came after its period was closed, which has not been reopened since."""
    if receipt.period_type is None or receipt.period_end is None:
        return False
    last = closed.get((receipt.period_type, receipt.period_end))
    return last is not None and int(receipt.submission_id) > last


def statuses(receipts: Iterable[Receipt], closed: Closed = NOTHING_CLOSED) -> dict[str, Status]:
    """Of each submission: refused, active for at least one submitter, waiting for at least one, or superseded."""
    known = list(receipts)
    result: dict[str, Status] = {r.submission_id: "superseded" for r in known}
    if closed:
        result |= dict.fromkeys(active_parts(known).values(), "waiting")
    result |= dict.fromkeys(active_parts(known, closed).values(), "active")
    return result | {r.submission_id: "refused" for r in known if r.outcome == "refused"}


def public_status(status: Status) -> str:
    """As the public table `submissions` says it, which knows of no waiting: what does not count is superseded."""
    return "superseded" if status == "waiting" else status


class Lake:
    """The submissions of one Guben home."""

    def __init__(self, home: Path) -> None:
        self.root = home / "lake"
        self.submissions = self.root / "submissions"
        self.staging = self.root / "staging"

    def receipts(self) -> list[Receipt]:
        """Every receipt, in order of arrival."""
        found = [Receipt.model_validate_json(path.read_bytes()) for path in self.submissions.glob(f"*/*/*/{RECEIPT}")]
        return sorted(found, key=lambda receipt: int(receipt.submission_id))

    def receipt(self, submission_id: str) -> Receipt | None:
        """The receipt with this number; None when there is none."""
        if not submission_id.isdecimal():
            return None
        path = next(self.submissions.glob(f"*/*/{int(submission_id):06d}/{RECEIPT}"), None)
        return Receipt.model_validate_json(path.read_bytes()) if path else None

    def folder(self, receipt: Receipt) -> Path:
        """Where the submission of this receipt is, or will be."""
        return self.submissions / (receipt.export or "_") / period_label(receipt) / receipt.submission_id

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one who adds submissions; waits for whoever is at it."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    @contextmanager
    def staged(self) -> Iterator[Path]:
        """An empty folder aside, for the files of a submission on its way in; removed afterwards if still there."""
        self.staging.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self.staging))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def clear_staging(self) -> None:
        """Remove what a process that was killed has left behind. Call it inside `locked`."""
        for folder in self.staging.glob("*"):
            shutil.rmtree(folder, ignore_errors=True)

    def next_id(self, receipts: Iterable[Receipt]) -> str:
        """The number after the last one given. Call it inside `locked`."""
        return f"{max((int(r.submission_id) for r in receipts), default=0) + 1:06d}"

    def add(self, staged: Path, receipt: Receipt) -> Path:
        """Turn a staged folder into a submission, all of it or nothing. Call it inside `locked`."""
        self.add_all([(staged, receipt)])
        return self.folder(receipt)

    def add_all(self, submissions: Sequence[tuple[Path, Receipt]]) -> None:
        """Turn staged folders into submissions, each wholly or not at all. Call it inside `locked`.

        All are on the disk before the first one is put in its place, and all are in their places when this returns.
        """
        for staged, receipt in submissions:
            (staged / RECEIPT).write_bytes(receipt.model_dump_json(indent=1).encode())
        self._sync(path for staged, _ in submissions for path in (*staged.iterdir(), staged))
        parents: dict[Path, None] = {}
        for staged, receipt in submissions:
            target = self.folder(receipt)
            if not target.parent.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                parents |= dict.fromkeys((self.submissions, target.parent.parent))
            staged.rename(target)
            parents[target.parent] = None
        self._sync(parents)

    def _sync(self, paths: Iterable[Path]) -> None:
        """Wait until these are on the disk: one by one when they are few, else all that the file system holds."""
        known = list(paths)
        if len(known) > _MANY:
            sync_file_system(self.root)
        else:
            for path in known:
                sync(path)

    def delete_originals(self, received_before: datetime, receipts: Iterable[Receipt]) -> int:
        """Delete the sealed originals received before a moment, and the workbooks made of them; returns how many.

        Hash and receipt stay.
        """
        deleted = 0
        for receipt in receipts:
            if receipt.received_at >= received_before:
                continue
            folder = self.folder(receipt)
            (folder / ANNOTATED).unlink(missing_ok=True)
            (folder / TRUE_NAME).unlink(missing_ok=True)
            if (folder / ORIGINAL).exists():
                (folder / ORIGINAL).unlink()
                deleted += 1
        return deleted


class TrialLake(Lake):
    """A lake in which what is added lies aside: it reads as if it had been added, and is gone with that folder."""

    def __init__(self, home: Path, aside: Path) -> None:
        super().__init__(home)
        self.aside = aside
        self.added: set[str] = set()

    def folder(self, receipt: Receipt) -> Path:
        """Where the submission is: aside, if it was added on trial."""
        is_aside = receipt.submission_id in self.added
        return self.aside / receipt.submission_id if is_aside else super().folder(receipt)

    def add_all(self, submissions: Sequence[tuple[Path, Receipt]]) -> None:
        """Lay staged folders aside."""
        for staged, receipt in submissions:
            staged.rename(self.aside / receipt.submission_id)
            self.added.add(receipt.submission_id)


def write_durably(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a new file and wait until it is on the disk.

    Raises:
        FileExistsError: when the file is there already.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file_system(path: Path) -> None:
    """Wait until everything written to the file system of a path is on the disk.

    Raises:
        OSError: when something could not be written.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        if _LIBC.syncfs(handle):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(path))
    finally:
        os.close(handle)


def by_submission(parts: Mapping[PartKey, str]) -> dict[str, list[str]]:
    """Turned round: for each active submission, the submitters it is active for."""
    result: dict[str, list[str]] = {}
    for (_, _, code), submission in sorted(parts.items()):
        result.setdefault(submission, []).append(code)
    return result
