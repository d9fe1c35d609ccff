"""Months as partitions: a file of a longer period belongs to the month in which the period ends."""

from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo

import dagster as dg

FIRST = date(2009, 1, 1)
ZONE = "Asia/Shanghai"
LABEL = "%Y-%m"

MONTHS = dg.MonthlyPartitionsDefinition(FIRST.strftime(LABEL), timezone=ZONE, fmt=LABEL)
IN_ONE_RUN = dg.BackfillPolicy.single_run()


def range_tags(periods: Collection[date]) -> dict[str, str]:
    """The tags that make one run of all months from the first to the last of these periods; none for no period.

    A month is a partition once it is over: a register handed in for the year that runs counts for the last such month.
    """
    if not periods:
        return {}
    today = datetime.now(ZoneInfo(ZONE)).date()
    last = _month(today.year, today.month - 1)
    first, latest = (min(max(_month(day.year, day.month), FIRST), last) for day in (min(periods), max(periods)))
    return {
        "dagster/asset_partition_range_start": first.strftime(LABEL),
        "dagster/asset_partition_range_end": latest.strftime(LABEL),
    }


def _month(year: int, month: int) -> date:
    return date(year, month, 1) if month else date(year - 1, 12, 1)
