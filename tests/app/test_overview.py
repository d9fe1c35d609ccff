"""The page 总览 says where the district stands. The figures are worked out in tiny.py."""

from urllib.parse import parse_qs

from tests.app.tiny import Page


def tiles(page: Page) -> list[str]:
    return [body for body in page.html if "gb-tile" in body and "<style" not in body]


def concerns(page: Page) -> list[str]:
    return [body for body in page.html if 'class="gb-concern"' in body]


def card(page: Page, name: str) -> str:
    return next(body for body in page.html if "gb-card" in body and f"<h3>{name}</h3>" in body)


def test_the_answer_counts_indicators_by_how_they_stand(open_page):
    # Attained: rental share 1200/2000 = 60 %, companies with modern governance 2/2, no new plants.
    # Missed: employment 83 %, one new home, two households without employment. No target: newly employed.
    # Nothing to count: two growths without a year before, no decisions to review.
    # In February employment, homes, plants and households were as wanted, and the companies not yet due: 4.
    assert open_page("overview").answer == (
        "截至2026年3月，94项指标中有3项达标，较上月减少1项；3项未达标，1项不设目标值，3项无可统计对象，84项未报送。"
    )


def test_an_earlier_month_is_shown_as_it_stood(open_page):
    page = open_page("overview", month="2026-02")
    assert page.answer.startswith("截至2026年2月，94项指标中有4项达标")
    assert "97.0%" in card(page, "户籍居民就业率") and "✓ 达标" in card(page, "户籍居民就业率")


def test_a_card_has_value_target_state_and_change(open_page):
    page = open_page("overview")
    employed = card(page, "户籍居民就业率")
    assert all(part in employed for part in ("83.0%", "✕ 未达标", "目标 97%", "较上月 -14.0个百分点"))
    assert "2026年第1季度" in card(page, "物业租赁收入占比") and "目标 不高于60%" in card(page, "物业租赁收入占比")


def test_missing_and_nothing_to_count_are_told_apart(open_page):
    page = open_page("overview")
    assert "? 未报送" in card(page, "来信来访按期办结率")
    assert "– 无可统计对象" in card(page, "集体经济总收入同比增长")


def test_streets_are_coloured_by_the_share_attained(open_page):
    # 平湖: rental share, governance, plants of six; 坪地: rental share, governance, households of four.
    assert ["<b>平湖</b><span>✓ 50%</span><small>3/6项</small>" in t for t in tiles(open_page("overview"))] == [
        True,
        False,
    ]
    assert "<b>坪地</b><span>✓ 75%</span><small>3/4项</small>" in tiles(open_page("overview"))[1]


def test_streets_can_be_coloured_by_one_indicator(open_page):
    page = open_page("overview", tiles="new_illegal_homes")
    assert "<span>✕ 1宗</span>" in tiles(page)[0]
    assert "<span>? 未报送</span>" in tiles(page)[1]


def test_what_needs_attention_leads_to_the_page_that_explains(open_page):
    page = open_page("overview")
    found = concerns(page)
    assert "户籍居民就业率83.0%，目标97%，相差14.0个百分点；平湖街道差距最大，为80.0%。" in found[2]
    assert "2026年3月违法建筑查处月报未报送：坪地街道（应于2026年4月10日前报送）。" in found[3]
    assert len(found) == 4
    leads = [(link.page, parse_qs(link.query_string)) for link in page.links()][-5:]
    assert leads[2] == ("indicator", {"indicator": ["employment_rate"], "area": ["440307"], "period": ["2026-03"]})
    assert leads[3] == ("submissions", {"period": ["2026-03"]})


def test_completeness_is_said(open_page):
    # Due for March: employment, companies, illegal construction of two streets; the last of 坪地 is missing.
    text = open_page("overview").text()
    assert "<span>应报送</span> 4份" in text and "<span>已报送</span> 3份（75.0%）" in text
    assert "<span>数据截至</span> 2026年3月31日" in text
