"""One indicator over time, streets and communities, down to the rows behind it. No layout, no charts."""

from collections.abc import Callable

import polars as pl
import streamlit as st

from dashboards.queries.publication import cursor, frame, publication
from pipelines.periods import Period
from warehouse.explain import Explanation, UnknownNumberError, explain


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

    Columns: area_code, area_name, level, period_end, value, status, reported, expected, attained, progress.
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
