"""Files from the browser on their way in, as `guben submit` would take them: judged on trial, then handed in or let go.

No layout. What was dropped is kept in the session until it is handed in or withdrawn, and nowhere else.
"""

import logging
import re
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.intake.receive import Outcome
    from pipelines.modelling.plausibility import Doubt

TYPES = ("xlsx", "xlsm", "xls", "et", "csv", "tsv", "txt", "zip")
"""Endings that the file picker offers; what a file is, its bytes say."""
MOST_MB = 200
"""What one session may keep waiting."""
_LONGEST = 80
"""Characters of a name without its ending; a file system takes 255 bytes."""

Stage = Literal["dropped", "judged", "confirmed", "received"]


@dataclass(eq=False)
class HandIn:
    """One file from the browser, from being dropped to its receipt."""

    number: int
    name: str
    content: bytes
    """Forgotten once it is received."""
    period: str | None = None
    """What is said of the period, as 2026-10; None to go by the file."""
    streets: tuple[str, ...] = ()
    """Codes of the streets it is for; none to go by the file."""
    password: str | None = field(default=None, repr=False)
    """Of a workbook that is locked; forgotten with its bytes."""
    stage: Stage = "dropped"
    outcomes: "tuple[Outcome, ...]" = ()
    """Of the trial, then of receiving it; an archive has several."""
    is_other_than_shown: bool = False
    """Whether what became of it is not what the trial had said, since others handed in meanwhile."""
    doubts: "tuple[Doubt, ...]" = ()
    """What is doubtful in what was received, against the past that is published."""
    problem: str | None = None
    """What went wrong that is no fault of the file."""

    @property
    def is_locked(self) -> bool:
        """Whether a password is needed to read it, or another one."""
        return self.stage == "judged" and any("打开密码" in (o.receipt.refusal or "") for o in self.outcomes)

    @property
    def is_usable(self) -> bool:
        """Whether confirming it would change what counts, or will count when its period is reopened."""
        return self.stage == "judged" and any(
            o.status in ("active", "waiting") and not o.unchanged for o in self.outcomes
        )


class Work:
    """Files being judged or received, aside from the page: leaving it or clicking about stops nothing half-way."""

    def __init__(self, hand_ins: Sequence[HandIn], by: str | None, *, trial: bool) -> None:
        self.hand_ins = tuple(hand_ins)
        self.trial = trial
        self.done, self.total = 0, len(hand_ins)
        self.size = sum(len(one.content) for one in hand_ins)
        self.started = time.monotonic()
        self.finished = threading.Event()
        self._by = by
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            found = take_in(self.hand_ins, self._by, trial=self.trial, progress=self._advance)
            for one, outcomes in zip(self.hand_ins, found, strict=True):
                self._settle(one, outcomes)
            if not self.trial:
                self._doubt()
        except Exception:  # Whatever it is, the page must say that nothing came of it.
            logging.getLogger("guben.dashboards").exception("handing in from the page failed")
            for one in self.hand_ins:
                if one.stage == "received":
                    continue
                one.stage = "judged"
                one.problem = (
                    "没有检查成功，数据没有变化。请再试一次；如果还不行，请联系管理员。"
                    if self.trial
                    else "没有报送成功。请再试一次，已经收下的不会重复计入；如果还不行，请联系管理员。"
                )
        finally:
            self.finished.set()

    def _advance(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def _settle(self, one: HandIn, outcomes: "tuple[Outcome, ...]") -> None:
        one.problem = None
        if self.trial:
            one.stage = "judged"
        else:
            one.stage, one.content, one.password = "received", b"", None
            one.is_other_than_shown = list(map(_gist, one.outcomes)) != list(map(_gist, outcomes))
        one.outcomes = outcomes

    def _doubt(self) -> None:
        """Look for what is doubtful; it is received either way."""
        try:
            for one in self.hand_ins:
                one.doubts = tuple(doubtful(one.outcomes))
        except Exception:
            logging.getLogger("guben.dashboards").exception("looking for what is doubtful failed")


def _gist(outcome: "Outcome") -> tuple[object, ...]:
    changes = outcome.changes
    return outcome.status, outcome.unchanged, changes and (changes.added, changes.removed, changes.changed)


@dataclass
class Tray:
    """The files of one session, in the order in which they were dropped."""

    files: list[HandIn] = field(default_factory=list)
    work: Work | None = None
    count: int = 0
    """Of files ever dropped."""
    drops: int = 0
    """How often some were dropped."""
    left_out: list[str] = field(default_factory=list)
    """Names of those that found no room."""

    def drop(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Take files up, as far as there is room."""
        self.left_out = []
        self.drops += 1
        for name, content in files:
            if sum(len(one.content) for one in self.files) + len(content) > MOST_MB * 2**20:
                self.left_out.append(name)
                continue
            self.count += 1
            self.files.append(HandIn(self.count, safe_name(name), content))

    def at(self, stage: Stage) -> list[HandIn]:
        """Those that have come so far."""
        return [one for one in self.files if one.stage == stage]

    def withdraw(self, hand_ins: Sequence[HandIn]) -> None:
        """Forget them, unless they are being received right now."""
        self.files = [one for one in self.files if one not in hand_ins or one.stage == "confirmed"]

    def next_work(self, by: str | None) -> Work | None:
        """What is being done with them, or is to be done next; None when all of it is done."""
        if self.work is not None and not self.work.finished.is_set():
            return self.work
        self.work = None
        for stage in ("confirmed", "dropped"):
            if waiting := self.at(stage):
                self.work = Work(waiting, by, trial=stage == "dropped")
                break
        return self.work


def take_in(
    hand_ins: Sequence[HandIn],
    by: str | None = None,
    *,
    trial: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> "list[tuple[Outcome, ...]]":
    """Receive files together, or only judge them; returns what became of each, in the order given.

    Raises:
        ValueError: when a period is none, or a street is not known; nothing is taken in.
        OSError: when the disk fails.
    """
    from pipelines.intake.receive import Handover, receive  # noqa: PLC0415 - loads what only this needs

    with tempfile.TemporaryDirectory(prefix="guben-") as folder:
        handovers = []
        for place, one in enumerate(hand_ins):
            path = Path(folder) / str(place) / one.name
            path.parent.mkdir()
            path.write_bytes(one.content)
            handovers.append(
                Handover(path, period=one.period, streets=one.streets, by=by, channel="page", password=one.password)
            )
        outcomes = receive(Settings(), handovers, trial=trial, progress=progress)
    return [tuple(outcome for outcome in outcomes if outcome.place == place) for place in range(len(handovers))]


def doubtful(outcomes: "Sequence[Outcome]") -> "list[Doubt]":
    """What is doubtful in files just handed in, compared with what is published."""
    from pipelines.modelling.plausibility import implausible  # noqa: PLC0415 - loads what only this needs

    return implausible(Settings(), [outcome.receipt for outcome in outcomes])


def safe_name(name: str) -> str:
    """The last part of a name from outside, without what does not belong in a file's name; its ending is kept."""
    base = PurePosixPath(name.replace("\\", "/")).name
    clean = re.sub(r"[\x00-\x1f\x7f<>:\"|?*]", "", base).strip().lstrip(".")
    stem, dot, ending = clean.rpartition(".")
    if not dot:
        return clean[:_LONGEST] or "未命名"
    return f"{stem[:_LONGEST] or '未命名'}.{ending[:8]}"
