"""Text columns become typed columns, by the contract.

Two ways: expressions for cells as they should be, a whole column at a time; and, for the cells that are left, the
careful readers of `cells`, once per different value. Judges single cells; what needs the row or file is in `check`.
"""

import hmac
import re
from collections.abc import Callable, Container, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import polars as pl

from pipelines.contracts.schema import UNITS, Contract, FieldSpec, FieldType
from pipelines.intake import cells
from pipelines.intake.cells import CENT, NO_CODE, NOTHING, TRUTH, MisreadError
from pipelines.intake.faults import RAW, Faults, is_personal_number, told
from pipelines.intake.folding import folded
from pipelines.intake.header import STREET, Column, Header
from pipelines.intake.headings import Unit, squeezed, unit_named
from pipelines.intake.locate import (
    OWN_STREET,
    check_streets,
    locate,
    near,
    own_street,
    plain_code,
    read_streets,
    street_of_row,
)
from pipelines.intake.register import Areas
from pipelines.intake.rows import Table
from pipelines.intake.sheet import Sheet

DTYPES: Mapping[FieldType, pl.DataType] = {
    FieldType.TEXT: pl.String(),
    FieldType.CODE: pl.String(),
    FieldType.ENUM: pl.String(),
    FieldType.COMMUNITY: pl.String(),
    FieldType.STREET: pl.String(),
    FieldType.INT: pl.Int64(),
    FieldType.DECIMAL: pl.Decimal(20, 4),
    FieldType.DATE: pl.Date(),
    FieldType.MONTH: pl.Date(),
    FieldType.BOOL: pl.Boolean(),
}
_SAFE = 10**12
"""Counts beyond it are read with care."""
_NOTHING = [*NOTHING, "－", "／"]
_TRUTH = {**TRUTH, **{text.lower(): value for text, value in TRUTH.items()}}


def _factor(spec: FieldSpec, column: Column | None) -> Decimal | None:
    """How many stored units a bare number of the column is; None where its unit does not fit and needs care."""
    unit = column.unit if column else None
    if unit is None:
        return UNITS[spec.unit][1] if spec.unit else Decimal(1)
    return unit.factor if unit.measure == spec.measure else None


@lru_cache(maxsize=4096)
def _quick_number(name: str, kind: FieldType, factor: Decimal) -> pl.Expr:
    """The values of cells that are bare numbers, in the stored unit; null for all others."""
    raw = pl.col(RAW + name)
    if kind is FieldType.INT:
        whole = raw.cast(pl.Int64, strict=False)
        return (whole if factor == 1 else pl.when(whole.abs() < _SAFE).then(whole * int(factor))).alias(name)
    plain = (
        pl.when(raw.str.contains(r"^-?[0-9]{1,9}(?:\.[0-9]{1,4})?$")).then(raw).cast(pl.Decimal(20, 4), strict=False)
    )
    return (plain if factor == 1 else (plain * pl.lit(factor, pl.Decimal(20, 0))).cast(pl.Decimal(20, 4))).alias(name)


def _quick(name: str, spec: FieldSpec) -> pl.Expr:
    """The values of the cells that are just as they should be; null for all others."""
    raw = pl.col(RAW + name)
    dtype = DTYPES[spec.type]
    stamp = raw.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False).dt.date()
    ways: dict[FieldType, Callable[[], pl.Expr]] = {
        FieldType.TEXT: lambda: pl.when(
            ~raw.str.to_uppercase().is_in(_NOTHING) & ~raw.str.starts_with("#") & ~_may_be_personal(raw)
        ).then(raw),
        FieldType.ENUM: lambda: raw.replace_strict({v: v for v in spec.values}, default=None, return_dtype=dtype),
        FieldType.BOOL: lambda: raw.replace_strict(_TRUTH, default=None, return_dtype=dtype),
        FieldType.DATE: lambda: _sane(pl.coalesce(stamp, raw.str.to_date("%Y-%m-%d", strict=False))),
        FieldType.MONTH: lambda: _sane(stamp.dt.month_start()),
    }
    made = (lambda: _quick_code(raw, spec)) if spec.is_code else ways.get(spec.type)
    return (made() if made else pl.lit(None, dtype)).alias(name)


def _quick_code(raw: pl.Expr, spec: FieldSpec) -> pl.Expr:
    """Codes that look as they should; long numbers, and what a spreadsheet may have made of a code, need care."""
    is_odd = raw.str.contains(rf"^(?:[0-9]{{16,}}|{NO_CODE})$") | raw.str.to_uppercase().is_in(_NOTHING)
    if not spec.secret:
        is_odd = is_odd | raw.str.contains(_PERSONAL_CODE)
    return pl.when(raw.str.contains(rf"^(?:{spec.code_pattern})$") & ~is_odd).then(raw)


_PERSONAL_CODE = r"^(?:[1-6][0-9]{5}[1-9][0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}|1[3-9][0-9]{9})$"
"""Numbers of identity cards of 15 digits and of mobile phones; those of 18 digits are read with care anyway."""
_NOBODYS = "是个人的证件号码、电话或邮箱，这里不收个人信息，请删去"


def _may_be_personal(raw: pl.Expr) -> pl.Expr:
    """Texts that are read with care: the quick look at most of them ends at once."""
    return raw.str.contains(r"[0-9０-９](?:.{0,3}[0-9０-９]){10}|[@＠]")


def _check_person(text: str) -> None:
    """Texts and codes that are asked for are of nobody: what is a number of a person is never stored.

    Raises:
        MisreadError: when it is one.
    """
    if is_personal_number(folded(text)):
        raise MisreadError("personal", _NOBODYS)


def _sane(day: pl.Expr) -> pl.Expr:
    return pl.when(day.is_between(date(1900, 1, 1), date(2999, 12, 31))).then(day)


class Conformer:
    """Makes typed columns by one contract, for tables of as many files as there are."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._quick = {name: _quick(name, spec) for name, spec in contract.fields.items()}
        self._left = [
            (pl.col(RAW + name).is_not_null() & pl.col(name).is_null()).any().alias(name) for name in contract.fields
        ]
        if contract.community_field:
            self._left.append((pl.col(OWN_STREET) != pl.col("_street")).any().alias("_street"))
        self._secrets = [name for name, spec in contract.fields.items() if spec.secret]

    def rows(self, tables: Sequence[tuple[int, Table]], areas: Areas, faults: Faults, key: bytes) -> pl.DataFrame:
        """The data rows of some tables; what cannot be read is null, and a fault.

        Args:
            tables: Each with the number of its file.
            areas: In use on the last day of their period.
            faults: Collects.
            key: For the keyed hashes of secret fields.

        Returns:
            A column for each field, another with `~` before its name for the cell as it stood, and `_index`, `_file`,
            `_table`, `_sheet`, `_row`, `_street`, `_own_street` (of the community), in the order of the tables.
        """
        offset = 0
        alike: dict[tuple[Unit | None, ...], list[pl.DataFrame]] = {}
        headers: dict[tuple[Unit | None, ...], Header] = {}
        for number, (file, table) in enumerate(tables):
            columns = table.header.columns
            units = tuple(columns[name].unit if name in columns else None for name in self.contract.fields)
            alike.setdefault(units, []).append(_cells(self.contract, table, number, file, offset))
            headers.setdefault(units, table.header)
            offset += len(table.rows.data)
        sheets = [table.header.sheet for _, table in tables]
        read = [
            self._read(_concat(frames), headers[units], sheets, areas, faults, key) for units, frames in alike.items()
        ]
        return read[0] if len(read) == 1 else pl.concat(read).sort("_index")

    def _read(
        self, cells: pl.DataFrame, header: Header, sheets: Sequence[Sheet], areas: Areas, faults: Faults, key: bytes
    ) -> pl.DataFrame:
        """Type the cells of tables whose columns have the units of this header."""
        columns, community = header.columns, self.contract.community_field
        typed = [self._typed(name, spec, columns.get(name)) for name, spec in self.contract.fields.items()]
        rows = read_streets(cells.with_columns(street_of_row(areas), *typed), areas, faults)
        if community:
            rows = rows.with_columns(plain_code(areas, community)).with_columns(own_street(areas, community))
        left = rows.select(self._left).row(0, named=True)
        for name, spec in self.contract.fields.items():
            if left[name] and name != community:
                unit = columns[name].unit if name in columns else None
                if spec.is_code:
                    rows = _careful_codes(rows, name, spec, sheets, faults)
                elif spec.type is FieldType.DATE and any(sheet.is_1904 for sheet in sheets):
                    rows = _careful_days(rows, name, spec, sheets, faults)
                else:
                    rows = _careful(rows, name, spec, _reader(spec, unit, areas), faults)
        if community:
            if left[community]:
                rows = locate(rows, community, areas, faults).with_columns(own_street(areas, community))
            if left[community] or left["_street"]:
                check_streets(rows, community, areas, faults)
        return rows.with_columns(_hashed(rows, name, key) for name in self._secrets) if self._secrets else rows

    def _typed(self, name: str, spec: FieldSpec, column: Column | None) -> pl.Expr:
        factor = _factor(spec, column) if spec.type.is_number else None
        # A factor below one (%) would make a fraction of an int.
        return self._quick[name] if factor is None or factor < 1 else _quick_number(name, spec.type, factor)


def _cells(contract: Contract, table: Table, number: int, file: int, offset: int) -> pl.DataFrame:
    """The cells of one table's data rows as they stood, and where each row stands. No query: most tables are small."""
    at, columns = table.rows.data, table.header.columns
    cells = table.header.sheet.cells
    is_run = not at or at[-1] - at[0] + 1 == len(at)
    cells = cells.slice(at[0] if at else 0, len(at)) if is_run else cells[at]

    def all_alike(name: str, value: object, dtype: pl.DataType) -> pl.Series:
        return pl.Series(name, [value], dtype=dtype).new_from_index(0, len(at))

    nothing = all_alike("", None, pl.String())
    raw = [
        (cells.get_column(columns[name].letter) if name in columns else nothing).alias(RAW + name)
        for name in (*contract.fields, STREET)
    ]
    street = all_alike("_street", table.street, pl.String())
    if table.rows.sections:
        sections = [code or table.street for code in table.rows.section_of_row()]
        street = pl.Series("_street", sections, dtype=pl.String)
    return pl.DataFrame(
        [
            *raw,
            pl.Series("_row", range(1, 0), dtype=pl.Int32) if not at else pl.Series("_row", at, dtype=pl.Int32),
            pl.Series("_index", range(offset, offset + len(at)), dtype=pl.UInt32),
            all_alike("_file", file, pl.UInt32()),
            all_alike("_table", number, pl.UInt32()),
            all_alike("_sheet", table.name, pl.String()),
            street,
        ]
    )


def _concat(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    rows = frames[0] if len(frames) == 1 else pl.concat(frames)
    return rows.with_columns(pl.col("_row") + 1)


def _reader(spec: FieldSpec, unit: Unit | None, areas: Areas) -> Callable[[str], Any]:
    """How one cell of this field is read with care; a code is read by `_careful_codes`."""
    own = unit_named(spec.unit) if spec.unit else None

    def number(text: str) -> int | Decimal:
        is_int = spec.type is FieldType.INT
        value = cells.number(text, spec.measure, unit, own, Decimal(1) if is_int else CENT)
        return cells.whole(value) if is_int else cells.amount(value)

    def enum(text: str) -> str:
        cells.check_formula(text)
        match = next((value for value in spec.values if squeezed(value) == squeezed(text)), None)
        if match is None:
            raise MisreadError("enum", f"应为{'、'.join(spec.values)}之一{near(text, spec.values)}")
        return match

    def street(text: str) -> str:
        found = areas.street(text)
        if found is None:
            raise MisreadError("unknown_area", f"不是当期在用的街道{near(text, areas.streets.values())}")
        return found

    def words(text: str) -> str:
        if not spec.secret:
            _check_person(text)
        return cells.words(text)

    readers: dict[FieldType, Callable[[str], Any]] = {
        FieldType.TEXT: words,
        FieldType.BOOL: cells.truth,
        FieldType.DATE: cells.day,
        FieldType.MONTH: cells.month,
        FieldType.ENUM: enum,
        FieldType.STREET: street,
        FieldType.INT: number,
        FieldType.DECIMAL: number,
    }
    return readers[spec.type]


def _careful_codes(
    rows: pl.DataFrame, name: str, spec: FieldSpec, sheets: Sequence[Sheet], faults: Faults
) -> pl.DataFrame:
    """Read codes with care, table by table: one text may be a number that lost digits here and a text there."""
    left = pl.col(RAW + name).is_not_null() & pl.col(name).is_null()
    pattern = re.compile(spec.code_pattern)
    waiting = rows.filter(left)
    for number in waiting["_table"].unique(maintain_order=True):
        numbers = sheets[number].numbers
        is_cut = cells.are_cut(waiting.filter(pl.col("_table") == number)[RAW + name].unique())

        def code(text: str, numbers: Container[str] = numbers, is_cut: bool = is_cut) -> str:
            found = cells.code(text)
            if not spec.secret:
                _check_person(found)
            if text in numbers or (is_cut and cells.may_be_cut(found)):
                raise MisreadError("type", cells.LOST_DIGITS)
            if not pattern.fullmatch(found):
                raise MisreadError("pattern", f"应为{spec.code_form}")
            return found

        rows = _careful(rows, name, spec, code, faults, pl.col("_table") == number)
    return rows


def _careful_days(
    rows: pl.DataFrame, name: str, spec: FieldSpec, sheets: Sequence[Sheet], faults: Faults
) -> pl.DataFrame:
    """Read days with care, table by table: a bare serial number is another day where days are counted from 1904."""
    for number, sheet in enumerate(sheets):
        of_table = pl.col("_table") == number
        if sheet.is_1904:
            rows = _careful(rows, name, spec, lambda text: cells.day(cells.since_1900(text)), faults, of_table)
        else:
            rows = _careful(rows, name, spec, cells.day, faults, of_table)
    return rows


def _careful(
    rows: pl.DataFrame,
    name: str,
    spec: FieldSpec,
    read: Callable[[str], Any],
    faults: Faults,
    where: pl.Expr | None = None,
) -> pl.DataFrame:
    raw = RAW + name
    left = pl.col(raw).is_not_null() & pl.col(name).is_null()
    if where is not None:
        left = left & where
    texts = rows.filter(left)[raw].unique().to_list()
    good: dict[str, Any] = {}
    bad: dict[str, MisreadError] = {}
    for text in texts:
        try:
            # 无 is false where a bool is asked for, and nothing elsewhere.
            good[text] = None if spec.type is not FieldType.BOOL and cells.is_nothing(text) else read(text)
        except MisreadError as problem:
            bad[text] = problem
    if bad:
        _report(rows.filter(left), name, spec, bad, faults)
    values = pl.Series(list(good.values()), dtype=DTYPES[spec.type], strict=False)
    if not values.drop_nulls().len():
        return rows
    found = pl.col(raw).replace_strict(pl.Series(list(good)), values, default=None, return_dtype=values.dtype)
    return rows.with_columns(pl.when(left).then(found).otherwise(pl.col(name)).alias(name))


def _report(rows: pl.DataFrame, name: str, spec: FieldSpec, bad: Mapping[str, MisreadError], faults: Faults) -> None:
    for rule in sorted({problem.rule for problem in bad.values()}):
        of_rule = {text: problem for text, problem in bad.items() if problem.rule == rule}
        messages = {
            text: f"{spec.header}{told(faults.quote(name, text))}，{problem}。" for text, problem in of_rule.items()
        }
        message = pl.col(RAW + name).replace_strict(messages, default=None, return_dtype=pl.String)
        faults.add(rows.filter(pl.col(RAW + name).is_in(list(of_rule))), name, rule, message)


@lru_cache(maxsize=2**17)
def keyed_hash(text: str, key: bytes) -> str:
    """The keyed hash of a secret value. The members of this month are those of the last one: most are known."""
    return hmac.digest(key, squeezed(text).upper().encode(), "sha256").hex()


def _hashed(rows: pl.DataFrame, name: str, key: bytes) -> pl.Expr:
    """The keyed hash of a secret field: the same number gives the same value in every export and period."""
    texts = rows[name].drop_nulls().unique().to_list()
    hashes = [keyed_hash(text, key) for text in texts]
    return pl.col(name).replace_strict(texts, hashes, default=None, return_dtype=pl.String).alias(name)
