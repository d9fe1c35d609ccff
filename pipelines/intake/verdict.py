"""The rows of one file are checked, counted and written, and the file is accepted or refused.

The last step of a judgement. Reads no spreadsheet, and commits nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from pipelines.contracts.schema import DISTRICT, Contract
from pipelines.intake.check import Checker
from pipelines.intake.draft import Draft, RefusalError, Task
from pipelines.intake.faults import RAW, Faults
from pipelines.intake.locate import OWN_STREET, check_streets
from pipelines.intake.register import Areas
from pipelines.intake.roster import code_field, placed, roster_of
from pipelines.intake.scope import SMALLEST_SHARE, names
from pipelines.periods import Period
from warehouse.lake import ACCEPTED, FAULTS, REJECTED

_MOST_REJECTED = 20
"""More rejected rows than one in so many (5 %) refuse the whole file."""


@dataclass
class Case:
    """All that the judgement of the rows of one file depends on."""

    task: Task
    draft: Draft
    contract: Contract
    period: Period
    areas: Areas
    named: frozenset[str]
    """Codes of the streets the file is said to be for."""
    faults: Faults
    roster: Contract | None = None
    """The export that says in which street a row lies, if its own does not."""

    @property
    def place_field(self) -> str:
        """The field that says in which street a row lies."""
        return self.contract.community_field or code_field(self.contract)


def judge_rows(case: Case, rows: pl.DataFrame, checker: Checker) -> None:
    """Check, count and write the rows of all sheets.

    Raises:
        RefusalError: when too many are rejected, or none is left.
    """
    draft, contract, faults = case.draft, case.contract, case.faults
    kept = checker.check(rows, case.period, faults)
    if kept.height < rows.height:
        draft.skipped["repeat"] = rows.height - kept.height
    if contract.is_register:
        _check_register(case, kept)
    if contract.by == "street":
        kept = _in_scope(case, kept)
    rejected = faults.rejected()
    accepted = kept.filter(~pl.col("_index").is_in(rejected.to_list())) if rejected.len() else kept
    draft.rows_accepted, draft.rows_rejected = accepted.height, kept.height - accepted.height
    if contract.by == "street" and not case.named:
        draft.scope = tuple(sorted(accepted[OWN_STREET].unique().drop_nulls()))
    _write(case, accepted, kept.filter(pl.col("_index").is_in(rejected.to_list())) if rejected.len() else None)
    _decide(case)


def _in_scope(case: Case, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their streets: one outside the scope is a fault; so is one that has hardly any of the rows."""
    if case.roster:
        rows = _by_roster(case, case.roster, rows)
    counts = dict(rows[OWN_STREET].drop_nulls().value_counts().iter_rows())
    inside = case.named or {code for code, count in counts.items() if count * SMALLEST_SHARE >= rows.height}
    if not set(counts) <= inside:
        _add_outside(case, rows, inside)
    if case.roster and rows.height:
        if not inside:
            raise RefusalError(_NOBODY.format(f"{case.roster.title}中找不到所填的{_header(case)}"))
        # The roster does not know it: an orphan, no fault, and of the street that handed it in.
        rows = rows.with_columns(pl.col(OWN_STREET).fill_null(min(inside)))
    return rows


_NOBODY = "无法判断是哪个街道报送的：{}。请在文件名或标题中写明街道，或用 --street 指明。"


def _by_roster(case: Case, roster: Contract, rows: pl.DataFrame) -> pl.DataFrame:
    path = roster_of(case.task.rosters, roster.export, case.period)
    if path is None and not case.named:
        raise RefusalError(_NOBODY.format(f"没有写明街道，也还没有{case.period.chinese}或更早的{roster.title}"))
    rows = placed(rows, case.place_field, (path, roster) if path else None, case.areas)
    # A row outside the scope is told so further on.
    inside = rows.filter(pl.col(OWN_STREET).is_in(list(case.named))) if case.named else rows
    check_streets(inside, case.place_field, case.areas, case.faults)
    return rows.with_columns(pl.coalesce(OWN_STREET, "_street").alias(OWN_STREET))


def _add_outside(case: Case, rows: pl.DataFrame, inside: Collection[str]) -> None:
    name = case.place_field
    outside = rows.filter(
        ~pl.col(OWN_STREET).is_in(list(inside)) & ~pl.col("_index").is_in(case.faults.rejected(name).to_list())
    )
    text = "“{}”属于{}，不在本次报送的范围（{}）内。请核对，或由该街道报送。"
    own, listed = pl.col(OWN_STREET).replace(dict(case.areas.streets)), pl.lit(names(inside, case.areas.streets))
    case.faults.add(outside, name, "out_of_scope", pl.format(text, pl.col(RAW + name), own, listed))


def _header(case: Case) -> str:
    return case.contract.fields[case.place_field].header


def _check_register(case: Case, rows: pl.DataFrame) -> None:
    """A community that this register no longer lists although nobody closed it is a warning."""
    listed = set(rows["community_code"].drop_nulls())
    for community in case.task.register.communities:
        if community.valid_to is None and community.code not in listed:
            case.faults.add_general(
                "missing_from_register",
                f"此前名录中的{community.street_name}{community.name}（{community.code}）没有停用，"
                "但本次名录没有列出。请核对。",
            )


def _write(case: Case, accepted: pl.DataFrame, rejected: pl.DataFrame | None) -> None:
    """Write the rows and the faults; what the contract does not name is not written."""
    columns = [*case.contract.fields, "_sheet", "_row"]
    folder = case.task.folder
    submitter = pl.lit(DISTRICT)
    if case.contract.by == "street":
        submitter = pl.col(OWN_STREET)
    rows = accepted.select(*columns, submitter.alias("_submitter"))
    rows.write_parquet(folder / ACCEPTED, compression="snappy", statistics=False)
    if rejected is not None:
        rejected.select(columns).write_parquet(folder / REJECTED, compression="snappy", statistics=False)
    found = case.faults.table()
    if found.height:
        found.write_parquet(folder / FAULTS, compression="snappy", statistics=False)
    case.draft.warnings = found.filter(pl.col("severity") == "warning").height if found.height else 0
    case.draft.faults = found.height - case.draft.warnings


def _decide(case: Case) -> None:
    draft, contract = case.draft, case.contract
    judged = draft.rows_accepted + draft.rows_rejected
    if not judged:
        if contract.kind == "snapshot":
            raise RefusalError(f"只有表头，没有数据行。“{contract.title}”是期末名册，不能为空。请核对后重新报送。")
        if not draft.scope:
            raise RefusalError(
                "只有表头，没有数据行，也没有写明是哪个街道。当期确无发生的，请在文件名或标题中写明街道。"
            )
    elif not draft.rows_accepted:
        raise RefusalError(
            f"{judged} 行数据都有错误，没有一行可以采用。请按所列问题改正后重新报送；此前报送的仍然有效。"
        )
    elif draft.rows_rejected > 1 and draft.rows_rejected * _MOST_REJECTED > judged:
        raise RefusalError(
            f"{judged} 行数据中有 {draft.rows_rejected} 行有错误，超过 5%，整个文件退回。"
            "请按所列问题改正后重新报送；此前报送的仍然有效。"
        )
