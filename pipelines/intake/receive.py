"""The door: files come in, submissions stand in the lake, receipts go out.

One receiver at a time works on a home. Every file is judged in a child process (`readers`); `desk` keeps their order.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pipelines.intake.desk import ZONE, Desk, Progress
from pipelines.intake.incoming import Incoming
from pipelines.intake.outcome import Handover, Outcome
from pipelines.intake.readers import Readers
from pipelines.periods import Period
from pipelines.settings import Settings
from warehouse.lake import ORIGINAL, Lake, statuses

__all__ = ["Handover", "Outcome", "receive", "take_inbox"]


def receive(settings: Settings, handovers: Sequence[Handover], *, progress: Progress | None = None) -> list[Outcome]:
    """Take files in, in the order given; registers and rosters first, since others are judged by them.

    Args:
        settings: Of the home.
        handovers: The files.
        progress: Told how many files are judged, of how many.

    Returns:
        What became of each, in the order given.

    Raises:
        FileNotFoundError: when a file is not there; nothing is taken in then.
        ValueError: when a period or a street that was said is none; nothing of this file or those after it is taken in.
    """
    now = datetime.now(ZONE)
    for handover in handovers:
        if not handover.path.is_file():
            raise FileNotFoundError(f"no such file: {handover.path}")
    lake = Lake(settings.home)
    with lake.locked(), ExitStack() as stack:
        lake.clear_staging()
        incoming = [
            Incoming(
                handover,
                _zoned(handover.received_at or now),
                Period.parse(handover.period) if handover.period else None,
                stack.enter_context(lake.staged()),
            )
            for handover in handovers
        ]
        readers = stack.enter_context(Readers(settings))
        desk = Desk(settings, lake, readers, progress, len(incoming))
        desk.take(incoming)
        status = statuses(desk.receipts)
        outcomes = [one.outcome for one in incoming if one.outcome is not None]
        return [replace(one, status=status[one.receipt.submission_id]) for one in outcomes]


def take_inbox(settings: Settings, *, progress: Progress | None = None) -> list[Outcome]:
    """Receive all files of the inbox, and delete them there: the sealed originals are kept."""
    inbox = settings.inbox
    inbox.mkdir(parents=True, exist_ok=True)
    # ~$ files are locks of the spreadsheet program; what begins with a dot is still being copied.
    paths = [path for path in sorted(inbox.rglob("*")) if path.is_file() and not _is_hidden(path.relative_to(inbox))]
    if not paths:
        return []
    outcomes = receive(settings, [Handover(path) for path in paths], progress=progress)
    lake = Lake(settings.home)
    for path, outcome in zip(paths, outcomes, strict=True):
        if (lake.folder(outcome.receipt) / ORIGINAL).exists() or outcome.unchanged:
            path.unlink(missing_ok=True)
        else:
            # Too large to be kept in the lake: put aside, so that nothing is lost and it is not refused again.
            aside = inbox / ".too_large"
            aside.mkdir(exist_ok=True)
            path.rename(aside / f"{outcome.receipt.submission_id}_{path.name}")
    return outcomes


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in path.parts)


def _zoned(moment: datetime) -> datetime:
    return moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment
