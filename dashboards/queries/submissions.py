"""What was handed in, what is due, and the faults of each file, as published."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from dashboards.queries.publication import frame

STATES = ("missing", "faulty", "waiting", "late", "corrected", "on_time", "not_due")
"""How a hand-in stands, what needs attention first; `texts.HAND_IN_STATES` has their words."""

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


def hand_ins() -> pl.DataFrame:
    """Every hand-in, one row per export, period and submitter, as it stood on the day of publication.

    Columns: export, title, department, period_type, period_end, submitter, submitter_name, due_on, submission_id (NULL
    without an active one), first_received_at, state (one of STATES), is_due, is_reported, is_late, is_missing,
    is_faulty, is_corrected, is_waiting, submitted_by.
    """
    return frame("submissions_due")


def matrix(due: pl.DataFrame, ends: Sequence[date]) -> pl.DataFrame:
    """How each export stands in each of these periods, out of `hand_ins`.

    Columns: export, period_end, expected, and the number in each of STATES.
    """
    return (
        due.filter(pl.col("period_end").is_in(list(ends)))
        .group_by("export", "period_end", maintain_order=True)
        .agg(pl.len().alias("expected"), *((pl.col("state") == state).sum().alias(state) for state in STATES))
    )


def rates(level: str, first: date, last: date) -> pl.DataFrame:
    """Completeness and timeliness of each `department` or `street`, the worst first, of periods ending in these days.

    Columns: code, name; the numbers due, reported, on_time, late, missing, faulty, corrected, waiting; the fractions
    completeness, timeliness, faulty_share, corrected_share of those due.
    """
    return frame("submissions_rates", level=level, first=first, last=last)


def receipts() -> pl.DataFrame:
    """Every file handed in, the latest first, with its rows and its number of faults and warnings."""
    return frame("submissions_receipts")


def faults(submission_id: str) -> pl.DataFrame:
    """Faults and warnings of one file: severity, sheet, row, cell, header, value, message."""
    return frame("submissions_faults", submission_id=submission_id)
