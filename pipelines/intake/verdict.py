"""The rows of some files are checked, counted and written, and each file is accepted or refused.

The last step of a judgement. Reads no spreadsheet, and commits nothing.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.contracts.schema import DISTRICT, Contract
from pipelines.intake.case import Case
from pipelines.intake.check import Checker
from pipelines.intake.draft import Draft
from pipelines.intake.faults import NOT_SHOWN, RAW, Faults
from pipelines.intake.hints import add_hints
from pipelines.intake.locate import OWN_STREET, check_streets
from pipelines.intake.register import Areas
from pipelines.intake.roster import code_field, placed, roster_of
from pipelines.intake.scope import SMALLEST_SHARE, names
from pipelines.periods import Period
from warehouse.lake import ACCEPTED, FAULTS, REJECTED

_FEWEST_UNKNOWN = 5
"""Rows that no roster knows, from which their share counts: a slip or two costs no street its month."""
_MOST_REJECTED = 20
"""More rejected rows than one in so many (5 %) refuse the whole file."""


@dataclass
class Group:
    """Files of one export that are judged together; `_file` is the place of a row's file among them."""

    cases: Sequence[Case]
    faults: Faults
    roster: Contract | None = None
    """The export that says in which street a row lies, if its own does not."""

    @property
    def contract(self) -> Contract:
        """Of all of them."""
        return self.cases[0].contract

    @property
    def period(self) -> Period:
        """Of all of them."""
        return self.cases[0].period

    @property
    def areas(self) -> Areas:
        """In use on the period's last day."""
        return self.cases[0].areas

    @property
    def place_field(self) -> str:
        """The field that says in which street a row lies."""
        return self.contract.community_field or code_field(self.contract)

    @property
    def left(self) -> Iterator[tuple[int, Case]]:
        """The files that are not refused, with their places."""
        return ((file, case) for file, case in enumerate(self.cases) if case.draft.refusal is None)


def judge_rows(group: Group, rows: pl.DataFrame, checker: Checker) -> None:
    """Check, count and write the rows of all files, and decide on each.

    Args:
        group: The files.
        rows: Typed, of all their sheets, file by file.
        checker: Of their contract.
    """
    contract, faults = group.contract, group.faults
    kept = checker.check(rows, group.period, faults)
    add_hints(kept, contract, group.areas, faults)
    if kept.height < rows.height:
        before, after = _counts(rows), _counts(kept)
        for file, case in enumerate(group.cases):
            if repeats := before.get(file, 0) - after.get(file, 0):
                case.draft.skipped["repeat"] = repeats
    if contract.is_register:
        for file, case in enumerate(group.cases):
            _check_register(file, case, faults, kept.filter(pl.col("_file") == file))
    if contract.by == "street":
        kept = _in_scope(group, kept)
    rejected = faults.rejected()
    is_rejected = pl.col("_index").is_in(rejected.implode())
    accepted = kept.filter(~is_rejected) if rejected.len() else kept
    _write(group, accepted, kept.filter(is_rejected) if rejected.len() else kept.clear())
    for _, case in group.left:
        case.draft.refusal = _refusal(case)


def _counts(rows: pl.DataFrame) -> dict[int, int]:
    """How many rows each file has."""
    return dict(rows["_file"].value_counts().iter_rows())


def _in_scope(group: Group, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their streets: one outside the scope is a fault; so is one that has hardly any of the rows."""
    if group.roster:
        rows = _by_roster(group, group.roster, rows)
    counts: dict[int, dict[str, int]] = {}
    for file, street, count in rows.group_by("_file", OWN_STREET).len().iter_rows():
        counts.setdefault(file, {})[street] = count
    handed_in_by: dict[int, str] = {}
    for file, case in group.left:
        of_file = counts.get(file, {})
        height = sum(of_file.values())
        found = {street for street in of_file if street is not None}
        inside = case.named or {street for street in found if of_file[street] * SMALLEST_SHARE >= height}
        if not found <= inside:
            _add_outside(group, rows.filter(pl.col("_file") == file), inside)
        if inside:
            handed_in_by[file] = min(inside)
        elif group.roster and height:
            header = group.contract.fields[group.place_field].header
            _refuse(case, _NOBODY.format(f"{group.roster.title}中找不到所填的{header}"), height)
    if group.roster:
        # The roster does not know it: an orphan, no fault, and of the street that handed it in.
        someone = pl.col("_file").replace_strict(handed_in_by, default=None, return_dtype=pl.String)
        rows = rows.with_columns(pl.coalesce(OWN_STREET, someone).alias(OWN_STREET))
    return _without_refused(group, rows)


_NOBODY = "无法判断是哪个街道报送的：{}。请在文件名或标题中写明街道，或用 --street 指明。"


def _refuse(case: Case, why: str, rows: int) -> None:
    """Refuse a file before its rows are decided on: none of them is used."""
    case.draft.refusal, case.draft.rows_rejected = why, rows


def _without_refused(group: Group, rows: pl.DataFrame) -> pl.DataFrame:
    gone = [file for file, case in enumerate(group.cases) if case.draft.refusal is not None]
    return rows.filter(~pl.col("_file").is_in(gone)) if gone else rows


def _by_roster(group: Group, roster: Contract, rows: pl.DataFrame) -> pl.DataFrame:
    path = roster_of(group.cases[0].task.rosters, roster.export, group.period)
    if path is None:
        counts = _counts(rows)
        why = f"没有写明街道，也还没有{group.period.chinese}或更早的{roster.title}"
        for file, case in group.left:
            if not case.named:
                _refuse(case, _NOBODY.format(why), counts.get(file, 0))
        rows = _without_refused(group, rows)
    rows = placed(rows, group.place_field, (path, roster) if path else None, group.areas)
    if any(_days(group, roster)):
        rows = _without_unknown(group, roster, rows)
    if rows.filter(pl.col(OWN_STREET) != pl.col("_street")).height:
        for file, case in group.left:
            own = rows.filter(pl.col("_file") == file)
            # A row outside the scope is told so further on.
            inside = own.filter(pl.col(OWN_STREET).is_in(list(case.named))) if case.named else own
            check_streets(inside, group.place_field, group.areas, group.faults)
    return rows.with_columns(pl.coalesce(OWN_STREET, "_street").alias(OWN_STREET))


def _days(group: Group, roster: Contract) -> Iterator[date]:
    """The last days of the periods of which there is a roster, inside the period of the files."""
    known = group.cases[0].task.rosters.get(roster.export, {})
    return (day for day in known if group.period.start <= day <= group.period.end)


def _without_unknown(group: Group, roster: Contract, rows: pl.DataFrame) -> pl.DataFrame:
    """Refuse the files of which the roster of their own period does not know too many; the rows of the others."""
    header = group.contract.fields[group.place_field].header
    is_unknown = pl.col(OWN_STREET).is_null() & pl.col(group.place_field).is_not_null()
    counts = rows.group_by("_file").agg(pl.len().alias("all"), is_unknown.sum().alias("unknown"))
    for file, height, unknown in counts.iter_rows():
        if unknown >= _FEWEST_UNKNOWN and unknown * _MOST_REJECTED > height and group.cases[file].draft.refusal is None:
            why = (
                f"{height} 行数据中有 {unknown} 行的“{header}”在{group.period.chinese}的{roster.title}中找不到，"
                f"超过 5%，整个文件退回。请核对编码；名册有遗漏的，请先补报名册再报送此文件。此前报送的仍然有效。"
            )
            _refuse(group.cases[file], why, height)
    return _without_refused(group, rows)


def _add_outside(group: Group, rows: pl.DataFrame, inside: Collection[str]) -> None:
    """Add a fault for each row of one file that lies outside."""
    name, streets = group.place_field, group.areas.streets
    outside = rows.filter(
        ~pl.col(OWN_STREET).is_in(list(inside)) & ~pl.col("_index").is_in(group.faults.rejected(name).implode())
    )
    text = "“{}”属于{}，不在本次报送的范围（{}）内。请核对，或由该街道报送。"
    own, listed = pl.col(OWN_STREET).replace(dict(streets)), pl.lit(names(inside, streets))
    cell = pl.lit(NOT_SHOWN) if group.contract.personal else pl.col(RAW + name)
    group.faults.add(outside, name, "out_of_scope", pl.format(text, cell, own, listed))


def _check_register(file: int, case: Case, faults: Faults, rows: pl.DataFrame) -> None:
    """A community that this register no longer lists although nobody closed it is a warning."""
    listed = set(rows["community_code"].drop_nulls())
    for community in case.task.register.communities:
        if community.valid_to is None and community.code not in listed:
            faults.add_general(
                file,
                "missing_from_register",
                f"此前名录中的{community.street_name}{community.name}（{community.code}）没有停用，"
                "但本次名录没有列出。请核对。",
            )


def _write(group: Group, accepted: pl.DataFrame, rejected: pl.DataFrame) -> None:
    """Write the rows and the faults of each file; what the contract does not name is not written."""
    contract = group.contract
    columns = [*contract.fields, "_sheet", "_row"]
    submitter = pl.col(OWN_STREET) if contract.by == "street" else pl.lit(DISTRICT)
    rows = accepted.select(*columns, submitter.alias("_submitter"))
    good, bad, faults = _counts(accepted), _counts(rejected), group.faults.by_file()
    start = 0
    for file, case in group.left:
        draft, folder = case.draft, case.task.folder
        draft.rows_accepted, draft.rows_rejected = good.get(file, 0), bad.get(file, 0)
        own = rows.slice(start, draft.rows_accepted)
        start += draft.rows_accepted
        if contract.by == "street" and not case.named:
            draft.scope = tuple(sorted(own["_submitter"].unique().drop_nulls()))
        _write_parquet(own, folder / ACCEPTED)
        if draft.rows_rejected:
            _write_parquet(rejected.filter(pl.col("_file") == file).select(columns), folder / REJECTED)
    _write_faults(group.cases, faults)


def _write_faults(cases: Sequence[Case], faults: Mapping[int, pl.DataFrame]) -> None:
    for file, found in faults.items():
        draft = cases[file].draft
        _write_parquet(found, cases[file].task.folder / FAULTS)
        draft.warnings = int((found["severity"] == "warning").sum())
        draft.faults = found.height - draft.warnings


def _write_parquet(rows: pl.DataFrame, path: Path) -> None:
    rows.write_parquet(path, compression="snappy", statistics=False)


def _refusal(case: Case) -> str | None:
    """Why the file is refused, if it is."""
    draft, contract = case.draft, case.contract
    judged = draft.rows_accepted + draft.rows_rejected
    if not judged:
        if contract.kind == "snapshot":
            return f"只有表头，没有数据行。“{contract.title}”是期末名册，不能为空。请核对后重新报送。"
        if not draft.scope:
            return "只有表头，没有数据行，也没有写明是哪个街道。当期确无发生的，请在文件名或标题中写明街道。"
        return None
    return _too_many_rejected(draft)


def _too_many_rejected(draft: Draft) -> str | None:
    judged = draft.rows_accepted + draft.rows_rejected
    advice = "请按所列问题改正后重新报送；此前报送的仍然有效。"
    if not draft.rows_accepted:
        return f"{judged} 行数据都有错误，没有一行可以采用。{advice}"
    if draft.rows_rejected > 1 and draft.rows_rejected * _MOST_REJECTED > judged:
        return f"{judged} 行数据中有 {draft.rows_rejected} 行有错误，超过 5%，整个文件退回。{advice}"
    return None
