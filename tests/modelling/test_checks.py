"""Lawful worlds in which no check may speak: registers late, closed, split, moved; growth; first and last periods."""

from collections.abc import Callable, Mapping

import pytest

from pipelines.contracts.schema import load_contracts
from pipelines.modelling.build import Build
from pipelines.modelling.checks import CHECKS
from pipelines.modelling.refresh import check
from pipelines.settings import Settings
from tests.modelling.conftest import District, Values
from tests.modelling.test_values import employment
from warehouse.database import open_for_building

PINGHU, BUJI, JIHUA = "440307003", "440307014", "440307018"
OLD, NEW, OTHER = f"{PINGHU}901", f"{PINGHU}012", f"{BUJI}014"


def company(community: str, income: int) -> Mapping[str, object]:
    """A cooperative whose whole income is rent."""
    return {
        "company_code": f"C{community[-3:]}", "company_name": "甲", "community": community, "shareholders": 10,
        "rental_income": income, "investment_income": 0, "service_income": 0, "other_income": 0,
        "total_income": income, "dividends": income, "net_assets": income, "total_assets": income,
    }  # fmt: skip


def growth_over_a_closed_community(district: District) -> None:
    """平湖 had two communities in 2016-Q1, of which one was closed into the other at the end of the year."""
    district.register(
        "2016",
        (OLD, "凤凰社区", "2009-01-01", "2016-12-26", NEW),
        (NEW, "平湖墟社区", "2009-01-01", None, ""),
        (OTHER, "布吉社区", "2009-01-01", None, ""),
    )
    companies = [company(OLD, 100), company(NEW, 200), company(OTHER, 300)]
    district.hand_in("stock_cooperatives", "2016-Q1", companies)
    district.hand_in("stock_cooperatives", "2017-Q1", [company(NEW, 330), company(OTHER, 300)])


def a_register_that_closes_a_community_too_late(district: District) -> None:
    """Figures of February for a community that, as is said in March, was closed at the end of the year before."""
    district.register("2010", (OLD, "凤凰社区", "2009-01-01", None, ""), (NEW, "平湖墟社区", "2009-01-01", None, ""))
    district.hand_in("employment", "2010-02", [employment(OLD, 100, 90), employment(NEW, 50, 40)])
    district.register(
        "2011", (OLD, "凤凰社区", "2009-01-01", "2010-01-01", NEW), (NEW, "平湖墟社区", "2009-01-01", None, "")
    )


def a_register_that_closes_a_community_for_good_too_late(district: District) -> None:
    district.register("2010", (OLD, "凤凰社区", "2009-01-01", None, ""), (NEW, "平湖墟社区", "2009-01-01", None, ""))
    district.hand_in("employment", "2010-02", [employment(OLD, 100, 90), employment(NEW, 50, 40)])
    district.register(
        "2011", (OLD, "凤凰社区", "2009-01-01", "2010-01-01", ""), (NEW, "平湖墟社区", "2009-01-01", None, "")
    )


def a_street_that_was_split(district: District) -> None:
    district.register(
        "2016",
        (OTHER, "布吉社区", "2009-01-01", "2016-12-26", f"{BUJI}018|{JIHUA}001"),
        (f"{BUJI}018", "布吉新社区", "2016-12-26", None, ""),
        (f"{JIHUA}001", "丽湖社区", "2016-12-26", None, ""),
    )
    district.hand_in("employment", "2016-11", [employment(OTHER, 100, 90)])
    district.hand_in("employment", "2016-12", [employment(f"{BUJI}018", 60, 50), employment(f"{JIHUA}001", 40, 40)])


def a_community_that_moved_to_another_street(district: District) -> None:
    moved = f"{BUJI}021"
    district.register(
        "2016", (OLD, "凤凰社区", "2009-01-01", "2016-12-01", moved), (moved, "凤凰社区", "2016-12-01", None, ""),
        (NEW, "平湖墟社区", "2009-01-01", None, ""),
    )  # fmt: skip
    district.hand_in("employment", "2016-11", [employment(OLD, 100, 90), employment(NEW, 10, 10)])
    district.hand_in("employment", "2016-12", [employment(moved, 100, 95), employment(NEW, 10, 10)])


def nothing_but_a_register(district: District) -> None:
    district.register("2010", (NEW, "平湖墟社区", "2009-01-01", None, ""))


def a_flow_in_which_nothing_happened(district: District) -> None:
    nothing_but_a_register(district)
    district.hand_in("petitions", "2010-01", [])


def codes_that_no_roster_knows(district: District) -> None:
    nothing_but_a_register(district)
    units = [{"unit_code": f"U{at}", "community": NEW, "coverage": "单独组建", "org_code": "X9"} for at in range(5)]
    district.hand_in("party_organizations", "2010-01", [{"org_code": "P1", "sector": "社区", "community": NEW}])
    district.hand_in("two_new_organizations", "2010-01", units, streets=[PINGHU])


WORLDS: list[Callable[[District], None]] = [
    growth_over_a_closed_community,
    a_register_that_closes_a_community_too_late,
    a_register_that_closes_a_community_for_good_too_late,
    a_street_that_was_split,
    a_community_that_moved_to_another_street,
    nothing_but_a_register,
    a_flow_in_which_nothing_happened,
    codes_that_no_roster_knows,
]


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.__name__)
def test_no_check_speaks_in_a_lawful_world(district: District, world: Callable[[District], None]) -> None:
    world(district)
    build = Build(district.settings)
    build.run()
    assert {one.name: one.offences for one in check(build)} == dict.fromkeys(CHECKS, ())


EXPORTS = load_contracts(Settings().contracts_dir)


def test_any_export_may_be_the_first_to_come(district: District) -> None:
    """The register and one export, and then one more, as in a new home: in builds that are undone."""
    nothing_but_a_register(district)
    register = district.lake.receipts()
    base = Build(district.settings)
    base.run()
    for name, contract in EXPORTS.items():
        if not contract.is_register:
            period = {"month": "2010-01", "quarter": "2010-Q1", "year": "2010"}[contract.cadence.value]
            streets = [PINGHU] if contract.by == "street" else []
            district.hand_in(name, period, [], streets=streets)
    receipts = district.lake.receipts()[1:]
    offences: dict[str, tuple[str, ...]] = {}
    with open_for_building(base.path) as con:
        alone = [[one] for one in receipts]
        pairs = [list(pair) for pair in zip(receipts, [*receipts[7:], *receipts[:7]], strict=True)][::3]
        for arrived in (*alone, *pairs):
            con.execute("begin")
            build = Build(district.settings, base.path, [*register, *arrived], within=con)
            build.run()
            failed = [one for one in check(build) if not one.passed]
            if failed:
                offences[" ".join(str(one.export) for one in arrived)] = failed[0].offences
            con.execute("rollback")
    assert offences == {}


def test_growth_over_a_closed_community_keeps_what_it_had(district: District) -> None:
    growth_over_a_closed_community(district)
    values = district.build()
    assert values.value("collective_income_growth", PINGHU, "2017-Q1") == (330, 300, 0.1, "ok", 1, 1)
    assert values.value("collective_income_growth", NEW, "2017-Q1") == (330, 200, 0.65, "ok", 1, 1)


def test_the_follower_takes_over_what_came_for_a_community_already_closed(district: District) -> None:
    a_register_that_closes_a_community_too_late(district)
    values = district.build()
    assert values.value("employment_rate", NEW, "2010-02") == (130, 150, round(130 / 150, 9), "ok", 1, 1)
    assert values.value("employment_rate", PINGHU, "2010-02") == (130, 150, round(130 / 150, 9), "ok", 1, 1)
    assert values.value("employment_rate", OLD, "2010-02") is None
    assert values.rows("select submission_id, rule, found, message from plausibility") == [
        (
            "000002", "closed", 1.0,
            "社区名录后来写明，所报的社区在本期以前已停用：凤凰社区（2010-01-01停用，计入平湖墟社区）。请核对这些行，或更正名录。",
        )
    ]  # fmt: skip


BROKEN = {
    "accounting_identity": "update submissions set rows_read = rows_read + 1 where export = 'employment'",
    "unique_keys": "insert into exports.employment select * from exports.employment",
    "streets_are_their_communities": "update indicator_values set denominator = denominator + 1 where level = 'street'",
    "is_complete": "delete from indicator_values where indicator_id = 'employment_rate'",
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_check_speaks_where_its_truth_is_broken(district: District, name: str) -> None:
    a_community_that_moved_to_another_street(district)
    build = Build(district.settings)
    build.run()
    with build.open() as con:
        con.execute(BROKEN[name])
    spoken = {one.name for one in check(build) if not one.passed}
    assert name in spoken


def test_few_orphans_speaks_where_they_are_not_told_of(district: District) -> None:
    codes_that_no_roster_knows(district)
    build = Build(district.settings)
    build.run()
    with build.open() as con:
        con.execute("delete from plausibility where rule = 'orphans'")
    [failed] = [one for one in check(build) if not one.passed]
    assert failed.name == "few_orphans"
    assert failed.offences[0].endswith("的 5 行中有 5 行在名册中找不到，却没有提出存疑")
    assert Values(build.path)
