"""How the district and its streets stand on a day: every indicator in the latest complete period of its own length.

One question answers the whole page 总览. No layout, no charts.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from dashboards.queries.areas import DISTRICT
from dashboards.queries.catalogue import is_by_streets
from dashboards.queries.publication import frame
from dashboards.texts import Standing, coverage_text, standing


@dataclass(frozen=True)
class Stand:
    """One indicator of one area on a day."""

    indicator_id: str
    name: str
    unit: str
    better: str
    chapter: int
    clause: int
    headline: bool
    ordinal: int
    target: float | None
    cadence: str
    submitted_by: str | None
    level: str
    area_code: str
    area_name: str
    period_type: str
    period_end: date
    value: float | None
    status: str | None
    reported: int | None
    expected: int | None
    attained: bool | None
    progress: float | None
    previous: float | None
    """Its value in the period before."""
    year_ago: float | None
    """Its value in the same period a year earlier."""

    @property
    def coverage(self) -> str:
        """How many of the hand-ins due are there: 11个街道中9个已报; empty where all are."""
        by_streets = is_by_streets(self, self.level, self.period_type)
        return coverage_text(self.reported, self.expected, by_streets=by_streets)

    @property
    def standing(self) -> Standing:
        """How the value stands to its target."""
        return standing(self.status, self.attained, self.progress)

    @property
    def change(self) -> float | None:
        """Since the period before."""
        return None if self.value is None or self.previous is None else self.value - self.previous

    @property
    def change_on_year(self) -> float | None:
        """Since the same period a year earlier."""
        return None if self.value is None or self.year_ago is None else self.value - self.year_ago

    @property
    def is_worse(self) -> bool:
        """Whether the change since the period before goes the wrong way."""
        change = self.change or 0.0
        return change < 0 if self.better == "higher" else change > 0

    @property
    def gap(self) -> float | None:
        """How far the value is from a target it misses; None when it does not miss one."""
        if self.value is None or self.target is None or self.attained is not False:
            return None
        return abs(self.value - self.target)


def standings(as_of: date, area_map: str = "then") -> list[Stand]:
    """Every indicator of the district and of each street, in the order of the policy."""
    return [Stand(**row) for row in frame("standing", as_of=as_of, map=area_map).to_dicts()]


def sparks(
    as_of: date, area_map: str = "then", *, area: str = DISTRICT, everything: bool = False
) -> dict[tuple[str, str], list[float | None]]:
    """The latest values of an area's headline indicators (or of all), oldest first, by indicator and period type."""
    found = frame("sparks", as_of=as_of, map=area_map, area=area, everything=everything)
    return {
        (str(key[0]), str(key[1])): group["value"].to_list()
        for key, group in found.group_by("indicator_id", "period_type", maintain_order=True)
    }


def vetoes(as_of: date) -> pl.DataFrame:
    """Streets with a capped grade in the latest year assessed: year, street_code, street_name, grade, veto, status."""
    return frame("vetoes", as_of=as_of)


def hand_ins_due(as_of: date) -> pl.DataFrame:
    """The latest hand-in due of every export and submitter.

    Columns: export, title, department, period_type, period_end, submitter, submitter_name, due_on, is_there, is_late.
    """
    return frame("hand_ins_due", as_of=as_of)
