"""DuckDB: open the build file for writing, open a publication for reading. Knows no table."""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

TIME_ZONE = "Asia/Shanghai"


class UntrustedPublicationError(RuntimeError):
    """A publication that something has written to since it was published."""


def open_for_building(path: Path) -> duckdb.DuckDBPyConnection:
    """The build file, made when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(path)
    con.execute(f"set TimeZone = '{TIME_ZONE}'")
    return con


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """All of what is done inside happens, or nothing."""
    con.execute("begin")
    try:
        yield con
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")


def open_for_reading(path: Path, limits: Mapping[str, str | int] | None = None) -> duckdb.DuckDBPyConnection:
    """A publication, read-only and cut off from files, network and further settings.

    Args:
        path: The publication's own file, links resolved.
        limits: DuckDB's settings of memory and threads, where its own are not meant.

    Raises:
        UntrustedPublicationError: when a write-ahead log lies beside it, which would be replayed on opening.
    """
    if path.with_name(path.name + ".wal").exists():
        raise UntrustedPublicationError(f"{path} has a write-ahead log beside it; publications are never written to")
    con = duckdb.connect(path, read_only=True, config=dict(limits or {}))
    for setting in (
        f"set TimeZone = '{TIME_ZONE}'",
        "set autoinstall_known_extensions = false",
        "set autoload_known_extensions = false",
        "set allow_community_extensions = false",
        "set allow_persistent_secrets = false",
        "set python_enable_replacements = false",
        "set temp_directory = ''",
        "set enable_external_access = false",
        "set lock_configuration = true",
    ):
        con.execute(setting)
    return con


@contextmanager
def build_lock(path: Path) -> Iterator[None]:
    """Be the only one who refreshes this home; waits for whoever is at it, in whatever process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
