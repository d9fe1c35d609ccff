"""Streets split and merge: facts stay with the communities, values exist on the map of then and of now."""

import pytest

from tests.modelling.conftest import District, Values
from tests.modelling.test_values import case, employment, services

DAFEN, OLD_SANLIAN, NEW_SANLIAN = "440307014021", "440307014901", "440307018004"
BUJI, JIHUA, DISTRICT = "440307014", "440307018", "440307"


def split_district(home: object) -> District:
    """On 2016-12-26 Sanlian went from Buji street to the new Jihua street."""
    district = District(home)  # type: ignore[arg-type]
    district.register(
        "2016",
        (DAFEN, "大芬社区", "2009-01-01", None, ""),
        (OLD_SANLIAN, "三联社区", "2009-01-01", "2016-12-26", NEW_SANLIAN),
        (NEW_SANLIAN, "三联社区", "2016-12-26", None, ""),
    )
    return district


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Values:
    district = split_district(tmp_path_factory.mktemp("home"))
    district.hand_in(
        "employment", "2016-11", [employment(DAFEN, 100, 80, newly=1), employment(OLD_SANLIAN, 200, 100, newly=2)]
    )
    district.hand_in(
        "employment", "2016-12", [employment(DAFEN, 100, 90, newly=4), employment(NEW_SANLIAN, 200, 150, newly=8)]
    )
    district.hand_in("illegal_construction", "2016-11", [case(OLD_SANLIAN, 1)], streets=[BUJI])
    district.hand_in("illegal_construction", "2016-12", [case(DAFEN, 2)], streets=[BUJI])
    district.hand_in("illegal_construction", "2016-12", [case(NEW_SANLIAN, 4)], streets=[JIHUA])
    # Services: both streets were silent in December.
    district.hand_in(
        "community_services", "2016-11", [services(DAFEN, True), services(OLD_SANLIAN, True)], streets=[BUJI]
    )
    return district.build()


def test_before_the_split_then_and_now_differ(values: Values) -> None:
    assert values.value("employment_rate", BUJI, "2016-11") == (180, 300, 0.6, "ok", 1, 1)
    assert values.value("employment_rate", JIHUA, "2016-11") is None
    assert values.value("employment_rate", BUJI, "2016-11", "now") == (80, 100, 0.8, "ok", 1, 1)
    assert values.value("employment_rate", JIHUA, "2016-11", "now") == (100, 200, 0.5, "ok", 1, 1)
    assert values.value("employment_rate", DISTRICT, "2016-11", "now") == (180, 300, 0.6, "ok", 1, 1)


def test_inside_the_year_every_unit_counts_where_it_was(values: Values) -> None:
    assert values.value("newly_employed", BUJI, "2016") == (7, None, 7.0, "ok", 2, 2)
    assert values.value("newly_employed", JIHUA, "2016") == (8, None, 8.0, "ok", 2, 2)
    assert values.value("newly_employed", BUJI, "2016", "now") == (5, None, 5.0, "ok", 2, 2)
    assert values.value("newly_employed", JIHUA, "2016", "now") == (10, None, 10.0, "ok", 2, 2)


def test_the_stock_of_the_year_is_that_of_december(values: Values) -> None:
    assert values.value("employment_rate", BUJI, "2016") == (90, 100, 0.9, "ok", 2, 2)
    assert values.value("employment_rate", NEW_SANLIAN, "2016") == (150, 200, 0.75, "ok", 2, 2)
    assert values.value("employment_rate", OLD_SANLIAN, "2016") == (0, 0, None, "nothing_to_count", 2, 2)


def test_hand_ins_are_due_from_the_streets_of_the_time(values: Values) -> None:
    assert values.value("new_illegal_homes", BUJI, "2016") == (3, None, 3.0, "ok", 2, 2)
    assert values.value("new_illegal_homes", JIHUA, "2016") == (4, None, 4.0, "ok", 1, 1)
    assert values.value("new_illegal_homes", DISTRICT, "2016") == (7, None, 7.0, "ok", 3, 3)
    # For today's Jihua, November was Buji's to hand in.
    assert values.value("new_illegal_homes", JIHUA, "2016", "now") == (5, None, 5.0, "ok", 2, 2)


def test_the_stock_of_a_closed_community_counts_for_the_one_that_followed(values: Values) -> None:
    # Its own row goes by its own street, which handed nothing in.
    assert values.value("one_stop_coverage", NEW_SANLIAN, "2016") == (None, None, None, "not_handed_in", 0, 1)
    assert values.value("one_stop_coverage", BUJI, "2016") == (2, 2, 1.0, "ok", 1, 2)
    assert values.value("one_stop_coverage", BUJI, "2016", "now") == (1, 1, 1.0, "ok", 1, 2)
    assert values.value("one_stop_coverage", JIHUA, "2016", "now") == (1, 1, 1.0, "ok", 1, 2)
    assert values.value("one_stop_coverage", DISTRICT, "2016") == (2, 2, 1.0, "ok", 1, 3)


def test_it_counts_once_where_the_follower_has_handed_in_itself(tmp_path_factory: pytest.TempPathFactory) -> None:
    district = split_district(tmp_path_factory.mktemp("home"))
    district.hand_in(
        "community_services", "2016-11", [services(DAFEN, True), services(OLD_SANLIAN, True)], streets=[BUJI]
    )
    district.hand_in("community_services", "2016-12", [services(NEW_SANLIAN, False)], streets=[JIHUA])
    values = district.build()
    assert values.value("one_stop_coverage", DISTRICT, "2016") == (1, 2, 0.5, "ok", 2, 3)
    assert values.value("one_stop_coverage", JIHUA, "2016", "now") == (0, 1, 0.0, "ok", 2, 2)


def test_a_community_followed_by_several_streets_is_only_in_the_district_now(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    district = District(tmp_path_factory.mktemp("home"))
    district.register(
        "2016",
        (OLD_SANLIAN, "三联社区", "2009-01-01", "2016-02-01", f"{NEW_SANLIAN}|{DAFEN}"),
        (NEW_SANLIAN, "三联社区", "2016-02-01", None, ""),
        (DAFEN, "大芬社区", "2016-02-01", None, ""),
        # Closed with its street, followed by none: on no map any more.
        ("440307009001", "葵涌社区", "2009-01-01", "2016-02-15", ""),
    )
    district.hand_in(
        "employment", "2016-01", [employment(OLD_SANLIAN, 100, 80, newly=1), employment("440307009001", 50, 5, newly=2)]
    )
    district.hand_in("employment", "2016-02", [employment(DAFEN, 10, 1), employment(NEW_SANLIAN, 10, 2)])
    values = district.build()
    assert values.value("newly_employed", DISTRICT, "2016-01") == (3, None, 3.0, "ok", 1, 1)
    assert values.value("newly_employed", DISTRICT, "2016-01", "now") == (1, None, 1.0, "ok", 1, 1)
    assert values.value("newly_employed", BUJI, "2016-01", "now") == (0, None, 0.0, "ok", 1, 1)
    assert values.value("newly_employed", "440307009", "2016-01", "now") is None
