"""The yearly assessment of the streets (clause 13): totals and score sheets as published. Computes no score."""

import polars as pl

from dashboards.queries.publication import frame

SCHEME = "street_leadership"


def totals() -> pl.DataFrame:
    """Every year and street, latest year first, by rank.

    Columns: year, street_code, street, total, grade, rank, veto, status.
    """
    return frame("assessment_totals", scheme=SCHEME)


def sheets(year: int) -> pl.DataFrame:
    """Every line of the sheets of a year, in the scheme's order.

    Columns: street_code, street, dimension, indicator_id, name, unit, better, clause, value, score, weight, points,
    note.
    """
    return frame("assessment_sheet", scheme=SCHEME, year=year)
