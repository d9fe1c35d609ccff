"""The door: files come in, submissions stand in the lake, receipts go out.

One receiver at a time works on a home. Every file is judged in a child process (`readers`); `desk` keeps their order.
"""

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pipelines.intake.archive import is_archive, unpack_aside
from pipelines.intake.changes import with_changes
from pipelines.intake.desk import ZONE, Desk, Progress
from pipelines.intake.incoming import Incoming
from pipelines.intake.outcome import Handover, Outcome, plain_name
from pipelines.intake.readers import Readers
from pipelines.periods import Period
from pipelines.settings import Settings
from warehouse.lake import Lake, TrialLake, statuses

__all__ = ["Handover", "Outcome", "is_compound", "plain_name", "receive", "unreadable"]
logger = logging.getLogger(__name__)


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
        What became of each, in the order given; several of an archive, and of a table with columns for several months.

    Raises:
        FileNotFoundError: when a file is not there; nothing is taken in then.
        ValueError: when a period or a street that was said is none; nothing of this file or those after it is taken in.
    """
    now = datetime.now(ZONE)
    for handover in handovers:
        if not handover.path.is_file():
            raise FileNotFoundError(f"no such file: {plain_name(str(handover.path))}")
    lake = Lake(settings.home)
    with lake.locked(), ExitStack() as stack:
        lake.clear_staging()
        if trial:
            lake = TrialLake(settings.home, stack.enter_context(lake.staged()))

        def stage() -> Path:
            return stack.enter_context(lake.staged())

        incoming = [
            Incoming(
                one,
                _zoned(one.received_at or now),
                Period.parse(one.period) if one.period else None,
                stage(),
                place,
            )
            for place, handover in enumerate(handovers)
            for one in _opened(handover, settings, stage)
        ]
        readers = stack.enter_context(Readers(settings))
        desk = Desk(settings, lake, readers, progress, stage)
        desk.take(incoming)
        status = statuses(desk.receipts, desk.closed)
        outcomes = [
            replace(one.outcome, status=status[one.outcome.receipt.submission_id], trial=trial, place=one.place)
            for one in sorted(incoming, key=lambda one: one.place)
            if one.outcome is not None
        ]
        return with_changes(outcomes, lake, desk.contracts, desk.receipts, desk.register, desk.closed)


def is_compound(path: Path) -> bool:
    """Whether a file may be a workbook that is locked: only such files are looked at again for it."""
    with path.open("rb") as file:
        return file.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def unreadable(path: Path) -> str | None:
    """Why a file cannot be handed in, in Chinese: it is not there, is none, or may not be read; None when it can."""
    try:
        if not path.exists():
            return "没有这个文件（或它是一个失效的链接），请核对路径"
        if path.is_dir():
            return "这是文件夹，请写明其中的文件"
        if not path.is_file():
            return "这不是普通文件，无法读取"
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        return f"无法读取（{os.strerror(error.errno or 0)}），请核对权限和磁盘"
    return None


def _opened(handover: Handover, settings: Settings, stage: Callable[[], Path]) -> list[Handover]:
    """The files of an archive; any other file as it is, also an archive that cannot be opened: it will be refused."""
    if unreadable(handover.path):
        # Gone since the call began: refused by itself, further on.
        return [handover]
    if handover.path.stat().st_size > settings.max_file_mb * 2**20:
        return [handover]
    with handover.path.open("rb") as file:
        if not is_archive(file):
            return [handover]
    folder = stage()
    unpacked, memory = settings.max_unpacked_mb * 2**20, settings.reader_memory_mb
    names = unpack_aside(handover.path, folder, unpacked, memory, settings.reader_seconds)
    if not names:
        logger.warning("an archive could not be opened; it will be refused")
        return [handover]
    files = (folder / f"{number:04d}" for number in range(len(names)))
    return [
        replace(handover, path=path, name=f"{handover.file_name}/{name}")
        for path, name in zip(files, names, strict=True)
    ]


def _zoned(moment: datetime) -> datetime:
    return moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment
