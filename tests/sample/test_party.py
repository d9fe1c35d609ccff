"""The people, organizations and communities of the sample: that they last, hang together, and are of the right size."""

import polars as pl
import pytest

from pipelines.contracts.schema import Contract, load_contracts
from pipelines.periods import Cadence, Period
from pipelines.sample.content import EXPORTS
from pipelines.sample.district import District
from pipelines.settings import Settings

UNTIL = Period.parse("2025-03")
DISTRICT = District(1, UNTIL.shifted(-23), UNTIL)
CONTRACTS = load_contracts(Settings().contracts_dir)
REFERRING = [name for name, contract in CONTRACTS.items() if contract.roster]


def whole_period(contract: Contract) -> Period:
    """The last one that is over."""
    period = UNTIL.within(contract.cadence)
    return period if period.end <= UNTIL.end else period.shifted(-1)


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    return {name: EXPORTS[name](DISTRICT, whole_period(contract)) for name, contract in CONTRACTS.items()}


@pytest.mark.parametrize("export", sorted(CONTRACTS))
def test_every_export_keeps_its_contract(export: str, frames: dict[str, pl.DataFrame]) -> None:
    contract, frame = CONTRACTS[export], frames[export]
    assert frame.height
    assert not frame.select(pl.struct(contract.key).is_duplicated().any()).item()
    for name, spec in contract.fields.items():
        assert not (spec.required and frame[name].null_count()), name
        assert not spec.values or set(frame[name].drop_nulls()) <= set(spec.values), name
        assert not spec.at_most or not (frame[name] > frame[spec.at_most]).any(), name


def test_there_are_about_thirty_thousand_members_as_many_as_the_roster_of_organizations_says(
    frames: dict[str, pl.DataFrame],
) -> None:
    counted = frames["party_organizations"]["member_count"].sum()
    assert 29_000 < frames["party_members"].height < 32_000
    assert abs(counted - frames["party_members"].height) < 500


def test_members_stay_who_they_are_and_only_a_few_come_or_move_in_a_month(frames: dict[str, pl.DataFrame]) -> None:
    now, before = frames["party_members"], EXPORTS["party_members"](DISTRICT, UNTIL.shifted(-1))
    both = before.join(now, on="member_no", suffix="_now")
    assert both.height > 0.985 * now.height
    assert (both["birth_month"] == both["birth_month_now"]).all()
    assert (both["joined_on"] == both["joined_on_now"]).all()
    moved = (both["org_code"] != both["org_code_now"]).sum()
    assert 0 < moved < 300
    assert now.height != before.height


@pytest.mark.parametrize("export", REFERRING)
def test_nearly_all_organizations_referred_to_are_in_the_roster(export: str) -> None:
    period = whole_period(CONTRACTS[export])
    known = EXPORTS["party_organizations"](DISTRICT, Period.containing(period.end, Cadence.MONTH))["org_code"]
    codes = EXPORTS[export](DISTRICT, period)["org_code"]
    assert codes.is_in(known.implode()).mean() > 0.99  # type: ignore[operator]


def test_rows_of_an_organization_lie_in_its_community(frames: dict[str, pl.DataFrame]) -> None:
    places = frames["party_organizations"].select("org_code", place="community")
    for export in ("party_activities", "four_duties", "party_members"):
        joined = frames[export].join(places, on="org_code")
        assert joined.height
        assert (joined["community"] == joined["place"]).all(), export


def test_a_year_reaches_most_communities_with_inspections_and_not_all() -> None:
    quarters = [Period.parse(f"2024-Q{number}") for number in range(1, 5)]
    year = pl.concat([EXPORTS["party_inspections"](DISTRICT, quarter) for quarter in quarters])
    assert 0.8 * 119 < year.filter(pl.col("kind") != "年度部署")["community"].n_unique() < 119
    assert set(year.filter(pl.col("kind") == "年度部署")["date"].dt.quarter()) == {1}


def test_some_450_yuan_a_member_are_budgeted_for_education(frames: dict[str, pl.DataFrame]) -> None:
    education = frames["party_budgets"].filter(pl.col("fund") == "党员教育培训和活动经费")
    assert 400 < education["budgeted"].sum() * 10_000 / education["members"].sum() < 480
