"""The page 街道画像: what a street lacks, where, what it is best at, what changed."""

from datetime import date

import pytest

from dashboards.queries.standings import Stand
from dashboards.queries.street import changes, strengths

PINGHU = "440307003"


def test_the_three_indicators_with_the_most_points_to_win_and_where(visit):
    # 平湖 2010: dividends 1.6 million for 1,500 shareholders, far below 4,000 yuan: all of 35 x 20 % = 7 are lost.
    # Rental income 1,160 of 1,600 = 72.5 %: 12.5 / 35 of 8.75 points. Employment 1,920 of 2,000 = 96 %: 1/7 of 15.
    page = visit("street", street=PINGHU, year="2010")
    assert "最能提分：股民人均分红（7.00分）、物业租赁收入占比（3.13分）、户籍居民就业率（2.14分）" in page.words
    # 12,000 x 1,000 - 1.1 million = 10.9 million are missing at 良安田, 5.5 million at 新木.
    assert "良安田社区1,100元（4.65分）、新木社区1,000元（2.35分）" in page.words
    # 良安田 earns 60 % by rent and employs 98 %: only 新木 is behind. Of three quarters due in 2010 one is there.
    assert "现在72.5%（应报3份，已报1份），满分线60% 在：新木社区100.0%（3.13分）" in " ".join(page.words.split())
    assert "现在96.0%，满分线97% 在：新木社区94.0%（2.14分）" in " ".join(page.words.split())


def test_points_lost_are_laid_on_the_communities_that_lack_something(visit):
    page = visit("street", street=PINGHU, year="2010")
    table = next(rows for rows in map(page.rows, range(3)) if "主要在" in rows[0])
    held_back = {row["社区"]: row["拉低（分）"] for row in table}
    # 良安田: dividends. 新木: dividends 2.35, rent 3.125, employment 2.14, growth of dividends 1.75 and of income 1.46,
    # two households without employment 0.50, one plant 0.75.
    assert held_back["良安田社区"] == pytest.approx(4.652, abs=0.001)
    assert held_back["新木社区"] == pytest.approx(2.348 + 3.125 + 2.143 + 1.75 + 1.458 + 0.5 + 0.75, abs=0.002)
    assert "新木社区拉低最多" in page.words


def test_what_cannot_be_laid_on_anybody_says_what_to_hand_in(visit):
    page = visit("street", street="440307006", year="2010")
    words = " ".join(page.words.split())
    assert "未报送：违法建筑查处月报，计0分 补报后才能看到差在哪些社区" in words


def test_without_an_assessment_the_changes_are_still_told(open_page):
    # The tiny district: 97 % employed in February, 80 % in March; nothing was assessed.
    page = open_page("street", street=PINGHU)
    assert page.answer.startswith("平湖街道2026年度还没有考核结果")
    assert "较上月-17.0个百分点" in page.text()
    assert "2026年3月的变化" in page.text()
    february = open_page("street", street=PINGHU, month="2026-02")
    assert "没有变差的指标" in february.text()


def stand(street: str, value: float | None, **said: object) -> Stand:
    about = {
        "indicator_id": "a", "name": "甲", "unit": "比例", "better": "higher", "chapter": 1, "clause": 1,
        "headline": False, "ordinal": 1, "target": None, "level": "district" if street == "440307" else "street",
        "area_code": street, "area_name": street, "period_type": "month", "period_end": date(2026, 3, 31),
        "value": value, "status": "ok", "reported": 1, "expected": 1, "cadence": "month",
        "submitted_by": "district", "attained": None, "progress": None, "previous": None, "year_ago": None,
    }  # fmt: skip
    return Stand(**(about | said))


def test_a_strength_is_a_first_place_that_misses_no_target():
    streets = {"1": 0.9, "2": 0.8, "3": 0.7, "4": 0.6}
    stands = [stand("440307", 0.75), *(stand(code, value) for code, value in streets.items())]
    ((own, rank, of, district),) = strengths(stands, "1")
    assert (own.value, rank, of, district and district.value) == (0.9, 1, 4, 0.75)
    assert strengths(stands, "2") == []
    lower = [stand(code, value, better="lower") for code, value in streets.items()]
    assert [row[0].area_code for row in strengths(lower, "4")] == ["4"]
    behind = [stand(code, value, target=0.95, attained=False) for code, value in streets.items()]
    assert strengths(behind, "1") == []
    assert strengths([stand(code, 0.9) for code in streets], "1") == []


def test_changes_are_those_of_the_month_and_sorted_by_their_size():
    stands = [
        stand("1", 0.5, indicator_id="a", previous=0.4),
        stand("1", 0.5, indicator_id="b", previous=0.2),
        stand("1", 5, indicator_id="c", previous=4, unit="宗", better="lower"),
        stand("1", 0.5, indicator_id="old", previous=0.4, period_end=date(2026, 2, 28)),
        stand("1", 0.5, indicator_id="same", previous=0.5),
        stand("1", 0.5, indicator_id="first"),
        stand("2", 0.5, indicator_id="other", previous=0.1),
    ]
    better, worse = changes(stands, "1", date(2026, 3, 31))
    assert [s.indicator_id for s in better] == ["b", "a"]
    assert [s.indicator_id for s in worse] == ["c"]
