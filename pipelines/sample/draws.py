"""Chance that can be repeated: the same seed and the same words draw the same numbers, on any machine.

A draw is named by what it is for ("employment", "2025-03", "rate"), so adding one draw never shifts another.
"""

from random import Random

import polars as pl


class Draws:
    """The source of all chance in one sample."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def generator(self, *name: object) -> Random:
        """A generator of its own for this name; seeding by text does not depend on Python's hash seed."""
        return Random("|".join(map(str, (self.seed, *name))))  # noqa: S311 - made-up figures, no secrets

    def one(self, *name: object) -> float:
        """One number in [0, 1)."""
        return self.generator(*name).random()

    def uniform(self, count: int, *name: object) -> pl.Series:
        """So many numbers in [0, 1)."""
        draw = self.generator(*name).random
        return pl.Series([draw() for _ in range(count)], dtype=pl.Float64)

    def normal(self, count: int, *name: object) -> pl.Series:
        """So many numbers around 0 with standard deviation 1."""
        draw = self.generator(*name).gauss
        return pl.Series([draw(0.0, 1.0) for _ in range(count)], dtype=pl.Float64)

    def pick(self, options: list[str], count: int, *name: object) -> pl.Series:
        """So many of the options, each as likely."""
        return pl.Series(self.generator(*name).choices(options, k=count), dtype=pl.String)

    def shuffled(self, options: list[str], *name: object) -> list[str]:
        """The options in another order."""
        result = list(options)
        self.generator(*name).shuffle(result)
        return result


def whole(level: pl.Expr, chance: pl.Expr) -> pl.Expr:
    """A count whose mean is the level: rounded up as often as its fraction says. Never below 0."""
    return (level.clip(lower_bound=0) + chance).floor().cast(pl.Int64)


def part(whole_field: str, rate: pl.Expr, chance: pl.Expr) -> pl.Expr:
    """A count of those of another field for which something went well; never more than all of them."""
    return pl.min_horizontal(whole(pl.col(whole_field) * rate.clip(0, 1), chance), pl.col(whole_field))


def stepped(latent: pl.Expr, steps: list[tuple[float, str]]) -> pl.Expr:
    """The first of the answers whose threshold lies above the latent number."""
    result = pl.lit(steps[-1][1])
    for threshold, answer in reversed(steps[:-1]):
        result = pl.when(latent < threshold).then(pl.lit(answer)).otherwise(result)
    return result
