"""The made-up district: the real map, and on it sizes and characters of communities and streets that last.

Says where things are and how well places do. The figures of each export are in `figures` and `organizations`.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path

import polars as pl

from pipelines.periods import Period
from pipelines.sample.draws import Draws, whole

REGISTER = Path(__file__).with_name("register.csv")
"""Public facts: every street and community of Longgang since 2009, its codes, names, validity and followers."""

# Who the troubled streets are, by rank of quality (0 the weakest street in use, 1 the best): spread over good and
# bad ones, so that a veto is seen to cap a good total.
ILLEGAL_BUILDERS = {0.3: (10.0, 2.0), 0.5: (2.0, 0.0), 0.9: (3.0, 0.0)}
"""New illegal homes and plants in a year."""
RENTIER = 0.4
ACCIDENT = 0.7


@lru_cache(maxsize=1)
def read_register() -> pl.DataFrame:
    """The register, a row per community code: names and codes as text, `valid_from`, `valid_to` as dates."""
    text = pl.read_csv(REGISTER, infer_schema=False)
    return text.with_columns(pl.col("valid_from", "valid_to").str.to_date("%Y-%m-%d")).sort("community_code")


def in_use(day: date) -> pl.Expr:
    """Whether a community of the register is in use on a day."""
    return (pl.col("valid_from") <= day) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > day))


@dataclass(frozen=True, eq=False)
class District:
    """One made-up district: a seed, the first and last month told of, and how many organizations it has."""

    seed: int
    since: Period
    until: Period
    scale: float = 1.0
    draws: Draws = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "draws", Draws(self.seed))

    def time(self, period: Period) -> float:
        """Where a period lies in the story: 0 at its beginning, 1 at the last month, two years in between."""
        months = (self.until.end.year - period.end.year) * 12 + self.until.end.month - period.end.month
        return 1 - months / 23

    @cached_property
    def places(self) -> pl.DataFrame:
        """The places that last: communities no other followed, in order of their codes.

        Columns: place (its number), code, street, quality (about -1 to 1), rank (of its street, 0 to 1),
        registered and residents (people).
        """
        still_there = pl.col("valid_to").is_null() | (pl.col("valid_to") > self.since.end)
        final = read_register().filter(pl.col("successor_codes").is_null() & still_there)
        count = final.height
        street_rank = self._street_ranks()
        return (
            final.select(code="community_code", street="street_code")
            .with_row_index("place")
            .with_columns(
                rank=pl.col("street").replace_strict(street_rank, default=0.5, return_dtype=pl.Float64),
                _size=self.draws.normal(count, "place", "size"),
                _luck=self.draws.uniform(count, "place", "luck"),
            )
            .with_columns(
                quality=(pl.col("rank") * 2 - 1) * 0.9 + (pl.col("_luck") * 2 - 1) * 0.4,
                registered=(7000 * (pl.col("_size") * 0.5).exp()).clip(900, 26_000),
            )
            .with_columns(residents=pl.col("registered") * (3.2 + 2.4 * self.draws.uniform(count, "place", "migrants")))
            .drop("_size", "_luck")
        )

    def _street_ranks(self) -> dict[str, float]:
        streets = read_register().filter(in_use(self.until.end))["street_code"].unique().sort().to_list()
        order = self.draws.shuffled(streets, "streets")
        return {street: number / max(len(order) - 1, 1) for number, street in enumerate(order)}

    @cached_property
    def _lineage(self) -> pl.DataFrame:
        """Place by place, every code it or its ground has had: the place's own, and all that led to it."""
        followers = (
            read_register()
            .select("community_code", follower=pl.col("successor_codes").str.split("|"))
            .explode("follower", empty_as_null=True, keep_nulls=False)
            .drop_nulls()
        )
        found = [self.places.select("place", community_code="code")]
        while found[-1].height:
            earlier = found[-1].join(followers, left_on="community_code", right_on="follower", how="inner")
            found.append(earlier.select("place", community_code="community_code_right"))
        return pl.concat(found).unique().join(read_register(), on="community_code").sort("place", "community_code")

    @lru_cache(maxsize=64)  # noqa: B019 - a district lives as long as the process that makes its sample
    def ground(self, day: date) -> pl.DataFrame:
        """Which communities in use on a day a place lay in: place, community, part (0, 1, …), parts."""
        return self._lineage.filter(in_use(day)).select(
            "place",
            community="community_code",
            part=pl.int_range(pl.len()).over("place"),
            parts=pl.len().over("place"),
        )

    @lru_cache(maxsize=64)  # noqa: B019
    def communities(self, day: date) -> pl.DataFrame:
        """The communities in use on a day with their sizes and characters, in order of their codes.

        `twin` counts those that have the same place: two that were merged into one later.
        """
        return (
            self.ground(day)
            .join(self.places, on="place")
            .group_by("community")
            .agg(
                pl.col("place").min(),
                pl.col("street", "quality", "rank").first(),
                (pl.col("registered") / pl.col("parts")).sum(),
                (pl.col("residents") / pl.col("parts")).sum(),
            )
            .sort("community")
            .with_columns(twin=pl.int_range(pl.len()).over("place"))
        )

    def locate(self, things: pl.DataFrame, day: date) -> pl.DataFrame:
        """Put things that have a `place` and a `number` into the community of their place on a day."""
        ground = self.ground(day)
        located = things.join(ground, on="place", how="inner", maintain_order="left")
        return located.filter(pl.col("number") % pl.col("parts") == pl.col("part")).drop("part", "parts")

    def quality(self, subject: str) -> pl.Expr:
        """How well places do in a subject (about -1 to 1): mostly as in all, and partly as only their street does."""
        streets = self.places["street"].unique().sort()
        own = self.draws.uniform(len(streets), "quality", subject) * 2 - 1
        here = pl.col("street").replace_strict(streets, own, return_dtype=pl.Float64)
        return 0.75 * pl.col("quality") + 0.4 * here

    def reached(self, subject: str, floor: float, target: float, period: Period) -> pl.Expr:
        """A level between a floor and a target, by how well places do in a subject; it rises slowly."""
        share = 0.72 + 0.04 * self.time(period) + 0.3 * self.quality(subject)
        return floor + (target - floor) * share

    def chance(self, *name: object) -> pl.Expr:
        """A number in [0, 1) per place, to be used on a frame with a column `place`."""
        drawn = self.draws.uniform(self.places.height, *name)
        return pl.col("place").replace_strict(self.places["place"], drawn, return_dtype=pl.Float64)

    def count(self, level: pl.Expr, *name: object) -> pl.Expr:
        """A count around a level, scattered by about a quarter, drawn per place."""
        return whole(level * (0.6 + 0.8 * self.chance(*name, "scatter")), self.chance(*name, "round"))
