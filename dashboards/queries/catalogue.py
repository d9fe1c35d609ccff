"""The catalogue of indicators, and the periods that have values. No values, no layout."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import streamlit as st

from dashboards.queries.publication import frame, publication
from dashboards.texts import CHAPTERS, coverage_text
from pipelines.periods import Period


@dataclass(frozen=True)
class Indicator:
    """What an indicator counts, for which clause, towards which target."""

    indicator_id: str
    name: str
    clause: int
    chapter: int
    chapter_title: str
    clause_title: str
    clause_text: str | None
    unit: str
    better: str
    target: float | None
    target_level: str | None
    target_period: str | None
    numerator_text: str
    denominator_text: str | None
    department: str
    unit_table: str
    cadence: str
    submitted_by: str | None
    headline: bool
    description: str | None
    ordinal: int
    is_sensitive: bool
    is_growth: bool
    """Whether its value is the change over a year: both sums are of the same thing."""

    @property
    def label(self) -> str:
        """Where it stands in the policy, and its name: 二·8 物业租赁收入占比."""
        return f"{CHAPTERS[self.chapter - 1]}·{self.clause}　{self.name}"

    def target_for(self, level: str, period: Period) -> float | None:
        """The value to reach at a level in a period; None where no target applies."""
        applies = self.target_level in (None, level) and self.target_period in (None, period.cadence.value)
        return self.target if applies else None

    def coverage(self, level: str, period_type: str, reported: int | None, expected: int | None) -> str:
        """How many of the hand-ins due are there: 11个街道中9个已报; nothing where all are there."""
        return coverage_text(reported, expected, by_streets=is_by_streets(self, level, period_type))


class HandedIn(Protocol):
    """What says how often, and by whom, it is handed in."""

    @property
    def cadence(self) -> str:
        """How often: month, quarter or year."""

    @property
    def submitted_by(self) -> str | None:
        """Street or district; None where there are two exports."""


def is_by_streets(what: HandedIn, level: str, period_type: str) -> bool:
    """Whether the hand-ins due for a period are those of the district's streets, one of each."""
    return (what.cadence, what.submitted_by, level) == (period_type, "street", "district")


def catalogue() -> dict[str, Indicator]:
    """All indicators by name, in the order of the policy."""
    current = publication()
    return _catalogue(current.path if current else "")


@st.cache_resource(show_spinner=False, max_entries=4)
def _catalogue(_of: str) -> dict[str, Indicator]:
    return {row["indicator_id"]: Indicator(**row) for row in frame("catalogue").to_dicts()}


def definitions(indicators: Iterable[str]) -> dict[str, Indicator]:
    """Some of them by name, in the order asked for."""
    known = catalogue()
    return {name: known[name] for name in indicators if name in known}


def period_ends(indicator: str | None = None) -> dict[str, list[date]]:
    """Last days of the periods that have values of an indicator (of any, when not given), by period type, in order."""
    return dict(frame("period_ends", indicator=indicator).iter_rows())
