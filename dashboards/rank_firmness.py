"""名次稳不稳: how many of many random weightings keep each street's rank. Layout only."""

import polars as pl
import streamlit as st

from dashboards import layout
from dashboards.charts.bars import stacked
from dashboards.charts.style import CONFIG
from dashboards.downloads import downloads
from dashboards.queries import assessment
from dashboards.tables import Column, shown, sortable
from warehouse.scoring import SAMPLES

FIRM = 0.9
"""From this share of weightings on, a rank counts as firm."""
FIRMNESS = {
    "rank": Column("名次", "count"),
    "street": Column("街道"),
    "kept": Column("名次不变的比例（%）", "share"),
    "best": Column("最好名次", "count"),
    "worst": Column("最差名次", "count"),
}


def firmness(about: assessment.Assessment, year: int, totals: pl.DataFrame) -> None:
    """The share of weightings that keep each rank, as bars and as a table."""
    found = assessment.firmness(about.scheme, year).join(totals.select("street_code", "street"), on="street_code")
    firm = found.filter(pl.col("kept") >= FIRM)
    layout.section(
        f"{found.height}个街道中{firm.height}个的名次在九成以上的权重组合下不变",
        f"所有权重各自在±20%内随机变动{SAMPLES:,}次，得分不变",
    )
    names = found["street"].to_list()
    texts = [f"{kept:.1%}" for kept in found["kept"]]
    chart = stacked(
        names,
        {"名次不变的比例": found["kept"].to_list()},
        {
            "名次不变的比例": [
                f"{name}：第{rank}名，{text}不变，最好第{best}名，最差第{worst}名"
                for name, rank, text, best, worst in zip(
                    names, found["rank"], texts, found["best"], found["worst"], strict=True
                )
            ]
        },
        horizontal=True,
        totals=texts,
    )
    st.plotly_chart(chart, config=CONFIG, theme=None, key="firmness")
    sortable(found, FIRMNESS, key="firmness_table")
    downloads(shown(found, FIRMNESS), f"{about.short}名次稳固度_{year}年", "firmness")
    layout.note("名次不变的比例低，说明它取决于权重怎样定，与相邻街道的差距不大。随机数固定，同样的数据得同样的结果。")
