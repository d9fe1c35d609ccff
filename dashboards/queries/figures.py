"""Published values of any indicators, for one area and period: as they stand, beside the areas below, and over time.

Map `then` throughout: what happened on the streets as they were. Says nothing about single indicators.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from dashboards.queries.catalogue import Indicator, definitions
from dashboards.queries.publication import frame
from dashboards.texts import Standing, standing
from pipelines.periods import Period


@dataclass(frozen=True)
class Reading:
    """The value of one indicator for one area and period, and how it changed."""

    definition: Indicator
    value: float | None
    numerator: float | None
    denominator: float | None
    status: str | None
    standing: Standing
    target: float | None
    before: float | None
    """Value of the period before; None when there is none."""
    year_before: float | None
    coverage: str
    """How many of the hand-ins due are there; empty where all are."""

    @property
    def change(self) -> float | None:
        """Since the period before."""
        return None if self.value is None or self.before is None else self.value - self.before

    @property
    def change_on_year(self) -> float | None:
        """Since the same period of the year before."""
        return None if self.value is None or self.year_before is None else self.value - self.year_before


def within(indicators: Sequence[str], area: str, period: Period) -> pl.DataFrame:
    """The area itself and the areas directly below it.

    Columns: indicator_id, level, period_type, area_code, area_name, numerator, denominator, value, status, reported,
    expected, attained, progress.
    """
    return _at("figures_within", indicators, area, period)


def communities(indicators: Sequence[str], area: str, period: Period) -> pl.DataFrame:
    """Every community of the area.

    Columns: indicator_id, area_code, community, street_code, street, numerator, denominator, value, status, attained,
    progress.
    """
    return _at("figures_communities", indicators, area, period)


def trend(indicators: Sequence[str], area: str, period: Period) -> pl.DataFrame:
    """The area over all periods of this length up to this one.

    Columns: indicator_id, period_end, numerator, denominator, value, status, reported, expected.
    """
    return _at("figures_trend", indicators, area, period)


def readings(indicators: Sequence[str], area: str, level: str, period: Period) -> dict[str, Reading]:
    """How the area stands in the period, by name of the indicator."""
    now = {row["indicator_id"]: row for row in within(indicators, area, period).to_dicts() if row["area_code"] == area}
    past = {
        (row["indicator_id"], row["period_end"]): row["value"] for row in trend(indicators, area, period).to_dicts()
    }
    year_before = period.shifted(-12 // period.cadence.months)
    result = {}
    for name, definition in definitions(indicators).items():
        row = now.get(name, {})
        result[name] = Reading(
            definition,
            row.get("value"),
            _float(row.get("numerator")),
            _float(row.get("denominator")),
            row.get("status"),
            standing(row.get("status"), row.get("attained"), row.get("progress")),
            definition.target_for(level, period),
            past.get((name, period.shifted(-1).end)),
            past.get((name, year_before.end)),
            definition.coverage(level, period.cadence.value, row.get("reported"), row.get("expected")),
        )
    return result


def _float(number: object) -> float | None:
    return None if number is None else float(str(number))


def _at(name: str, indicators: Sequence[str], area: str, period: Period) -> pl.DataFrame:
    return frame(name, indicators=list(indicators), area=area, period_type=period.cadence.value, period_end=period.end)
