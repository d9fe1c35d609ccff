"""The policy document with what measures it: clauses, their indicators as they stand, the streets that lag behind.

Values come from `standings`. No layout, no charts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from dashboards.queries.areas import DISTRICT
from dashboards.queries.publication import frame
from dashboards.queries.standings import Stand, sparks, standings
from dashboards.texts import Standing

LAGGING = 3
"""How many streets are named as the worst."""


@dataclass(frozen=True)
class Measure:
    """One indicator of a clause, as one area stands."""

    stand: Stand
    values: Sequence[float | None]
    """Over its latest periods, oldest first."""
    worst: tuple[Stand, ...]
    """Streets that miss the target, or without one have the least of what is wanted; the worst first."""


@dataclass(frozen=True)
class Clause:
    """One numbered demand of the document."""

    clause: int
    chapter: int
    chapter_title: str
    title: str
    text: str
    measures: tuple[Measure, ...]

    @property
    def standing(self) -> Standing:
        """How the whole clause stands: as its worst indicator that can be judged."""
        found = {measure.stand.standing for measure in self.measures}
        for state in (Standing.BEHIND, Standing.NEAR, Standing.ATTAINED, Standing.NO_TARGET, Standing.NOTHING):
            if state in found:
                return state
        return Standing.MISSING

    @property
    def has_data(self) -> bool:
        """Whether the data say anything about it."""
        return any(measure.stand.value is not None for measure in self.measures)


def clauses(as_of: date, area: str = DISTRICT) -> list[Clause]:
    """Every clause, in the order of the document, as an area stands on a day.

    Args:
        as_of: last day of a month; each indicator in the latest complete period of its own length.
        area: the district or a street; the worst streets are named for the district only.
    """
    stands = standings(as_of)
    lines = sparks(as_of, area=area, everything=True)
    streets: dict[str, list[Stand]] = {}
    for stand in stands:
        if stand.level == "street" and area == DISTRICT:
            streets.setdefault(stand.indicator_id, []).append(stand)
    measures: dict[int, list[Measure]] = {}
    for stand in _all_of(area, stands):
        values = lines.get((stand.indicator_id, stand.period_type), [])
        worst = lagging(streets.get(stand.indicator_id, []))
        measures.setdefault(stand.clause, []).append(Measure(stand, values, worst))
    return [
        Clause(
            row["clause"],
            row["chapter"],
            row["chapter_title"],
            row["clause_title"],
            row["text"],
            tuple(measures.get(row["clause"], ())),
        )
        for row in frame("clauses").to_dicts()
    ]


def _all_of(area: str, stands: Sequence[Stand]) -> list[Stand]:
    """Every indicator of an area; what nobody handed in stands with the district alone, and is missing here, too."""
    own = {stand.indicator_id: stand for stand in stands if stand.area_code == area}
    district = [stand for stand in stands if stand.level == "district"]
    return [
        own.get(stand.indicator_id)
        or replace(
            stand,
            area_code=area,
            value=None,
            status=None,
            reported=None,
            expected=None,
            attained=None,
            progress=None,
            previous=None,
            year_ago=None,
        )
        for stand in district
    ]


def lagging(streets: Sequence[Stand]) -> tuple[Stand, ...]:
    """The streets that stand worst in one indicator: of those that miss its target, or without a target of all."""
    known = [stand for stand in streets if stand.value is not None and not stand.attained]
    known.sort(key=lambda s: ((s.value or 0.0) * (1 if s.better == "higher" else -1), s.area_code))
    return tuple(known[:LAGGING])
