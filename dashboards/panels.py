"""Parts of pages about some indicators: areas below ranked, lines over time, a table to compare. Layout only."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboards.charts.bars import ranked
from dashboards.charts.lines import Line, over_time
from dashboards.charts.style import CONFIG
from dashboards.controls import Area
from dashboards.downloads import downloads
from dashboards.queries import figures
from dashboards.queries.catalogue import Indicator, definitions
from dashboards.tables import Column, Kind, shown, sortable
from dashboards.texts import STATUS_WORDS, period_text, standing
from pipelines.periods import Cadence, Period

_drawn_bars = st.cache_resource(max_entries=1000, show_spinner=False)(ranked)
_drawn_lines = st.cache_resource(max_entries=1000, show_spinner=False)(over_time)
"""Drawn once for the same figures: most of a rerun would go into Plotly's checking of what it draws."""
_KINDS: dict[str, Kind] = {"比例": "share", "人": "count", "户": "count", "宗": "count", "元": "count"}


def below(area: Area) -> str:
    """What the areas right below are called: 街道 or 社区."""
    return "街道" if area.level == "district" else "社区"


def ranking(indicator: str, area: Area, period: Period, key: str) -> None:
    """The areas right below by one indicator, the best first, each with its state."""
    definition = definitions([indicator])[indicator]
    rows = _below(figures.within([indicator], area.code, period), area).sort(
        "value", descending=definition.better == "higher", nulls_last=True
    )
    states = [standing(*row) for row in rows.select("status", "attained", "progress").iter_rows()]
    target = definition.target_for("street" if area.level == "district" else "community", period)
    names = rows["area_name"].to_list()
    remarks = [
        definition.coverage(level, period.cadence.value, reported, expected)
        for level, reported, expected in rows.select("level", "reported", "expected").iter_rows()
    ]
    chart = _drawn_bars(names, rows["value"].to_list(), states, definition.unit, target, remarks)
    st.plotly_chart(chart, config=CONFIG, theme=None, key=key)


def lines(indicators: Sequence[str], area: Area, period: Period, key: str) -> None:
    """The area over time by indicators of one unit; months on a date axis, longer periods by name."""
    rows = figures.trend(indicators, area.code, period)
    kind = period.cadence.value
    known = definitions(indicators)
    drawn = []
    for name, definition in known.items():
        own = rows.filter(pl.col("indicator_id") == name)
        ends = own["period_end"].to_list()
        labels = [period_text(kind, end) for end in ends]
        target = definition.target_for(area.level, period)
        remarks = [
            definition.coverage(area.level, kind, *counts) for counts in own.select("reported", "expected").iter_rows()
        ]
        drawn.append(Line(definition.name, ends, labels, own["value"].to_list(), target, remarks))
    chart = _drawn_lines(drawn, next(iter(known.values())).unit, by_month=period.cadence is Cadence.MONTH)
    st.plotly_chart(chart, config=CONFIG, theme=None, key=key)


def comparison(indicators: Sequence[str], area: Area, period: Period, name: str, key: str) -> None:
    """The areas right below beside one another by several indicators, to sort and to download."""
    known = definitions(indicators)
    rows = _below(figures.within(indicators, area.code, period), area)
    table = rows.pivot(on="indicator_id", index=["area_code", "area_name"], values="value").sort("area_code")
    lacking = (
        rows.with_columns(
            said=pl.Series([_lacking(known[row["indicator_id"]], row) for row in rows.to_dicts()], dtype=pl.String)
        )
        .filter(pl.col("said") != "")
        .group_by("area_code")
        .agg(pl.col("said").sort().str.join("；").alias("lacking"))
    )
    table = table.join(lacking, on="area_code", how="left", maintain_order="left")
    columns = {"area_name": Column(below(area), pinned=True)}
    for indicator, definition in known.items():
        unit = "%" if definition.unit == "比例" else definition.unit
        columns[indicator] = Column(f"{definition.name}（{unit}）", _KINDS.get(definition.unit, "number"))
    if table["lacking"].is_not_null().any():
        columns["lacking"] = Column("不全的数", width="large")
    sortable(table, columns, key=key)
    downloads(shown(table, columns), f"{name}_{area.name}_{period}", key)


def _lacking(about: Indicator, row: dict[str, Any]) -> str:
    """What is missing of a figure: itself, or hand-ins that it should be made of."""
    text = STATUS_WORDS[row["status"]] if row["value"] is None else ""
    kind = row["period_type"]
    text = text or about.coverage(row["level"], kind, row["reported"], row["expected"])
    return f"{about.name}：{text}" if text else ""


def _below(rows: pl.DataFrame, area: Area) -> pl.DataFrame:
    return rows.filter(pl.col("area_code") != area.code)
