"""One street: what it lacks in points of the assessments, which communities hold it back, what it is best at.

Joins and adds what is published. No layout, no charts.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from dashboards.queries import assessment
from dashboards.queries.publication import frame
from dashboards.queries.standings import Stand

_NOTICEABLE = 0.005
"""Points below which nothing is to be won."""


def gaps(year: int, street: str) -> pl.DataFrame:
    """Every line of the street's sheets in all assessments of a year, most points to win first.

    Columns: scheme, title (of the assessment), indicator_id, name, dimension, unit, better, value, weight, points,
    lost, floor, target, per_case, note, is_growth, reported, expected.
    """
    parts = []
    for about in assessment.assessments().values():
        lines = assessment.sheets(about.scheme, year).filter(street_code=street)
        if lines.height:
            rules = assessment.adopted(about.scheme, year).lines.select("indicator_id", "floor", "target", "per_case")
            parts.append(
                lines.join(rules, on="indicator_id", how="left").with_columns(
                    scheme=pl.lit(about.scheme), title=pl.lit(about.short), lost=pl.col("weight") - pl.col("points")
                )
            )
    if not parts:
        return pl.DataFrame()
    return pl.concat(parts).sort("lost", descending=True, maintain_order=True)


def communities(gaps: pl.DataFrame, year: int, street: str) -> pl.DataFrame:
    """What each community holds back of each line of `gaps`.

    The points lost by a line are laid on the communities in proportion to what each lacks: the people, cases or yuan
    missing to the target. A line without values there (not handed in) is laid on nobody, and nothing on a community
    whose count is too small to be shown (status small).

    Columns: scheme, indicator_id, name, area_code, community, value, unit, lacking (in units of the numerator), points,
    status, attained, target.
    """
    found = frame(
        "street_communities", indicators=gaps["indicator_id"].unique().sort().to_list(), year=year, street=street
    )
    above, below = pl.col("numerator").cast(pl.Float64), pl.col("denominator").cast(pl.Float64)
    # The value of a growth is numerator / denominator - 1.
    goal = (pl.col("target") + pl.col("is_growth").cast(pl.Float64)) * below
    lacking = (
        pl.when(pl.col("per_case").is_not_null())
        .then(above)
        .when(pl.col("target") > pl.col("floor"))
        .then(goal - above)
        .otherwise(above - goal)
    )
    lines = gaps.select("scheme", "indicator_id", "name", "unit", "lost", "floor", "target", "per_case", "is_growth")
    everything = pl.col("lacking").sum().over("scheme", "indicator_id")
    return (
        lines.join(found, on="indicator_id")
        .with_columns(lacking=lacking.clip(lower_bound=0.0).fill_null(0.0))
        .with_columns(
            points=pl.when(everything > 0).then(pl.col("lost") * pl.col("lacking") / everything).otherwise(0.0)
        )
        .select(
            "scheme", "indicator_id", "name", "area_code", "community", "value", "unit", "lacking", "points",
            "status", "attained", "target",
        )
        .sort("points", descending=True, maintain_order=True)
    )  # fmt: skip


def held_back(communities: pl.DataFrame) -> pl.DataFrame:
    """The communities of the street by the points they hold back, the most first.

    Columns: area_code, community, points, attained, behind (numbers of indicators), worst (up to three indicators).
    """
    each = communities.unique(["indicator_id", "area_code"], maintain_order=True)
    states = each.group_by("area_code").agg(
        attained=(pl.col("attained").fill_null(value=False)).sum(),
        behind=(~pl.col("attained").fill_null(value=True)).sum(),
    )
    worst = pl.col("name").filter(pl.col("points") > _NOTICEABLE).head(3).str.join("、")
    return (
        communities.group_by("area_code", "community", maintain_order=True)
        .agg(pl.col("points").sum(), worst.alias("worst"))
        .join(states, on="area_code", maintain_order="left")
        .sort("points", "area_code", descending=[True, False])
    )


def to_win(gaps: pl.DataFrame, most: int = 3) -> pl.DataFrame:
    """The lines with the most points to win."""
    return gaps.filter(pl.col("lost") > _NOTICEABLE).head(most)


def strengths(stands: Sequence[Stand], street: str, most: int = 5) -> list[tuple[Stand, int, int, Stand | None]]:
    """What the street is best at: the indicator, its rank among the streets, of how many, and the district's.

    Only where at least three streets have a value, the street stands in the first quarter alone or with others, is
    better than the district, and misses no target.
    """
    by_indicator: dict[str, list[Stand]] = {}
    for stand in stands:
        if stand.value is not None:
            by_indicator.setdefault(stand.indicator_id, []).append(stand)
    result = []
    for found in by_indicator.values():
        district = next((s for s in found if s.level == "district"), None)
        streets = [s for s in found if s.level == "street"]
        own = next((s for s in streets if s.area_code == street), None)
        if own is None or len(streets) < 3 or own.attained is False:
            continue
        rank = 1 + sum(_is_better(other, own) for other in streets)
        beaten = sum(_is_better(own, other) for other in streets)
        if rank <= max(1, len(streets) // 4) and beaten >= len(streets) // 2:
            result.append((own, rank, len(streets), district, beaten))
    result.sort(key=lambda row: (row[1], -row[4], row[0].ordinal))
    return [row[:4] for row in result[:most]]


def changes(stands: Sequence[Stand], street: str, as_of: date) -> tuple[list[Stand], list[Stand]]:
    """What became better and what became worse since the period before, the largest changes first.

    Only what has a new value on that day: months, and the quarters and years that ended then. Shares are ordered by the
    change in points, everything else by the change as a share of what it was.
    """
    moved = [s for s in stands if s.area_code == street and s.period_end == as_of and abs(s.change or 0.0) > 1e-9]
    moved.sort(key=lambda s: (-_size(s), s.ordinal))
    return [s for s in moved if not s.is_worse], [s for s in moved if s.is_worse]


def _size(stand: Stand) -> float:
    change = abs(stand.change or 0.0)
    return change if stand.unit == "比例" else min(1.0, change / max(abs(stand.previous or 0.0), 1.0))


def _is_better(one: Stand, other: Stand) -> bool:
    assert one.value is not None
    assert other.value is not None
    difference = one.value - other.value
    return difference > 1e-12 if one.better == "higher" else difference < -1e-12
