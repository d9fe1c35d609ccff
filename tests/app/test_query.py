"""The page 查询: asks, shows, refuses, and keeps the question in the URL. The saved queries all answer."""

import io
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from dashboards.downloads import excel_bytes
from dashboards.queries.saved import SavedQuery, saved_queries
from pipelines.intake.receive import Handover, receive
from pipelines.modelling.refresh import refresh
from pipelines.periods import Period
from pipelines.sample import make_sample
from pipelines.settings import ROOT, Settings
from warehouse.publications import Publications
from warehouse.sandbox import run_query

SAVED = saved_queries(ROOT / "sql")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a publication of 14 months of a small district."""
    folder = tmp_path_factory.mktemp("query")
    settings = Settings(home=folder / "home")
    files = make_sample(folder / "sample", months=14, until=Period.parse("2026-10"), scale=0.02, seed=7)
    receive(settings, [Handover(file.path, file.received_at) for file in files])
    refresh(settings)
    return settings.home


@pytest.fixture
def page(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("GUBEN_HOME", str(home))
    app = AppTest.from_file(str(ROOT / "dashboards" / "app.py"), default_timeout=30)
    app.run()
    return app


def opened(page: AppTest, **parameters: str) -> AppTest:
    """The page as somebody sees it who follows a link."""
    for key, value in parameters.items():
        page.query_params[key] = value
    page.switch_page("app_pages/query.py").run()
    assert not page.exception
    return page


def run(page: AppTest, sql: str) -> AppTest:
    page.text_area(key="query_text").set_value(sql)
    next(button for button in page.button if button.label == "运行").click()
    page.run()
    assert not page.exception
    return page


def says(page: AppTest) -> str:
    return " ".join(element.proto.body for element in page.get("html"))


def published(home: Path, sql: str) -> pl.DataFrame:
    current = Publications(home).current()
    assert current is not None
    return run_query(current.path, sql, seconds=10, rows=10_000, memory_mb=1024).frame


def test_a_query_is_run_and_stands_in_the_url(page: AppTest) -> None:
    run(opened(page), "select area_name from areas where level = 'district'")
    assert page.dataframe[0].value["area_name"].to_list() == ["龙岗区"]
    assert "查到 1 行" in says(page)
    assert page.query_params["sql"] == "select area_name from areas where level = 'district'"
    assert [button.label for button in page.get("download_button")] == ["下载 CSV", "下载 Excel", "下载 JSON"]


def test_a_link_shows_the_query_it_was_sent_with(page: AppTest) -> None:
    opened(page, sql="select 40 + 2 as answer")
    assert page.text_area(key="query_text").value == "select 40 + 2 as answer"
    assert page.dataframe[0].value["answer"].to_list() == [42]


def test_a_saved_query_is_chosen_explained_and_linked(page: AppTest) -> None:
    opened(page).selectbox(key="query_saved").set_value("late_hand_ins").run()
    assert page.text_area(key="query_text").value == SAVED["late_hand_ins"].sql
    assert page.query_params["saved"] == "late_hand_ins"
    assert "sql" not in page.query_params
    assert SAVED["late_hand_ins"].description in says(page)
    assert page.dataframe[0].value.columns[0] == "部门"


def test_a_changed_saved_query_is_ones_own(page: AppTest) -> None:
    run(opened(page, saved="late_hand_ins"), SAVED["late_hand_ins"].sql + " limit 1")
    assert page.selectbox(key="query_saved").value == "（自己写）"
    assert "saved" not in page.query_params
    assert len(page.dataframe[0].value) == 1


def test_a_wrong_query_is_explained_and_nothing_else_shown(page: AppTest) -> None:
    run(opened(page), "select 名字 from areas")
    assert "请对照数据字典" in says(page)
    assert '"名字" not found' in page.code[0].value
    assert not page.dataframe
    run(page, "drop table areas")
    assert "这里只能查询" in says(page)


def test_an_answer_that_is_cut_says_so(page: AppTest) -> None:
    run(opened(page), "select * from range(10001)")
    assert len(page.dataframe[0].value) == 10_000
    assert "只显示前 10,000 行" in says(page)


def test_whatever_a_query_gives_can_be_taken_away_as_excel(home: Path) -> None:
    frame = published(
        home,
        """select max(received_at) as moment, date '1850-01-31' as early, 'infinity'::double as endless,
                  1.5::float as plain, null as nothing, sum(1) as large, '=1+1' as formula, time '01:02' as hour
           from submissions""",
    )
    sheet = pl.read_excel(io.BytesIO(excel_bytes(frame)), infer_schema_length=None)
    row = sheet.row(0, named=True)
    assert str(row["moment"])[:19] == str(frame["moment"][0])[:19]
    assert (row["early"], row["endless"], row["plain"], row["formula"]) == ("1850-01-31", None, 1.5, "=1+1")


def test_an_answer_without_rows_says_so(page: AppTest) -> None:
    run(opened(page), "select * from areas where area_code = '1'")
    assert "没有符合条件的行" in says(page)


def test_the_dictionary_explains_a_table_and_shows_its_rows(page: AppTest) -> None:
    opened(page).selectbox(key="query_table").set_value("exports.employment").run()
    assert "户籍居民就业情况月报" in says(page)
    assert "期末已就业的户籍劳动力人数" in says(page)
    assert not any(table.startswith("build.") for table in page.selectbox(key="query_table").options)
    next(button for button in page.button if button.label == "看前 100 行").click().run()
    assert page.text_area(key="query_text").value == "select * from exports.employment limit 100"
    assert len(page.dataframe[0].value) == 100


@pytest.mark.parametrize("query", SAVED.values(), ids=SAVED)
def test_every_saved_query_answers(home: Path, query: SavedQuery) -> None:
    frame = published(home, query.sql)
    assert all("\u4e00" <= name[0] <= "\u9fff" for name in frame.columns)
    assert query.description.endswith("。")


def test_communities_without_cooperative_are_those_in_use_that_no_company_is_in(home: Path) -> None:
    in_use = published(home, "select area_code from areas where level = 'community' and valid_to is null")["area_code"]
    companies = published(
        home, "select community from exports.stock_cooperatives join submissions on submission_id = _submission "
        "where period_end = '2026-09-30'"
    )["community"]  # fmt: skip
    found = published(home, SAVED["communities_without_cooperative"].sql)["社区编码"]
    assert set(found) == set(in_use) - set(companies)


def test_hand_ins_are_on_time_late_or_missing(home: Path) -> None:
    late = published(home, SAVED["late_hand_ins"].sql)
    assert late.filter(pl.col("应报次数") != pl.sum_horizontal("按时", "迟报", "未报")).is_empty()
    assert late["应报次数"].sum() == published(home, "select count(*) from hand_in_states where is_due").item()


def test_employment_is_compared_with_the_same_month_of_the_year_before(home: Path) -> None:
    growth = published(home, SAVED["employment_growth"].sql)
    by_hand = published(
        home,
        """select sum(employed) filter (where period_end = '2026-10-31') as now,
                  sum(employed) filter (where period_end = '2025-10-31') as before from units.employment""",
    )
    assert growth["就业人数"].sum() == by_hand["now"][0]
    assert growth["上年同月"].sum() == by_hand["before"][0]
