"""The yearly assessment of the streets (clause 13): totals and score sheets as published. Computes no score."""

import polars as pl

from dashboards.queries.publication import frame

SCHEME = "street_leadership"
GRADES = ("优秀", "良好", "合格", "不合格")


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


def side_by_side(sheets: pl.DataFrame, one: str, other: str) -> pl.DataFrame:
    """Two streets of `sheets` line by line: columns of the first, those of the other with `_other`, and `difference`.

    `difference` is in points of the total; positive where the first street is ahead.
    """
    return (
        sheets.filter(street_code=one)
        .join(sheets.filter(street_code=other), on="indicator_id", how="left", suffix="_other", maintain_order="left")
        .with_columns(difference=pl.col("points") - pl.col("points_other"))
    )
