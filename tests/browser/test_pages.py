"""The dashboards in a real browser: open, go through all pages, down to a row, take a file, read on a phone."""

import pytest

from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser

PAGES = {
    "总览": "",
    "政策": "policy",
    "分章": "chapter",
    "指标": "indicator",
    "“两新”覆盖": "two_new",
    "社区经济与就业": "economy",
    "街道考核": "assessment",
    "报送": "submissions",
    "查询": "query",
    "数据字典": "dictionary",
}
SECTIONS = {
    "“两新”覆盖": "专题",
    "社区经济与就业": "专题",
    "街道考核": "街道",
    "报送": "数据",
    "查询": "数据",
    "数据字典": "数据",
}
"""Under which heading of the navigation a page stands; the others stand there by themselves."""


def test_it_opens_with_the_answer(desk: Visitor) -> None:
    desk.open()
    assert desk.answer().startswith("截至2026年3月，94项指标中有3项达标")
    assert desk.page.locator(".gb-card").count() == 18


def test_every_page_opens_from_the_navigation(desk: Visitor) -> None:
    desk.open()
    for title, path in PAGES.items():
        if title in SECTIONS:
            desk.page.get_by_test_id("stTopNavSection").filter(has_text=SECTIONS[title]).click()
            desk.page.get_by_test_id("stTopNavDropdownLink").filter(has_text=title).click()
        else:
            desk.page.get_by_test_id("stTopNavLink").filter(has_text=title).first.click()
        desk.page.wait_for_url(f"**/{path}*")
        desk.drawn()
        assert "打不开" not in desk.page.locator("body").inner_text(), title


def test_from_a_card_down_to_a_row_of_a_file(desk: Visitor) -> None:
    desk.open()
    desk.page.locator(".st-key-gb-go-card-employment_rate a").click()
    desk.page.wait_for_url("**/indicator?*")
    desk.drawn()
    assert "indicator=employment_rate" in desk.page.url and "period=2026-03" in desk.page.url
    assert "户籍居民就业率为83.0%" in desk.answer()
    table = desk.page.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    desk.page.mouse.click(box["x"] + 18, box["y"] + 35 + 18)  # the first row's tick
    row = desk.page.locator(".gb-row")
    row.wait_for()
    assert "employment-2026-03.xlsx" in row.inner_text() and "新木社区" in row.inner_text()


def test_a_bar_leads_to_its_street(desk: Visitor) -> None:
    desk.open("indicator?indicator=employment_rate&period=2026-03&area=440307")
    bar = desk.page.locator(".barlayer .point path").nth(1)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box is not None
    desk.page.mouse.click(box["x"] + 40, box["y"] + box["height"] / 2)  # the chart takes clicks above its bars
    desk.page.wait_for_url("**area=440307003*")
    desk.drawn()
    assert desk.answer().startswith("2026年3月，平湖街道户籍居民就业率为80.0%")


def test_the_rows_come_down_as_csv_and_excel(desk: Visitor) -> None:
    desk.open("indicator?indicator=employment_rate&period=2026-03&area=440307003")
    with desk.page.expect_download() as csv:
        desk.page.get_by_role("button", name="下载 CSV").click()
    assert csv.value.suggested_filename == "户籍居民就业率_平湖街道_2026-03_明细.csv"
    lines = csv.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("文件,工作表,行,社区,计入分子,计入分母")
    assert [line.split(",")[2:6] for line in lines[1:]] == [
        ["2", "新木社区", "240", "300"],
        ["3", "良安田社区", "80", "100"],
    ]
    with desk.page.expect_download() as excel:
        desk.page.get_by_role("button", name="下载 Excel").click()
    assert excel.value.path().read_bytes().startswith(b"PK")


def test_a_view_sent_to_somebody_opens_as_it_was(desk: Visitor) -> None:
    desk.open("indicator?indicator=new_illegal_homes&period=2026-03&area=440307006&map=now")
    assert desk.answer() == "2026年3月，坪地街道居民违建新增宗数：未报送。"
    assert all(part in desk.page.url for part in ("new_illegal_homes", "2026-03", "440307006", "map=now"))


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_every_page_fits_a_phone(phone: Visitor, path: str) -> None:
    phone.open(path)
    assert phone.width() <= 391
    assert phone.page.locator(".gb-title").first.is_visible()


@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_a_file_dropped_is_judged_at_once_and_withdrawn(screen: str, request: pytest.FixtureRequest) -> None:
    visitor: Visitor = request.getfixturevalue(screen)
    visitor.open("submissions?view=new")
    header = "社区,户籍劳动力人数,已就业人数,登记失业人数,零就业家庭户数,本月新增就业人数\n"
    # Of March there are 240, 80 and 95 employed; here 新木 has 250.
    rows = "新木社区,300,250,0,2,5\n良安田社区,100,80,0,0,0\n坪地社区,100,95,0,0,0\n"
    file = {"name": "2026年3月就业.csv", "mimeType": "text/csv", "buffer": (header + rows).encode()}
    visitor.page.locator("input[type=file]").set_input_files(file)
    card = visitor.page.locator("[class*=st-key-gb-hand-in-]")
    card.get_by_text("可以采用：户籍居民就业情况月报，2026年3月，全区，3 行；比上一版改动").wait_for(timeout=60_000)
    assert "已就业人数" in card.inner_text() and "+10" in card.inner_text()
    assert visitor.width() <= (1440 if screen == "desk" else 390)
    card.get_by_role("button", name="撤回").click()
    card.wait_for(state="detached", timeout=30_000)
