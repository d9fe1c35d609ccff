"""The catalogue: what `sql/indicators/*.yaml` and `sql/assessments/*.yaml` may say, and its reading.

Reads YAML. Computes nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from pipelines.periods import Cadence


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(_Model):
    """One of the two sums: what a counted unit adds to it, and how it adds up over time."""

    sql: str
    text: str
    over_time: Literal["sum", "last"]
    counts: str | None = None
    """The unit table, where it is not the indicator's own."""
    where: str | None = None
    """Which of its rows count, where it is not the indicator's own condition."""


class Growth(_Model):
    """A sum against the same sum twelve months earlier."""

    sql: str
    numerator_text: str
    denominator_text: str


class PerCommunity(_Model):
    """One for each community with at least one unit, over one for each community in use."""

    over_time: Literal["sum", "last"]
    numerator_text: str
    denominator_text: str


class Indicator(_Model):
    """One measurable demand of the policy."""

    clause: int
    name: str
    counts: str
    better: Literal["higher", "lower"]
    unit: str = "比例"
    where: str = "true"
    numerator: Part | None = None
    denominator: Part | None = None
    growth: Growth | None = None
    per_community: PerCommunity | None = None
    period: Cadence | None = None
    """The only period it has a value for; None for every one that its exports allow."""
    target: float | None = None
    target_level: Literal["community", "street", "district"] | None = None
    target_period: Cadence | None = None
    headline: bool = False
    sensitive: bool = False
    """Whether it counts people in a situation that is nobody's business: small counts are hidden below the street."""

    @model_validator(mode="after")
    def _either(self) -> Self:
        if sum(kind is not None for kind in (self.numerator, self.growth, self.per_community)) != 1:
            raise ValueError("an indicator has a numerator, a growth, or counts communities")
        return self

    @property
    def has_denominator(self) -> bool:
        """Whether its value is a quotient."""
        return self.numerator is None or self.denominator is not None

    def sums(self, indicator_id: str) -> "list[Sum]":
        """The sums over unit tables that it needs."""
        if self.numerator is None:
            amount = self.growth.sql if self.growth is not None else "1"
            return [Sum(f"{indicator_id}:numerator", self.counts, self.where, amount)]
        return [
            Sum(f"{indicator_id}:{name}", part.counts or self.counts, part.where or self.where, part.sql)
            for name, part in self._parts
        ]

    def paths(self, indicator_id: str) -> "list[tuple[str, str, str, str]]":
        """Rows of `build.indicator_parts` without the indicator: part, sum_id, export, mode."""
        if self.growth is not None:
            sum_id = f"{indicator_id}:numerator"
            return [
                ("numerator", sum_id, self.counts, "growth_now"),
                ("denominator", sum_id, self.counts, "growth_before"),
            ]
        if self.per_community is not None:
            return [("covered", f"{indicator_id}:numerator", self.counts, self.per_community.over_time)]
        return [
            (name, f"{indicator_id}:{name}", part.counts or self.counts, part.over_time) for name, part in self._parts
        ]

    @property
    def _parts(self) -> list[tuple[str, Part]]:
        parts = [("numerator", self.numerator), ("denominator", self.denominator)]
        return [(name, part) for name, part in parts if part is not None]

    @property
    def exports(self) -> list[str]:
        """The exports that must be handed in for it."""
        return sorted({path[2] for path in self.paths("")})

    @property
    def texts(self) -> tuple[str, str | None]:
        """What stands above and below the line, in words."""
        if self.growth is not None:
            return self.growth.numerator_text, self.growth.denominator_text
        if self.per_community is not None:
            return self.per_community.numerator_text, self.per_community.denominator_text
        assert self.numerator is not None
        return self.numerator.text, self.denominator.text if self.denominator else None

    @property
    def description(self) -> str:
        """How it is computed, in words."""
        above, below = self.texts
        if self.growth is not None:
            return f"{above} ÷ {below} − 1；只比两年都已报送的各期"
        if self.per_community is not None:
            return f"{above} ÷ {below}；以期末（期未结束的以现在）在用的社区计，已撤并社区的计入其后继社区"
        assert self.numerator is not None
        text = f"{above}（{_OVER_TIME[self.numerator.over_time]}）"
        if self.denominator is not None:
            text += f" ÷ {below}（{_OVER_TIME[self.denominator.over_time]}）"
        return text


_OVER_TIME = {"sum": "各期相加", "last": "取期内各报送者最近一次报送"}


@dataclass(frozen=True)
class Sum:
    """One sum over one unit table: which rows, and what each adds."""

    sum_id: str
    unit: str
    where: str
    amount: str


class Clause(_Model):
    """A numbered demand of the policy document."""

    title: str
    text: str


class Chapter(_Model):
    """A chapter of the policy document with the indicators that measure its clauses."""

    chapter: int
    title: str
    clauses: dict[int, Clause]
    indicators: dict[str, Indicator]


class SchemeIndicator(_Model):
    """How an indicator scores in an assessment: between floor and target, or per case."""

    weight: float
    floor: float | None = None
    target: float | None = None
    per_case: float | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.per_case is None) == (self.floor is None or self.target is None):
            raise ValueError("an indicator scores either per case or between floor and target")
        return self


class Dimension(_Model):
    """A weighted group of indicators."""

    weight: float
    indicators: dict[str, SchemeIndicator]


_CONDITION = re.compile(r"(?P<indicator>\w+)\s*(?P<operator>>=|>)\s*(?P<threshold>\d+(\.\d+)?)")


class Veto(_Model):
    """What caps the grade."""

    when: str
    cap: str
    because: str

    @property
    def condition(self) -> tuple[str, bool, float]:
        """Indicator, whether the threshold itself is enough, threshold."""
        match = _CONDITION.fullmatch(self.when)
        if match is None:
            raise ValueError(f"veto {self.when!r}: expected `indicator > number` or `indicator >= number`")
        return match["indicator"], match["operator"] == ">=", float(match["threshold"])


class Scheme(_Model):
    """A yearly assessment of the streets."""

    scheme: str
    title: str
    clause: int
    grades: tuple[tuple[float, str], ...]
    dimensions: dict[str, Dimension]
    vetoes: tuple[Veto, ...] = ()

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        for weights in [
            [d.weight for d in self.dimensions.values()],
            *([i.weight for i in d.indicators.values()] for d in self.dimensions.values()),
        ]:
            if round(sum(weights), 6) != 100:
                raise ValueError(f"{self.scheme}: weights add up to {sum(weights)}, not to 100")
        caps = {grade for _, grade in self.grades}
        for veto in self.vetoes:
            if veto.cap not in caps:
                raise ValueError(f"{self.scheme}: a veto caps at {veto.cap}, which is no grade")
            _ = veto.condition
        return self


@dataclass(frozen=True)
class Catalogue:
    """All chapters and assessments."""

    chapters: tuple[Chapter, ...]
    schemes: tuple[Scheme, ...]

    @property
    def indicators(self) -> Mapping[str, Indicator]:
        """Every indicator by name, in the order of the policy."""
        return {name: indicator for chapter in self.chapters for name, indicator in chapter.indicators.items()}

    def sums_of(self, unit: str) -> list[Sum]:
        """All sums over one unit table: they are computed in one pass."""
        return [s for name, indicator in self.indicators.items() for s in indicator.sums(name) if s.unit == unit]


@lru_cache(maxsize=8)
def load_catalogue(sql_dir: Path) -> Catalogue:
    """Read all chapters and schemes below `sql/`.

    Raises:
        ValueError: when a file says something it may not, or a scheme names an unknown indicator.
    """
    chapters = [Chapter.model_validate(_read(path)) for path in sorted((sql_dir / "indicators").glob("*.yaml"))]
    schemes = [Scheme.model_validate(_read(path)) for path in sorted((sql_dir / "assessments").glob("*.yaml"))]
    catalogue = Catalogue(tuple(sorted(chapters, key=lambda c: c.chapter)), tuple(schemes))
    known = catalogue.indicators
    for scheme in schemes:
        named = {name for d in scheme.dimensions.values() for name in d.indicators} | {
            v.condition[0] for v in scheme.vetoes
        }
        if unknown := sorted(named - set(known)):
            raise ValueError(f"{scheme.scheme}: no such indicator: {', '.join(unknown)}")
    return catalogue


def _read(path: Path) -> object:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
