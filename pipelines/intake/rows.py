"""Every row of a sheet is data, or is skipped for a reason: blank, title, header, section, total, note.

Only the few rows that look unusual are looked at one by one. Judges no values.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from pipelines.contracts.schema import Contract
from pipelines.intake.cells import is_nothing, is_number
from pipelines.intake.header import Header
from pipelines.intake.headings import squeezed
from pipelines.intake.register import Register

_TOTAL = re.compile(r"(?:合计|总计|小计|共计)$")
_NOTE = (
    r"^(?:(?:注|说\s*明|备\s*注)\s*\d*[:：]"
    r"|填\s*表\s*人|审\s*核\s*人|制\s*表|单位负责人|联\s*系\s*人|填报日期|填表日期)"
)
_ORDINALS = ("序号", "序", "编号", "行号", "行次", "No.", "NO.", "No", "NO")
_ORDINAL_MARK = re.compile(
    r"^(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十\d]+\)|第[一二三四五六七八九十\d]+部分)"
)
_SECTION_MARK = re.compile(r"^(?:\(?[一二三四五六七八九十\d]+\)?[、.:]?)?")


@dataclass
class Rows:
    """The rows of one sheet."""

    height: int
    data: list[int]
    """Indexes of the data rows, from 0."""
    skipped: Counter[str]
    sections: list[tuple[int, str]]
    """Rows that name a street for the rows below: index, code of the street."""
    titles: list[tuple[int, str, str]]
    """Texts above the header: index of row, letter of column, text. For recognising only; never stored."""

    def section_of_row(self) -> list[str | None]:
        """For each data row the code of the street of the section it stands in; None above the first one."""
        section: str | None = None
        of_row: list[str | None] = []
        ahead = sorted(self.sections, reverse=True)
        for at in self.data:
            while ahead and ahead[-1][0] < at:
                section = ahead.pop()[1]
            of_row.append(section)
        return of_row


def classify(header: Header, contract: Contract, register: Register) -> Rows:
    """Tell the data rows of a sheet from all others, and say why each of those is skipped."""
    cells = header.sheet.cells
    body = header.first + header.height
    titles = _titles(cells.head(header.first))
    with_title = {at for at, _, _ in titles}
    reasons = {at: "title" if at in with_title else "blank" for at in range(header.first)}
    reasons |= dict.fromkeys(range(header.first, body), "header")
    looker = _Looker(header, contract, register, {squeezed(text) for _, _, text in titles})
    odd = cells.slice(body).with_row_index("#", offset=body).filter(looker.is_odd)
    alone: dict[int, tuple[int, str]] = {}
    for at, *row in odd.iter_rows():
        filled = [(column, text) for column, text in enumerate(row) if text is not None]
        reason = looker.reason(filled)
        if reason is not None:
            reasons[at] = reason
        elif len(filled) == 1 and not is_number(filled[0][1]):
            alone[at] = filled[0]
    last = next((at for at in range(cells.height - 1, body - 1, -1) if at not in reasons and at not in alone), -1)
    sections: list[tuple[int, str]] = []
    for at, (_, text) in alone.items():
        street = looker.street(text)
        reason = "section" if street else looker.reason_alone(text) if at < last else "note"
        if reason is not None:
            reasons[at] = reason
        if street:
            sections.append((at, street))
    data = [at for at in range(body, cells.height) if at not in reasons]
    return Rows(cells.height, data, Counter(reasons.values()), sections, titles)


def _titles(above: pl.DataFrame) -> list[tuple[int, str, str]]:
    return [
        (at, letter, text)
        for at, row in enumerate(above.iter_rows())
        for letter, text in zip(above.columns, row, strict=True)
        if text is not None
    ]


@lru_cache(maxsize=1024)
def _is_odd(letters: tuple[str, ...], starts: tuple[tuple[int, str], ...], others: tuple[str, ...]) -> pl.Expr:
    """Whether a row deserves a look. A form comes again every month: the same expression serves.

    Args:
        letters: The columns.
        starts: Column and text of the first cell of each row of the header.
        others: The columns beside those that number the rows, if there are any of these.
    """
    all_cells = pl.col(letters)
    return (
        (pl.sum_horizontal(all_cells.is_not_null()) <= 1)
        | pl.coalesce(all_cells).str.contains(_NOTE)
        | pl.any_horizontal(all_cells.str.ends_with("计"))
        | pl.any_horizontal(pl.col(letters[at]) == text for at, text in starts)
        | (pl.all_horizontal(pl.col(others).is_null()) if others else pl.lit(False))
    )


class _Looker:
    """Looks at the unusual rows of one sheet."""

    def __init__(self, header: Header, contract: Contract, register: Register, titles: set[str]) -> None:
        cells = header.sheet.cells
        letters = cells.columns
        place = {letter: at for at, letter in enumerate(letters)}
        columns = header.columns
        self._register = register
        self._titles = titles
        self._block = cells.slice(header.first, header.height).rows()
        self._headings = [{text for text in texts if text} for texts in zip(*self._block, strict=True)]
        self._keys = [place[columns[name].letter] for name in contract.key if name in columns]
        used = {column.letter for column in columns.values()}
        # A row of a blank form that holds nothing but its number is blank.
        self._ordinals = {
            at
            for at, texts in enumerate(self._headings)
            if letters[at] not in used and any(squeezed(text) in _ORDINALS for text in texts)
        }
        starts = [next(((at, text) for at, text in enumerate(row) if text), None) for row in self._block]
        others = tuple(letter for at, letter in enumerate(letters) if at not in self._ordinals)
        self.is_odd = _is_odd(tuple(letters), tuple(filter(None, starts)), others if self._ordinals else ())

    def reason(self, filled: Sequence[tuple[int, str]]) -> str | None:
        """Why a row is skipped, as far as the row itself tells: column and text of its filled cells."""
        if all(at in self._ordinals and is_number(text) for at, text in filled):
            return "blank"
        if all(text in self._headings[at] for at, text in filled):
            return "header"
        if self._is_total(filled):
            return "total"
        return "note" if re.match(_NOTE, filled[0][1]) else None

    def _is_total(self, filled: Sequence[tuple[int, str]]) -> bool:
        for at, text in filled:
            if is_number(text):
                return False
            if _TOTAL.search(squeezed(text)):
                return not any(key in self._keys and key != at and not is_nothing(other) for key, other in filled)
        return False

    def street(self, text: str) -> str | None:
        """The street that a section is headed by, if it is one: 平湖街道, 一、平湖."""
        return self._register.street(_SECTION_MARK.sub("", squeezed(text)).strip("():"))

    def reason_alone(self, text: str) -> str | None:
        """What a row above the last data row is that has one text and nothing else; None for data."""
        if squeezed(text) in self._titles:
            return "title"
        # 二、非公企业 heads the rows below. Any other lonely text is a row that lacks the rest: its clerk must know.
        return "section" if _ORDINAL_MARK.match(squeezed(text)) else None
