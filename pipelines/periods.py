"""Month, quarter, year: what a period is, how it is written, which contains which.

Reads no files and finds no periods in titles; that is `intake.recognise`.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Cadence(StrEnum):
    """How long a period is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Length in months: 1, 3 or 12."""
        return {"month": 1, "quarter": 3, "year": 12}[self.value]


_TEXT = re.compile(r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")


@dataclass(frozen=True, order=True)
class Period:
    """A calendar month, quarter or year, named by its last day."""

    end: date
    cadence: Cadence

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read `2010-03`, `2010-Q1` or `2010`.

        Raises:
            ValueError: for any other form.
        """
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"not a period: {text!r}; expected 2010-03, 2010-Q1 or 2010")
        year = int(match["year"])
        if match["month"]:
            return cls.containing(date(year, int(match["month"]), 1), Cadence.MONTH)
        if match["quarter"]:
            return cls.containing(date(year, 3 * int(match["quarter"]), 1), Cadence.QUARTER)
        return cls(date(year, 12, 31), Cadence.YEAR)

    @classmethod
    def containing(cls, day: date, cadence: Cadence) -> "Period":
        """The period of this cadence that contains the day."""
        last_month = -(-day.month // cadence.months) * cadence.months
        following = date(day.year + last_month // 12, last_month % 12 + 1, 1)
        return cls(following - timedelta(days=1), cadence)

    @property
    def start(self) -> date:
        """Its first day."""
        months = self.end.year * 12 + self.end.month - self.cadence.months
        return date(months // 12, months % 12 + 1, 1)

    def shifted(self, steps: int) -> "Period":
        """The period so many of its own lengths later (earlier when negative)."""
        months = self.end.year * 12 + self.end.month - 1 + steps * self.cadence.months
        return Period.containing(date(months // 12, months % 12 + 1, 1), self.cadence)

    def within(self, cadence: Cadence) -> "Period":
        """The period of another, longer cadence that it lies in."""
        return Period.containing(self.end, cadence)

    def contains(self, other: "Period") -> bool:
        """Whether the other period lies wholly inside this one."""
        return self.start <= other.start and other.end <= self.end

    def __str__(self) -> str:
        if self.cadence is Cadence.YEAR:
            return f"{self.end.year}"
        if self.cadence is Cadence.QUARTER:
            return f"{self.end.year}-Q{self.end.month // 3}"
        return f"{self.end.year}-{self.end.month:02d}"

    @property
    def chinese(self) -> str:
        """As people write it: 2010年3月, 2010年第1季度, 2010年."""
        if self.cadence is Cadence.YEAR:
            return f"{self.end.year}年"
        if self.cadence is Cadence.QUARTER:
            return f"{self.end.year}年第{self.end.month // 3}季度"
        return f"{self.end.year}年{self.end.month}月"
