"""What passes between the process that receives and the processes that judge. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from pipelines.intake.register import Register
from pipelines.periods import Period

Severity = Literal["fault", "warning"]


class RefusalError(Exception):
    """A file that cannot become a submission. The text is for the clerk: what was found, and what to do."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with one cell (or row, or file), and what was expected."""

    severity: Severity
    sheet: str | None
    row: int | None
    """Counts from 1, as the spreadsheet program shows it."""
    field: str | None
    header: str | None
    cell: str | None
    """As D7."""
    value: str | None
    """What stood there; never of a secret or personal column."""
    rule: str
    message: str


@dataclass(frozen=True)
class Task:
    """One file to be judged, with all that its judgement depends on."""

    data: bytes
    file_name: str
    """As it is called to others."""
    period: Period | None
    streets: tuple[str, ...]
    received_on: date
    register: Register
    folder: Path
    """Where the rows and faults are written."""
    pseudonym_key: bytes
    password: str | None = field(default=None, repr=False)
    """Of a workbook that is locked; kept nowhere."""
    rosters: Mapping[str, Mapping[date, Path]] = field(default_factory=dict)
    """The active rosters by export and last day of the period, for exports without a community of their own."""
    words: frozenset[str] = frozenset()
    """Of reports and places, which are no names of persons: for the names of sheets."""


@dataclass(frozen=True)
class Marking:
    """A judged file, of which the workbook is made that is handed back."""

    data: bytes
    file_name: str
    folder: Path
    """Where its faults are."""
    refusal: str | None
    words: frozenset[str] = frozenset()
    """As those of its task."""
    password: str | None = field(default=None, repr=False)
    """Of a workbook that is locked; kept nowhere."""


@dataclass
class Draft:
    """What is known of a file after judging it. The rows are in the task's folder."""

    export: str | None = None
    period: Period | None = None
    scope: tuple[str, ...] = ()
    rows_read: int = 0
    rows_accepted: int = 0
    rows_rejected: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    faults: int = 0
    warnings: int = 0
    refusal: str | None = None
    notes: list[str] = field(default_factory=list)
    months: tuple[Period, ...] = ()
    """All months of a file that holds several, when none was said: this is of the first, the others are to follow."""
