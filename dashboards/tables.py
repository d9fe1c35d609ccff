"""A frame as a table people can sort: Chinese headers, units in the headers, numbers as numbers. No data access.

Cells are shown as text by the table widget; nothing in them is read as HTML or Markdown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl
import streamlit as st

from dashboards.texts import NOTHING, coverage_text

Kind = Literal["text", "count", "share", "wan", "number", "points", "yes", "day"]
_SCALES = {"share": 100.0, "wan": 1e-4}
_FORMATS = {"count": "%,d", "share": "%.1f%%", "wan": "%,.1f", "number": "%,.1f", "points": "%.2f"}
_ROW = 35
_YES = {True: "是", False: "否"}


@dataclass(frozen=True)
class Column:
    """How a column is shown: its header with unit, and what kind of number it is.

    Kinds: `share` is a fraction shown in percent, `wan` an amount in yuan shown in 万元, `yes` a boolean shown as 是
    or 否, `day` a date shown as 2026-10-31.
    """

    header: str
    kind: Kind = "text"
    width: Literal["small", "medium", "large"] | int | None = None
    pinned: bool = False


def shown(frame: pl.DataFrame, columns: Mapping[str, Column]) -> pl.DataFrame:
    """The frame as people see it: the columns asked for, under their headers, in the units of their headers."""
    return frame.select(_expression(name, column).alias(column.header) for name, column in columns.items())


def coverage_column(frame: pl.DataFrame) -> pl.Series:
    """How many of the hand-ins due are there, by the columns reported and expected: 齐, 应报12份，已报11份, 未报送."""
    texts = [
        coverage_text(reported, expected) or ("未报送" if not reported else "齐")
        for reported, expected in frame.select("reported", "expected").iter_rows()
    ]
    return pl.Series(texts, dtype=pl.String)


def sortable(
    frame: pl.DataFrame,
    columns: Mapping[str, Column],
    *,
    rows: int = 12,
    key: str | None = None,
    selectable: bool = False,
) -> int | None:
    """The table, at most so many rows high; sorted by a click on a header.

    Args:
        frame: the data, in stored units.
        columns: which of its columns are shown, in this order.
        rows: how many rows are seen without scrolling.
        key: tells the tables of one page apart.
        selectable: whether one row can be picked.

    Returns:
        Place of the row that is picked, in the frame; None without one.
    """
    config = {
        column.header: st.column_config.TextColumn(width=column.width, pinned=column.pinned or None)
        if column.kind in ("text", "yes", "day")
        else st.column_config.NumberColumn(format=_FORMATS[column.kind], width=column.width)
        for column in columns.values()
    }
    height = _ROW * (min(rows, max(frame.height, 1)) + 1) + 3
    shape: dict[str, Any] = {
        "hide_index": True,
        "column_config": config,
        "height": height,
        "placeholder": NOTHING,
    }
    if not selectable:
        st.dataframe(shown(frame, columns), key=key, **shape)
        return None
    state = st.dataframe(shown(frame, columns), key=key, on_select="rerun", selection_mode="single-row", **shape)
    picked = state["selection"]["rows"]
    return int(picked[0]) if picked else None


def _expression(name: str, column: Column) -> pl.Expr:
    value = pl.col(name)
    if column.kind == "text":
        return value
    if column.kind == "yes":
        return value.replace_strict(_YES, return_dtype=pl.String)
    if column.kind == "day":
        return value.dt.to_string("%Y-%m-%d")
    if column.kind == "count":
        return value.cast(pl.Float64).round().cast(pl.Int64)
    return value.cast(pl.Float64) * _SCALES.get(column.kind, 1.0)
