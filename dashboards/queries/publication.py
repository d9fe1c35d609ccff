"""Opens the current publication and asks it questions. Knows no subject; no layout, no writes.

A question is a file `dashboards/queries/sql/<name>.sql` with one statement and named parameters (`$area`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import streamlit as st

from pipelines.settings import Settings
from warehouse.database import open_for_reading, verify
from warehouse.publications import NothingPublishedError, Publications

_SQL = Path(__file__).parent / "sql"
_RUN_KEY = "_publication_of_this_run"


@dataclass(frozen=True)
class Publication:
    """What is known of a publication: its file for pages (resolved path), number, time of building and day *now*."""

    path: str
    number: int
    built_at: datetime
    now: date
    receipts: int


def publication() -> Publication | None:
    """The publication this run of the page shows; None when nothing has been published yet.

    One run sees one publication, also when another one is published meanwhile: `begin_run` decides which.
    """
    path = st.session_state.get(_RUN_KEY)
    return _look_up() if path is None else _describe(path)


def begin_run() -> Publication | None:
    """Look up the current publication for the run that starts; called by the page frame, and when its file has gone.

    Raises:
        UntrustedPublicationError: when it is not what was published.
    """
    st.session_state[_RUN_KEY] = None
    found = _look_up()
    st.session_state[_RUN_KEY] = found and found.path
    return found


def frame(name: str, **parameters: Any) -> pl.DataFrame:  # noqa: ANN401
    """The answer of the published data to `sql/<name>.sql`, cached. Values of the frame must not be changed in place.

    Raises:
        LookupError: when nothing has been published yet.
    """
    current = publication()
    if current is None:
        raise LookupError("nothing has been published yet")
    asked = tuple(sorted(parameters.items()))
    try:
        return _answer(current.path, name, asked)
    except (OSError, duckdb.IOException):
        if Path(current.path).exists():
            raise
        again = begin_run()
        if again is None:
            raise
        return _answer(again.path, name, asked)


def cursor(path: str) -> duckdb.DuckDBPyConnection:
    """A cursor of its own on the connection that all sessions share; the caller closes it."""
    return _connection(path).cursor()


def answer(path: str, statement: str, parameters: dict[str, Any] | None = None) -> pl.DataFrame:
    """The answer to a statement, not cached. One cursor per call on the connection shared by all sessions."""
    own = cursor(path)
    try:
        result: pl.DataFrame = own.sql(statement, params=parameters or None).pl()
        return result
    finally:
        own.close()


@st.cache_data(show_spinner=False, max_entries=500)
def _answer(path: str, name: str, parameters: tuple[tuple[str, Any], ...]) -> pl.DataFrame:
    return answer(path, _statement(name), dict(parameters))


@lru_cache
def _statement(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def _look_up() -> Publication | None:
    # Pages open the file without what may not be shown to readers; one published before there were such is not opened.
    try:
        return Publications(Settings().home).open_current(_checked)[0]
    except NothingPublishedError:
        return None


def _checked(path: Path) -> Publication:
    """What is known of a publication; its file is looked at each time, as it may have been altered meanwhile."""
    verify(path)
    return _describe(str(path))


@st.cache_data(show_spinner=False, max_entries=8)
def _describe(path: str) -> Publication:
    row = answer(path, _statement("publication")).row(0, named=True)
    return Publication(path, row["number"], row["built_at"], row["now"], row["receipts"])


@st.cache_resource(show_spinner=False, max_entries=4)
def _connection(path: str) -> duckdb.DuckDBPyConnection:
    return open_for_reading(Path(path))
