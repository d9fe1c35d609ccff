"""How members, applicants and cadres are made up: published counts by street, small ones left out. No layout."""

from datetime import date

import polars as pl

from dashboards.queries.publication import frame
from pipelines.periods import Period

STAGES = ("入党积极分子", "发展对象", "预备党员", "转正")


def structure(export: str, area: str, as_of: date) -> pl.DataFrame:
    """How the people of an export are made up in the latest period that had begun by a day.

    Args:
        export: party_members, member_development or cadres.
        area: the district or a street.
        as_of: a day.

    Returns:
        Columns period_type, period_end, dimension, item, ordinal, people (None where hidden), is_small.
    """
    return frame("people_structure", export=export, area=area, as_of=as_of)


def funds(area: str, year: Period) -> pl.DataFrame:
    """Budgets of a year by street and kind of fund: street, fund, members, budgeted, spent (yuan), per_member."""
    per_member = pl.col("budgeted").cast(pl.Float64) / pl.col("members").cast(pl.Float64).replace(0.0, None)
    return frame("funds", area=area, period_end=year.end).with_columns(per_member=per_member)
