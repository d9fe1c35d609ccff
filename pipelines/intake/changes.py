"""What a submission changes against those it replaces: rows new, gone and different, and the totals of its numbers.

Reads accepted rows from the lake. Judges nothing. Of exports with a row per person it counts, and adds nothing up: a
total that moves with one person tells that person's number. Values of secret fields are compared, never shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl

from pipelines.contracts.schema import UNITS, Contract, FieldSpec, FieldType
from pipelines.intake.conform import DTYPES
from pipelines.intake.faults import impersonal
from pipelines.intake.outcome import Changes, FieldChange, Outcome, RowChange
from pipelines.intake.register import Register
from warehouse.lake import ACCEPTED, Lake, Receipt, active_parts

_MOST_ROWS = 50
"""Rows that are told one by one."""
_BEFORE = "before:"
_KIND = "_kind"
_SUBMITTER = "_submitter"
Part = tuple[str, date]


def with_changes(
    outcomes: Sequence[Outcome],
    lake: Lake,
    contracts: Mapping[str, Contract],
    receipts: Iterable[Receipt],
    register: Register,
) -> list[Outcome]:
    """The outcomes, each of those that count with what it changes.

    Args:
        outcomes: What became of files.
        lake: Where their rows are, and those of the submissions before.
        contracts: By export.
        receipts: All there are, those of the outcomes included.
        register: For the names of communities and streets.
    """
    names = {one.code: one.name for one in register.communities} | dict(register.streets)
    known: dict[tuple[str | None, date | None], list[Receipt]] = {}
    for receipt in receipts:
        known.setdefault((receipt.export, receipt.period_end), []).append(receipt)
    result = []
    for outcome in outcomes:
        one = outcome.receipt
        if outcome.status != "active" or outcome.unchanged or one.export is None:
            result.append(outcome)
            continue
        found = _changes(one, known[one.export, one.period_end], lake, contracts[one.export], names)
        result.append(replace(outcome, changes=found))
    return result


def _changes(
    receipt: Receipt, known: Iterable[Receipt], lake: Lake, contract: Contract, names: Mapping[str, str]
) -> Changes:
    """Against what was active before it came, for those submitters it became active for."""
    earlier = {one.submission_id: one for one in known if int(one.submission_id) < int(receipt.submission_id)}
    was = {code: number for (_, _, code), number in active_parts(earlier.values()).items()}
    becomes = active_parts([*earlier.values(), receipt])
    won = [code for (_, _, code), number in becomes.items() if number == receipt.submission_id]
    replaced = sorted({was[code] for code in won if code in was}, key=int)
    if not replaced:
        count = receipt.rows_accepted
        return Changes((), rows_before=0, rows_after=count, added=count, removed=0, changed=0)
    before = pl.concat(
        _rows(lake, earlier[number], contract, [code for code in won if was.get(code) == number]) for number in replaced
    )
    after = _rows(lake, receipt, contract, won)
    return replace(compared(before, after, contract, names), replaces=tuple(earlier[number] for number in replaced))


def _rows(lake: Lake, receipt: Receipt, contract: Contract, submitters: Sequence[str]) -> pl.DataFrame:
    """The accepted rows of some submitters, in the columns of the contract as it is now."""
    rows = pl.read_parquet(lake.folder(receipt) / ACCEPTED).filter(pl.col(_SUBMITTER).is_in(submitters))
    return rows.select(
        _SUBMITTER,
        *(
            (pl.col(name).cast(DTYPES[spec.type], strict=False) if name in rows.columns else pl.lit(None)).alias(name)
            for name, spec in contract.fields.items()
        ),
    ).cast({name: DTYPES[spec.type] for name, spec in contract.fields.items()})


def compared(before: pl.DataFrame, after: pl.DataFrame, contract: Contract, names: Mapping[str, str]) -> Changes:
    """What differs between two versions, without saying of which submissions.

    Args:
        before: The fields of the contract and `_submitter`; a key stands once per submitter.
        after: The same.
        contract: Of both.
        names: Of communities and streets, by code.
    """
    key = [_SUBMITTER, *contract.key]
    rest = [name for name in contract.fields if name not in contract.key]
    both = (
        before.with_columns(_was=pl.lit(True))
        .rename({name: _BEFORE + name for name in rest})
        .join(after.with_columns(_is=pl.lit(True)), on=key, how="full", coalesce=True, nulls_equal=True)
    )
    was, now = pl.col("_was").is_not_null(), pl.col("_is").is_not_null()
    differs = {name: was & now & pl.col(_BEFORE + name).ne_missing(pl.col(name)) for name in rest}
    both = both.with_columns(
        pl.when(~was)
        .then(pl.lit("added"))
        .when(~now)
        .then(pl.lit("removed"))
        .when(pl.any_horizontal(pl.lit(False), *differs.values()))
        .then(pl.lit("changed"))
        .alias(_KIND)
    )
    counts = dict(both[_KIND].drop_nulls().value_counts().iter_rows())
    return Changes(
        replaces=(),
        rows_before=before.height,
        rows_after=after.height,
        added=counts.get("added", 0),
        removed=counts.get("removed", 0),
        changed=counts.get("changed", 0),
        fields=_fields(before, after, both, differs, contract),
        rows=() if contract.personal else _told(both, differs, contract, names),
    )


def _fields(
    before: pl.DataFrame, after: pl.DataFrame, both: pl.DataFrame, differs: Mapping[str, pl.Expr], contract: Contract
) -> tuple[FieldChange, ...]:
    """The fields that differ in some row, or in total."""
    if not differs:
        return ()
    rows = both.select(differs[name].sum().alias(name) for name in differs).row(0, named=True)
    summed = [name for name, spec in contract.fields.items() if _adds_up(spec) and not contract.personal]
    old, new = _totals(before, summed, contract), _totals(after, summed, contract)
    return tuple(
        FieldChange(name, spec.header, rows.get(name, 0), old.get(name), new.get(name), unit_of(spec))
        for name, spec in contract.fields.items()
        if rows.get(name, 0) or old.get(name) != new.get(name)
    )


def _adds_up(spec: FieldSpec) -> bool:
    return spec.type.is_number and spec.measure != "share" and not spec.secret


def unit_of(spec: FieldSpec) -> str | None:
    """The unit in which the contract takes a number; None for counts, which name none."""
    return spec.unit or {"money": "元", "area": "平方米"}.get(spec.measure or "")


def _totals(rows: pl.DataFrame, names: Sequence[str], contract: Contract) -> dict[str, Decimal | None]:
    """Missing is not zero: the total of nothing is None."""
    if not names:
        return {}
    total = (
        pl.when(pl.col(name).count() > 0).then(_in_unit(pl.col(name).sum(), contract.fields[name])).alias(name)
        for name in names
    )
    return {name: _plain(value) for name, value in rows.select(total).row(0, named=True).items()}


def _plain(value: Decimal | None) -> Decimal | None:
    """Without the zeros at its end, and never as 1E+2."""
    return None if value is None else value.quantize(Decimal(1)) if value == value.to_integral() else value.normalize()


def _in_unit(value: pl.Expr, spec: FieldSpec) -> pl.Expr:
    """A stored number in the unit in which the contract takes it, exactly."""
    size = UNITS[spec.unit][1] if spec.unit else Decimal(1)
    return value.cast(pl.Decimal(38, 8)) * (1 / size)


def _told(
    both: pl.DataFrame, differs: Mapping[str, pl.Expr], contract: Contract, names: Mapping[str, str]
) -> tuple[RowChange, ...]:
    """The first rows that differ, each with its key and what is different in it."""
    fields = contract.fields
    shown = [name for name in differs if not fields[name].secret]
    key = [_text(pl.col(name), fields[name], names).fill_null("（空）") for name in contract.key]
    hidden = any(fields[name].secret for name in contract.key)
    what = [
        pl.when(differs[name]).then(
            pl.format(
                "{} {}→{}",
                pl.lit(fields[name].header),
                _text(pl.col(_BEFORE + name), fields[name], names).fill_null("空"),
                _text(pl.col(name), fields[name], names).fill_null("空"),
            )
        )
        for name in shown
    ]
    rows = (
        both.filter(pl.col(_KIND).is_not_null())
        .sort(pl.col(_KIND).replace_strict({"removed": 0, "added": 1, "changed": 2}), _SUBMITTER, *contract.key)
        .head(_MOST_ROWS)
        .select(
            _KIND,
            key=pl.lit("（不显示）") if hidden else impersonal(pl.concat_str(key, separator=" ")),
            what=impersonal(pl.concat_str(what, separator="；", ignore_nulls=True)) if what else pl.lit(""),
        )
    )
    return tuple(RowChange(kind, of, text or "") for kind, of, text in rows.iter_rows())


def _text(value: pl.Expr, spec: FieldSpec, names: Mapping[str, str]) -> pl.Expr:
    """A stored value as people read it."""
    if spec.type in (FieldType.COMMUNITY, FieldType.STREET):
        return value.replace(dict(names))
    if spec.type is FieldType.BOOL:
        return value.replace_strict({True: "是", False: "否"}, return_dtype=pl.String)
    if spec.type is FieldType.MONTH:
        return value.dt.to_string("%Y-%m")
    if spec.type.is_number:
        return _in_unit(value, spec).cast(pl.String).str.replace(r"\.?0+$", "")
    return value.cast(pl.String)
