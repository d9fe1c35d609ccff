"""The catalogue of indicators, and one indicator over time, streets and communities. No layout, no charts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl
import streamlit as st

from dashboards.queries.publication import cursor, frame, publication
from dashboards.texts import CHAPTERS
from pipelines.periods import Period
from warehouse.explain import Explanation, UnknownNumberError, explain


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
    headline: bool
    description: str | None
    ordinal: int

    @property
    def label(self) -> str:
        """Where it stands in the policy, and its name: 二·8 物业租赁收入占比."""
        return f"{CHAPTERS[self.chapter - 1]}·{self.clause}　{self.name}"

    def target_for(self, level: str, period: Period) -> float | None:
        """The value to reach at a level in a period; None where no target applies."""
        applies = self.target_level in (None, level) and self.target_period in (None, period.cadence.value)
        return self.target if applies else None


def catalogue() -> dict[str, Indicator]:
    """All indicators by name, in the order of the policy."""
    return {row["indicator_id"]: Indicator(**row) for row in frame("catalogue").to_dicts()}


def period_ends(indicator: str | None = None) -> dict[str, list[date]]:
    """Last days of the periods that have values of an indicator (of any, when not given), by period type."""
    found = frame("period_ends", indicator=indicator)
    return {str(key[0]): group["period_end"].to_list() for key, group in found.group_by("period_type")}


def history(indicator: str, area: str, period: Period, area_map: str, periods: int) -> pl.DataFrame:
    """One area over the latest periods of this length, up to this one, oldest first.

    Columns: period_end, value, numerator, denominator, status, reported, expected, attained, progress, target.
    """
    return frame("history", indicator=indicator, area=area, map=area_map, periods=periods, **_of(period))


def streets(indicator: str, period: Period, area_map: str) -> pl.DataFrame:
    """All streets in one period.

    Columns: area_code, area_name, value, numerator, denominator, status, reported, expected, attained, progress.
    """
    return frame("streets_ranked", indicator=indicator, map=area_map, **_of(period))


def heat(indicator: str, area: str, period: Period, area_map: str, periods: int) -> pl.DataFrame:
    """The areas right below one over the latest periods.

    Columns: area_code, area_name, period_end, value, status, attained, progress.
    """
    return frame("heat", indicator=indicator, area=area, map=area_map, periods=periods, **_of(period))


def headers(unit_table: str) -> dict[str, str]:
    """What the columns of a table of counted units are called in Chinese."""
    return dict(frame("unit_headers", unit_table=unit_table).iter_rows())


def explanation(indicator: str, area: str, period: Period, area_map: str, limit: int) -> Explanation | None:
    """The number with the rows behind it; None when there is no such number."""
    current = publication()
    return None if current is None else _explained(current.path, indicator, area, period, area_map, limit)


def all_rows(indicator: str, area: str, period: Period, area_map: str) -> Callable[[], pl.DataFrame]:
    """A function that fetches every row behind the number, to be called when somebody wants the file."""
    current = publication()
    if current is None:
        return pl.DataFrame
    return lambda: _explain(current.path, indicator, area, period, area_map, None).rows


@st.cache_data(show_spinner=False, max_entries=50)
def _explained(path: str, indicator: str, area: str, period: Period, area_map: str, limit: int) -> Explanation | None:
    try:
        return _explain(path, indicator, area, period, area_map, limit)
    except UnknownNumberError:
        return None


def _explain(path: str, indicator: str, area: str, period: Period, area_map: str, limit: int | None) -> Explanation:
    own = cursor(path)
    try:
        return explain(own, indicator, area, (period.cadence.value, period.end), area_map, limit)
    finally:
        own.close()


def _of(period: Period) -> dict[str, object]:
    return {"period_type": period.cadence.value, "period_end": period.end}
