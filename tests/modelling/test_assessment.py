"""The yearly assessment: scores between floor and target, weights that move, vetoes, ranks."""

from decimal import Decimal

import pytest

from tests.modelling.conftest import District, Values
from tests.modelling.test_values import case, company, employment, services

A, B, C = "440307003002", "440307006001", "440307014021"
PINGHU, PINGDI, BUJI = "440307003", "440307006", "440307014"


def plant(community: str, cases: int) -> dict[str, object]:
    return {**case(community, cases), "kind": "社区集体厂房"}


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """Pinghu has all but last year's figures; Pingdi hands in nothing itself; Buji equals Pinghu, without the plant."""
    district = District(tmp_path_factory.mktemp("home"))
    district.register(
        "2010",
        (A, "良安田社区", "2009-01-01", None, ""),
        (B, "坪地社区", "2009-01-01", None, ""),
        (C, "大芬社区", "2009-01-01", None, ""),
    )
    firms = [{**company(code, code, 8000 * 100), "rental_income": Decimal(600)} for code in (A, B, C)]
    district.hand_in("stock_cooperatives", "2010-Q1", firms)
    district.hand_in("employment", "2010-03", [employment(code, 100, 97, households=2) for code in (A, B, C)])
    district.hand_in(
        "work_safety",
        "2010-03",
        [
            {"community": code, "hazards_due": 100, "hazards_fixed": 98, "accidents": 0, "deaths": 0}
            for code in (A, B, C)
        ],
    )
    district.hand_in(
        "disputes", "2010-03", [{"community": code, "kind": "邻里", "found": 10, "settled": 7} for code in (A, B, C)]
    )
    district.hand_in(
        "petitions",
        "2010-03",
        [
            {"community": code, "channel": "来信", "received": 100, "due": 100, "answered_on_time": 95}
            for code in (A, B, C)
        ],
    )
    district.hand_in("illegal_construction", "2010-03", [plant(A, 1)], streets=[PINGHU])
    district.hand_in("illegal_construction", "2010-03", [], streets=[BUJI])
    for code in (A, C):
        hall = {**services(code, True), "requests_due": 100, "requests_on_time": 89}
        district.hand_in("community_services", "2010-03", [hall], streets=[code[:9]])
    return district.build()


def score(values: Values, street: str, indicator: str) -> tuple[object, ...]:
    return values.rows(
        """select round(score, 6), round(weight, 6), round(points, 6), note from assessment_scores
        where street_code = ? and indicator_id = ? and year = 2010""",
        street,
        indicator,
    )[0]


def test_a_score_lies_between_floor_and_target(values: Values) -> None:
    # (8000 - 4000) / (12000 - 4000); (0.60 - 0.95) / (0.60 - 0.95); (0.89 - 0.80) / 0.18
    assert score(values, PINGHU, "dividend_per_shareholder")[0] == 50
    assert score(values, PINGHU, "rental_income_share")[0] == 100
    assert score(values, PINGHU, "service_on_time_rate")[0] == 50
    assert score(values, PINGHU, "dispute_settled_rate")[0] == 0
    assert score(values, PINGHU, "zero_employment_households")[0] == 90


def test_the_weight_of_what_cannot_be_counted_goes_to_its_neighbours(values: Values) -> None:
    # No growth in the first year: 35 points go to 20 and 25 parts instead of 100.
    assert score(values, PINGHU, "dividend_growth") == (None, 0, 0, "无可统计对象，权重分给其他指标")
    assert score(values, PINGHU, "dividend_per_shareholder")[1:3] == (15.555556, 7.777778)
    assert score(values, PINGHU, "rental_income_share")[1:3] == (19.444444, 19.444444)
    # No labour disputes: 25 points in parts of 60 and 20.
    assert score(values, PINGHU, "employment_rate")[1:3] == (18.75, 18.75)


def test_what_was_not_handed_in_earns_nothing_and_is_named(values: Values) -> None:
    assert score(values, PINGDI, "one_stop_coverage") == (0, 4, 0, "未报送：社区服务月报，计0分")
    assert score(values, PINGDI, "new_illegal_plants") == (0, 7.5, 0, "未报送：违法建筑查处月报，计0分")


def test_total_grade_rank_and_veto(values: Values) -> None:
    rows = values.rows(
        "select street_code, year, total, grade, rank, veto, status from assessment_totals order by street_code"
    )
    # Pinghu: 7.777778 + 19.444444 + 18.75 + 5.625 + 6.75 + 7.5 + 6 + 0 + 4.5 + 4 + 3; Buji: 0.75 more, having no
    # plant; Pingdi: without 违建 and 服务.
    assert rows == [
        (PINGHU, 2010, Decimal("83.35"), "良好", 2, "社区集体厂房违建未实现零增长", "in_progress"),
        (PINGDI, 2010, Decimal("62.10"), "合格", 3, None, "in_progress"),
        (BUJI, 2010, Decimal("84.10"), "良好", 1, None, "in_progress"),
    ]


def test_points_add_up_to_the_total(values: Values) -> None:
    rows = values.rows(
        """select count(*) from assessment_totals t
        where abs(t.total - (
            select sum(points) from assessment_scores s where s.street_code = t.street_code and s.year = t.year
        )) > 0.005"""
    )
    assert rows == [(0,)]


def test_a_veto_caps_the_grade_not_the_total(tmp_path_factory: pytest.TempPathFactory) -> None:
    district = District(tmp_path_factory.mktemp("home"))
    district.register("2010", (A, "良安田社区", "2009-01-01", None, ""), (C, "大芬社区", "2009-01-01", None, ""))
    for code in (A, C):
        district.hand_in("illegal_construction", "2010-03", [case(code, 1)] if code == A else [], streets=[code[:9]])
        best = {**services(code, True), "requests_due": 100, "requests_on_time": 100}
        district.hand_in("community_services", "2010-03", [best], streets=[code[:9]])
    district.hand_in("stock_cooperatives", "2010-Q1", [company(code, code, 12000 * 100) for code in (A, C)])
    district.hand_in("employment", "2010-03", [employment(code, 100, 98) for code in (A, C)])
    deaths = {A: 3, C: 2}
    district.hand_in(
        "work_safety",
        "2010-03",
        [{"community": c, "hazards_due": 1, "hazards_fixed": 1, "accidents": 1, "deaths": deaths[c]} for c in (A, C)],
    )
    district.hand_in(
        "disputes", "2010-03", [{"community": c, "kind": "劳资", "found": 1, "settled": 1} for c in (A, C)]
    )
    district.hand_in(
        "petitions",
        "2010-03",
        [{"community": c, "channel": "来信", "received": 1, "due": 1, "answered_on_time": 1} for c in (A, C)],
    )
    rows = district.build().rows(
        "select street_code, total, grade, rank, veto from assessment_totals order by street_code"
    )
    assert rows == [
        # 5 of 100 lost on half of 15 points; the lower of the two caps holds, and both reasons are given.
        (PINGHU, Decimal("99.63"), "合格", 2, "居民违建未实现零增长；发生较大以上生产安全事故"),
        (BUJI, Decimal("100.00"), "优秀", 1, None),
    ]
