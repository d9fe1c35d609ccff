"""What a value is: two sums over units, for every area, period and map, with three kinds of nothing."""

from datetime import date
from decimal import Decimal

import pytest

from tests.modelling.conftest import District, Values

LIANGANTIAN, XINMU, PINGDI = "440307003002", "440307003004", "440307006001"
PINGHU_STREET, PINGDI_STREET, DISTRICT = "440307003", "440307006", "440307"


def employment(community: str, labour: int, employed: int, *, households: int = 0, newly: int = 0) -> dict[str, object]:
    return {
        "community": community,
        "labour_force": labour,
        "employed": employed,
        "registered_unemployed": 0,
        "zero_employment_households": households,
        "newly_employed": newly,
    }


def case(community: str, homes: int) -> dict[str, object]:
    return {
        "community": community,
        "kind": "居民",
        "new_cases": homes,
        "new_area": Decimal(0),
        "demolished_area": Decimal(0),
    }


def services(community: str, hall: bool) -> dict[str, object]:
    counts = {"items_required": 10, "items_provided": 5, "requests_due": 4, "requests_on_time": 3}
    return {"community": community, "has_one_stop": hall, **counts}


def company(code: str, community: str, dividends: int, shareholders: int = 100) -> dict[str, object]:
    money = {
        "rental_income": 600,
        "investment_income": 400,
        "service_income": 0,
        "management_income": 0,
        "total_income": 1000,
    }
    return {
        "company_code": code,
        "company_name": code,
        "community": community,
        "shareholders": shareholders,
        **{name: Decimal(amount) for name, amount in money.items()},
        "net_profit": Decimal(1),
        "dividends": Decimal(dividends),
        "major_decisions": 0,
        "reviewed_decisions": 0,
        "modern_governance": True,
        "hired_managers": False,
    }


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """Three communities in two streets, three months of 2011 and parts of 2010."""
    district = District(tmp_path_factory.mktemp("home"))
    district.register(
        "2010",
        (LIANGANTIAN, "良安田社区", "2009-01-01", None, ""),
        (XINMU, "新木社区", "2009-01-01", None, ""),
        (PINGDI, "坪地社区", "2009-01-01", None, ""),
    )
    district.hand_in(
        "employment",
        "2011-01",
        [
            employment(LIANGANTIAN, 100, 80, households=4, newly=1),
            employment(XINMU, 300, 270, households=1, newly=2),
            employment(PINGDI, 100, 50, newly=4),
        ],
    )
    # In February Pingdi is absent from a file for the whole district; March was not handed in at all.
    district.hand_in(
        "employment",
        "2011-02",
        [employment(LIANGANTIAN, 100, 90, households=2, newly=8), employment(XINMU, 300, 240, newly=16)],
    )
    district.hand_in("illegal_construction", "2011-01", [case(LIANGANTIAN, 1), case(XINMU, 2)], streets=[PINGHU_STREET])
    district.hand_in("illegal_construction", "2011-01", [], streets=[PINGDI_STREET])
    district.hand_in("illegal_construction", "2011-02", [case(XINMU, 4)], streets=[PINGHU_STREET])
    for month in ("2011-01", "2011-02", "2011-03"):
        hall = month != "2011-01"
        district.hand_in(
            "community_services", month, [services(LIANGANTIAN, hall), services(XINMU, False)], streets=[PINGHU_STREET]
        )
    district.hand_in("community_services", "2011-01", [services(PINGDI, True)], streets=[PINGDI_STREET])
    district.hand_in("stock_cooperatives", "2010-Q1", [company("A", LIANGANTIAN, 100), company("B", PINGDI, 50)])
    district.hand_in("stock_cooperatives", "2010-Q2", [company("A", LIANGANTIAN, 1000)])
    district.hand_in("stock_cooperatives", "2011-Q1", [company("A", LIANGANTIAN, 150, 90), company("B", PINGDI, 45)])
    return district.build()


def test_a_value_is_the_quotient_of_two_sums_at_every_level(values: Values) -> None:
    assert values.value("employment_rate", LIANGANTIAN, "2011-01") == (80, 100, 0.8, "ok", 1, 1)
    assert values.value("employment_rate", PINGHU_STREET, "2011-01") == (350, 400, 0.875, "ok", 1, 1)
    assert values.value("employment_rate", DISTRICT, "2011-01") == (400, 500, 0.8, "ok", 1, 1)


def test_a_plain_total_has_no_denominator(values: Values) -> None:
    assert values.value("newly_employed", PINGHU_STREET, "2011-01") == (3, None, 3.0, "ok", 1, 1)


def test_sum_adds_months_and_last_takes_the_latest_month_handed_in(values: Values) -> None:
    # now is 2011-03-31, the last month of community services: the quarter is over, the year is not.
    assert values.value("newly_employed", DISTRICT, "2011-Q1") == (31, None, 31.0, "ok", 2, 3)
    assert values.value("zero_employment_households", PINGHU_STREET, "2011-Q1") == (2, None, 2.0, "ok", 2, 3)
    assert values.value("zero_employment_households", PINGHU_STREET, "2011") == (2, None, 2.0, "in_progress", 2, 3)


def test_a_community_absent_from_a_district_file_has_zero_of_everything(values: Values) -> None:
    assert values.value("employment_rate", PINGDI, "2011-02") == (0, 0, None, "nothing_to_count", 1, 1)
    assert values.value("newly_employed", PINGDI, "2011-02") == (0, None, 0.0, "ok", 1, 1)


def test_not_handed_in_has_no_figures(values: Values) -> None:
    assert values.value("newly_employed", DISTRICT, "2011-03") == (None, None, None, "not_handed_in", 0, 1)
    assert values.value("new_illegal_homes", PINGDI_STREET, "2011-02") == (None, None, None, "not_handed_in", 0, 1)
    assert values.value("new_illegal_homes", PINGDI, "2011-02") == (None, None, None, "not_handed_in", 0, 1)


def test_a_file_without_rows_is_a_zero(values: Values) -> None:
    assert values.value("new_illegal_homes", PINGDI_STREET, "2011-01") == (0, None, 0.0, "ok", 1, 1)


def test_a_district_value_stands_on_the_streets_that_handed_in(values: Values) -> None:
    assert values.value("new_illegal_homes", DISTRICT, "2011-02") == (4, None, 4.0, "ok", 1, 2)
    assert values.value("new_illegal_homes", DISTRICT, "2011-Q1") == (7, None, 7.0, "ok", 3, 6)


def test_last_takes_each_street_at_its_own_latest_month(values: Values) -> None:
    # Pingdi handed in January only, Pinghu until March: one hall each.
    assert values.value("one_stop_coverage", DISTRICT, "2011-Q1") == (2, 3, round(2 / 3, 9), "ok", 4, 6)
    assert values.value("one_stop_coverage", PINGDI_STREET, "2011-Q1") == (1, 1, 1.0, "ok", 1, 3)
    assert values.value("one_stop_coverage", PINGDI_STREET, "2011-02") == (None, None, None, "not_handed_in", 0, 1)


def test_a_flow_and_a_stock_in_one_indicator(values: Values) -> None:
    # Dividends of both quarters of 2010, shareholders of the latest: only company A reported in the second quarter.
    assert values.value("dividend_per_shareholder", DISTRICT, "2010") == (1150, 100, 11.5, "ok", 2, 4)
    assert values.value("dividend_per_shareholder", LIANGANTIAN, "2011-Q1") == (150, 90, round(150 / 90, 9), "ok", 1, 1)


def test_growth_compares_the_periods_handed_in_in_both_years(values: Values) -> None:
    assert values.value("dividend_growth", DISTRICT, "2011-Q1") == (195, 150, 0.3, "ok", 1, 1)
    # The second quarter of 2010 has no counterpart in 2011 and stays out.
    assert values.value("dividend_growth", DISTRICT, "2011") == (195, 150, 0.3, "in_progress", 1, 1)
    assert values.value("dividend_growth", PINGDI_STREET, "2011-Q1") == (45, 50, -0.1, "ok", 1, 1)


def test_growth_in_the_first_year_has_nothing_to_compare_with(values: Values) -> None:
    assert values.value("dividend_growth", DISTRICT, "2010-Q1") == (0, 0, None, "nothing_to_count", 1, 1)


def test_a_quarterly_export_has_no_months(values: Values) -> None:
    assert values.value("dividend_growth", DISTRICT, "2011-01") is None


def test_every_area_in_use_has_a_row_on_its_maps(values: Values) -> None:
    rows = values.rows(
        """select map, count(*) from indicator_values
        where indicator_id = 'newly_employed' and period_type = 'month' and period_end = ? group by all order by all""",
        date(2011, 3, 31),
    )
    assert rows == [("now", 3), ("then", 6)]


def test_hand_ins_tell_what_is_missing_and_late(values: Values) -> None:
    rows = values.rows(
        """select submitter, period_end, submission_id is null, due_on, is_late from hand_ins
        where export = 'illegal_construction' and period_end = '2011-02-28' order by submitter"""
    )
    assert rows == [
        (PINGHU_STREET, date(2011, 2, 28), False, date(2011, 3, 10), False),
        (PINGDI_STREET, date(2011, 2, 28), True, date(2011, 3, 10), None),
    ]
