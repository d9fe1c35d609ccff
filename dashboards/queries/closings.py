"""Which periods are closed, what waits for them, and what that would change, as published."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboards.queries.publication import frame
from pipelines.periods import Cadence, Period


@dataclass(frozen=True)
class Act:
    """A period was closed or reopened."""

    number: int
    action: str
    """`close` or `reopen`."""
    period: Period
    reason: str
    done_by: str
    at: datetime
    is_latest: bool
    """Whether it is the last act on its period."""
    waiting: int
    """How many files wait for the period now."""

    @property
    def is_closed(self) -> bool:
        """Whether the period is closed by this act, now."""
        return self.is_latest and self.action == "close"


def acts() -> list[Act]:
    """Every closing and reopening, the latest first."""
    return [
        Act(period=Period(row.pop("period_end"), Cadence(row.pop("period_type"))), **row)
        for row in frame("closings").to_dicts()
    ]


def closed_within(period: Period) -> list[Act]:
    """The closings that hold a period or one inside it, the earliest period first."""
    return sorted((act for act in acts() if act.is_closed and period.contains(act.period)), key=lambda act: act.period)


def changed_periods() -> list[Period]:
    """The periods in which something would change if all closed periods were reopened, in order."""
    rows = frame("closings_periods").select("period_end", "period_type").iter_rows()
    return [Period(end, Cadence(kind)) for end, kind in rows]


def would_be(period: Period) -> pl.DataFrame:
    """What would change in a period.

    Columns: indicator_id, name, unit, level, area_code, area_name, value, status, would_be_value, would_be_status.
    """
    return frame("closings_would_be", period_type=period.cadence.value, period_end=period.end)
