"""The door: files come in, submissions stand in the lake, receipts go out.

One receiver at a time works on a home. Every file is judged in a child process (`readers`); `desk` keeps their order.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime

from pipelines.intake.changes import with_changes
from pipelines.intake.desk import ZONE, Desk, Progress
from pipelines.intake.incoming import Incoming
from pipelines.intake.outcome import Handover, Outcome
from pipelines.intake.readers import Readers
from pipelines.periods import Period
from pipelines.settings import Settings
from warehouse.lake import Lake, TrialLake, statuses

__all__ = ["Handover", "Outcome", "receive"]


def receive(
    settings: Settings, handovers: Sequence[Handover], *, trial: bool = False, progress: Progress | None = None
) -> list[Outcome]:
    """Take files in, in the order given; registers and rosters first, since others are judged by them.

    Args:
        settings: Of the home.
        handovers: The files.
        trial: Only say what would become of them. The same judgement in the same order; what would be committed lies
            aside until all are judged, and is removed.
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
        if trial:
            lake = TrialLake(settings.home, stack.enter_context(lake.staged()))
        incoming = [
            Incoming(
                handover,
                _zoned(handover.received_at or now),
                Period.parse(handover.period) if handover.period else None,
                stack.enter_context(lake.staged()),
                place,
            )
            for place, handover in enumerate(handovers)
        ]
        readers = stack.enter_context(Readers(settings))
        desk = Desk(settings, lake, readers, progress, len(incoming))
        desk.take(incoming)
        status = statuses(desk.receipts)
        outcomes = [
            replace(one.outcome, status=status[one.outcome.receipt.submission_id], trial=trial, place=one.place)
            for one in incoming
            if one.outcome is not None
        ]
        return with_changes(outcomes, lake, desk.contracts, desk.receipts, desk.register)


def _zoned(moment: datetime) -> datetime:
    return moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment
