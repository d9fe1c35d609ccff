"""The page 社区经济与就业: the figures in words, by community, and who holds them back."""

import pytest


def test_answer_says_income_growth_rent_dividends_and_work(visit):
    # 万元: income 1,100 + 500 of 1,000 + 500 before, rent 660 + 500, dividends 160 for 1,500; 2,410 of 2,500 at work.
    words = visit("economy").words
    assert "2010年第3季度，龙岗区股份合作公司总收入1,600.00万元，同比增长6.7%（目标增长8.0%）" in words
    assert "物业租赁占72.5%（目标不高于60.0%），股民人均分红1,067元" in words
    assert "户籍居民就业率96.4%（目标97.0%），零就业家庭2户" in words
    assert "就业缺口最大的是平湖街道新木社区（94.0%，离目标少30人）" in words


def test_community_behind_the_target_is_told_with_what_it_lacks_and_moves(visit):
    # 97 % of 1,000 are 970, so 30 too few; 30 of the district's 2,500 are 1.2 points.
    page = visit("economy", view="behind", by="employment_rate")
    (row,) = page.rows()
    assert (row["社区"], row["户籍居民就业率（%）"], row["少就业（人）"]) == ("新木社区", 94.0, 30)
    assert row["对龙岗区的影响"] == "1.20个百分点"


def test_lower_is_better_turns_the_comparison_round(visit):
    # 60 % of 500 万元 are 300: 200 too much rent in 新木; 60 % of 1,100 are 660: 良安田 stands at the target.
    page = visit("economy", view="behind", by="rental_income_share")
    (row,) = page.rows()
    assert (row["社区"], row["租赁收入偏多（万元）"]) == ("新木社区", pytest.approx(200))
    assert row["对龙岗区的影响"] == "12.50个百分点"


def test_growth_is_compared_with_what_it_should_have_become(visit):
    # 新木 stood still at 500 万元: 40 short of 540, of the district's 1,500 before, that is 2.67 points.
    page = visit("economy", view="behind", by="collective_income_growth")
    (row,) = page.rows()
    assert (row["社区"], row["少收入（万元）"]) == ("新木社区", pytest.approx(40))
    assert row["对龙岗区的影响"] == "2.67个百分点"


def test_streets_stand_beside_one_another(visit):
    page = visit("economy", view="income")
    rows = {row["街道"]: row for row in page.rows()}
    assert rows["平湖街道"]["股民人均分红（元）"] == 1067
    assert rows["坪地街道"]["不全的数"].count("无可统计对象") == 6
    assert page.charts() == 5


def test_work_view_shows_the_months(visit):
    page = visit("economy", view="work", area="440307003")
    assert "户籍居民新增就业人数 20人" in " ".join(page.words.split())
    assert [row["社区"] for row in page.rows()] == ["良安田社区", "新木社区"]


def test_year_in_progress_is_said_to_be_open(visit):
    page = visit("economy", period="2010")
    assert "2010年还没有结束，数据截至2010年10月" in page.words
    assert page.parameter("period") == "2010"
