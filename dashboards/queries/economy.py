"""The accounts of the communities' stock cooperatives, quarter by quarter (clauses 8 and 13). Yuan, map `then`."""

import polars as pl

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
