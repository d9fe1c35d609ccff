"""What was probably meant: columns that were swapped, and numbers in a unit ten thousand times another one.

Adds a hint to a fault that is there, or a warning where nothing else is wrong. Rejects nothing, and knows only the
file itself. Medians throughout: departments' figures are skewed, and what is looked for is what lies outside.
"""

from collections.abc import Iterator
from itertools import combinations

import polars as pl

from pipelines.contracts.schema import UNITS, Contract, FieldSpec, FieldType
from pipelines.intake.cells import TRUTH
from pipelines.intake.check import number_rules
from pipelines.intake.faults import NOT_SHOWN, RAW, Faults
from pipelines.intake.register import Areas

SLIP = "unit_slip"
_SLIPPING = ("money", "area", "people")
"""What is counted in units a factor of 10,000 apart: 元 and 万元, 平方米 and 万平方米, 人 and 万人."""
_FEWEST = 8
"""Rows with a number that tell what is usual in a column."""
_DECADES = 4.0
_FAR, _SPREADS = 3.0, 6.0
"""A slip lies that many decades from the median, and that many times the median deviation."""
_GAP = 1.0
"""Decades without any number between a slip and the others."""
_NEAR = 3.0
"""Taken back by 10,000, it lies within so many median deviations (and a factor of two)."""
_SAMPLED = 25_000
"""Rows that are enough for a median."""
_MATTERS = 50
"""A part smaller than one in so many of the total tells nothing."""
_MISREAD = ("type", "enum", "unknown_area")


def add_hints(rows: pl.DataFrame, contract: Contract, areas: Areas, faults: Faults) -> None:
    """Say of faults what was probably meant, and warn of numbers that are probably in another unit.

    Args:
        rows: Typed, with the raw cells, of some files of one export.
        contract: Of the export.
        areas: In use on the last day of their period.
        faults: Of these rows.
    """
    if not rows.height:
        return
    known = faults.by_rule()
    _swapped_numbers(rows, contract, faults, known)
    _slipped_parts(rows, contract, faults, known)
    _swapped_kinds(rows, contract, areas, faults, known)
    _slips(rows, contract, faults)


_Known = dict[tuple[str, str], pl.Series]
"""The `_index` of the rows in which a field breaks a rule."""


def _swapped_numbers(rows: pl.DataFrame, contract: Contract, faults: Faults, known: _Known) -> None:
    """A part larger than its whole, or a wrong total: does exchanging the two cells mend it, and break nothing else."""
    pairs = [(name, "at_most", spec.at_most) for name, spec in contract.fields.items() if spec.at_most]
    pairs += [(rule.total, "sum", part) for rule in contract.sums for part in rule.parts]
    for name, rule, other in pairs:
        if (name, rule) not in known:
            continue
        broken = rows.filter(pl.col("_index").is_in(known[name, rule].implode()))
        exchanged = broken.with_columns(pl.col(other).alias(name), pl.col(name).alias(other))
        mended = broken.filter(_is_mended(broken, exchanged, contract, (name, rule)))
        headers = f"“{contract.fields[name].header}”和“{contract.fields[other].header}”"
        most = _files_where_most(rows, mended)
        in_most = pl.col("_file").is_in(most)
        faults.hint(mended.filter(~in_most)["_index"], name, [rule], f"{headers}两栏的数可能填反了。")
        faults.hint(mended.filter(in_most)["_index"], name, [rule], f"多数行都是这样，{headers}两列可能整列填反了。")


def _is_mended(before: pl.DataFrame, after: pl.DataFrame, contract: Contract, wanted: tuple[str, str]) -> pl.Series:
    """Whether a change mends one rule, and breaks no other rule on numbers."""
    rules = number_rules(contract)
    broken = [pl.sum_horizontal(expr.fill_null(False).cast(pl.Int32) for _, _, expr in rules).alias("all")]
    broken.append(pl.any_horizontal(e.fill_null(False) for f, r, e in rules if (f, r) == wanted).alias("it"))
    was, is_now = before.select(broken), after.select(broken)
    return (is_now["all"] < was["all"]) & ~is_now["it"]


def _files_where_most(rows: pl.DataFrame, found: pl.DataFrame) -> list[int]:
    of_file = dict(rows["_file"].value_counts().iter_rows())
    return [file for file, count in found["_file"].value_counts().iter_rows() if 2 * count > of_file[file] > 2]


def _slipped_parts(rows: pl.DataFrame, contract: Contract, faults: Faults, known: _Known) -> None:
    """A total that would be right if one of its cells were ten thousand times larger or smaller."""
    for rule in contract.sums:
        if (rule.total, "sum") not in known:
            continue
        waiting = rows.filter(pl.col("_index").is_in(known[rule.total, "sum"].implode()))
        for name in (rule.total, *rule.parts):
            for factor, word in ((1e4, "扩大"), (1e-4, "缩小")):
                scaled = waiting.with_columns(pl.col(name).cast(pl.Float64) * factor)
                is_mended = _is_mended(waiting, scaled, contract, (rule.total, "sum"))
                # Where the others give the total by themselves, it is no matter how small this one becomes.
                is_mended &= scaled.select(
                    pl.col(name).abs() * _MATTERS >= pl.col(rule.total).abs().cast(pl.Float64)
                ).to_series()
                text = f"“{contract.fields[name].header}”{word}一万倍就相符，可能是单位（如元与万元）填错了。"
                faults.hint(waiting.filter(is_mended)["_index"], rule.total, ["sum"], text)
                waiting = waiting.filter(~is_mended.fill_null(False))


def _swapped_kinds(rows: pl.DataFrame, contract: Contract, areas: Areas, faults: Faults, known: _Known) -> None:
    """Two cells of a row that cannot be read where they stand, and each could where the other does."""
    misread: dict[str, pl.Series] = {}
    for (name, rule), indexes in known.items():
        if rule in _MISREAD and name in contract.fields and not contract.fields[name].secret:
            misread[name] = pl.concat([misread[name], indexes]) if name in misread else indexes
    for one, other in combinations([name for name in contract.fields if name in misread], 2):
        tests = [_fits(contract.fields[a], pl.col(RAW + b), areas) for a, b in ((one, other), (other, one))]
        both = rows.filter(
            pl.col("_index").is_in(misread[one].implode()) & pl.col("_index").is_in(misread[other].implode())
        )
        found = both.filter(pl.all_horizontal(test for test in tests if test is not None))
        if found.height and all(test is not None for test in tests):
            text = f"“{contract.fields[one].header}”和“{contract.fields[other].header}”两栏可能填反了。"
            for name in (one, other):
                faults.hint(found["_index"], name, _MISREAD, text)


def _fits(spec: FieldSpec, raw: pl.Expr, areas: Areas) -> pl.Expr | None:
    """Whether a cell could stand in a column; None where anything could."""
    if spec.type is FieldType.ENUM:
        return raw.is_in(list(spec.values))
    if spec.type is FieldType.BOOL:
        return raw.str.to_uppercase().is_in(list(TRUTH))
    if spec.type is FieldType.COMMUNITY:
        return raw.is_in(list(areas.plain))
    if spec.type.is_number:
        return raw.str.contains(r"^-?[\d,]+(?:\.\d+)?$")
    if spec.type in (FieldType.DATE, FieldType.MONTH):
        return raw.str.contains(r"^\d{4}[-/.年]\d{1,2}")
    return None


def _slips(rows: pl.DataFrame, contract: Contract, faults: Faults) -> None:
    """Warn of numbers that are ten thousand times the others of their column, or a ten-thousandth."""
    names = [name for name, spec in contract.fields.items() if spec.measure in _SLIPPING]
    if not names or rows.height < _FEWEST:
        return
    for name, file, median, spread in _suspicious(rows, names):
        read, least = pl.col(name).abs(), _FAR - _GAP
        outside = read.is_null() | (read <= 10 ** (median - least)) | (read >= 10 ** (median + least))
        decades = (_size(contract.fields[name], name).log10() - median).alias("_decades")
        near = (pl.col("_decades").abs() - _DECADES).abs() <= _NEAR * spread + 0.3
        far = pl.col("_decades").abs() >= max(_FAR, _SPREADS * spread)
        of_file = rows.filter((pl.col("_file") == file) & outside).with_columns(decades)
        for side in (pl.col("_decades") > 0, pl.col("_decades") < 0):
            here = of_file.filter(side).with_columns((near & far).alias("_slipped"))
            slipped, others = here.filter("_slipped"), here.filter(~pl.col("_slipped"))
            nearest, furthest = slipped["_decades"].abs().min(), others["_decades"].abs().max()
            # Where numbers fill the way up to it, it is but the largest or smallest of them.
            if slipped.height and (furthest is None or float(nearest) - float(furthest) >= _GAP):  # type: ignore[arg-type]
                _tell(slipped, name, contract.fields[name], faults)


def _size(spec: FieldSpec, name: str) -> pl.Expr:
    """How large the number is; of a cell that is no number of its type, as 2.3 persons, as it stands."""
    factor = float(UNITS[spec.unit][1]) if spec.unit else 1.0
    read = pl.col(name).cast(pl.Float64)
    size = pl.coalesce(read, pl.col(RAW + name).cast(pl.Float64, strict=False) * factor).abs()
    return pl.when(size > 0).then(size)


def _suspicious(rows: pl.DataFrame, names: list[str]) -> Iterator[tuple[str, int, float, float]]:
    """Columns of files with a number far from the median: field, file, median and median deviation in decades."""
    sampled = rows.gather_every(rows.height // _SAMPLED) if rows.height >= 2 * _SAMPLED else rows
    usual: list[pl.Expr] = []
    ends: list[pl.Expr] = []
    for name in names:
        size = pl.col(name).cast(pl.Float64).abs()
        decades = size.filter(size > 0).log10()
        usual += [
            decades.len().alias(f"{name}:n"),
            decades.median().alias(f"{name}:median"),
            (decades - decades.median()).abs().median().alias(f"{name}:spread"),
        ]
        # A cell that could not be read may be the one.
        missed = pl.col(name).is_null() & pl.col(RAW + name).is_not_null()
        ends += [
            size.max().log10().alias(f"{name}:max"),
            size.filter(size > 0).min().log10().alias(f"{name}:min"),
            missed.any().alias(f"{name}:missed"),
        ]
    whole = sampled.group_by("_file").agg(usual).join(rows.group_by("_file").agg(ends), on="_file")
    for row in whole.sort("_file").iter_rows(named=True):
        for name in names:
            if row[f"{name}:n"] < _FEWEST:
                continue
            median = row[f"{name}:median"]
            furthest = max(row[f"{name}:max"] - median, median - row[f"{name}:min"])
            if row[f"{name}:missed"] or furthest >= _FAR:
                yield name, row["_file"], median, row[f"{name}:spread"]


def _tell(found: pl.DataFrame, name: str, spec: FieldSpec, faults: Faults) -> None:
    text = (
        pl.when(pl.col("_decades") > 0)
        .then(pl.lit("约为本表其他各行的一万倍，可能是单位（如元与万元、人与万人）填错了。"))
        .otherwise(pl.lit("约为本表其他各行的万分之一，可能是单位（如元与万元、人与万人）填错了。"))
    )
    has_fault = pl.col("_index").is_in(faults.rejected(name).implode())
    with_text = found.with_columns(text.alias("_text"))
    for (hint,), own in with_text.filter(has_fault).group_by("_text"):
        faults.hint(own["_index"], name, None, f"此数{hint}")
    shown = pl.lit(NOT_SHOWN) if faults.contract.personal else pl.col(RAW + name)
    message = pl.format("{}填的是“{}”，{}请核对。", pl.lit(spec.header), shown, pl.col("_text"))
    faults.add(with_text.filter(~has_fault), name, SLIP, message, "warning")
