"""A yearly assessment as arithmetic: a scheme and the streets' values in, scores, totals, ranks and their firmness out.

The same rules as `sql/marts/assessment_scores.sql` and `assessment_totals.sql`, for schemes that are not the adopted
one and for years that are locked. Reads and writes nothing. Clauses 13 and 29.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

import polars as pl

Definition = Mapping[str, Any]
"""A scheme as `sql/assessments/*.yaml` says it."""

_CONDITION = re.compile(r"(\w+)\s*(>=|>)\s*([\d.]+)")

SAMPLES = 2000
SPREAD = 0.2
SEED = 20100005

INPUTS = {"street_code": pl.String, "indicator_id": pl.String, "value": pl.Float64, "status": pl.String}
"""One row per street and indicator: the year's value on the map of its time, and the value's published status."""


class SchemeError(ValueError):
    """A scheme that cannot be computed; says why, in Chinese."""


@dataclass(frozen=True)
class Scheme:
    """A scheme that can be computed. Weights need not add up to 100: they count in proportion."""

    definition: Definition

    def __post_init__(self) -> None:
        for row in self.lines.iter_rows(named=True):
            if row["per_case"] is None and row["floor"] == row["target"]:
                raise SchemeError(f"指标 {row['indicator_id']} 的底线与目标相同，无法计分")
        if (
            not self.lines["dimension_weight"].sum()
            or 0 in self.lines.group_by("dimension").agg(pl.col("weight").sum())["weight"].to_list()
        ):
            raise SchemeError("一个方面的各项指标、或各个方面的权重不能全部为零")

    @cached_property
    def lines(self) -> pl.DataFrame:
        """Columns: dimension, dimension_weight, indicator_id, weight, floor, target, per_case."""
        rows = [
            {"dimension": dimension, "dimension_weight": about["weight"], "indicator_id": name, **rule}
            for dimension, about in self.definition["dimensions"].items()
            for name, rule in about["indicators"].items()
        ]
        numbers = ("dimension_weight", "weight", "floor", "target", "per_case")
        schema = {"dimension": pl.String, "indicator_id": pl.String, **dict.fromkeys(numbers, pl.Float64)}
        return pl.DataFrame(rows, schema=schema)

    @property
    def grades(self) -> list[tuple[float, str]]:
        """Least total and name of each grade, the best first."""
        return sorted(((float(least), str(name)) for least, name in self.definition["grades"]), reverse=True)

    @property
    def vetoes(self) -> list[tuple[str, bool, float, float, str]]:
        """Indicator, whether the threshold itself is enough, threshold, least total of the grade it caps at, reason."""
        least = {name: minimum for minimum, name in self.grades}
        result = []
        for veto in self.definition.get("vetoes", ()):
            match = _CONDITION.fullmatch(veto["when"])
            if match is None:
                raise SchemeError(f"看不懂的否决条件：{veto['when']}")
            indicator, operator, threshold = match.groups()
            result.append((indicator, operator == ">=", float(threshold), least[veto["cap"]], veto["because"]))
        return result

    @property
    def indicators(self) -> list[str]:
        """Every indicator it looks at, those of vetoes included."""
        return sorted({*self.lines["indicator_id"], *(veto[0] for veto in self.vetoes)})


def sheets(scheme: Scheme, inputs: pl.DataFrame, streets: pl.Series) -> pl.DataFrame:
    """The score sheets of the streets, in the scheme's order.

    Args:
        scheme: What counts how much.
        inputs: Columns of `INPUTS`; a pair that is not there was not handed in.
        streets: Codes of the streets assessed.

    Returns:
        Columns street_code, dimension, indicator_id, value, status, score, weight, points, as published in
        `assessment_scores`; and `base`, the weight inside the dimension.
    """
    reach = (pl.col("value") - pl.col("floor")) / (pl.col("target") - pl.col("floor"))
    score = (
        pl.when(pl.col("status") == "not_handed_in")
        .then(0.0)
        .when(pl.col("per_case").is_not_null())
        .then(pl.max_horizontal(0.0, 100.0 - pl.col("per_case") * pl.col("value")))
        .otherwise(100.0 * reach.clip(0.0, 1.0))
    )
    judged = (
        pl.DataFrame({"street_code": streets.unique().sort()}, schema={"street_code": pl.String})
        .join(scheme.lines.with_row_index("_ordinal"), how="cross")
        .join(inputs.select(list(INPUTS)), on=["street_code", "indicator_id"], how="left")
        .with_columns(pl.col("status").fill_null("not_handed_in"))
        .with_columns(score=score)
        .sort("street_code", "_ordinal")
    )
    has_score = pl.col("score").is_not_null()
    scored = pl.when(has_score).then(pl.col("weight")).sum().over("street_code", "dimension")
    # A dimension without any score spreads its weight over the others: each counts once.
    first = pl.int_range(pl.len()).over("street_code", "dimension") == 0
    everything = pl.when(first & (scored > 0)).then(pl.col("dimension_weight")).sum().over("street_code")
    effective = 100.0 * pl.col("dimension_weight") / everything * pl.col("weight") / scored
    return (
        judged.with_columns(effective=pl.when(has_score).then(effective).otherwise(0.0))
        .with_columns(points=(pl.col("effective") * pl.col("score") / 100.0).fill_null(0.0))
        .select(
            "street_code",
            "dimension",
            "dimension_weight",
            "indicator_id",
            "value",
            "status",
            "score",
            pl.col("weight").alias("base"),
            pl.col("effective").alias("weight"),
            "points",
        )
    )


def totals(scheme: Scheme, sheets: pl.DataFrame, inputs: pl.DataFrame) -> pl.DataFrame:
    """Total, grade, rank and veto of each street of `sheets`.

    Columns: street_code, total (Float64, two decimals, rounded half up), grade, rank, veto.
    """
    result = (
        sheets.group_by("street_code")
        .agg(_hundredths(pl.col("points").sum()).alias("_cents"))
        .with_columns(rank=pl.col("_cents").rank("min", descending=True).cast(pl.Int32))
        .join(_vetoed(scheme, inputs), on="street_code", how="left")
    )
    total = (pl.col("_cents") / 100).round(2)
    worth = pl.min_horizontal(total, pl.col("cap"))
    grade = pl.lit(scheme.grades[-1][1])
    for least, name in reversed(scheme.grades):
        grade = pl.when(worth >= least).then(pl.lit(name)).otherwise(grade)
    return result.select("street_code", total.alias("total"), grade.alias("grade"), "rank", "veto").sort(
        "rank", "street_code"
    )


def _vetoed(scheme: Scheme, inputs: pl.DataFrame) -> pl.DataFrame:
    rows: dict[str, list[tuple[str, float]]] = {}
    for indicator, includes, threshold, cap, because in scheme.vetoes:
        beyond = pl.col("value") >= threshold if includes else pl.col("value") > threshold
        for street in inputs.filter((pl.col("indicator_id") == indicator) & beyond)["street_code"]:
            rows.setdefault(street, []).append((because, cap))
    return pl.DataFrame(
        [(street, "；".join(b for b, _ in found), min(cap for _, cap in found)) for street, found in rows.items()],
        schema={"street_code": pl.String, "veto": pl.String, "cap": pl.Float64},
        orient="row",
    )


def _hundredths(points: pl.Expr) -> pl.Expr:
    """Half up on what is left of a sum after eight decimals, as an integer."""
    return ((points * 1e8).round(0).cast(pl.Int64) + 500_000) // 1_000_000


def firmness(sheets: pl.DataFrame, samples: int = SAMPLES, spread: float = SPREAD, seed: int = SEED) -> pl.DataFrame:
    """How firm each rank is: what becomes of it under random weightings of the same scores.

    Every weight, of dimensions and inside them, is multiplied by a random number between 1 - spread and 1 + spread,
    independently of the others; scores stay. The same seed gives the same answer.

    Args:
        sheets: From `sheets`.
        samples: How many weightings.
        spread: How far a weight may move, as a share of itself.
        seed: Of the random numbers.

    Returns:
        Columns street_code, rank (under the weights as they are), kept (share of the weightings that give that rank),
        best, worst (ranks found).
    """
    streets = sheets["street_code"].unique().sort().to_list()
    lines = sheets.filter(street_code=streets[0]).select("dimension", "dimension_weight", "indicator_id", "base").rows()
    random = Random(seed)  # noqa: S311 - no secret
    # The first weighting is the one as it is.
    drawn = {
        name: pl.Series([1.0, *(random.uniform(1 - spread, 1 + spread) for _ in range(samples))]) * weight
        for name, weight in {**{d: w for d, w, _, _ in lines}, **{f"/{i}": b for _, _, i, b in lines}}.items()
    }
    scores = {(s, i): score for s, i, score in sheets.select("street_code", "indicator_id", "score").rows()}
    members: dict[str, list[str]] = {}
    for dimension, _, indicator, _ in lines:
        members.setdefault(dimension, []).append(indicator)
    cents = {street: _weighted(street, members, scores) for street in streets}
    ranks = {
        street: sum((pl.col(other) > pl.col(street)).cast(pl.Int32) for other in streets if other != street)
        + pl.lit(1, pl.Int32)
        for street in streets
    }
    found = pl.DataFrame(drawn).select(**cents).select(**ranks)
    rows = [
        (street, found[street][0], (found[street][1:] == found[street][0]).mean(), own.min(), own.max())
        for street in streets
        for own in [found[street][1:]]
    ]
    schema = {"street_code": pl.String, "rank": pl.Int32, "kept": pl.Float64, "best": pl.Int32, "worst": pl.Int32}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("rank", "street_code")


def _weighted(street: str, members: Mapping[str, list[str]], scores: Mapping[tuple[str, str], float | None]) -> pl.Expr:
    """The total of a street in hundredths, from columns of weights."""
    above, below = pl.lit(0.0), pl.lit(0.0)
    for dimension, indicators in members.items():
        counted = {i: score for i in indicators if (score := scores[street, i]) is not None}
        if counted:
            weights = pl.sum_horizontal([pl.col(f"/{i}") for i in counted])
            mean = pl.sum_horizontal([pl.col(f"/{i}") * score for i, score in counted.items()]) / weights
            above, below = above + pl.col(dimension) * mean, below + pl.col(dimension)
    return _hundredths(above / below)
