"""Records of closed periods: when a period was closed or reopened, by whom and why, and what had come in by then.

A record is one file, written once and never changed:

    closings/000001.json

Records are numbered over the whole home, in the order of the acts. Each holds its own hash, made with that of the
record before, so that none can be altered, left out or put in between unseen. The last record of a period says whether
it is closed. Reads and writes no submission.
"""

import hashlib
import os
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from warehouse.lake import Closed, Lake, label, sync, write_durably

PeriodType = Literal["month", "quarter", "year"]
Action = Literal["close", "reopen"]


class ClosingError(RuntimeError):
    """What cannot be closed or reopened; says why, in Chinese."""


class AlteredClosingError(RuntimeError):
    """A record that somebody has written to, or taken away, since it was made."""


class Act(BaseModel):
    """One act: a period was closed or reopened. It is about submissions of exactly this period and cadence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    """Counts the acts of a home, from 1."""
    action: Action
    period_type: PeriodType
    period_end: date
    reason: str
    """May be empty when a period is closed."""
    by: str
    """Who did it, as far as the machine knows."""
    at: datetime
    """When it was done, with its zone."""
    last_submission: int
    """The highest number given to a submission by then; 0 when there was none. What is above came later."""
    before: str
    """Hash of the act before; empty for the first."""
    hash: str = ""
    """SHA-256 of all of the above."""

    @property
    def label(self) -> str:
        """The period as it is written: 2010-03, 2010-Q1, 2010."""
        return label(self.period_type, self.period_end)

    def computed_hash(self) -> str:
        """The hash that belongs to what the record says."""
        return hashlib.sha256(self.model_dump_json(exclude={"hash"}).encode()).hexdigest()


class Closings:
    """The records of one Guben home."""

    def __init__(self, home: Path) -> None:
        self.root = home / "closings"
        self._lake = Lake(home)

    def acts(self) -> list[Act]:
        """Every act, in order.

        Raises:
            AlteredClosingError: when a record is not what was written, or one is missing between others.
        """
        acts: list[Act] = []
        for place, path in enumerate(sorted(self.root.glob("[0-9]*.json"), key=lambda path: int(path.stem)), 1):
            try:
                act = Act.model_validate_json(path.read_bytes())
            except ValueError as error:
                raise AlteredClosingError(f"{path} is no record of a closing: {error}") from error
            if (
                act.number != place
                or act.before != (acts[-1].hash if acts else "")
                or act.hash != act.computed_hash()
                or path.name != _name(place)
            ):
                raise AlteredClosingError(f"{path} is not what was written when {act.label} was closed or reopened")
            acts.append(act)
        return acts

    def close(self, period_type: PeriodType, period_end: date, *, by: str, at: datetime, reason: str = "") -> Act:
        """Let nothing that comes in from now on change what counts for a period. Waits for whoever takes files in.

        Args:
            period_type: Of the period; only submissions of exactly this cadence are meant.
            period_end: Its last day.
            by: Who closes it.
            at: When, in the zone of the district.
            reason: Why.

        Raises:
            ClosingError: when the period is closed already, or not over.
        """
        name = label(period_type, period_end)
        if at.date() <= period_end:
            raise ClosingError(f"{name} 还没有结束，不能关账。")
        with self._lake.locked():
            if (period_type, period_end) in closed_periods(self.acts()):
                raise ClosingError(f"{name} 已经关账，不用再关。")
            return self._add("close", period_type, period_end, (by, at, reason))

    def reopen(self, period_type: PeriodType, period_end: date, *, by: str, at: datetime, reason: str) -> Act:
        """Let everything that came in for a period count again; arguments as for `close`, but a reason is needed.

        Raises:
            ClosingError: when the period is not closed, or no reason is given.
        """
        name = label(period_type, period_end)
        if not reason.strip():
            raise ClosingError("请说明重新开账的原因（--reason）。")
        with self._lake.locked():
            if (period_type, period_end) not in closed_periods(self.acts()):
                raise ClosingError(f"{name} 没有关账，不用重新开账。")
            return self._add("reopen", period_type, period_end, (by, at, reason))

    def _add(self, action: Action, period_type: PeriodType, period_end: date, said: tuple[str, datetime, str]) -> Act:
        """Write the next record aside, wait until it is on the disk, and give it its name. Call it while locked."""
        acts = self.acts()
        by, at, reason = said
        act = Act(
            number=len(acts) + 1,
            action=action,
            period_type=period_type,
            period_end=period_end,
            reason=reason.strip(),
            by=by,
            at=at,
            last_submission=int(self._lake.next_id(self._lake.receipts())) - 1,
            before=acts[-1].hash if acts else "",
        )
        act = act.model_copy(update={"hash": act.computed_hash()})
        if not self.root.exists():
            self.root.mkdir(parents=True)
            sync(self.root.parent)
        staged = self.root / ".staged"
        staged.unlink(missing_ok=True)
        write_durably(staged, act.model_dump_json(indent=1).encode(), 0o444)
        # A link, unlike a rename, never takes the place of a record that is there.
        os.link(staged, self.root / _name(act.number))
        staged.unlink()
        sync(self.root)
        return act


def _name(number: int) -> str:
    return f"{number:06d}.json"


def closed_periods(acts: Iterable[Act]) -> dict[tuple[str, date], Act]:
    """The periods that are closed, by type and last day, each with the act that closed it."""
    last = {(act.period_type, act.period_end): act for act in sorted(acts, key=lambda act: act.number)}
    return {period: act for period, act in last.items() if act.action == "close"}


def what_counts(acts: Iterable[Act]) -> Closed:
    """Of each closed period the number of the last submission that counts, for `lake.active_parts`."""
    return {period: act.last_submission for period, act in closed_periods(acts).items()}
