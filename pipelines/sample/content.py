"""One delivery becomes a file: its rows, in the style of whoever hands it in, with what went wrong; and its name.

Makes bytes and names; writes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

import polars as pl

from pipelines.contracts.schema import Contract, load_contracts
from pipelines.periods import Cadence, Period
from pipelines.sample import (
    activities,
    cadres,
    figures,
    files,
    governance,
    layout,
    members,
    mishaps,
    party_organizations,
    styles,
    support,
    two_new_organizations,
)
from pipelines.sample.district import District, read_register
from pipelines.sample.handing_in import Delivery, Remark
from pipelines.settings import Settings

EXPORTS: Mapping[str, Callable[[District, Period], pl.DataFrame]] = {
    "cadres": cadres.cadres,
    "communities": figures.communities,
    "community_governance": governance.community_governance,
    "community_services": figures.community_services,
    "disputes": figures.disputes,
    "employment": figures.employment,
    "four_duties": activities.four_duties,
    "illegal_construction": figures.illegal_construction,
    "leader_service": governance.leader_service,
    "major_decisions": governance.major_decisions,
    "member_appraisals": members.member_appraisals,
    "member_care": governance.member_care,
    "member_development": members.member_development,
    "office_style": governance.office_style,
    "party_activities": activities.party_activities,
    "party_budgets": support.party_budgets,
    "party_inspections": support.party_inspections,
    "party_members": members.party_members,
    "party_organizations": party_organizations.party_organizations,
    "party_venues": support.party_venues,
    "petitions": figures.petitions,
    "social_authorizations": support.social_authorizations,
    "stock_cooperatives": figures.stock_cooperatives,
    "training": cadres.training,
    "two_new_organizations": two_new_organizations.two_new_organizations,
    "work_safety": figures.work_safety,
}
"""What each export of the sample says: the district's rows of a period, with the fields of its contract; those of an
organization that have no community say the organization's."""


@lru_cache(maxsize=1)
def known_contracts() -> dict[str, Contract]:
    """The contracts that the sample knows how to fill."""
    return {name: contract for name, contract in load_contracts(Settings().contracts_dir).items() if name in EXPORTS}


def _with_streets(frame: pl.DataFrame) -> pl.DataFrame:
    key = "community" if "community" in frame.columns else "community_code"
    where = read_register().select(pl.col("community_code").alias(key), _code="street_code", _street="street_name")
    return frame.join(where, on=key, how="left", maintain_order="left")


def _of_street(frame: pl.DataFrame, delivery: Delivery) -> pl.DataFrame:
    """The rows of the street that hands in, or all; some streets report only what happened."""
    rows = _with_streets(frame)
    if not delivery.street:
        return rows
    rows = rows.filter(pl.col("_code") == delivery.street)
    is_brief = int(delivery.street[-2:]) % 4 == 0 and "new_cases" in rows.columns
    return rows.filter((pl.col("new_cases") > 0) | (pl.col("demolished_area") > 0)) if is_brief else rows


@lru_cache(maxsize=1)
def _file_kinds(district: District) -> dict[str, str]:
    streets = read_register()["street_code"].unique().to_list()
    kinds = styles.file_kinds(district.draws, streets) | styles.file_kinds(district.draws, list(known_contracts()))
    # Tens of thousands of rows come out of a database.
    return kinds | {"party_members": "gb18030"}


def _style(district: District, delivery: Delivery) -> styles.Style:
    contract = delivery.contract
    style = styles.style(
        district.draws, contract, delivery.submitter, _file_kinds(district)[delivery.street or contract.export]
    )
    if delivery.remark is Remark.WRONG_PERIOD:
        style = replace(style, title=styles.WITH_PERIOD)
    if delivery.remark is Remark.DAMAGED:
        style = replace(style, file="xlsx")
    return style


def _words(district: District, delivery: Delivery, *, wrong: bool = False) -> str:
    period = delivery.period.shifted(-1) if wrong else delivery.period
    return styles.period_words(period, district.draws.one("words", delivery.contract.export, delivery.submitter))


def delivery_path(district: District, delivery: Delivery) -> str:
    """Where a delivery goes: the day it comes in, and its name as the department writes it."""
    style = _style(district, delivery)
    words = _words(district, delivery)
    stem = style.file_name.format(
        whose=_street_name(delivery.street),
        title=delivery.contract.title,
        period=words,
        code=str(delivery.period) if delivery.contract.cadence is Cadence.MONTH else words,
    )
    again = "（更正）" if delivery.remark is Remark.CORRECTION else ""
    ending = "xlsx" if style.file == "xlsx" else "csv"
    return f"{delivery.received_at:%Y-%m-%d}/{stem}{again}.{ending}"


def content(district: District, delivery: Delivery, frame: pl.DataFrame) -> bytes:
    """The bytes of one file, made of the district's rows of its export and period."""
    rows = _of_street(frame, delivery)
    contract, style = delivery.contract, _style(district, delivery)
    quirks = _quirks(district, delivery, rows.height, is_plain=not style.groups and style.totals != "subtotals")
    cells = layout.columns(rows, contract, style, quirks)
    if delivery.remark is Remark.FAULTY_ROWS:
        mishaps.spoil_two_rows(cells, contract, district.draws, contract.export, delivery.period)
    elif delivery.remark is Remark.SWAPPED_COLUMNS:
        mishaps.swap_columns(cells, contract)
    elif delivery.remark is Remark.COLUMN_MISSING:
        forgotten = [name for name, spec in contract.fields.items() if spec.required][-1]
        style = layout.without(style, forgotten)
        del cells[forgotten]
    street = _street_name(delivery.street)
    heading = layout.Heading(
        title=layout.title(
            style, contract, _words(district, delivery, wrong=delivery.remark is Remark.WRONG_PERIOD), street
        ),
        submitter=f"{street}办事处" if street else contract.department,
        filled_on=delivery.received_at.date(),
    )
    streets, numbers = rows["_street"].to_list(), layout.number_columns(rows, contract)
    sheet = layout.sheet(layout.Table(contract, style, cells, streets, numbers, heading, quirks))
    if style.file != "xlsx":
        return files.delimited(sheet, style.file)
    content = files.workbook(sheet, delivery.received_at, with_guidance=style.has_second_sheet)
    return content[: len(content) * 3 // 5] if delivery.remark is Remark.DAMAGED else content


@lru_cache(maxsize=64)
def _street_name(code: str) -> str:
    """The street's name; nothing for the district."""
    found = read_register().filter(pl.col("street_code") == code)["street_name"]
    return str(found[0]) if len(found) else ""


def _quirks(district: District, delivery: Delivery, count: int, *, is_plain: bool) -> layout.Quirks:
    """What is special about this file; only tables with a header of one row repeat it."""
    rng = district.draws.generator("quirks", delivery.contract.export, delivery.period, delivery.submitter)
    thousands, unit, blank = rng.random() < 0.08, rng.random() < 0.03, rng.random() < 0.08
    if delivery.remark not in (Remark.PLAIN, Remark.LATE):
        return layout.Quirks()
    return layout.Quirks(thousands, unit and not thousands, blank, 500 if count > 1000 and is_plain else 0)
