"""One file that holds several months: a table with columns for each, or a sheet for each.

Finds the columns of each month, and says which part of the file is of the period asked for. Only for monthly exports.
A table with a row for each community and field (指标) is laid out with a row for each community first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import polars as pl

from pipelines.contracts.schema import Contract
from pipelines.intake.draft import RefusalError
from pipelines.intake.header import (
    HIGHEST,
    INDICATORS,
    SEARCHED_ROWS,
    STREET,
    Column,
    Header,
    Index,
    Stack,
    lacking,
    may_be_header,
    own_columns,
    stacks_of,
)
from pipelines.intake.headings import heading
from pipelines.intake.rows import Table
from pipelines.intake.said import Said, month_named, month_of_sheet, periods_in
from pipelines.intake.sheet import Sheet, letter
from pipelines.periods import Cadence, Period

Month = tuple[int, int]
"""Year (0 when not said) and month."""
_LARGEST = 20_000
"""Rows of a table that is laid out anew."""


def wide_headers(sheet: Sheet, contracts: Mapping[str, Contract], index: Index) -> dict[str, Header]:
    """The headers of a sheet with columns for several months: those that have all that their contract requires."""
    found: dict[str, Header] = {}
    for export, contract in contracts.items():
        if contract.wide_months:
            fields = {text: name for text, known in index.names.items() for of, name, _ in known if of == export}
            header = _months_over_fields(sheet, contract, fields) or _fields_in_rows(sheet, contract, fields)
            if header is not None and not lacking(contract, header):
                found[export] = header
    return found


def _blocks(sheet: Sheet) -> Iterable[tuple[int, int, list[Stack]]]:
    rows = sheet.cells.head(SEARCHED_ROWS + HIGHEST - 1).rows()
    for first in range(min(len(rows), SEARCHED_ROWS)):
        for height in range(1, HIGHEST + 1):
            block = rows[first : first + height]
            if len(block) < height or not may_be_header(block):
                break
            yield first, height, stacks_of(sheet.cells.columns, block)


def _months_over_fields(sheet: Sheet, contract: Contract, fields: Mapping[str, str]) -> Header | None:
    """A header in which each column has a month and a field, one over the other."""
    best: Header | None = None
    known = (0, 0)
    for first, height, stacks in _blocks(sheet):
        if height == 1:
            continue
        header = Header(sheet, first, height)
        unknown: list[Stack] = []
        months: dict[Month, dict[str, Column]] = {}
        for stack in stacks:
            month = next((found for text in stack.texts if (found := month_named(text))), None)
            rest = Stack(stack.letter, tuple(text for text in stack.texts if not month_named(text)))
            if not rest.texts:
                continue
            name = next((fields[text] for text in rest.names if text in fields), None)
            column = Column(stack.letter, rest.title, rest.unit)
            if name is None:
                unknown.append(stack)
            elif month is None:
                header.columns.setdefault(name, column)
            else:
                months.setdefault(month, {}).setdefault(name, column)
        whole = {
            month: columns
            for month, columns in sorted(months.items())
            if not lacking(contract, replace(header, columns={**header.columns, **columns}))
        }
        own = own_columns(unknown)
        found = (len(whole), len(own))
        if len(whole) > 1 and (best is None or found > known):
            known = found
            taken = {column.letter for column in own.values()}
            header.ignored = [stack.title for stack in unknown if stack.letter not in taken]
            columns = {**header.columns, **next(iter(whole.values())), **own}
            best = replace(header, months=whole, columns=columns)
    return best


def _fields_in_rows(sheet: Sheet, contract: Contract, fields: Mapping[str, str]) -> Header | None:
    """A header of community, 指标 and months, over a row for each community and field."""
    area = contract.community_field
    for first, height, stacks in _blocks(sheet):
        months = {month: stack for stack in stacks for text in stack.texts if (month := month_named(text))}
        if area is None or len(months) < 2 or sheet.cells.height > _LARGEST:
            continue
        names = {stack.letter: list(stack.names) for stack in stacks if stack.texts}
        place = next((of for of, texts in names.items() if any(fields.get(text) == area for text in texts)), None)
        label = next((of for of, texts in names.items() if any(text in INDICATORS for text in texts)), None)
        if place and label:
            letters = {month: stack.letter for month, stack in months.items()}
            taken = {place, label, *letters.values()}
            own = own_columns(stack for stack in stacks if stack.texts and stack.letter not in taken)
            long = _Long(sheet, first + height, place, label, letters, own)
            return long.header(contract, fields)
    return None


@dataclass
class _Long:
    """A table with a row for each community and field, and a column for each month."""

    sheet: Sheet
    body: int
    place: str
    label: str
    months: Mapping[Month, str]
    own: Mapping[str, Column]
    """The columns that any file may have."""
    ignored: dict[str, None] = field(default_factory=dict)

    def header(self, contract: Contract, fields: Mapping[str, str]) -> Header:
        """The same table with a row for each community, and its header."""
        blocks = self._communities(contract, fields)
        numbers = list(dict.fromkeys(name for _, rows in blocks for name in rows))
        columns = {
            pair: letter(at) for at, pair in enumerate(product(sorted(self.months), numbers), start=1)
        }  # A is the community
        beside = {name: letter(len(columns) + at) for at, name in enumerate(self.own, start=1)}
        cells = self.sheet.cells
        first: dict[str, str | None] = {"A": contract.fields[contract.community_field or ""].header}
        lines = [first | {name: contract.fields[of].header for (_, of), name in columns.items()}]
        lines[0] |= {column: self.own[of].header for of, column in beside.items()}
        places: list[dict[str, str | None]] = [{}]
        for at, rows in blocks:
            line: dict[str, str | None] = {"A": cells[self.place][at]}
            true: dict[str, str | None] = {"A": f"{self.place}{at + 1}"}
            line |= {column: cells[self.own[of].letter][at] for of, column in beside.items()}
            true |= {column: f"{self.own[of].letter}{at + 1}" for of, column in beside.items()}
            for (month, name), column in columns.items():
                if name in rows:
                    line[column] = cells[self.months[month]][rows[name][0]]
                    true[column] = f"{self.months[month]}{rows[name][0] + 1}"
            lines.append(line)
            places.append(true)
        schema = dict.fromkeys(("A", *columns.values(), *beside.values()), pl.String)
        above = cells.head(self.body).rows()
        titles = tuple(
            (at, name, text)
            for at, row in enumerate(above[:-1])
            for name, text in zip(cells.columns, row, strict=True)
            if text is not None
        )
        sheet = Sheet(
            self.sheet.name,
            self.sheet.is_hidden,
            pl.DataFrame(lines, schema=schema),
            self.sheet.numbers,
            origin=pl.DataFrame(places, schema=schema),
            how=(
                *self.sheet.how,
                f"工作表“{self.sheet.name}”一个社区有几行（一行一个指标），合起来算一行。",
            ),
            titles=titles,
        )
        units = {name: heading(row[1]).unit for _, rows in blocks for name, row in rows.items()}
        months = {
            month: {
                name: Column(columns[month, name], contract.fields[name].header, units.get(name)) for name in numbers
            }
            for month in sorted(self.months)
        }
        own = {contract.community_field or "": Column("A", contract.fields[contract.community_field or ""].header)}
        own |= {of: Column(column, self.own[of].header) for of, column in beside.items()}
        return Header(sheet, 0, 1, {**own, **next(iter(months.values()))}, [*self.ignored], months=months)

    def _differ(self, one: int, other: int) -> bool:
        """Whether two rows are of different places: of two communities of one name the street tells."""
        street = self.own.get(STREET)
        letters = (self.place, street.letter) if street else (self.place,)
        pairs = [(self.sheet.cells[name][one], self.sheet.cells[name][other]) for name in letters]
        return any(before != after for before, after in pairs if after is not None)

    def _communities(
        self, contract: Contract, fields: Mapping[str, str]
    ) -> list[tuple[int, dict[str, tuple[int, str]]]]:
        """For each community: the row its name stands in, and for each field its row and what it is called there."""
        found: list[tuple[int, dict[str, tuple[int, str]]]] = []
        cells = self.sheet.cells
        for at, (community, label) in enumerate(cells.select(self.place, self.label).iter_rows()):
            if at < self.body or label is None or label in INDICATORS:
                continue
            name = next((fields[text] for text in heading(label).names if text in fields), None)
            if name is None or not contract.fields[name].type.is_number:
                self.ignored.setdefault("".join(label.split()))
                continue
            # The name stands in the first row of its block, or in each. A field that comes again begins another block,
            # with or without a name.
            is_next = not found or name in found[-1][1]
            if community is not None and found and self._differ(found[-1][0], at):
                is_next = True
            if is_next:
                found.append((at, {}))
            found[-1][1][name] = (at, label)
        return found


@dataclass
class Chosen:
    """The part of a file that is of one period."""

    tables: list[Table]
    said: list[Said] = field(default_factory=list)
    """What the parts chosen say about the period."""
    months: tuple[Period, ...] = ()
    """All months of the file, if it holds several and none was said: each becomes a submission of its own."""
    notes: list[str] = field(default_factory=list)
    passed_over: list[tuple[str, str]] = field(default_factory=list)


def chosen(tables: Sequence[Table], said: Sequence[Said], contract: Contract) -> Chosen:
    """The part of the file that is of the period said; of the first month it holds when only a longer one is said.

    Args:
        tables: Of all sheets.
        said: What was said with the file, and what its name says.
        contract: Of the export.

    Raises:
        RefusalError: when a table of months has none that is filled, or not the one said.
    """
    wide = [table for table in tables if table.header.months]
    if contract.cadence is not Cadence.MONTH:
        return Chosen(list(tables))
    said = [*said, *(found for table in wide for found in _in_titles(table))]
    outer = min((one.period for one in said), key=lambda period: period.cadence.months, default=None)
    held = [(table, _held(table, said)) for table in tables]
    months = sorted({period for _, periods in held for period in periods})
    if not months:
        if wide:
            raise RefusalError(_NO_YEAR if outer is None else _NO_MONTH.format("任何月份"))
        return Chosen(list(tables))
    inside = [period for period in months if outer is None or outer.contains(period)]
    if not inside:
        if outer is not None and wide:
            raise RefusalError(_NO_MONTH.format(outer.chinese))
        # A sheet named after another month than the file: let them contradict each other.
        inside = months[:1]
    period = inside[0]
    result = Chosen(
        [_of_month(table, period) for table, periods in held if period in periods],
        months=tuple(inside) if len(inside) > 1 else (),
    )
    result.said = [
        Said(period, f"工作表“{table.name}”{'的列' if table.header.months else '的名称'}")
        for table, periods in held
        if period in periods
    ]
    _describe(result, held, period)
    return result


_NO_YEAR = "表里各月份的列没有写明年份，文件名和标题也没有写明。请在文件名或标题中写明年份（如“2010年”）后再报送。"
_NO_MONTH = "表里没有{}的数据（该月份的列不存在或没有填写）。请核对统计期后再报送。"


def _in_titles(table: Table) -> list[Said]:
    return [
        found
        for at, name, text in table.rows.titles
        for found in periods_in(text, f"工作表“{table.name}”标题 {name}{at + 1}")
    ]


def _held(table: Table, said: Sequence[Said]) -> list[Period]:
    """The months that a table holds, in columns that are filled, or by the name of its sheet."""
    if table.header.months:
        rows = table.header.sheet.cells[table.rows.data]
        named = [
            month
            for month, columns in table.header.months.items()
            if any(rows[column.letter].null_count() < rows.height for column in columns.values())
        ]
    else:
        named = [month for month in [month_of_sheet(table.name)] if month]
        said = [*_in_titles(table), *said]
    year = next((one.period.end.year for one in said), None)
    return [Period.parse(f"{own or year}-{month:02d}") for own, month in named if own or year is not None]


def _of_month(table: Table, period: Period) -> Table:
    header = table.header
    if not header.months:
        return table
    month = next(key for key in header.months if key[0] in (0, period.end.year) and key[1] == period.end.month)
    others = {column.letter for columns in header.months.values() for column in columns.values()}
    base = {name: column for name, column in header.columns.items() if column.letter not in others}
    return replace(table, header=replace(header, columns={**base, **header.months[month]}))


def _describe(result: Chosen, held: Sequence[tuple[Table, list[Period]]], period: Period) -> None:
    for table, periods in held:
        others = [one for one in periods if one != period]
        listed = "、".join(one.chinese for one in others)
        fate = "另成一份报送" if set(others) <= set(result.months) else "不在本份报送之内"
        if not periods and not table.header.months:
            why = "没有写明月份，而同一文件里有按月份命名的工作表，未读取；如有数据请另存为单独的文件报送"
            result.passed_over.append((table.name, f"工作表“{table.name}”{why}"))
        elif others and table.header.months:
            result.notes.append(f"工作表“{table.name}”只采用{period.chinese}的列；{listed}的列{fate}。")
        elif others:
            result.notes.append(f"工作表“{table.name}”是{listed}的，{fate}。")
