"""The rules of a contract over typed rows: what must be filled, how numbers bound each other, dates, keys, repeats.

Adds faults; changes no value. Cells that could not be read have their fault already and are not judged again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import polars as pl

from pipelines.contracts.schema import Contract, FieldType, SumRule
from pipelines.intake.cells import NOTHING
from pipelines.intake.draft import Severity
from pipelines.intake.faults import NOT_SHOWN, RAW, Faults
from pipelines.periods import Period


@dataclass(frozen=True)
class _Rule:
    """What may be wrong with one field of a row."""

    field: str
    name: str
    is_broken: pl.Expr
    message: Callable[[], pl.Expr | str]
    """Made only when needed."""
    severity: Severity = "fault"


class Checker:
    """Checks rows by one contract, for file after file."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._rules = [*_bounds(contract), *_sums(contract), *_needed(contract)]
        key = pl.struct("_file", *contract.key)
        self._keys = [
            key.is_duplicated().any().alias("same"),
            pl.any_horizontal(pl.col(name).is_null() for name in contract.key).any().alias("unknown"),
        ]

    @property
    def depends_on_period(self) -> bool:
        """Whether rows of two periods are judged differently: by their dates, or by the roster of the period."""
        return self.contract.roster is not None or any(
            spec.type in (FieldType.DATE, FieldType.MONTH) for spec in self.contract.fields.values()
        )

    def check(self, rows: pl.DataFrame, period: Period, faults: Faults) -> pl.DataFrame:
        """Add a fault for every cell that breaks a rule.

        Args:
            rows: Typed, of whole files.
            period: That the files are of.
            faults: Collects.

        Returns:
            The rows less those with a known key that equal an earlier one of their file in all fields, after reading.
        """
        if not rows.height:
            return rows
        rules = [*self._rules, *_dates(self.contract, period)]
        tests = [rule.is_broken.any().alias(str(at)) for at, rule in enumerate(rules)]
        broken = rows.select(*tests, *self._keys).row(0, named=True)
        if broken["same"] or broken["unknown"]:
            rows = self._without_repeats(rows, faults)
        for at, rule in enumerate(rules):
            if not broken[str(at)]:
                continue
            found = rows.filter(rule.is_broken)
            if rule.name.startswith("required"):
                found = found.filter(~pl.col("_index").is_in(faults.rejected(rule.field).to_list()))
            faults.add(found, rule.field, rule.name, rule.message(), rule.severity)
        if broken["same"]:
            self._check_keys(rows, faults)
        return rows

    def _without_repeats(self, rows: pl.DataFrame, faults: Faults) -> pl.DataFrame:
        # A cell that cannot be read is compared as it stood; however nothing is written, it is nothing.
        fields = self.contract.fields
        unread = [
            pl.when(pl.col(name).is_null() & ~_is_nothing(RAW + name)).then(pl.col(RAW + name)).alias(RAW + name)
            for name in fields
        ]
        # Of rows without their whole key nobody knows whether they are of the same thing.
        is_whole = pl.all_horizontal(pl.col(name).is_not_null() for name in self.contract.key)
        is_first = pl.struct("_file", *fields, *unread).is_first_distinct()
        kept = rows.filter(~is_whole | is_first)
        if kept.height < rows.height:
            faults.keep_only(kept["_index"])
        return kept

    def _check_keys(self, rows: pl.DataFrame, faults: Faults) -> None:
        """Rows with one key but different content are all rejected."""
        key = self.contract.key
        known = rows.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in key))
        same = known.filter(pl.struct("_file", *key).is_duplicated())
        if not same.height:
            return
        headers = "、".join(self.contract.fields[name].header for name in key)
        others = pl.col("_row").cast(pl.String).str.join("、").over("_file", *key)
        message = pl.format("第 {} 行的{}相同，其他内容却不同。请只保留正确的一行。", others, pl.lit(headers))
        faults.add(same.with_columns(message.alias("_message")), key[0], "duplicate_key", pl.col("_message"))


def _is_nothing(raw: str) -> pl.Expr:
    return pl.col(raw).str.replace_all(r"\s", "").str.to_uppercase().is_in([*NOTHING, "－", "／"])


def number_rules(contract: Contract) -> list[tuple[str, str, pl.Expr]]:
    """What numbers must not do: the field, the rule, and whether a row breaks it."""
    rules = [*_bounds(contract), *_sums(contract)]
    return [(rule.field, rule.name, rule.is_broken) for rule in rules if rule.name != "required"]


def _raw(contract: Contract, name: str) -> pl.Expr:
    """The cell of a number or date that could be read, as it may be quoted."""
    return pl.lit(NOT_SHOWN) if contract.personal or contract.fields[name].secret else pl.col(RAW + name)


def _bounds(contract: Contract) -> Iterator[_Rule]:
    for name, spec in contract.fields.items():
        header, own = pl.lit(spec.header), _raw(contract, name)
        if spec.required:
            advice = "没有发生请填 0。" if spec.type.is_number else ""
            text = f"“{spec.header}”没有填写。此栏必填。{advice}"
            yield _Rule(name, "required", pl.col(name).is_null(), partial(str, text))
        if spec.minimum is not None:
            message = partial(pl.format, "{}填的是“{}”，不应小于 {}。", header, own, spec.minimum)
            yield _Rule(name, "minimum", pl.col(name) < spec.minimum, message)
        if spec.most is not None:
            most = f"{spec.most:,}"
            text = f"{{}}填的是“{{}}”，大得不合常理（应在 {most} 以内）。请核对是否填错了列（如电话、编码）或单位。"
            is_broken = pl.col(name).abs() > spec.most
            yield _Rule(name, "maximum", is_broken, partial(pl.format, text, header, own))
        if spec.at_most is not None:
            other, whole = pl.lit(contract.fields[spec.at_most].header), _raw(contract, spec.at_most)
            text = "{}（{}）大于{}（{}），部分不应大于全体。请核对两栏。"
            # What is larger than can be meant has its fault already.
            is_broken = (pl.col(name) > pl.col(spec.at_most)) & (pl.col(name).abs() <= spec.most)
            yield _Rule(name, "at_most", is_broken, partial(pl.format, text, header, own, other, whole))


def _sums(contract: Contract) -> Iterator[_Rule]:
    for rule in contract.sums:
        total = pl.col(rule.total).cast(pl.Decimal(38, 4))
        parts, is_known = _parts(contract, rule)
        share, of = rule.within.as_integer_ratio()
        is_broken = is_known & ((total - parts).abs() * of > parts.abs() * share)
        headers = "、".join(contract.fields[name].header for name in rule.parts)
        message = partial(
            pl.format,
            "{}填的是“{}”，与各项之和不符（{}），相差 {}。请核对。",
            pl.lit(contract.fields[rule.total].header),
            _raw(contract, rule.total),
            pl.lit(headers),
            (total - parts).abs().cast(pl.Float64).round(2),
        )
        yield _Rule(rule.total, "sum", is_broken, message)


def _parts(contract: Contract, rule: SumRule) -> tuple[pl.Expr, pl.Expr]:
    """The sum of the parts, and whether all of them are known: an optional number that is empty is 0."""
    parts = pl.lit(0, pl.Decimal(38, 4))
    is_known = pl.col(rule.total).is_not_null()
    for name in rule.parts:
        parts = parts + pl.col(name).cast(pl.Decimal(38, 4)).fill_null(0)
        if contract.fields[name].required:
            is_known = is_known & pl.col(name).is_not_null()
    return parts, is_known


def _needed(contract: Contract) -> Iterator[_Rule]:
    for need in contract.required_when:
        header, when = contract.fields[need.field].header, contract.fields[need.when].header
        text = "“{}”为“{}”时必须填写“{}”。"
        is_broken = pl.col(need.field).is_null() & pl.col(need.when).is_in(list(need.is_in))
        which = pl.lit(NOT_SHOWN) if contract.personal else pl.col(need.when)
        message = partial(pl.format, text, pl.lit(when), which, pl.lit(header))
        yield _Rule(need.field, "required_when", is_broken, message)


def _dates(contract: Contract, period: Period) -> Iterator[_Rule]:
    for name, spec in contract.fields.items():
        if spec.type not in (FieldType.DATE, FieldType.MONTH):
            continue
        words = (pl.lit(spec.header), _raw(contract, name), pl.lit(period.chinese))
        if spec.type is FieldType.DATE and contract.kind == "flow" and spec.required:
            text = "{}填的是“{}”，不在{}之内。请核对日期，或报到它所属的那一期。"
            is_broken = ~pl.col(name).is_between(period.start, period.end)
            yield _Rule(name, "date_in_period", is_broken, partial(pl.format, text, *words))
        else:
            text = "{}填的是“{}”，晚于{}的最后一天。请核对。"
            yield _Rule(name, "after_period", pl.col(name) > period.end, partial(pl.format, text, *words), "warning")
