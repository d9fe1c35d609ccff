"""A few good rows of every export, and the shapes in which departments send them.

Each shape renders the same rows; whatever it looks like, what is accepted must be the same.
"""

import csv
import html
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from typing import Any

import polars as pl
import xlsxwriter

from pipelines.contracts.schema import UNITS, Contract, FieldSpec, FieldType
from pipelines.intake.headings import heading
from pipelines.intake.register import Community, Register
from pipelines.periods import Cadence, Period
from pipelines.sample.content import EXPORTS, known_contracts
from pipelines.sample.district import District, read_register
from tests.intake.biff_file import xls

Cell = str | int | Decimal | None
Row = list[Cell]


@dataclass(frozen=True)
class Plain:
    """Good rows of one export, as a clerk would type them, with the names of its contract."""

    contract: Contract
    period: Period
    street: str
    """The street that hands it in; nothing for the district's exports."""
    rows: list[Row]
    streets: list[str]
    """The name of each row's street; empty where the export says nothing of it."""

    @property
    def header(self) -> Row:
        return [spec.header for spec in self.contract.fields.values()]

    @property
    def names(self) -> list[str]:
        return list(self.contract.fields)

    @property
    def name(self) -> str:
        """A file name that says all that has to be said."""
        return f"{self.street}{self.contract.title}（{self.period.chinese}）"

    @property
    def area(self) -> int | None:
        """Which column is the community."""
        name = self.contract.community_field
        return self.names.index(name) if name else None

    def with_rows(self, rows: Sequence[Row]) -> list[Row]:
        """Header and rows."""
        return [self.header, *rows]


@dataclass
class Grid:
    """A sheet to be written."""

    rows: list[Row]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Top, left, bottom, right."""
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    formulas: frozenset[tuple[int, int]] = frozenset()


@lru_cache(maxsize=1)
def _district() -> District:
    return District(1, Period.parse("2025-01"), Period.parse("2025-12"), 0.05)


@lru_cache(maxsize=1)
def register() -> Register:
    """The real communities."""
    columns = ("community_code", "community_name", "street_code", "street_name", "valid_from", "valid_to")
    return Register(tuple(Community(*row) for row in read_register().select(columns).iter_rows()))


@lru_cache(maxsize=64)
def plain(export: str, month: int = 3, count: int = 6) -> Plain:
    """A few good rows of an export."""
    contract = known_contracts()[export]
    period = {
        Cadence.MONTH: Period.parse(f"2025-{month:02d}"), Cadence.QUARTER: Period.parse("2025-Q1"),
        Cadence.YEAR: Period.parse("2025"),
    }[contract.cadence]  # fmt: skip
    frame = EXPORTS[export](_district(), period)
    names = read_register().select(
        pl.col("community_code").alias("_code"), _name="community_name", _street="street_name"
    )
    once = names.filter(pl.col("_name").is_unique())
    key = contract.community_field or next((name for name in ("community", "community_code") if name in frame), None)
    street = ""
    if key:
        frame = frame.join(once, left_on=key, right_on="_code", how="inner", maintain_order="left")
        chosen = frame["_street"].unique(maintain_order=True)
        if contract.by == "street":
            street = next(name for name in chosen if frame.filter(pl.col("_street") == name).height >= 2)
            frame = frame.filter(pl.col("_street") == street)
    else:
        street = names["_street"][0] if contract.by == "street" else ""
    frame = frame.unique(contract.key, maintain_order=True, keep="first")
    if key and contract.by == "district" and contract.community_field:
        # Three rows of each of two streets.
        two = frame["_street"].unique(maintain_order=True).head(2)
        frame = pl.concat([frame.filter(pl.col("_street") == name).head(count // 2) for name in two])
    frame = frame.head(count)
    cells = [_cells(frame, name, contract) for name in contract.fields]
    streets = frame["_street"].to_list() if contract.community_field else [""] * frame.height
    return Plain(contract, period, street, [list(row) for row in zip(*cells, strict=True)], streets)


def _cells(frame: pl.DataFrame, name: str, contract: Contract) -> list[Cell]:
    kind, values = contract.fields[name].type, frame[name]
    if kind is FieldType.COMMUNITY:
        return frame["_name"].to_list()
    if kind is FieldType.BOOL:
        return [None if value is None else "是" if value else "否" for value in values]
    if kind is FieldType.MONTH:
        return values.dt.strftime("%Y-%m").to_list()
    if kind is FieldType.DATE:
        return values.dt.strftime("%Y-%m-%d").to_list()
    if kind is FieldType.DECIMAL:
        # In yuan, whatever the sample writes; shapes give the unit they use.
        return [None if value is None else Decimal(round(value * 100)) * 100 for value in values.to_list()]
    return values.to_list()


# Writing


def xlsx(sheets: Mapping[str, Grid], hidden: Sequence[str] = ()) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    for name, grid in sheets.items():
        sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        _write(sheet, grid)
    if book.worksheets()[0].name in hidden:
        book.worksheets()[-1].activate()
    book.close()
    return buffer.getvalue()


def _write(sheet: Any, grid: Grid) -> None:
    for area in grid.merged:
        sheet.merge_range(*area, "")
    for at, row in enumerate(grid.rows):
        for column, value in enumerate(row):
            shown = float(value) if _is_number(value) else value  # type: ignore[arg-type]
            if (at, column) in grid.formulas:
                sheet.write_formula(at, column, "=A1", None, shown)
            elif shown is not None:
                sheet.write(at, column, shown)
    for at in grid.hidden_rows:
        sheet.set_row(at, None, None, {"hidden": True})
    for column in grid.hidden_columns:
        sheet.set_column(column, column, None, None, {"hidden": True})


def _is_number(value: Cell) -> bool:
    return isinstance(value, int | Decimal)


def text_of(value: Cell) -> str:
    return "" if value is None else str(value)


def delimited(rows: Sequence[Row], delimiter: str = ",") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows([[text_of(c) for c in row] for row in rows])
    return text.getvalue()


def page(grid: Grid) -> str:
    """As HTML, with the declaration that goes with GB18030 bytes."""
    tops = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in grid.merged}
    under = {
        (row, column)
        for top, left, bottom, right in grid.merged
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
        if (row, column) != (top, left)
    }
    lines = []
    for at, row in enumerate(grid.rows):
        cells = ""
        for column, value in enumerate(row):
            if (at, column) not in under:
                down, across = tops.get((at, column), (1, 1))
                text = html.escape(text_of(value)).replace("\n", "<br>")
                cells += f'<td rowspan="{down}" colspan={across}>{text}</td>'
        lines.append(f"<tr>{cells}</tr>")
    head = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"></head><body>'
    return f"{head}<table border=1>{''.join(lines)}</table></body></html>"


# Shapes. Each gives a file, or nothing where it does not apply.

Rendered = tuple[str, bytes] | None
Shape = Callable[[Plain], Rendered]
SHAPES: dict[str, Shape] = {}


def shape(make: Callable[[Plain], Grid | Rendered]) -> Callable[[Plain], Grid | Rendered]:
    """Keep a shape under its name; one that gives a grid is written as .xlsx."""

    def rendered(table: Plain) -> Rendered:
        made = make(table)
        return (f"{table.name}.xlsx", xlsx({"数据": made})) if isinstance(made, Grid) else made

    SHAPES[make.__name__] = rendered
    return make


@shape
def as_it_should_be(table: Plain) -> Grid:
    return Grid(table.with_rows(table.rows))


@shape
def xlsm(table: Plain) -> Rendered:
    return f"{table.name}.xlsm", xlsx({"数据": Grid(table.with_rows(table.rows))})


@shape
def biff(table: Plain) -> Rendered:
    return f"{table.name}.xls", xls({"数据": _as_text(table)})


@shape
def et(table: Plain) -> Rendered:
    return f"{table.name}.et", xls({"数据": _as_text(table)})


def _as_text(table: Plain) -> list[Row]:
    return table.with_rows([[float(c) if _is_number(c) else c for c in row] for row in table.rows])  # type: ignore[misc]


def _text(encoding: str, delimiter: str, extension: str) -> Shape:
    def rendered(table: Plain) -> Rendered:
        return f"{table.name}.{extension}", delimited(table.with_rows(table.rows), delimiter).encode(encoding)

    return rendered


for _encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
    for _name, _delimiter, _extension in (
        ("comma", ",", "csv"), ("tab", "\t", "tsv"), ("semicolon", ";", "txt"), ("bar", "|", "xls"),
    ):  # fmt: skip
        SHAPES[f"{_name}_{_encoding}"] = _text(_encoding, _delimiter, _extension)


@shape
def html_named_xls(table: Plain) -> Rendered:
    return f"{table.name}.xls", page(Grid(table.with_rows(table.rows))).encode("gb18030")


@shape
def one_sheet_among_notes(table: Plain) -> Rendered:
    notes = Grid([["填表说明"], ["一、没有发生的填 0。"], ["二、于次月10日前报送。"]])
    data = Grid(table.with_rows(table.rows))
    return f"{table.name}.xlsx", xlsx({"填表说明": notes, "数据": data, "Sheet3": Grid([])})


@shape
def a_sheet_for_each_street(table: Plain) -> Rendered:
    if not all(table.streets):
        return None
    parts = {
        street: Grid(table.with_rows([row for _, row in rows]))
        for street, rows in groupby(zip(table.streets, table.rows, strict=True), key=lambda pair: pair[0])
    }
    return f"{table.name}.xlsx", xlsx(parts)


@shape
def hidden_parts(table: Plain) -> Rendered:
    grid = Grid(table.with_rows(table.rows), hidden_rows=(2,), hidden_columns=(0,))
    return f"{table.name}.xlsx", xlsx({"说明": Grid([["见后"]]), "数据": grid}, hidden=["数据"])


@shape
def spaces_and_breaks_in_headers(table: Plain) -> Grid:
    def spread(text: str) -> str:
        return f"{text[0]} {text[1:2]}\n{text[2:]}" if len(text) > 3 else "　".join(text)

    return Grid([[spread(str(text)) for text in table.header], *table.rows])


def _headed(table: Plain, height: int) -> Grid:
    """A header of so many rows: parents over every two columns, and over those."""
    width = len(table.header)
    upper: list[Row] = []
    merged: list[tuple[int, int, int, int]] = []
    for level in range(height - 1):
        reach = 2 ** (height - 1 - level)
        line: Row = [None] * width
        for left in range(1, width, reach):
            right = min(left + reach, width) - 1
            line[left] = f"第{'一二三'[level]}级{left}"
            if right > left:
                merged.append((level, left, level, right))
        upper.append(line)
    upper[0][0] = table.header[0]
    merged.append((0, 0, height - 1, 0))
    return Grid([*upper, [None, *table.header[1:]], *table.rows], merged)


@shape
def header_of_two_rows(table: Plain) -> Grid | None:
    return _headed(table, 2)


@shape
def header_of_three_rows(table: Plain) -> Grid | None:
    return _headed(table, 3)


@shape
def header_of_four_rows(table: Plain) -> Grid | None:
    return _headed(table, 4)


def _other_unit(spec: FieldSpec) -> str | None:
    """A unit in which the field is not written by itself."""
    if heading(spec.header).unit:
        return None
    if spec.measure == "area":
        return "平方米" if spec.unit else "万平方米"
    return ("元" if spec.unit == "万元" else "万元") if spec.measure == "money" else None


def _in_units(table: Plain) -> tuple[list[str | None], list[Row]]:
    """Units for the columns, and the rows in them."""
    specs = list(table.contract.fields.values())
    units = [_other_unit(spec) for spec in specs]
    factors = [
        (UNITS[spec.unit][1] if spec.unit else 1) / UNITS[unit][1] if unit else None
        for spec, unit in zip(specs, units, strict=True)
    ]
    rows = [
        [Decimal(c) * f if f is not None and _is_number(c) else c for c, f in zip(row, factors, strict=True)]  # type: ignore[arg-type]
        for row in table.rows
    ]
    return units, rows


@shape
def unit_in_the_parent(table: Plain) -> Grid | None:
    units, rows = _in_units(table)
    if not any(units):
        return None
    return Grid([[f"合并（单位：{unit}）" if unit else "其他" for unit in units], table.header, *rows])


@shape
def unit_in_a_line(table: Plain) -> Grid | None:
    units, rows = _in_units(table)
    if not any(units):
        return None
    line: Row = [*[None] * (len(table.header) - 1), f"单位：{'、'.join(dict.fromkeys(filter(None, units)))}"]
    return Grid([[table.contract.title], line, table.header, *rows])


@shape
def serial_numbers(table: Plain) -> Grid:
    rows = [[at, *row] for at, row in enumerate(table.rows, 1)]
    blank: list[Row] = [[at, *[None] * len(table.header)] for at in range(len(rows) + 1, len(rows) + 4)]
    return Grid([["序号", *table.header], *rows, *blank])


@shape
def section_rows(table: Plain) -> Grid | None:
    if not all(table.streets):
        return None
    rows: list[Row] = []
    for street, group in groupby(zip(table.streets, table.rows, strict=True), key=lambda pair: pair[0]):
        rows += [[street, *[None] * (len(table.header) - 1)], *[row for _, row in group]]
    return Grid(table.with_rows(rows))


def _merged_streets(table: Plain) -> Grid:
    """The street in a column of its own, once for all its rows."""
    rows: list[Row] = []
    merged: list[tuple[int, int, int, int]] = []
    for street, group in groupby(zip(table.streets, table.rows, strict=True), key=lambda pair: pair[0]):
        own = [row for _, row in group]
        top = 1 + len(rows)
        rows += [[street if at == 0 else None, *row] for at, row in enumerate(own)]
        if len(own) > 1:
            merged.append((top, 0, top + len(own) - 1, 0))
    return Grid([["街道", *table.header], *rows], merged)


@shape
def merged_streets(table: Plain) -> Grid | None:
    return _merged_streets(table) if all(table.streets) else None


@shape
def merged_streets_in_html(table: Plain) -> Rendered:
    return (f"{table.name}.xls", page(_merged_streets(table)).encode("gb18030")) if all(table.streets) else None


@shape
def merged_streets_in_biff(table: Plain) -> Rendered:
    if not all(table.streets):
        return None
    grid = _merged_streets(table)
    rows = [[float(c) if _is_number(c) else c for c in row] for row in grid.rows]  # type: ignore[arg-type]
    return f"{table.name}.xls", xls({"数据": rows}, merged=grid.merged)


@shape
def merged_communities(table: Plain) -> Grid | None:
    """Where a community has several rows, its name stands once."""
    at = table.area
    if at is None or len(table.contract.key) < 2 or table.names[at] not in table.contract.key:
        return None
    ordered = sorted(table.rows, key=lambda row: str(row[at]))
    rows: list[Row] = []
    merged: list[tuple[int, int, int, int]] = []
    for community, group in groupby(ordered, key=lambda row: row[at]):
        own = list(group)
        top = 1 + len(rows)
        rows += [
            [(community if n == 0 else None) if c == at else v for c, v in enumerate(r)] for n, r in enumerate(own)
        ]
        if len(own) > 1:
            merged.append((top, at, top + len(own) - 1, at))
    return Grid(table.with_rows(rows), merged)


@shape
def totals_anywhere(table: Plain) -> Grid | None:
    numbers = [column for column, spec in enumerate(table.contract.fields.values()) if spec.type.is_number]
    first = next((c for c in range(len(table.header)) if c not in numbers), None)
    if not numbers or first is None:
        return None

    def total(label: str) -> Row:
        row: Row = [None] * len(table.header)
        row[first] = label
        for column in numbers:
            row[column] = 9999
        return row

    half = len(table.rows) // 2
    rows = [total("全区合计"), *table.rows[:half], total("小 计"), *table.rows[half:], total("小计"), total("总　计")]
    return Grid(table.with_rows(rows))


@shape
def formulas_with_results(table: Plain) -> Grid | None:
    grid = Grid(table.with_rows(table.rows))
    grid.formulas = frozenset(
        (row, column)
        for row in range(1, len(grid.rows))
        for column, value in enumerate(grid.rows[row])
        if value is not None
    )
    return grid


@shape
def headers_repeated(table: Plain) -> Grid:
    half = len(table.rows) // 2
    return Grid([table.header, *table.rows[:half], [], table.header, *table.rows[half:]])


@shape
def from_column_c_and_row_12(table: Plain) -> Grid:
    above: list[Row] = [[None, None, table.contract.title], *[[] for _ in range(10)]]
    rows: list[Row] = [[None, None, *row] for row in table.with_rows(table.rows)]
    return Grid(above + rows)


_OTHER: list[Row] = [["车辆牌号", "里程", "油耗"], ["甲", 120, 8], ["乙", 90, 7], ["丙", 60, 5]]


@shape
def below_another_table(table: Plain) -> Grid:
    return Grid([["车辆使用情况"], *_OTHER, [], [table.contract.title], *table.with_rows(table.rows)])


@shape
def above_another_table(table: Plain) -> Grid | None:
    typed = [spec.type not in (FieldType.TEXT, FieldType.CODE) for spec in table.contract.fields.values()]
    if sum(typed) < 2:
        return None
    # A table of three columns lies under the first columns that say more than text.
    left = max(at for at, is_typed in enumerate(typed) if is_typed) - 1
    other: list[Row] = [[*[None] * max(left - 1, 0), *row] for row in _OTHER]
    return Grid([*table.with_rows(table.rows), [], ["附：车辆使用情况"], *other])


@shape
def on_its_side(table: Plain) -> Grid | None:
    if table.contract.orientation != "either":
        return None
    turned: list[Row] = [list(line) for line in zip(*table.with_rows(table.rows), strict=True)]
    return Grid([[table.contract.title], *turned, [], ["填表人：甲"]])


@shape
def on_its_side_with_a_corner(table: Plain) -> Grid | None:
    if table.contract.orientation != "either":
        return None
    turned: list[Row] = [list(line) for line in zip(*table.with_rows(table.rows), strict=True)]
    turned[0][0] = "指标"
    return Grid(turned)


def _year(table: Plain) -> str:
    return f"{table.contract.title}（{table.period.end.year}年）"


def _months(table: Plain) -> list[tuple[int, list[Row]]]:
    """The rows of the month in question between those of two others, whose figures differ."""
    month = table.period.end.month
    others = [[[c + 1 if isinstance(c, int) else c for c in row] for row in table.rows] for _ in range(2)]
    return [(month - 1, others[0]), (month, table.rows), (month + 1, others[1])]


def _wide(table: Plain, month_above: bool) -> Grid:
    area, months = table.area or 0, _months(table)
    fields = [column for column in range(len(table.header)) if column != area]
    upper: Row = [table.header[area]]
    lower: Row = [None]
    columns: list[tuple[int, int]] = []
    merged = [(1, 0, 2, 0)]
    outer = [(m, f) for m in range(len(months)) for f in fields]
    if not month_above:
        outer = [(m, f) for f in fields for m in range(len(months))]
    for m, f in outer:
        words: Row = [f"{months[m][0]}月", table.header[f]]
        above, below = words if month_above else words[::-1]
        if above in upper:
            upper.append(None)
        else:
            upper.append(above)
        lower.append(below)
        columns.append((m, f))
    title: Row = [f"{table.period.end.year}年{table.contract.title}"]
    rows = [[row[area], *[months[m][1][at][f] for m, f in columns]] for at, row in enumerate(table.rows)]
    return Grid([title, upper, lower, *rows], merged)


@shape
def months_over_fields(table: Plain) -> Rendered:
    return (f"{table.name}.xlsx", xlsx({"数据": _wide(table, True)})) if table.contract.wide_months else None


@shape
def fields_over_months(table: Plain) -> Rendered:
    return (f"{table.name}.xlsx", xlsx({"数据": _wide(table, False)})) if table.contract.wide_months else None


def fields_in_rows_grid(table: Plain, is_merged: bool) -> Grid:
    area, months = table.area or 0, _months(table)
    fields = [column for column in range(len(table.header)) if column != area]
    rows: list[Row] = []
    merged: list[tuple[int, int, int, int]] = []
    for at, row in enumerate(table.rows):
        if is_merged:
            merged.append((2 + len(rows), 0, 1 + len(rows) + len(fields), 0))
        for number, f in enumerate(fields):
            name = row[area] if number == 0 or not is_merged else None
            rows.append([name, table.header[f], *[month[at][f] for _, month in months]])
    header: Row = [table.header[area], "指标", *[f"{month}月" for month, _ in months]]
    return Grid([[f"{table.period.end.year}年"], header, *rows], merged)


@shape
def fields_in_rows(table: Plain) -> Rendered:
    if not table.contract.wide_months:
        return None
    return f"{table.name}.xlsx", xlsx({"数据": fields_in_rows_grid(table, False)})


@shape
def fields_in_rows_under_merged_names(table: Plain) -> Rendered:
    if not table.contract.wide_months:
        return None
    return f"{table.name}.xlsx", xlsx({"数据": fields_in_rows_grid(table, True)})


@shape
def a_sheet_for_each_month(table: Plain) -> Rendered:
    if table.contract.cadence is not Cadence.MONTH:
        return None
    month = table.period.end.month
    others = {f"{m}月": Grid(table.with_rows(table.rows[:2])) for m in (month - 1, month + 1)}
    return f"{table.name}.xlsx", xlsx({**others, f"{month}月": Grid(table.with_rows(table.rows))})


def applicable() -> Iterator[tuple[str, str]]:
    """Each shape with each export it can be given."""
    for export in EXPORTS:
        for name, render in SHAPES.items():
            if render(plain(export)) is not None:
                yield name, export


RECEIVED = date(2026, 3, 1)


def accepted_equal(one: pl.DataFrame, other: pl.DataFrame, key: Sequence[str]) -> Any:
    """Compare accepted rows, wherever they stood."""
    from polars.testing import assert_frame_equal

    drop = ["_row", "_sheet"]
    assert_frame_equal(one.drop(drop).sort(key), other.drop(drop).sort(key))
