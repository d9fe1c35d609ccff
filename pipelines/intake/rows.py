"""Every row of a sheet is data, or is skipped for a reason: blank, title, header, section, total, note.

Only the few rows that look unusual are looked at one by one. Judges no values.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from pipelines.contracts.schema import Contract
from pipelines.intake.cells import is_nothing, is_number
from pipelines.intake.headings import squeezed
from pipelines.intake.recognise import STREET, Header
from pipelines.intake.register import Register

_TOTAL = re.compile(r"(?:合计|总计|小计|共计)$")
_NOTE = r"^\s*(?:[注说备][\s\u3000]*明?考?[:：]|(?:注|说\s*明|备\s*注)\s*[:：]|填\s*表\s*人|审\s*核\s*人|制\s*表|单位负责人|联\s*系\s*人|填报日期|填表日期)"
_ORDINALS = ("序号", "序", "编号", "行号", "行次", "No.", "NO", "No")
_SECTION_MARK = re.compile(r"^(?:[(（]?[一二三四五六七八九十\d]+[)）]?[、.．:：]?)?")


@dataclass
class Rows:
    """The rows of one sheet."""

    height: int
    data: list[int]
    """Indexes of the data rows, from 0."""
    skipped: dict[str, int]
    sections: list[tuple[int, str]] = field(default_factory=list)
    """Rows that name a street for the rows below: index, code of the street."""
    titles: list[tuple[int, str, str]] = field(default_factory=list)
    """Texts above the header: index of row, letter of column, text. For recognising only; never stored."""


def classify(header: Header, contract: Contract, register: Register) -> Rows:
    """Tell the data rows of a sheet from all others, and say why each of those is skipped."""
    cells = header.sheet.cells
    body = header.first + header.height
    reasons: dict[int, str] = dict.fromkeys(range(header.first, body), "header")
    titles = _titles(cells.head(header.first))
    with_title = {at for at, _, _ in titles}
    for at in range(header.first):
        reasons[at] = "title" if at in with_title else "blank"
    looker = _Looker(header, contract, register, {squeezed(text) for _, _, text in titles})
    single: dict[int, str] = {}
    sections: list[tuple[int, str]] = []
    filled = cells.select(
        pl.sum_horizontal(pl.all().is_not_null()).alias("filled"),
        pl.coalesce(pl.all()).str.contains(_NOTE).fill_null(False).alias("note"),
        pl.any_horizontal(pl.all().str.ends_with("计")).fill_null(False).alias("total"),
        _may_repeat_header(header).alias("header"),
        looker.unfilled.alias("unfilled"),
    ).with_row_index("at")
    odd = filled.slice(body).filter((pl.col("filled") <= 1) | pl.any_horizontal("note", "total", "header", "unfilled"))
    rows = cells.select(pl.all().gather(odd["at"])).rows() if odd.height else []
    for (at, count, *_), row in zip(odd.iter_rows(), rows, strict=True):
        reason = "blank" if not count else looker.reason(row)
        if reason == "single":
            single[at] = next(text for text in row if text is not None)
        elif reason:
            reasons[at] = reason
    last = _last_data(body, cells.height, reasons, single)
    for at, text in single.items():
        reasons_for = looker.single(at, text, cells.row(at), at < last)
        if reasons_for == "data":
            continue
        reasons[at] = reasons_for
        street = looker.section_street(text)
        if reasons_for == "section" and street:
            sections.append((at, street))
    skipped: dict[str, int] = {}
    for reason in reasons.values():
        skipped[reason] = skipped.get(reason, 0) + 1
    data = [at for at in range(body, cells.height) if at not in reasons]
    return Rows(cells.height, data, skipped, sections, titles)


def _titles(above: pl.DataFrame) -> list[tuple[int, str, str]]:
    return [
        (at, letter, text)
        for at, row in enumerate(above.rows())
        for letter, text in zip(above.columns, row, strict=True)
        if text is not None
    ]


def _last_data(body: int, height: int, reasons: dict[int, str], single: dict[int, str]) -> int:
    """Index of the last row that is certainly data; the last one of the header when there is none."""
    return next((at for at in range(height - 1, body - 1, -1) if at not in reasons and at not in single), body - 1)


def _may_repeat_header(header: Header) -> pl.Expr:
    first = next(iter(header.columns.values())).letter
    texts = header.sheet.cells[first].slice(header.first, header.height).drop_nulls().to_list()
    return pl.col(first).is_in(texts).fill_null(False)


class _Looker:
    """Looks at one unusual row of a sheet at a time."""

    def __init__(self, header: Header, contract: Contract, register: Register, titles: set[str]) -> None:
        cells = header.sheet.cells
        block = cells.slice(header.first, header.height).rows()
        self.register = register
        self.titles = titles
        self.header_texts = [{text for text in texts if text} for texts in zip(*block, strict=True)]
        place = {letter: at for at, letter in enumerate(cells.columns)}
        self.keys = [place[header.columns[name].letter] for name in contract.key if name in header.columns]
        own = {column.letter for column in header.columns.values()}
        community = header.columns.get(contract.community_field or "")
        self.community = place[community.letter] if community else None
        street = header.columns.get(STREET)
        self.street = place[street.letter] if street else None
        # A row of a blank form that holds nothing but its number is blank.
        ordinal = [
            at
            for at, texts in enumerate(self.header_texts)
            if cells.columns[at] not in own and any(squeezed(text) in _ORDINALS for text in texts)
        ]
        others = [pl.col(letter).is_not_null() for at, letter in enumerate(cells.columns) if at not in ordinal]
        self.unfilled = ~pl.any_horizontal(others) if ordinal and others else pl.lit(False)
        self.ordinal = set(ordinal)

    def reason(self, row: Sequence[str | None]) -> str | None:
        """Why a row is skipped; None for data, `single` for a row whose place decides."""
        filled = [(at, text) for at, text in enumerate(row) if text is not None]
        if all(at in self.ordinal and is_number(text) for at, text in filled):
            return "blank"
        if all(text in self.header_texts[at] for at, text in filled):
            return "header"
        if self._is_total(filled):
            return "total"
        if re.match(_NOTE, filled[0][1]):
            return "note"
        if len(filled) == 1 and not is_number(filled[0][1]):
            return "single"
        return None

    def _is_total(self, filled: Sequence[tuple[int, str]]) -> bool:
        for at, text in filled:
            if is_number(text):
                return False
            if _TOTAL.search(squeezed(text)):
                return not any(other in self.keys and other != at and not is_nothing(value) for other, value in filled)
        return False

    def single(self, at: int, text: str, row: Sequence[str | None], is_inside: bool) -> str:
        """What a row with one text in it is: section, title, note or data."""
        del at
        column = next(place for place, value in enumerate(row) if value is not None)
        if self.section_street(text):
            return "section"
        if not is_inside:
            return "note"
        if squeezed(text) in self.titles:
            return "title"
        if column == self.community and self.register.is_community(text):
            return "data"
        if column in self.keys and column != self.community and re.fullmatch(r"[0-9A-Za-z._-]+", squeezed(text)):
            return "data"
        return "section"

    def section_street(self, text: str) -> str | None:
        """The street that a section is headed by, if it is one."""
        return self.register.street(_SECTION_MARK.sub("", squeezed(text)).strip("()（）:："))
