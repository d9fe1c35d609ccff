"""The inbox: files that lie in a folder are taken when they are complete, received, and removed once they are kept.

A file is first moved into `.taking`, where nobody else writes. Killed at any moment, the next one finds it there and
receives it, or removes it when it had been received. Knows the folder; what becomes of a file is up to `receive`.
"""

import fcntl
import logging
import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.intake.desk import ZONE, Progress
from pipelines.intake.naming import public_name
from pipelines.intake.outcome import Handover, Outcome, plain_name
from pipelines.intake.receive import receive
from pipelines.settings import Settings
from warehouse.lake import ORIGINAL, Lake, Receipt

logger = logging.getLogger(__name__)

TAKING = ".taking"
NOT_TAKEN = ".not_taken"
TOO_LARGE = ".too_large"
MOMENT = 1.0
"""Seconds in which a file must not change to count as complete."""
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", ".partial")
_LONGEST = 80
"""Characters of a file's name that are kept; a file system takes 255 bytes."""

Look = tuple[int, int, int]
"""What a file looked like: inode, size, and when it was last changed or moved, in nanoseconds."""


@dataclass(frozen=True)
class _Taken:
    """A file that was moved out of the inbox, not received yet."""

    path: Path
    at: datetime
    """When; told to `receive`, so that one file taken is known again by it."""
    office: str | None
    """The folder of the inbox that it lay in."""


def waiting(inbox: Path) -> dict[Path, Look]:
    """The files that lie in the inbox and what they look like; none that is hidden, temporary or no regular file.

    A symbolic link is not taken, wherever it points: it could hand in what only this process may read.
    """
    return {path: look for path, look, _ in _walk(inbox)}


def take_inbox(settings: Settings, *, progress: Progress | None = None) -> list[Outcome]:
    """Receive the files of the inbox that are complete, and remove them: the sealed originals are kept.

    What cannot be read, or is still being written, stays where it is; what fails in an unforeseen way is put aside.

    Raises:
        OSError: when the lake cannot be written; the files are received the next time.
    """
    inbox = settings.inbox
    inbox.mkdir(parents=True, exist_ok=True)
    left = _left_over(inbox)
    before = waiting(inbox)
    if before:
        time.sleep(MOMENT)
    taken = left + _taken(inbox, before)
    outcomes = _received(settings, taken, progress) if taken else []
    _tidy(inbox / TAKING)
    return outcomes


def _walk(inbox: Path) -> Iterator[tuple[Path, Look, int]]:
    """Path, look and open folder of each file that may be taken."""
    for folder, folders, names, handle in os.fwalk(inbox, onerror=_unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.startswith((".", "~$")) or name.lower().endswith(_UNFINISHED):
                continue
            path = Path(folder, name)
            try:
                found = os.stat(name, dir_fd=handle, follow_symlinks=False)
            except OSError:
                continue  # It has gone meanwhile.
            if stat.S_ISREG(found.st_mode):
                yield path, (found.st_ino, found.st_size, found.st_ctime_ns), handle
            else:
                logger.warning("not taken from the inbox, since it is no regular file: %s", _logged(path.name))


def _unreadable(error: OSError) -> None:
    logger.warning("a folder of the inbox cannot be read: %s", error.strerror)


def _taken(inbox: Path, before: dict[Path, Look]) -> list[_Taken]:
    """Move those that look as they did a moment ago out of the way of whoever writes them."""
    now = datetime.now(ZONE)
    found: list[_Taken] = []
    for path, look, handle in _walk(inbox):
        if before.get(path) != look:
            continue
        office = _plain(path.relative_to(inbox).parts[0]) if path.parent != inbox else "-"
        target = inbox / TAKING / f"{now.timestamp():.6f}" / str(len(found)) / office / _plain(path.name)
        try:
            if _is_being_written(path.name, handle):
                continue
            target.parent.mkdir(parents=True)
            os.rename(path.name, target, src_dir_fd=handle)
        except FileNotFoundError:
            continue  # Somebody took it back.
        except OSError as error:
            logger.warning("left in the inbox, since it cannot be taken: %s: %s", _logged(path.name), error.strerror)
            continue
        found.append(_taken_at(target))
    return found


def _is_being_written(name: str, folder: int) -> bool:
    """Whether a process of this machine holds the file open for writing.

    Raises:
        OSError: when it cannot be read.
    """
    file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    try:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)  # Not granted while there is a writer.
    except BlockingIOError:
        return True
    except OSError:
        return False  # Not known: another's file, or a file system without leases.
    finally:
        os.close(file)
    return False


def _taken_at(path: Path) -> _Taken:
    """What the place of a file in `.taking` says of it."""
    moment, _, office, _ = path.parts[-4:]
    return _Taken(path, datetime.fromtimestamp(float(moment), ZONE), None if office == "-" else office)


def _left_over(inbox: Path) -> list[_Taken]:
    """What was taken by a process that did not come to its end; what of it was received, `receive` knows again."""
    return list(map(_taken_at, sorted((inbox / TAKING).glob("*/*/*/*"))))


def _received(settings: Settings, taken: Sequence[_Taken], progress: Progress | None) -> list[Outcome]:
    """Receive them together; if that fails in an unforeseen way, each on its own: one cannot stop the others."""
    lake, inbox = Lake(settings.home), settings.inbox
    handovers = [Handover(one.path, one.at, by=one.office, channel="inbox") for one in taken]
    try:
        outcomes = receive(settings, handovers, progress=progress)
    except OSError:
        raise
    except Exception:
        if len(taken) == 1:
            logger.exception("a file of the inbox could not be received, and was put aside")
            _put_aside(inbox / NOT_TAKEN, taken[0], f"{taken[0].at:%Y%m%dT%H%M%S%f}")
            return []
        return [outcome for one in taken for outcome in _received(settings, [one], None)]
    for place, one in enumerate(taken):
        _clear(inbox, one, [outcome.receipt for outcome in outcomes if outcome.place == place], lake)
    return outcomes


def _clear(inbox: Path, taken: _Taken, receipts: Sequence[Receipt], lake: Lake) -> None:
    """Remove a file that was received, unless the lake keeps no original of it."""
    # A receipt of another moment is the earlier one of the same bytes; its original may have been deleted by now.
    if all((lake.folder(one) / ORIGINAL).exists() or one.received_at != taken.at for one in receipts):
        taken.path.unlink(missing_ok=True)
    else:
        # Too large to be kept in the lake: put aside, so that nothing is lost and it is not refused again.
        _put_aside(inbox / TOO_LARGE, taken, receipts[0].submission_id)


def _put_aside(folder: Path, taken: _Taken, prefix: str) -> None:
    folder.mkdir(exist_ok=True)
    taken.path.rename(folder / f"{prefix}_{taken.path.name}")


def _plain(name: str) -> str:
    """A name as text, and no longer than that what is taken still fits beside it."""
    shown = Path(plain_name(name))
    return f"{shown.stem[:_LONGEST]}{shown.suffix[:8]}"


def _logged(name: str) -> str:
    """The name of a file for the log: without what may name a person."""
    return public_name(_plain(name), frozenset())


def _tidy(folder: Path) -> None:
    """Remove the empty folders of what was taken, the deepest first."""
    for inner, _, _ in os.walk(folder, topdown=False):
        try:
            Path(inner).rmdir()
        except OSError:
            continue  # Something is left in it, for the next time.
