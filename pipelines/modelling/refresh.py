"""A refresh: take the inbox in, build what changed, check, publish. In this order, and nothing else.

All or nothing: readers see the new publication, or the one they saw before and why there is no newer one.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines.intake.inbox import take_inbox
from pipelines.intake.receive import Outcome
from pipelines.modelling.build import Build
from pipelines.modelling.checks import CHECKS, Check, run_check
from pipelines.modelling.files import write_files
from pipelines.modelling.pending import Pending
from pipelines.periods import Period
from pipelines.settings import Settings
from warehouse.closings import Closings
from warehouse.database import TIME_ZONE, build_lock
from warehouse.lake import Lake
from warehouse.locks import Locks
from warehouse.notes import Notes
from warehouse.publications import Publication, Publications

Progress = Callable[[str, int, int], None]
"""Told what is being done, which step it is, and of how many."""


class CheckFailedError(RuntimeError):
    """A check that blocks publication did not pass; readers go on seeing the earlier publication."""

    def __init__(self, failed: Sequence[Check]) -> None:
        self.failed = tuple(failed)
        super().__init__("; ".join(f"{check.name}: {' | '.join(check.offences[:3])}" for check in failed))


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did."""

    publication: Publication | None
    """What readers see now; None when nothing was ever handed in."""
    is_new: bool
    pending: Pending
    received: tuple[Outcome, ...]
    """What became of the files of the inbox."""


@contextmanager
def refreshing(settings: Settings) -> Iterator[None]:
    """Be the only one who refreshes this home, in whatever process."""
    with build_lock(settings.home / "warehouse" / "refresh"):
        yield


def check(build: Build, names: Sequence[str] = tuple(CHECKS)) -> list[Check]:
    """Run checks on the build file."""
    with build.open() as con:
        return [run_check(con, name, build.contracts) for name in names]


def publish(settings: Settings, build: Build) -> Publication:
    """Publish the build file as it is: the caller has checked it."""
    publications = Publications(settings.home)
    built_at = datetime.now(ZoneInfo(TIME_ZONE))
    number = publications.next_number()
    with build.open() as con:
        con.execute("delete from publication")
        con.execute("insert into publication values (?, ?, ?, ?)", [number, built_at, build.today, len(build.receipts)])
    about = {"now": build.today and build.today.isoformat(), "receipts": len(build.receipts), "built_from": build.state}
    with build.connection() as con:
        publication = publications.publish(number, about, lambda *files: write_files(con, build, *files))
    publications.prune(settings.keep_publications)
    return publication


def is_current(settings: Settings, build: Build) -> bool:
    """Whether readers already see what these submissions, contracts and SQL make: the publication itself is asked."""
    current = Publications(settings.home).current()
    return current is not None and current.manifest.get("built_from") == build.state and current.trouble() is None


def forget_originals(settings: Settings, build: Build) -> int:
    """Delete the sealed originals whose time is over; returns how many."""
    before = datetime.now(ZoneInfo(TIME_ZONE)) - timedelta(days=settings.retention_days)
    return Lake(settings.home).delete_originals(before, build.receipts)


def refresh(settings: Settings, period: str | None = None, progress: Progress | None = None) -> Refreshed:
    """Take the inbox in, build, check and publish.

    Args:
        settings: Of the home to refresh.
        period: Build this period again even if nothing changed.
        progress: Told of each step.

    Raises:
        CheckFailedError: when the build may not be published; nothing is published then.
        ValueError: when the period is none.
    """
    again = Period.parse(period) if period else None
    with refreshing(settings):
        received = tuple(take_inbox(settings))
        build = Build(settings)
        pending = build.prepare(again.end if again else None)
        if not build.receipts or (again is None and is_current(settings, build)):
            return Refreshed(Publications(settings.home).current(), False, pending, received)
        steps = build.steps(pending)
        with build.kept_open():
            for number, step in enumerate(steps, 1):
                if progress:
                    progress(step.name, number, len(steps) + 1)
                step.run()
            failed = [result for result in check(build) if not result.passed]
            if failed:
                raise CheckFailedError(failed)
            if progress:
                progress("发布", len(steps) + 1, len(steps) + 1)
            publication = publish(settings, build)
        forget_originals(settings, build)
        return Refreshed(publication, True, pending, received)


def build_as_known(settings: Settings, moment: datetime, path: Path) -> Build:
    """Build the warehouse as it was known at a moment: from what had been received by then, and nothing later.

    Args:
        settings: Of the home.
        moment: With its zone.
        path: File to make.

    Raises:
        FileExistsError: when the file is there already.
    """
    if path.exists():
        raise FileExistsError(path)
    receipts = [receipt for receipt in Lake(settings.home).receipts() if receipt.received_at <= moment]
    records = [record for record in Locks(settings.home).records() if record.at <= moment]
    acts = [act for act in Closings(settings.home).acts() if act.at <= moment]
    notes = [note for note in Notes(settings.home).all() if note.at <= moment]
    build = Build(settings, path, receipts, records, acts, notes)
    build.run()
    return build
