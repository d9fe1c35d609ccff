"""What was handed in, what is due, and the faults of each file, as published."""

import polars as pl

from dashboards.queries.publication import frame


def hand_ins() -> pl.DataFrame:
    """Every hand-in due, one row per export, period and submitter, with names; submission_id is NULL when missing."""
    return frame("submissions_due")


def receipts() -> pl.DataFrame:
    """Every file handed in, the latest first, with its rows and its number of faults and warnings."""
    return frame("submissions_receipts")


def faults(submission_id: str) -> pl.DataFrame:
    """Faults and warnings of one file: severity, sheet, row, cell, header, value, message."""
    return frame("submissions_faults", submission_id=submission_id)
