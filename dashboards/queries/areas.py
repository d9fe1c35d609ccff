"""Which areas there are. Reads `areas` only."""

import polars as pl

from dashboards.queries.publication import frame
from pipelines.periods import Period

DISTRICT = "440307"


def areas_in_use(period: Period) -> pl.DataFrame:
    """In use on any day of the period, each street before its communities.

    Columns: area_code, area_name, level, parent_code, parent_name.
    """
    return frame("areas_in_use", first=period.start, last=period.end)
