"""What was handed in, what is due, and the faults of each file, as published."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from dashboards.queries.publication import frame

STATES = ("未报送", "迟报", "按期", "未到期")
"""How a hand-in stands; 未到期 is one that is not there and not due yet."""

FAULTS = {
    "severity": pl.String,
    "sheet": pl.String,
    "row": pl.Int32,
    "cell": pl.String,
    "header": pl.String,
    "value": pl.String,
    "message": pl.String,
}
"""Columns of `faults`."""


def titles() -> dict[str, str]:
    """What each export is called."""
    return dict(frame("submissions_titles").iter_rows())


def hand_ins(today: date) -> pl.DataFrame:
    """Every hand-in, one row per export, period and submitter, with names; submission_id is NULL when missing.

    Columns: export, title, department, period_type, period_end, submitter, submitter_name, due_on, submission_id,
    received_at, first_received_at, is_late, submitted_by, state (one of STATES).
    """
    is_there = pl.col("submission_id").is_not_null()
    state = (
        pl.when(is_there & pl.col("is_late"))
        .then(pl.lit("迟报"))
        .when(is_there)
        .then(pl.lit("按期"))
        .when(pl.col("due_on") < today)
        .then(pl.lit("未报送"))
        .otherwise(pl.lit("未到期"))
    )
    return frame("submissions_due").with_columns(state=state)


def matrix(due: pl.DataFrame, ends: Sequence[date]) -> pl.DataFrame:
    """How complete each export is in each of these periods, out of `hand_ins`.

    Columns: export, title, department, period_end, expected, and the number in each of STATES.
    """
    return (
        due.filter(pl.col("period_end").is_in(list(ends)))
        .group_by("export", "title", "department", "period_end", maintain_order=True)
        .agg(pl.len().alias("expected"), *((pl.col("state") == state).sum().alias(state) for state in STATES))
    )


def receipts() -> pl.DataFrame:
    """Every file handed in, the latest first, with its rows and its number of faults and warnings."""
    return frame("submissions_receipts")


def faults(submission_id: str) -> pl.DataFrame:
    """Faults and warnings of one file: severity, sheet, row, cell, header, value, message."""
    return frame("submissions_faults", submission_id=submission_id)
