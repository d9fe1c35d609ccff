"""Text columns become typed columns, by the contract.

Two ways: expressions for cells as they should be, a whole column at a time; and, for the cells that are left, the
careful readers of `cells`, once per different value. Judges single cells; what needs the row or file is in `check`.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import polars as pl

from pipelines.contracts.schema import UNITS, Contract, FieldSpec, FieldType
from pipelines.intake import cells
from pipelines.intake.cells import NOTHING, TRUTH, MisreadError
from pipelines.intake.faults import RAW, Faults
from pipelines.intake.header import STREET, Column, Header
from pipelines.intake.headings import Unit, squeezed, unit_named
from pipelines.intake.locate import OWN_STREET, check_streets, locate, near, own_street, plain_code
from pipelines.intake.register import Areas

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
    plain = pl.when(raw.str.contains(r"^-?\d{1,9}(?:\.\d{1,4})?$")).then(raw).cast(pl.Decimal(20, 4), strict=False)
    return (plain if factor == 1 else (plain * pl.lit(factor, pl.Decimal(20, 0))).cast(pl.Decimal(20, 4))).alias(name)


def _quick(name: str, spec: FieldSpec) -> pl.Expr:
    """The values of the cells that are just as they should be; null for all others."""
    raw = pl.col(RAW + name)
    dtype = DTYPES[spec.type]
    stamp = raw.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False).dt.date()
    ways: dict[FieldType, Callable[[], pl.Expr]] = {
        FieldType.TEXT: lambda: pl.when(~raw.str.to_uppercase().is_in(_NOTHING) & ~raw.str.starts_with("#")).then(raw),
        FieldType.CODE: lambda: pl.when(
            raw.str.contains(r"^(?:\d{0,15}|[0-9A-Za-z_-]*[A-Za-z_-][0-9A-Za-z_-]*)$")
            & ~raw.str.to_uppercase().is_in(_NOTHING)
        ).then(raw),
        FieldType.ENUM: lambda: raw.replace_strict({v: v for v in spec.values}, default=None, return_dtype=dtype),
        FieldType.BOOL: lambda: raw.replace_strict(_TRUTH, default=None, return_dtype=dtype),
        FieldType.DATE: lambda: _sane(pl.coalesce(stamp, raw.str.to_date("%Y-%m-%d", strict=False))),
        FieldType.MONTH: lambda: _sane(stamp.dt.month_start()),
    }
    made = ways.get(spec.type)
    return (made() if made else pl.lit(None, dtype)).alias(name)


def _sane(day: pl.Expr) -> pl.Expr:
    return pl.when(day.is_between(date(1900, 1, 1), date(2999, 12, 31))).then(day)


class Conformer:
    """Makes typed columns by one contract, for file after file."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._raw = {name: RAW + name for name in (*contract.fields, STREET)}
        self._quick = {name: _quick(name, spec) for name, spec in contract.fields.items()}
        community = contract.community_field
        self._left = [
            (pl.col(RAW + name).is_not_null() & pl.col(name).is_null()).any().alias(name) for name in contract.fields
        ]
        if community:
            self._left.append((pl.col(OWN_STREET) != pl.col("_street")).any().alias("_street"))

    def rows(self, header: Header, at: list[int], offset: int, street: pl.Expr, areas: Areas) -> pl.DataFrame:
        """The rows of one sheet: cells as they stood and as the quick way reads them.

        Args:
            header: Of the sheet.
            at: Indexes of the data rows, in order.
            offset: Number of rows of the file that came before.
            street: The code of the street that each row is said to be of, or null.
            areas: In use on the period's last day.

        Returns:
            A column for each field, another with `~` before its name for the cell as it stood, and `_index`, `_sheet`,
            `_row`, `_street`, `_own_street` (of the community).
        """
        cells = header.sheet.cells
        is_run = not at or at[-1] - at[0] + 1 == len(at)
        cells = cells.slice(at[0] if at else 0, len(at)) if is_run else cells[at]
        raw = [
            (pl.col(header.columns[name].letter) if name in header.columns else pl.lit(None, pl.String)).alias(alias)
            for name, alias in self._raw.items()
        ]
        columns = header.columns
        typed = [self._typed(name, spec, columns.get(name)) for name, spec in self.contract.fields.items()]
        community = self.contract.community_field
        place: list[pl.Expr | pl.Series] = [
            pl.Series("_row", at, dtype=pl.Int32) + 1,
            (pl.int_range(pl.len(), dtype=pl.UInt32) + offset).alias("_index"),
            pl.lit(header.sheet.name).alias("_sheet"),
            street.alias("_street"),
        ]
        rows = cells.select(raw).with_columns(*place, *typed)
        if community:
            rows = rows.with_columns(plain_code(areas, community)).with_columns(own_street(areas, community))
        return rows

    def _typed(self, name: str, spec: FieldSpec, column: Column | None) -> pl.Expr:
        factor = _factor(spec, column) if spec.type.is_number else None
        # A factor below one (%) would make a fraction of an int.
        return self._quick[name] if factor is None or factor < 1 else _quick_number(name, spec.type, factor)

    def conform(self, rows: pl.DataFrame, header: Header, areas: Areas, faults: Faults, key: bytes) -> pl.DataFrame:
        """Read with care what the quick way left over; what cannot be read becomes null and a fault.

        Args:
            rows: From `rows`.
            header: Of the sheet.
            areas: In use on the period's last day.
            faults: Collects.
            key: For the keyed hashes of secret fields.
        """
        community = self.contract.community_field
        left = rows.select(self._left).row(0, named=True)
        for name, spec in self.contract.fields.items():
            if left[name] and name != community:
                unit = header.columns[name].unit if name in header.columns else None
                rows = _careful(rows, name, spec, _reader(spec, unit, areas, header), faults)
        if community:
            if left[community]:
                rows = locate(rows, community, areas, faults).with_columns(own_street(areas, community))
            if left[community] or left["_street"]:
                check_streets(rows, community, areas, faults)
        secrets = [name for name, spec in self.contract.fields.items() if spec.secret]
        return rows.with_columns(_hashed(rows, name, key) for name in secrets) if secrets else rows


def _reader(spec: FieldSpec, unit: Unit | None, areas: Areas, header: Header) -> Callable[[str], Any]:
    """How one cell of this field is read with care."""
    own = unit_named(spec.unit) if spec.unit else None

    def number(text: str) -> int | Decimal:
        value = cells.number(text, spec.measure, unit, own)
        return cells.whole(value) if spec.type is FieldType.INT else cells.amount(value)

    def enum(text: str) -> str:
        match = next((value for value in spec.values if squeezed(value) == squeezed(text)), None)
        if match is None:
            raise MisreadError("enum", f"应为{'、'.join(spec.values)}之一{near(text, spec.values)}")
        return match

    def code(text: str) -> str:
        if text in header.sheet.numbers:
            raise MisreadError("type", cells.LOST_DIGITS)
        return cells.code(text)

    def street(text: str) -> str:
        known = {name: code for code, name in areas.streets.items()} | {code: code for code in areas.streets}
        plain = squeezed(text).removesuffix(".0")
        found = known.get(plain) or known.get(f"{plain}街道")
        if found is None:
            raise MisreadError("unknown_area", f"不是当期在用的街道{near(text, areas.streets.values())}")
        return found

    return {
        FieldType.TEXT: cells.words,
        FieldType.CODE: code,
        FieldType.BOOL: cells.truth,
        FieldType.DATE: cells.day,
        FieldType.MONTH: cells.month,
        FieldType.ENUM: enum,
        FieldType.STREET: street,
        FieldType.INT: number,
        FieldType.DECIMAL: number,
    }[spec.type]


def _careful(
    rows: pl.DataFrame, name: str, spec: FieldSpec, read: Callable[[str], Any], faults: Faults
) -> pl.DataFrame:
    raw = RAW + name
    texts = rows.filter(pl.col(raw).is_not_null() & pl.col(name).is_null())[raw].unique().to_list()
    good: dict[str, Any] = {}
    bad: dict[str, MisreadError] = {}
    for text in texts:
        try:
            # 无 is false where a bool is asked for, and nothing elsewhere.
            good[text] = None if spec.type is not FieldType.BOOL and cells.is_nothing(text) else read(text)
        except MisreadError as problem:
            bad[text] = problem
    _report(rows, name, spec, bad, faults)
    values = pl.Series(list(good.values()), dtype=DTYPES[spec.type], strict=False)
    if not values.drop_nulls().len():
        return rows
    found = pl.col(raw).replace_strict(pl.Series(list(good)), values, default=None, return_dtype=values.dtype)
    return rows.with_columns(pl.coalesce(pl.col(name), found).alias(name))


def _report(rows: pl.DataFrame, name: str, spec: FieldSpec, bad: Mapping[str, MisreadError], faults: Faults) -> None:
    for rule in sorted({problem.rule for problem in bad.values()}):
        of_rule = {text: problem for text, problem in bad.items() if problem.rule == rule}
        messages = {
            text: f"{spec.header}{'' if spec.secret else f'填的是“{text}”'}，{problem}。"
            for text, problem in of_rule.items()
        }
        message = pl.col(RAW + name).replace_strict(messages, default=None, return_dtype=pl.String)
        faults.add(rows.filter(pl.col(RAW + name).is_in(list(of_rule))), name, rule, message)


def _hashed(rows: pl.DataFrame, name: str, key: bytes) -> pl.Expr:
    """The keyed hash of a secret field: the same number gives the same value in every export and period."""
    texts = rows[name].drop_nulls().unique().to_list()
    hashes = [hmac.new(key, squeezed(text).upper().encode(), hashlib.sha256).hexdigest() for text in texts]
    return pl.col(name).replace_strict(texts, hashes, default=None, return_dtype=pl.String).alias(name)
