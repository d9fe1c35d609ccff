"""Records of locked years: what an assessment was on the day it was locked, and why it was unlocked.

A record is a folder that is wholly there or not there, and is never edited:

    locks/<year>/<number>/
        lock.json             what was done, when, why, from which publication; of a lock the schemes and file hashes
        scores.parquet        assessment_scores of the year (the files only of a lock)
        totals.parquet        assessment_totals
        inputs.parquet        the values of every street that the schemes look at
        submissions.parquet   the submissions that were active for the year

The last record of a year says whether it is locked. Reads publications; computes no score.
"""

import fcntl
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
import polars as pl
from pydantic import BaseModel, ConfigDict

from warehouse.database import file_hash
from warehouse.lake import sync, write_durably

RECORD = "lock.json"

FROZEN = {
    "scores": "select * from assessment_scores where year = $year order by scheme, street_code, rowid",
    "totals": "select * from assessment_totals where year = $year order by scheme, rank, street_code",
    "inputs": """
        select indicator_id, area_code as street_code, numerator, denominator, value, status, reported, expected
        from indicator_values
        where level = 'street' and map = 'then' and period_type = 'year' and period_end = make_date($year, 12, 31)
            and indicator_id in (
                select indicator_id from build.scheme_indicators union select indicator_id from build.scheme_vetoes
            )
        order by all""",
    "submissions": """
        select submission_id, export, period_type, period_end, submitter, sha256, received_at
        from submissions where status = 'active' and year(period_end) in ($year, $year - 1) order by submission_id""",
}
"""What a lock freezes: the file, and the query to the publication. Growth looks at the year before as well."""


class LockError(RuntimeError):
    """What cannot be locked or unlocked; says why, in Chinese."""


class AlteredRecordError(RuntimeError):
    """A record that somebody has written to since it was made."""


class Record(BaseModel):
    """One act: a year was locked or unlocked. Written once, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: int
    number: int
    """Counts the records of a year, from 1."""
    action: Literal["lock", "unlock"]
    reason: str
    at: datetime
    """When it was done, with its zone."""
    publication: int
    """What readers saw at the time."""
    schemes: tuple[dict[str, Any], ...] = ()
    """The schemes as they were; of a lock."""
    files: dict[str, str] = {}
    """SHA-256 of every file beside the record, by its name."""


class Locks:
    """The records of one Guben home."""

    def __init__(self, home: Path) -> None:
        self.root = home / "locks"

    def records(self) -> list[Record]:
        """Every record, by year and number."""
        found = [Record.model_validate_json(path.read_bytes()) for path in self.root.glob(f"[0-9]*/[0-9]*/{RECORD}")]
        return sorted(found, key=lambda record: (record.year, record.number))

    def add_lock(
        self, year: int, reason: str, at: datetime, publication: tuple[int, duckdb.DuckDBPyConnection]
    ) -> Record:
        """Freeze a year as a publication shows it.

        Args:
            year: Of the assessment; must be over.
            reason: Why.
            at: When, with its zone.
            publication: Its number, and a connection that reads it.

        Raises:
            LockError: when the year is locked already, not over, or was never assessed.
        """
        number, con = publication
        with self._held():
            if year in locked(self.records()):
                raise LockError(f"{year}年度已经锁定；要重新锁定，请先解锁（guben assessment unlock {year}）。")
            frozen = {name: _read(con, query, year) for name, query in FROZEN.items()}
            states = set(frozen["totals"]["status"])
            if not states:
                raise LockError(f"{year}年度没有考核结果，不能锁定。")
            if "in_progress" in states:
                raise LockError(f"{year}年度还没有结束，不能锁定。")
            assessed = set(frozen["totals"]["scheme"])
            schemes = tuple(s for s in published_schemes(con, year) if s["scheme"] in assessed)
            record = self._next(year, "lock", reason, at, number)
            return self._add(record.model_copy(update={"schemes": schemes}), frozen)

    def add_unlock(self, year: int, reason: str, at: datetime, publication: int) -> Record:
        """Let corrections count again.

        Raises:
            LockError: when the year is not locked.
        """
        with self._held():
            if year not in locked(self.records()):
                raise LockError(f"{year}年度没有锁定，不用解锁。")
            return self._add(self._next(year, "unlock", reason, at, publication), {})

    def frozen(self, record: Record, name: str) -> pl.DataFrame:
        """What a lock froze: `scores`, `totals`, `inputs` or `submissions`.

        Raises:
            AlteredRecordError: when the file is not the one that was written.
        """
        path = self._folder(record) / f"{name}.parquet"
        if not path.exists() or file_hash(path) != record.files[path.name]:
            raise AlteredRecordError(f"{path} is not the file that was written when the year was locked")
        return pl.read_parquet(path)

    def _folder(self, record: Record) -> Path:
        return self.root / str(record.year) / f"{record.number:06d}"

    def _next(self, year: int, action: Literal["lock", "unlock"], reason: str, at: datetime, number: int) -> Record:
        if not reason.strip():
            raise LockError("请说明原因（--reason）。")
        last = max((record.number for record in self.records() if record.year == year), default=0)
        return Record(year=year, number=last + 1, action=action, reason=reason.strip(), at=at, publication=number)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Be the only one who adds records; what a process that was killed has left behind goes."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            for leftover in self.root.glob(".staged-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            yield

    def _add(self, record: Record, frozen: Mapping[str, pl.DataFrame]) -> Record:
        """Write the files aside, wait until they are on the disk, and turn them into a record with one rename."""
        staged = Path(tempfile.mkdtemp(prefix=".staged-", dir=self.root))
        files = {}
        for name, frame in frozen.items():
            path = staged / f"{name}.parquet"
            frame.write_parquet(path)
            path.chmod(0o444)
            sync(path)
            files[path.name] = file_hash(path)
        written = record.model_copy(update={"files": files})
        write_durably(staged / RECORD, written.model_dump_json(indent=1).encode(), 0o444)
        sync(staged)
        folder = self._folder(record)
        folder.parent.mkdir(exist_ok=True)
        sync(self.root)
        staged.rename(folder)
        folder.chmod(0o555)
        sync(folder.parent)
        return written


def locked(records: Iterable[Record]) -> dict[int, Record]:
    """The record that holds each locked year: the last one of the year, where that is a lock."""
    last = {record.year: record for record in sorted(records, key=lambda record: record.number)}
    return {year: record for year, record in last.items() if record.action == "lock"}


def published_schemes(con: duckdb.DuckDBPyConnection, year: int) -> list[dict[str, Any]]:
    """The schemes of a year as a publication has them: those it was locked with, else the present ones."""
    rows = con.execute(
        """select definition from build.assessment_schemes where year is not distinct from
            (select max(year) from build.assessment_schemes where year = $year)
        order by scheme""",
        {"year": year},
    ).fetchall()
    return [json.loads(definition) for (definition,) in rows]


def _read(con: duckdb.DuckDBPyConnection, query: str, year: int) -> pl.DataFrame:
    result: pl.DataFrame = con.sql(query, params={"year": year}).pl()
    return result
