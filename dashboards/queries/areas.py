"""Which areas there are on a day. Reads `areas` only."""

from datetime import date

import polars as pl

from dashboards.queries.publication import frame

DISTRICT = "440307"


def areas_in_use(day: date) -> pl.DataFrame:
    """District, streets and communities in use: area_code, area_name, level, parent_code; each street before its communities."""
    return frame("areas_in_use", day=day)
