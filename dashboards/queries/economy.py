"""The stock cooperatives' accounts by quarter, and which communities hold a value back (clauses 8, 13). Map `then`."""

import polars as pl

from dashboards.queries.catalogue import Indicator
from dashboards.queries.publication import frame

INCOME = {
    "rental_income": "物业租赁",
    "investment_income": "投资",
    "service_income": "服务",
    "management_income": "管理",
    "other_income": "其他",
}
"""The kinds of income, as the contract of the export names them."""


def income(area: str) -> pl.DataFrame:
    """Every quarter: period_end, companies, the kinds of INCOME, total_income, net_profit, dividends, shareholders."""
    return frame("economy_income", area=area)


def held_back(communities: pl.DataFrame, definition: Indicator, reference: float, *, is_growth: bool) -> pl.DataFrame:
    """The communities that stand behind a reference, those that hold the area back most first.

    A community's pull is what the area's value would gain if it alone stood at the reference: (reference x its
    denominator - its numerator) over the area's denominator; of a plain total, its distance to the reference.

    Args:
        communities: of one indicator, from `figures.communities`.
        definition: of that indicator.
        reference: value to compare with, usually the target.
        is_growth: the value is the quotient minus 1.

    Returns:
        The rows behind, with `lacking` (in units of the numerator) and `pull` (in units of the value) beside them.
    """
    sign = 1.0 if definition.better == "higher" else -1.0
    numerator, denominator = pl.col("numerator").cast(pl.Float64), pl.col("denominator").cast(pl.Float64)
    due = reference + 1.0 if is_growth else reference
    is_total = definition.denominator_text is None
    lacking = sign * ((due if is_total else due * denominator) - numerator)
    pull = lacking if is_total else lacking / denominator.sum()
    return (
        communities.filter(pl.col("value").is_not_null())
        .with_columns(lacking=lacking, pull=pull)
        .filter(pl.col("lacking") > 1e-6)
        .sort("pull", "area_code", descending=[True, False])
    )
