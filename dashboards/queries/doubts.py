"""What is doubtful in the files that were handed in, and what their submitters say of it. No layout."""

from datetime import date

import polars as pl

from dashboards.controls import Area
from dashboards.queries.areas import DISTRICT
from dashboards.queries.publication import frame
from pipelines.periods import Period

_STREET = 9
"""Digits of a street's code; a community's begins with it."""


def of_submission(submission_id: str) -> pl.DataFrame:
    """What is doubtful in one file.

    Columns: submission_id, export, title, period_type, period_end, submitter, submitter_name, rule, message,
    indicators, is_active, note, noted_at; note is NULL where nobody has explained it.
    """
    return frame("doubts").filter(submission_id=submission_id)


def of_number(indicator: str, area: Area, period: Period) -> pl.DataFrame:
    """What is doubtful in the files that an indicator's value of an area and a period was counted from."""
    found = frame("doubts").filter(
        pl.col("is_active"),
        pl.col("period_end").is_between(period.start, period.end),
        pl.col("indicators").str.split(",").list.contains(indicator),
    )
    if area.level == "district":
        return found
    return found.filter(pl.col("submitter").is_in([DISTRICT, area.code[:_STREET]]))


def of_month(end: date) -> pl.DataFrame:
    """What is doubtful in the files of periods that end in the month of this day."""
    return frame("doubts").filter(pl.col("is_active"), pl.col("period_end").dt.month_end() == end)
