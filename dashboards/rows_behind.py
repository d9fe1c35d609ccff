"""What is behind a number, row by row: with its file, sheet and row; of people by community. Layout only."""

from html import escape

import polars as pl
import streamlit as st

from dashboards import layout
from dashboards.controls import Area
from dashboards.downloads import downloads
from dashboards.queries import indicators
from dashboards.queries.catalogue import Indicator
from dashboards.tables import Column, shown, sortable
from dashboards.texts import STATUS_WORDS, number_text
from pipelines.periods import Period

_ROWS = 200
"""Rows listed on the page; the download has all."""


def rows_behind(chosen: Indicator, area: Area, period: Period, area_map: str) -> None:
    """The rows as a table, one of them in full when picked, all of them to download."""
    found = indicators.explanation(chosen.indicator_id, area.code, period, area_map, _ROWS)
    of_people = not indicators.headers(chosen.unit_table)
    layout.section(
        "数字背后的明细",
        "统计的是人：列出各社区的合计，不逐人列出" if of_people else "逐行列出来自哪个文件、哪张工作表、哪一行",
    )
    if found is None or found.rows.is_empty():
        layout.note("没有可列出的明细：未报送，或无可统计对象。")
        return
    rows = _said_in_words(found.rows, chosen)
    columns = _columns(rows, chosen)
    cut = f"列出前{found.rows.height}行，" if found.total_rows > found.rows.height else ""
    layout.note(f"共{found.total_rows:,}行，{cut}下载可得全部。选中一行，在下方逐项查看。")
    picked = sortable(rows, columns, rows=10, key=f"rows-{area.code}-{period}", selectable=True)
    if picked is not None:
        _row(rows, columns, picked)
    fetch = indicators.all_rows(chosen.indicator_id, area.code, period, area_map)
    downloads(
        lambda: shown(_said_in_words(fetch(), chosen), columns), f"{chosen.name}_{area.name}_{period}_明细", "rows"
    )


def _said_in_words(rows: pl.DataFrame, chosen: Indicator) -> pl.DataFrame:
    """The rows behind a number of people in difficulty, "<5" in the place of what is not shown."""
    if not chosen.is_sensitive:
        return rows
    amounts = [name for name in ("numerator", "denominator") if name in rows.columns]
    is_hidden = pl.all_horizontal(pl.col(amounts).is_null())
    return rows.with_columns(
        pl.when(is_hidden)
        .then(pl.lit(STATUS_WORDS["small"]))
        .otherwise(pl.col(amounts).map_batches(_in_words, pl.String))
        .name.keep()
    )


def _in_words(amounts: pl.Series) -> pl.Series:
    return pl.Series([number_text(None if amount is None else float(amount)) for amount in amounts], dtype=pl.String)


def _columns(rows: pl.DataFrame, chosen: Indicator) -> dict[str, Column]:
    known = {
        "file_name": "文件",
        "sheet": "工作表",
        "row": "行",
        "community_name": "社区",
        "numerator": "计入分子",
        "denominator": "计入分母",
    }
    own = indicators.headers(chosen.unit_table)
    hidden = {"submission_id", "period_end", "community", "street"}
    if rows["row"].is_null().all():
        hidden |= {"sheet", "row"}
    result = {}
    for name, kind in rows.schema.items():
        if name in hidden:
            continue
        if kind == pl.Date:
            result[name] = Column(own.get(name, name), "day")
            continue
        is_number = kind.is_numeric() and name != "row"
        is_whole = is_number and bool((rows[name].drop_nulls() % 1 == 0).all())
        result[name] = Column(
            known.get(name) or own.get(name, name),
            "yes" if kind == pl.Boolean else "count" if is_whole else "number" if is_number else "text",
            width="medium" if name == "file_name" else None,
        )
    return result


def _row(rows: pl.DataFrame, columns: dict[str, Column], index: int) -> None:
    row = shown(rows.slice(index, 1), columns).row(0, named=True)
    listed = "".join(
        f"<div><span>{escape(name)}</span> {escape('—' if value is None else str(value))}</div>"
        for name, value in row.items()
    )
    st.html(f'<div class="gb-row"><div class="gb-facts">{listed}</div></div>')
