"""The yearly assessments of the streets (clauses 13 and 29): totals and score sheets as published, schemes, locks.

Computes no published score; how firm ranks are is computed here, once per publication.
"""

import json
from dataclasses import dataclass
from datetime import datetime

import polars as pl
import streamlit as st

from dashboards.queries.publication import frame, publication
from warehouse import scoring

SHORT = {"street_leadership": "领导班子考核", "party_building": "党建考核"}
GRADES = ("优秀", "良好", "合格", "不合格")


@dataclass(frozen=True)
class Assessment:
    """One of the assessments: its name in the data, what it is called, its clause."""

    scheme: str
    title: str
    clause: int

    @property
    def short(self) -> str:
        """What it is called in a picker."""
        return SHORT.get(self.scheme, self.title)


@dataclass(frozen=True)
class Act:
    """A year was locked or unlocked."""

    year: int
    number: int
    action: str
    at: datetime
    reason: str


def assessments() -> dict[str, Assessment]:
    """The assessments by name, in the order of the policy."""
    return {row["scheme"]: Assessment(**row) for row in frame("assessment_schemes").to_dicts()}


def totals(scheme: str) -> pl.DataFrame:
    """Every year and street, latest year first, by rank.

    Columns: year, street_code, street, total, grade, rank, veto, status.
    """
    return frame("assessment_totals", scheme=scheme)


def sheets(scheme: str, year: int) -> pl.DataFrame:
    """Every line of the sheets of a year, in the scheme's order.

    Columns: street_code, street, dimension, indicator_id, name, unit, better, clause, value, score, weight, points,
    note, is_growth, reported, expected (hand-ins of the year).
    """
    return frame("assessment_sheet", scheme=scheme, year=year)


def side_by_side(sheets: pl.DataFrame, one: str, other: str) -> pl.DataFrame:
    """Two streets of `sheets` line by line: columns of the first, those of the other with `_other`, and `difference`.

    `difference` is in points of the total; positive where the first street is ahead.
    """
    return (
        sheets.filter(street_code=one)
        .join(sheets.filter(street_code=other), on="indicator_id", how="left", suffix="_other", maintain_order="left")
        .with_columns(difference=pl.col("points") - pl.col("points_other"))
    )


def adopted(scheme: str, year: int) -> scoring.Scheme:
    """The scheme of a year: as it was locked with it, else as it is now."""
    return scoring.Scheme(json.loads(frame("assessment_definition", scheme=scheme, year=year)["definition"][0]))


def inputs(scheme: scoring.Scheme, year: int) -> pl.DataFrame:
    """The values a scheme looks at; columns of `scoring.INPUTS`."""
    return frame("assessment_inputs", indicators=scheme.indicators, year=year)


def would_be(scheme: str, year: int) -> pl.DataFrame:
    """Of a locked year, the streets whose result corrections would change; empty for others.

    Columns: street_code, street, locked_total, total, locked_rank, rank, locked_grade, grade.
    """
    found = frame("assessment_would_be", scheme=scheme, year=year)
    same = [pl.col(f"locked_{name}").eq_missing(pl.col(name)) for name in ("total", "rank", "grade")]
    return found.filter(~pl.all_horizontal(same))


def corrected(scheme: str, year: int) -> pl.DataFrame:
    """Values of a locked year that were corrected since: street, name, unit, locked_value, value, status."""
    return frame("assessment_corrected", scheme=scheme, year=year)


def acts(year: int) -> list[Act]:
    """Every time a year was locked or unlocked, the latest first."""
    return [Act(**row) for row in frame("assessment_locks").filter(year=year).to_dicts()]


def firmness(scheme: str, year: int) -> pl.DataFrame:
    """How firm each rank of a year is: columns of `scoring.firmness`."""
    current = publication()
    assert current is not None
    return _firmness(current.path, scheme, year)


@st.cache_data(show_spinner=False, max_entries=50)
def _firmness(path: str, scheme: str, year: int) -> pl.DataFrame:
    known = adopted(scheme, year)
    streets = totals(scheme).filter(year=year)["street_code"]
    return scoring.firmness(scoring.sheets(known, inputs(known, year), streets))
