"""The memory of the build file: what it was built from, as fingerprints, and what is to be built again, as marks.

A mark is a subject - `export:x`, `unit:x`, `values:x` - and the last day of a period. A step takes its own marks away
and leaves those of the next step, in one transaction. Knows no contract.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import duckdb

from pipelines.periods import Cadence, Period

_ROOT = Path(__file__).parents[2]
CODE = (
    *sorted(Path(__file__).parent.glob("*.py")),
    *(_ROOT / "pipelines" / name for name in ("periods.py", "contracts/schema.py")),
    *(
        _ROOT / "warehouse" / name
        for name in ("closings.py", "database.py", "lake.py", "locks.py", "notes.py", "scoring.py")
    ),
)
"""The files whose code makes the warehouse: this package and what it computes with."""


@cache
def code_version() -> str:
    """Changes with the code that builds and with DuckDB itself: then everything is built again."""
    code = "".join(path.read_text(encoding="utf-8") for path in CODE)
    return hashlib.sha256(f"{duckdb.__version__}{code}".encode()).hexdigest()


def has_changed(con: duckdb.DuckDBPyConnection, subject: str, made_from: str) -> bool:
    """Whether what a subject is made from differs from when it was built; remembers the new state."""
    new = hashlib.sha256(f"{code_version()}{made_from}".encode()).hexdigest()
    old = con.execute("select hash from build.fingerprints where subject = ?", [subject]).fetchall()
    if old == [(new,)]:
        return False
    con.execute("delete from build.fingerprints where subject = ?", [subject])
    con.execute("insert into build.fingerprints values (?, ?)", [subject, new])
    return True


def marked(con: duckdb.DuckDBPyConnection, subject: str) -> list[date]:
    """The periods of a subject that are to be built again."""
    return [
        row[0]
        for row in con.execute("select distinct period_end from build.dirty where subject = ?", [subject]).fetchall()
    ]


def mark_all(con: duckdb.DuckDBPyConnection, subject: str, exports: list[str]) -> None:
    """Mark a subject in every period for which one of these exports was handed in."""
    con.execute(
        "insert into build.dirty select distinct $1, period_end from build.parts where list_contains($2, export)",
        [subject, exports],
    )


def hand_on(con: duckdb.DuckDBPyConnection, done: str, following: Mapping[str, Cadence]) -> None:
    """Take the marks of a subject away and leave them with those that follow from it.

    Args:
        con: The build file.
        done: The subject that is up to date.
        following: Each subject that follows, and its cadence: it is marked for the period that contains the one done.
    """
    periods = marked(con, done)
    for subject, cadence in following.items():
        ends = {Period.containing(end, cadence).end for end in periods}
        con.execute("insert into build.dirty select $1, unnest($2)", [subject, sorted(ends)])
    con.execute("delete from build.dirty where subject = ?", [done])


def everything_pending(con: duckdb.DuckDBPyConnection) -> dict[str, set[date]]:
    """All marks by subject."""
    result: dict[str, set[date]] = {}
    for subject, end in con.execute("select distinct subject, period_end from build.dirty").fetchall():
        result.setdefault(subject, set()).add(end)
    return result
