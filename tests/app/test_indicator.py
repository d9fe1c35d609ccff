"""The page 指标 takes a number apart. The figures are worked out in tiny.py."""

from io import BytesIO

import openpyxl
import polars as pl

from dashboards.downloads import csv_bytes, excel_bytes
from tests.app.tiny import Page
from tests.modelling.test_values import PINGDI_STREET, PINGHU_STREET


def charts(page: Page) -> int:
    return len(page.app.get("plotly_chart"))


def rows(page: Page) -> list[tuple[object, ...]]:
    table = pl.DataFrame(page.app.dataframe[0].value)
    return table.select("文件", "工作表", "行", "社区", "计入分子", "计入分母").rows()


def test_the_answer_compares_with_target_and_month_before(open_page):
    page = open_page("indicator", indicator="employment_rate", area=PINGHU_STREET)
    assert (
        page.answer == "2026年3月，平湖街道户籍居民就业率为80.0%，距97%的目标还差17.0个百分点，较上月下降17.0个百分点。"
    )
    assert charts(page) == 3


def test_two_sums_definition_and_clause_stand_beside_the_number(open_page):
    text = open_page("indicator", indicator="employment_rate", area=PINGHU_STREET).text()
    assert "已就业的户籍劳动力人数</td><td class='gb-num'>320</td>" in text
    assert "有就业愿望的户籍劳动力人数</td><td class='gb-num'>400</td>" in text
    assert "区人力资源局" in text and "股民分红、户籍居民就业等情况" in text


def test_the_rows_behind_are_listed_with_file_sheet_and_row(open_page):
    page = open_page("indicator", indicator="employment_rate", area=PINGHU_STREET, period="2026-03")
    assert rows(page) == [
        ("employment-2026-03.xlsx", "Sheet1", 2, "新木社区", 240, 300),
        ("employment-2026-03.xlsx", "Sheet1", 3, "良安田社区", 80, 100),
    ]


def test_what_is_picked_is_in_the_url(open_page):
    page = open_page("indicator", indicator="employment_rate")
    page.app.selectbox(key="area").set_value(PINGDI_STREET)
    assert page.run().answer.startswith("2026年3月，坪地街道户籍居民就业率为95.0%")
    page.app.button_group(key="period_type").set_value("quarter")
    assert page.run().answer.startswith("2026年第1季度，坪地街道")
    kept = [page.parameter(key) for key in ("indicator", "area", "period")]
    assert kept == ["employment_rate", PINGDI_STREET, "2026-Q1"]


def test_missing_is_shown_as_missing(open_page):
    page = open_page("indicator", indicator="new_illegal_homes", area=PINGDI_STREET, period="2026-03")
    assert page.answer == "2026年3月，坪地街道居民违建新增宗数：未报送。"
    assert "没有可列出的明细" in page.text()


def test_an_indicator_nobody_has_handed_in_is_still_defined(open_page):
    page = open_page("indicator", indicator="petition_on_time_rate")
    assert "来信来访按期办结率：未报送。" in page.answer and "区信访局" in page.text()


def test_text_from_cells_is_never_markup(open_page):
    page = open_page("indicator", indicator="rental_income_share", area=PINGHU_STREET)
    assert pl.DataFrame(page.app.dataframe[0].value)["公司名称"].to_list() == ["<b>新木</b>公司"]
    assert "<b>新木" not in page.text()


def test_downloads_run_nothing() -> None:
    table = pl.DataFrame({"名称": ["=1+1", "@cmd", "龙岗"], "数": [-1, 2, 3]})
    sheet = openpyxl.load_workbook(BytesIO(excel_bytes(table))).active
    assert sheet is not None
    assert [(c.value, c.data_type) for c in sheet["A"][1:]] == [("=1+1", "s"), ("@cmd", "s"), ("龙岗", "s")]
    assert csv_bytes(table).decode("utf-8-sig").splitlines() == ["名称,数", "'=1+1,-1", "'@cmd,2", "龙岗,3"]
