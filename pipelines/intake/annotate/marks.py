"""Which cells are marked, how, and what their notes say. Reads faults; knows no package."""

import re
from dataclasses import dataclass
from typing import cast

import polars as pl

from pipelines.intake.draft import Severity
from pipelines.intake.read import letter

WORDS: dict[Severity, str] = {"fault": "差错", "warning": "提醒"}
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")


@dataclass
class Mark:
    """One cell that is coloured."""

    severity: Severity
    text: str


Marks = dict[int, dict[int, Mark]]
"""By row and column, both counted from 1; column 0 is the first cell that the row has."""


def marks(faults: pl.DataFrame) -> dict[str, Marks]:
    """The marks of every sheet.

    Args:
        faults: As `faults.parquet`. Those of a row as a whole are marked on its first cell; those of a sheet or the
            file are in the list alone.
    """
    found: dict[str, Marks] = {}
    rows = faults.filter(pl.col("row").is_not_null() & pl.col("sheet").is_not_null())
    for severity, sheet, row, cell, message in rows.select("severity", "sheet", "row", "cell", "message").iter_rows():
        place = _CELL.fullmatch(cell or "")
        column = column_number(place[1]) if place else 0
        line = f"【{WORDS[severity]}】{message}"
        add(found.setdefault(sheet, {}).setdefault(int(place[2]) if place else row, {}), column, severity, line)
    return found


def add(row: dict[int, Mark], column: int, severity: str, text: str) -> None:
    """Mark a cell; what it has already is kept, and a fault outweighs a warning."""
    old = row.get(column)
    if old is None:
        row[column] = Mark(cast("Severity", severity), text)
    else:
        old.text += f"\n{text}"
        old.severity = "fault" if "fault" in (old.severity, severity) else "warning"


def column_number(letters: str) -> int:
    """The number of a column: A is 1, AA is 27."""
    number = 0
    for one in letters:
        number = number * 26 + ord(one) - 64
    return number


def cell_name(row: int, column: int) -> str:
    """As D7."""
    return f"{letter(column - 1)}{row}"
