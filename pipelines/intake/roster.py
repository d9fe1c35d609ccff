"""In which street an organization lies: what the rosters handed in say, for exports without a community of their own.

Reads accepted rosters from the lake. Judges no file, and places no row whose organization a roster does not know.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl

from pipelines.contracts.schema import Contract
from pipelines.intake.locate import OWN_STREET
from pipelines.intake.register import Areas
from pipelines.periods import Period
from warehouse.lake import ACCEPTED, Closed, Lake, Receipt, active_parts

Rosters = Mapping[str, Mapping[date, Path]]
"""By export and last day of the period, the rows of the active roster."""


def rosters_needed(contracts: Mapping[str, Contract]) -> frozenset[str]:
    """The rosters that say of which street a file is, where its rows have no community."""
    return frozenset(c.roster for c in contracts.values() if c.roster and c.by == "street")


def active_rosters(lake: Lake, receipts: Iterable[Receipt], closed: Closed, exports: frozenset[str]) -> Rosters:
    """The rosters of these exports that are active now: none that came after its period was closed."""
    of_rosters = {receipt.submission_id: receipt for receipt in receipts if receipt.export in exports}
    found: dict[str, dict[date, Path]] = {}
    for (export, period_end, _), number in active_parts(of_rosters.values(), closed).items():
        found.setdefault(export, {})[period_end] = lake.folder(of_rosters[number]) / ACCEPTED
    return found


def code_field(contract: Contract) -> str:
    """The field with the code that stands in the roster."""
    return next(name for name, spec in contract.fields.items() if spec.references == contract.roster)


def roster_of(rosters: Rosters, export: str, period: Period) -> Path | None:
    """The roster of a period, else the nearest earlier one; None when there is none."""
    known = rosters.get(export, {})
    day = max((day for day in known if day <= period.end), default=None)
    return None if day is None else known[day]


def placed(rows: pl.DataFrame, code: str, roster: tuple[Path, Contract] | None, areas: Areas) -> pl.DataFrame:
    """The rows with the street of their organization; null where the roster does not know it, or there is none.

    Args:
        rows: Typed.
        code: Field with the code of the organization.
        roster: Its accepted rows, and the contract they keep.
        areas: In use on the last day of the rows' period.
    """
    if roster is None:
        return rows.with_columns(pl.lit(None, pl.String).alias(OWN_STREET))
    path, contract = roster
    communities = _communities(path, contract.key[0], contract.community_field or "")
    street = pl.col("_community").replace_strict(dict(areas.street_of), default=None, return_dtype=pl.String)
    joined = rows.join(communities, left_on=code, right_on="_code", how="left", maintain_order="left")
    return joined.with_columns(street.alias(OWN_STREET)).drop("_community")


@lru_cache(maxsize=36)
def _communities(path: Path, code: str, community: str) -> pl.DataFrame:
    """The communities of the organizations. What stands in the lake is never edited, so it is read once."""
    return pl.read_parquet(path, columns=[code, community]).select(_code=code, _community=community)
