"""A table to take away: as CSV and as Excel, with Chinese headers. No layout beyond the two buttons."""

from collections.abc import Callable
from io import BytesIO

import polars as pl
import streamlit as st

_FORMULA = r"^([=+\-@\t\r])"
"""How a text begins that a spreadsheet would run as a formula."""


def downloads(table: pl.DataFrame | Callable[[], pl.DataFrame], name: str, key: str) -> None:
    """Two buttons that hand out the table; the file is made only when asked for.

    Args:
        table: with the headers people see, or a function that fetches it when somebody asks for the file.
        name: of the file, without its ending.
        key: tells the buttons of one page apart.
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


def csv_bytes(table: pl.DataFrame) -> bytes:
    """UTF-8 with BOM, so that spreadsheets read Chinese; texts that would run as formulas get a leading apostrophe."""
    harmless = table.with_columns(pl.col(pl.String).str.replace(_FORMULA, "'$1"))
    return b"\xef\xbb\xbf" + harmless.write_csv().encode()


def excel_bytes(table: pl.DataFrame) -> bytes:
    """A workbook with one sheet; texts stay texts."""
    file = BytesIO()
    table.write_excel(file, autofit=True, freeze_panes=(1, 0))
    return file.getvalue()


def _fetched(table: pl.DataFrame | Callable[[], pl.DataFrame]) -> pl.DataFrame:
    return table if isinstance(table, pl.DataFrame) else table()
