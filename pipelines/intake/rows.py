"""Every row of a sheet is data, or is skipped for a reason: blank, title, header, section, total, note, other table.

Only the few rows that look unusual are looked at one by one. Judges no values.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from pipelines.contracts.schema import Contract, FieldSpec, FieldType
from pipelines.intake.cells import TRUTH, is_nothing, is_number, is_ordinal
from pipelines.intake.header import Header
from pipelines.intake.headings import squeezed
from pipelines.intake.merged import rows_under
from pipelines.intake.register import Register
from pipelines.intake.sheet import letter

_TOTAL_WORDS = ("合计", "总计", "小计", "共计", "汇总", "总和", "总数")
_TOTAL = re.compile(rf"(?:{'|'.join(_TOTAL_WORDS)})[:：]?(?:\(?共?[0-9]+[个家户条项件人宗起次名]?\)?)?[:：]?$")
"""合计, 合计：, 合计（31个）, 平湖街道小计."""
_NOTE = (
    r"^(?:(?:注|说\s*明|备\s*注)\s*\d*[:：]"
    r"|填\s*表\s*人|审\s*核\s*人|制\s*表|单位负责人|联\s*系\s*人|填报日期|填表日期)"
)
_SMALL = 64
"""Rows of a table that are sooner looked at one by one than searched through."""
_ORDINALS = ("序号", "序", "编号", "行号", "行次", "No.", "NO.", "No", "NO", "№")
_ENCLOSED = "①-⒛㈠-㈩㊀-㊉"
_ORDINAL_MARK = re.compile(
    r"^(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十\d]+\)|第[一二三四五六七八九十\d]+部分|[⑴-⒇㈠-㈩])"
)
_SECTION_MARK = re.compile(rf"^(?:(?:\(?[一二三四五六七八九十\d]+\)?|[{_ENCLOSED}])[、.:]?)?")


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
    others: list[tuple[int, int]]
    """Other tables above and below: indexes of the first row and of the row after the last."""

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


@dataclass(eq=False)
class Table:
    """One sheet of a file: its header, with the units that hold for it, and its rows."""

    header: Header
    rows: Rows
    street: str | None = None
    """Code of the street that its rows are of, as far as sheet, title or file name just one."""

    @property
    def name(self) -> str:
        """Of the sheet."""
        return self.header.sheet.name

    def extra_cells(self) -> dict[str, list[int]]:
        """The cells with content to the right of the header: by column, the indexes of the data rows that have one.

        Cells moved there, as by a comma in a number that nobody put in quotation marks.
        """
        letters = self.header.sheet.cells.columns
        headed = self._headed()
        last = max((at for at, letter in enumerate(letters) if letter in headed), default=-1)
        return {letter: rows for letter in letters[last + 1 :] if (rows := self._filled(letter))}

    def without_header(self) -> list[str]:
        """The columns that stand among those with a header, have none, and hold values."""
        letters = self.header.sheet.cells.columns
        headed = self._headed()
        last = max((at for at, letter in enumerate(letters) if letter in headed), default=-1)
        return [letter for letter in letters[:last] if letter not in headed and self._filled(letter)]

    def _headed(self) -> set[str]:
        """The columns with a text in the header, or under a merged cell of it."""
        header = self.header
        sheet, body = header.sheet, header.first + header.height
        block = sheet.cells.slice(header.first, header.height)
        found = {name for name in block.columns if block[name].null_count() < block.height}
        for area in sheet.look.merged:
            if area.top < body and area.bottom >= header.first and area.left < area.right:
                found |= {letter(at) for at in range(area.left, min(area.right + 1, sheet.cells.width + area.left))}
        return found

    def _filled(self, name: str) -> list[int]:
        column = self.header.sheet.cells[name]
        if column.null_count() == len(column):
            return []
        data = self.rows.data
        return [at for at, text in zip(data, column.gather(data), strict=True) if text and not is_nothing(text)]

    def other_tables(self) -> Iterator[str]:
        """What the clerk should know of the tables on the sheet that are not read."""
        for first, after in self.rows.others:
            yield (
                f"工作表“{self.name}”第 {first + 1}–{after} 行是另一张表，不符合本报表的列，未读取；"
                "如有数据请另存为单独的文件报送"
            )


def classify(header: Header, contract: Contract, register: Register) -> Rows:
    """Tell the data rows of a sheet from all others, and say why each of those is skipped."""
    cells = header.sheet.cells
    body = header.first + header.height
    above = end_of_table_above(cells.head(header.first).rows())
    titles = _titles(cells.head(header.first), above) or list(header.sheet.titles)
    reasons = dict.fromkeys(range(header.first, body), "header")
    _skip_above(reasons, cells.head(header.first), above)
    looker = _Looker(header, contract, register, {squeezed(text) for _, _, text in titles})
    odd = looker.odd_rows(body)
    end = looker.next_table(odd)
    alone: dict[int, tuple[int, str]] = {}
    for at, row in odd.items():
        if at >= end:
            break
        filled = [(column, text) for column, text in enumerate(row) if text is not None]
        reason = looker.reason(filled)
        if reason is not None:
            reasons[at] = reason
        elif len(filled) == 1 and not is_number(filled[0][1]) and at not in looker.under_merged:
            alone[at] = filled[0]
    for at in range(end, cells.height):
        reasons[at] = "blank" if at in odd and not any(odd[at]) else "other"
    last = next((at for at in range(end - 1, body - 1, -1) if at not in reasons and at not in alone), -1)
    sections: list[tuple[int, str]] = []
    for at, (_, text) in alone.items():
        street = looker.street(text)
        reason = "section" if street else looker.reason_alone(text) if at < last else "note"
        if reason is not None:
            reasons[at] = reason
        if street:
            sections.append((at, street))
    data = [at for at in range(body, cells.height) if at not in reasons]
    others = [(first, after) for first, after in ((0, above), (end, cells.height)) if first < after]
    return Rows(cells.height, data, Counter(reasons.values()), sections, titles, others)


def end_of_table_above(rows: Sequence[Sequence[str | None]]) -> int:
    """Where another table ends that stands above a header: the row after its last one; 0 without any.

    Told by rows of figures; or, where it has none, by full rows that blank ones part from the header.
    """
    full_rows = 0
    is_parted = False
    for at in range(len(rows) - 1, -1, -1):
        filled = [text for text in rows[at] if text is not None]
        if len(filled) >= 3 and sum(map(is_number, filled)) >= 2:
            return at + 1
        full_rows = full_rows + 1 if len(filled) >= 3 and not any(":" in squeezed(text) for text in filled) else 0
        if is_parted and full_rows == 2:
            return at + 2
        is_parted = is_parted or (not filled and at < len(rows) - 1)
    return 0


def _skip_above(reasons: dict[int, str], above: pl.DataFrame, end: int) -> None:
    for at, row in enumerate(above.iter_rows()):
        is_blank = not any(text is not None for text in row)
        reasons[at] = "blank" if is_blank else "other" if at < end else "title"


def _titles(above: pl.DataFrame, start: int) -> list[tuple[int, str, str]]:
    return [
        (at, letter, text)
        for at, row in enumerate(above.iter_rows())
        for letter, text in zip(above.columns, row, strict=True)
        if text is not None and at >= start
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
        | pl.any_horizontal(all_cells.str.contains_any(list(_TOTAL_WORDS)))
        | pl.any_horizontal(all_cells.str.contains(r"[合总小共]\s+计"))
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
        self._cells = cells
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
        self._kinds = {
            place[column.letter]: contract.fields[name] for name, column in columns.items() if name in contract.fields
        }
        self.under_merged = rows_under(header, contract)
        starts = [
            next(((at, text) for at, text in enumerate(row) if text and at not in self._ordinals), None)
            for row in self._block
        ]
        others = tuple(letter for at, letter in enumerate(letters) if at not in self._ordinals)
        self._is_odd = _is_odd(tuple(letters), tuple(filter(None, starts)), others if self._ordinals else ())

    def odd_rows(self, body: int) -> dict[int, Sequence[str | None]]:
        """The rows below the header that deserve a look, by index: of a small table all."""
        below = self._cells.slice(body)
        if below.height <= _SMALL:
            return dict(enumerate(below.rows(), body))
        return {at: row for at, *row in below.with_row_index("#", offset=body).filter(self._is_odd).iter_rows()}

    def reason(self, filled: Sequence[tuple[int, str]]) -> str | None:
        """Why a row is skipped, as far as the row itself tells: column and text of its filled cells."""
        if all(at in self._ordinals and is_ordinal(text) for at, text in filled):
            return "blank"
        # A header that comes again may be numbered as if it were a row.
        if all(text in self._headings[at] or (at in self._ordinals and is_ordinal(text)) for at, text in filled):
            return "header"
        if self._is_total(filled):
            return "total"
        return "note" if re.match(_NOTE, filled[0][1]) else None

    def next_table(self, odd: Mapping[int, Sequence[str | None]]) -> int:
        """Where another table begins below this one: the row of its header, or its titles; else the sheet's end."""
        cells = self._cells
        for at, row in odd.items():
            if any(row) or (at + 1 in odd and not any(odd[at + 1])):
                continue
            # A blank row, then perhaps some titles, then words where figures should be.
            for below in range(at + 1, min(at + 5, cells.height)):
                filled = [(column, text) for column, text in enumerate(cells.row(below)) if text is not None]
                if len(filled) > 1:
                    if self._is_other_header(filled):
                        return at + 1
                    break
        return cells.height

    def _is_other_header(self, filled: Sequence[tuple[int, str]]) -> bool:
        """Whether a row is a header, but not ours: no figure in it, and no cell fits the kind of its column."""
        if any(is_number(text) for _, text in filled) or self.reason(filled) is not None:
            return False
        fitting = [self._fits(self._kinds[at], text) for at, text in filled if at in self._kinds]
        judged = [fits for fits in fitting if fits is not None]
        return len(judged) >= 2 and not any(judged)

    def _fits(self, spec: FieldSpec, text: str) -> bool | None:
        """Whether a text may stand in a column; None where any may."""
        plain = squeezed(text)
        if is_nothing(text):
            return None
        if spec.type in (FieldType.TEXT, FieldType.CODE):
            return None
        if spec.type is FieldType.ENUM:
            return plain in map(squeezed, spec.values)
        if spec.type is FieldType.BOOL:
            return plain.upper() in TRUTH
        if spec.type in (FieldType.COMMUNITY, FieldType.STREET):
            return self._register.is_place(text)
        return any(sign.isdecimal() for sign in plain)

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
