"""数据字典: what is handed in, how it is checked, what is counted and why. Layout only.

Parameters of the URL: `table` (which part of the dictionary).
"""

import polars as pl
import streamlit as st

from dashboards import controls, layout
from dashboards.downloads import downloads
from dashboards.tables import Column, sortable
from pipelines.contracts.schema import load_contracts
from pipelines.dictionary import Table, as_markdown, as_workbook, dictionary
from pipelines.modelling.catalogue import load_catalogue
from pipelines.settings import Settings

_WIDE = {"条文", "公式", "含义", "规则", "内容", "SQL：分子", "SQL：分母", "计分", "用于指标"}


def _frame(table: Table) -> pl.DataFrame:
    """The table as a frame: a column with any text in it is text."""
    columns = {}
    for header, cells in zip(table.headers, zip(*table.rows, strict=True), strict=True):
        is_text = any(isinstance(cell, str) for cell in cells)
        columns[header] = [str(cell) for cell in cells] if is_text else list(cells)
    return pl.DataFrame(columns)


def _searched(frame: pl.DataFrame, words: str) -> pl.DataFrame:
    """The rows in which every word stands somewhere."""
    text = pl.concat_str(pl.all().cast(pl.String), separator=" ").str.to_lowercase()
    for word in words.lower().split():
        frame = frame.filter(text.str.contains(word, literal=True))
    return frame


def page() -> None:
    """Draw the page."""
    settings = Settings()
    tables = {t.title: t for t in dictionary(load_contracts(settings.contracts_dir), load_catalogue(settings.sql_dir))}
    counts = {title: len(table.rows) for title, table in tables.items()}
    layout.title("数据字典", "由报表约定和指标定义生成，与系统实际执行的一致")
    layout.answer(
        f"{counts['报表']}种报表，{counts['字段']}个字段，{counts['规则']}条校验规则；"
        f"{counts['条文']}条政策要求，{counts['指标']}项指标。"
    )
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        title = controls.choose(
            "table",
            "内容",
            list(tables),
            words=lambda name: f"{name} {counts[name]}",
            style="buttons",
            hidden_label=True,
        )
    with right:
        words = st.text_input("查找", key="dictionary_words", placeholder="表头、字段、指标、部门……")
    found = _searched(_frame(tables[title]), words)
    columns = {
        name: Column(
            name,
            "number" if kind == pl.Float64 else "count" if kind.is_numeric() else "text",
            width="large" if name in _WIDE else None,
        )
        for name, kind in found.schema.items()
    }
    if found.is_empty():
        layout.note(f"{title}中没有“{words}”。")
    else:
        sortable(found, columns, rows=16, key=f"dictionary_{title}")
    downloads(found, f"数据字典_{title}", "dictionary")
    layout.section("整本字典")
    with st.container(horizontal=True):
        st.download_button(
            "下载 Markdown",
            lambda: as_markdown(list(tables.values())),
            "数据字典.md",
            "text/markdown",
            key="whole_md",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            "下载 Excel（每部分一张表）",
            lambda: as_workbook(list(tables.values())),
            "数据字典.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            key="whole_xlsx",
            on_click="ignore",
            icon=":material/download:",
        )


page()
