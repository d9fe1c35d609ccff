"""A table to take away: as CSV, as Excel, for programs as JSON. No layout beyond the buttons."""

from collections.abc import Callable
from io import BytesIO

import polars as pl
import polars.selectors as cs
import streamlit as st

_FORMULA = r"^([=+\-@\t\r])"
"""How a text begins that a spreadsheet would run as a formula."""
_NO_CELL = [float("inf"), float("-inf"), float("nan")]


def downloads(
    table: pl.DataFrame | Callable[[], pl.DataFrame], name: str, key: str, *, for_programs: bool = False
) -> None:
    """Buttons that hand out the table; the file is made only when asked for.

    Args:
        table: with the headers people see, or a function that fetches it when somebody asks for the file.
        name: of the file, without its ending.
        key: tells the buttons of one page apart.
        for_programs: whether JSON is among them.
    """
    with st.container(horizontal=True):
        st.download_button(
            "下载 CSV",
            lambda: csv_bytes(_fetched(table)),
            f"{name}.csv",
            "text/csv",
            key=f"{key}_csv",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            "下载 Excel",
            lambda: excel_bytes(_fetched(table)),
            f"{name}.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            key=f"{key}_xlsx",
            on_click="ignore",
            icon=":material/download:",
        )
        if for_programs:
            st.download_button(
                "下载 JSON",
                lambda: _fetched(table).write_json(),
                f"{name}.json",
                "application/json",
                key=f"{key}_json",
                on_click="ignore",
                icon=":material/download:",
            )


def csv_bytes(table: pl.DataFrame) -> bytes:
    """UTF-8 with BOM, so that spreadsheets read Chinese; texts that would run as formulas get a leading apostrophe."""
    harmless = table.with_columns(pl.col(pl.String).str.replace(_FORMULA, "'$1"))
    return b"\xef\xbb\xbf" + harmless.write_csv().encode()


def excel_bytes(table: pl.DataFrame) -> bytes:
    """A workbook with one sheet; texts stay texts. Excel knows no time zones, no infinity and no days before 1900."""
    local = table.with_columns(
        cs.datetime(time_zone="*").dt.replace_time_zone(None), cs.float().replace(_NO_CELL, None)
    )
    early = [column.name for column in local.select(cs.date() | cs.datetime()) if (column.dt.year() < 1900).any()]
    file = BytesIO()
    local.with_columns(pl.col(early).cast(pl.String)).write_excel(file, autofit=True, freeze_panes=(1, 0))
    return file.getvalue()


def _fetched(table: pl.DataFrame | Callable[[], pl.DataFrame]) -> pl.DataFrame:
    return table if isinstance(table, pl.DataFrame) else table()
