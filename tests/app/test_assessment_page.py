"""The page 街道考核: totals, sheets, vetoes, what is missing, and two streets side by side."""

import duckdb
import pytest


@pytest.fixture
def published(town):
    with duckdb.connect(str(town / "publications" / "current" / "guben.duckdb"), read_only=True) as con:
        rows = con.sql(
            "select street_code, total, rank, grade, veto from assessment_totals where year = 2010"
        ).fetchall()
    return {row[0]: row[1:] for row in rows}


def test_totals_are_the_published_ones_and_the_open_year_is_marked(visit, published):
    page = visit("assessment")
    assert "2010年度（年度未结束，按已报数据试算）" in page.words
    shown = {row["街道"]: (row["总分（分）"], row["名次"], row["等次"]) for row in page.rows()}
    for code, name in (("440307003", "平湖街道"), ("440307006", "坪地街道")):
        total, rank, grade, _ = published[code]
        assert shown[name] == (float(total), rank, grade)


def test_veto_is_told_with_its_reason(visit):
    page = visit("assessment")
    assert "平湖街道因一票否决等次受限" in page.words
    row = next(row for row in page.rows() if row["街道"] == "平湖街道")
    assert row["等次受限的原因"] == "社区集体厂房违建未实现零增长"


def test_what_was_not_handed_in_earns_nothing_and_is_named(visit):
    page = visit("assessment")
    missing = {(r["街道"], r["指标"]): r["说明"] for r in page.rows(1)}
    assert missing[("坪地街道", "居民违建新增宗数")] == "未报送：违法建筑查处月报，计0分"


def test_sheet_says_what_each_indicator_adds(visit):
    # One new plant costs 10 of 100; the indicator weighs half of 15: 6.75 of 7.50 points.
    page = visit("assessment", view="sheet", street="440307003")
    row = next(row for row in page.rows() if row["指标"] == "社区集体厂房违建新增宗数")
    assert (row["数值"], row["指标得分（满分100）"]) == ("1宗", 90)
    assert (row["权重（分）"], row["计入总分（分）"], row["失分（分）"]) == (7.5, 6.75, 0.75)


def test_two_streets_differ_by_indicator(visit, published):
    page = visit("assessment", view="two", street="440307003", other="440307006")
    rows = {row["指标"]: row for row in page.rows()}
    assert rows["社区集体厂房违建新增宗数"]["差（分）"] == pytest.approx(6.75)
    gap = float(published["440307003"][0] - published["440307006"][0])
    assert sum(row["差（分）"] for row in rows.values()) == pytest.approx(gap, abs=0.02)
    assert f"{'高' if gap > 0 else '低'}{abs(gap):.2f}分" in page.words


def test_the_same_street_cannot_stand_beside_itself(visit):
    page = visit("assessment", view="two", street="440307006", other="440307006")
    assert page.parameter("other") == "440307003"
