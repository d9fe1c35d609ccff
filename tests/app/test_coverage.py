"""How many of the hand-ins due are there stands beside every number that lacks some. The figures are in tiny.py.

Of illegal construction in March 2026, one of two streets handed in; in February both.
"""

import json

import pytest

from dashboards.texts import coverage_text
from tests.modelling.test_values import PINGDI_STREET

ILLEGAL = "new_illegal_homes"
ONE_OF_TWO = "2个街道中1个已报"


@pytest.mark.parametrize(
    ("reported", "expected", "by_streets", "text"),
    [
        (9, 11, True, "11个街道中9个已报"),
        (30, 33, False, "应报33份，已报30份"),
        (11, 11, True, ""),  # all are there: nothing to say
        (0, 11, True, ""),  # none is: the number itself says 未报送
        (None, None, False, ""),
    ],
)
def test_hand_ins_are_counted_in_streets_where_each_is_a_streets(
    reported: int | None, expected: int | None, by_streets: bool, text: str
) -> None:
    assert coverage_text(reported, expected, by_streets=by_streets) == text


def test_the_overview_says_it_on_the_card_and_in_the_sentence(open_page):
    page = open_page("overview")
    cards = {body.split("<h3>")[1].split("<")[0]: body for body in page.html if "gb-card" in body and "<h3>" in body}
    assert f"<p>{ONE_OF_TWO}</p>" in cards["居民违建新增宗数"]
    assert "个已报" not in cards["户籍居民就业率"]
    assert f"居民违建新增宗数1宗（{ONE_OF_TWO}），目标0宗" in page.text()


def test_the_indicator_says_it_in_its_answer_by_streets_or_by_hand_ins(open_page):
    march = open_page("indicator", indicator=ILLEGAL, period="2026-03")
    assert march.answer.startswith(f"2026年3月，龙岗区居民违建新增宗数为1宗（{ONE_OF_TWO}），")
    # February came from both, March from one: three of four.
    quarter = open_page("indicator", indicator=ILLEGAL, period="2026-Q1")
    assert quarter.answer.startswith("2026年第1季度，龙岗区居民违建新增宗数为1宗（应报4份，已报3份），")
    street = open_page("indicator", indicator=ILLEGAL, period="2026-Q1", area=PINGDI_STREET)
    assert "居民违建新增宗数为0宗（应报2份，已报1份），" in street.answer
    chart = json.dumps(json.loads(quarter.app.get("plotly_chart")[1].proto.spec), ensure_ascii=False)
    assert "应报2份，已报1份" in chart


def test_policy_and_chapters_say_it_beside_the_indicator(open_page):
    assert f"2026年3月　{ONE_OF_TWO}" in open_page("policy").text()
    assert f"2026年3月　{ONE_OF_TWO}" in open_page("chapter", chapter="2").text()


def test_the_score_sheet_says_of_each_line_how_complete_it_is(visit):
    rows = {
        row["指标"]: row["报送"] for row in visit("assessment", view="sheet", street="440307006", year="2010").rows()
    }
    assert rows["户籍居民就业率"] == "齐"
    assert rows["居民违建新增宗数"] == "未报送"


def test_the_street_profile_says_it_in_its_table(visit):
    table = next(
        rows for rows in map(visit("street", street="440307006", year="2010").rows, range(3)) if "报送" in rows[0]
    )
    assert {row["指标"]: row["报送"] for row in table}["居民违建新增宗数"] == "未报送"
