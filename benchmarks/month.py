"""All indicators of one month, added up again: one statement per unit table. Home: GUBEN_HOME.

Works on a copy of the build file, and leaves the home as it is.
"""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from pipelines.modelling.build import Build
from pipelines.settings import Settings


class _Watched:
    """A connection that counts and times the statements that write sums."""

    def __init__(self, con: duckdb.DuckDBPyConnection, statements: list[tuple[str, float]]) -> None:
        self._con, self._statements = con, statements

    def execute(self, query: str, *parameters: object) -> duckdb.DuckDBPyConnection:
        started = time.perf_counter()
        result = self._con.execute(query, *parameters)
        if query.lstrip().startswith("insert into build.sums"):
            self._statements.append((query, time.perf_counter() - started))
        return result

    def __getattr__(self, name: str) -> object:
        return getattr(self._con, name)


class WatchedBuild(Build):
    """A build that remembers the statements that wrote sums, and the seconds of each."""

    statements: list[tuple[str, float]]

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The build file in one transaction, watched."""
        with super().open() as con:
            yield _Watched(con, self.statements)  # type: ignore[misc]


def add_up_again(settings: Settings) -> tuple[WatchedBuild, date, float]:
    """Add up one month again, on a copy of the build file: a last one in which a quarter and a year end, too.

    Args:
        settings: Of a home that was refreshed.

    Returns:
        The build with its statements; the last day of the month; the seconds of all unit tables, their rows included.
    """
    with tempfile.TemporaryDirectory(prefix="guben-month-") as folder:
        path = Path(folder) / "guben.duckdb"
        shutil.copy(settings.home / "warehouse" / "guben.duckdb", path)
        build = WatchedBuild(settings, path)
        build.statements = []
        end = _month(build)
        for export in build.prepare(end).exports:
            build.load_export(export)
        with build.kept_open():
            started = time.perf_counter()
            for unit in build.units:
                build.build_unit(unit)
            return build, end, time.perf_counter() - started


def _month(build: Build) -> date:
    assert build.today is not None
    ends = [end for end in build.parts["period_end"] if end <= build.today]
    return max((end for end in ends if end.month == 12), default=build.today)


def main() -> dict[str, float | str]:
    """Do it, and say what it took."""
    build, end, seconds = add_up_again(Settings())
    return {
        "month": f"{end:%Y-%m}",
        "units": len(build.units),
        "statements": len(build.statements),
        "seconds": seconds,
        "sums": sum(spent for _, spent in build.statements),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
