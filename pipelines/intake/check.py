"""The rules of a contract over typed rows: what must be filled, how numbers bound each other, dates, keys, repeats.

Adds faults; changes no value. Cells that could not be read have their fault already and are not judged again.
"""

from collections.abc import Iterable

import polars as pl

from pipelines.contracts.schema import Contract, FieldType, SumRule
from pipelines.intake.faults import RAW, Faults
from pipelines.periods import Period


def without_repeats(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """The rows less those that equal an earlier one in all fields of the contract, after reading."""
    if not rows.height or not rows.select(*contract.fields).is_duplicated().any():
        return rows
    # A cell that cannot be read is compared as it stood.
    unread = [pl.when(pl.col(name).is_null()).then(pl.col(RAW + name)).alias(RAW + name) for name in contract.fields]
    content = pl.struct(*contract.fields, *unread)
    return rows.filter(rows.select(content.is_first_distinct()).to_series())


def check(rows: pl.DataFrame, contract: Contract, period: Period, faults: Faults) -> None:
    """Add a fault for every cell of these rows that breaks a rule of the contract."""
    rules = [*_bounds(contract), *_sums(contract), *_needed(contract), *_dates(contract, period)]
    broken = rows.select(condition.any().alias(str(at)) for at, (_, _, condition, _, _) in enumerate(rules)).row(0)
    for is_broken, (field, rule, condition, message, is_warning) in zip(broken, rules, strict=True):
        if not is_broken:
            continue
        found = rows.filter(condition)
        if rule in ("required", "required_when"):
            found = found.filter(~pl.col("_index").is_in(faults.rejected(field).to_list()))
        faults.add(found, field, rule, message, "warning" if is_warning else "fault")
    _check_keys(rows, contract, faults)


_Rule = tuple[str, str, pl.Expr, pl.Expr | str, bool]
"""Field, name of the rule, when it is broken, what to say, whether it is only a warning."""


def _raw(contract: Contract, name: str) -> pl.Expr:
    return pl.lit("（不显示）") if contract.fields[name].secret else pl.col(RAW + name)


def _bounds(contract: Contract) -> Iterable[_Rule]:
    for name, spec in contract.fields.items():
        if spec.required:
            yield (
                name,
                "required",
                pl.col(name).is_null(),
                f"“{spec.header}”没有填写。此栏必填，没有发生请填 0。"
                if (spec.type.is_number)
                else f"“{spec.header}”没有填写。此栏必填。",
                False,
            )
        if spec.minimum is not None:
            message = pl.format("{}填的是“{}”，不应小于 {}。", pl.lit(spec.header), _raw(contract, name), spec.minimum)
            yield name, "minimum", pl.col(name) < spec.minimum, message, False
        if spec.at_most is not None:
            other = contract.fields[spec.at_most].header
            message = pl.format(
                "{}（{}）大于{}（{}），部分不应大于全体。请核对两栏。",
                pl.lit(spec.header), _raw(contract, name), pl.lit(other), _raw(contract, spec.at_most),
            )  # fmt: skip
            yield name, "at_most", pl.col(name) > pl.col(spec.at_most), message, False


def _sums(contract: Contract) -> Iterable[_Rule]:
    for rule in contract.sums:
        total = pl.col(rule.total).cast(pl.Decimal(38, 4))
        parts, is_known = _parts(contract, rule)
        share, of = rule.within.as_integer_ratio()
        condition = is_known & ((total - parts).abs() * of > parts.abs() * share)
        headers = "、".join(contract.fields[name].header for name in rule.parts)
        message = pl.format(
            "{}填的是“{}”，与各项之和（{}）不符：相差 {}。请核对。",
            pl.lit(contract.fields[rule.total].header), _raw(contract, rule.total), pl.lit(headers),
            (total - parts).abs().cast(pl.Float64).round(2),
        )  # fmt: skip
        yield rule.total, "sum", condition, message, False


def _parts(contract: Contract, rule: SumRule) -> tuple[pl.Expr, pl.Expr]:
    """The sum of the parts, and whether all of them are known: an optional number that is empty is 0."""
    parts = pl.lit(0, pl.Decimal(38, 4))
    is_known = pl.col(rule.total).is_not_null()
    for name in rule.parts:
        parts = parts + pl.col(name).cast(pl.Decimal(38, 4)).fill_null(0)
        if contract.fields[name].required:
            is_known = is_known & pl.col(name).is_not_null()
    return parts, is_known


def _needed(contract: Contract) -> Iterable[_Rule]:
    for need in contract.required_when:
        header, when = contract.fields[need.field].header, contract.fields[need.when].header
        message = pl.format("“{}”为“{}”时必须填写“{}”。", pl.lit(when), pl.col(need.when), pl.lit(header))
        condition = pl.col(need.field).is_null() & pl.col(need.when).is_in(list(need.is_in))
        yield need.field, "required_when", condition, message, False


def _dates(contract: Contract, period: Period) -> Iterable[_Rule]:
    for name, spec in contract.fields.items():
        if spec.type is FieldType.DATE and contract.kind == "flow" and spec.required:
            message = pl.format(
                "{}填的是“{}”，不在{}之内。请核对日期，或报到它所属的那一期。",
                pl.lit(spec.header), _raw(contract, name), pl.lit(period.chinese),
            )  # fmt: skip
            yield name, "date_in_period", ~pl.col(name).is_between(period.start, period.end), message, False
        elif spec.type in (FieldType.DATE, FieldType.MONTH):
            message = pl.format(
                "{}填的是“{}”，晚于{}的最后一天。请核对。",
                pl.lit(spec.header),
                _raw(contract, name),
                pl.lit(period.chinese),
            )
            yield name, "after_period", pl.col(name) > period.end, message, True


def _check_keys(rows: pl.DataFrame, contract: Contract, faults: Faults) -> None:
    """Rows with one key but different content are all rejected."""
    key = list(contract.key)
    known = rows.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in key))
    same = known.filter(pl.struct(key).is_duplicated()) if known.height else known
    if not same.height:
        return
    headers = "、".join(contract.fields[name].header for name in key)
    others = pl.col("_row").cast(pl.String).str.join("、").over(key)
    message = pl.format("第 {} 行的{}相同，其他内容却不同。请只保留正确的一行。", others, pl.lit(headers))
    faults.add(same.with_columns(message.alias("_message")), key[0], "duplicate_key", pl.col("_message"))
