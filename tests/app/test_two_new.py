"""The page “两新”覆盖: coverage in words and tables, and the two work lists."""

from io import BytesIO

import openpyxl
import polars as pl

from dashboards.downloads import csv_bytes, excel_bytes


def test_answer_says_coverage_the_gap_and_what_can_be_done(visit):
    # 7 on the roster, B alone is organized: 1/7. 95 % of 7 is 6.65, so 5.65 more, that is 6.
    words = visit("two_new").words
    assert "2010年10月，龙岗区有“两新”组织7家，党的组织覆盖率14.3%，离目标95.0%还差6家。" in words
    assert "1家已具备条件，应单独组建而未组建；4家有党员的小单位可就近合建2个联合党支部。" in words


def test_street_without_a_roster_is_named_and_shown_as_missing(visit):
    page = visit("two_new")
    assert "2010年10月未报送名册，不在以上数字之内：坪地街道" in page.words
    other = next(row for row in page.rows() if row["街道"] == "坪地街道")
    assert "“两新”组织党的组织覆盖率：未报送" in other["不全的数"]


def test_area_and_month_come_from_the_url(visit):
    page = visit("two_new", area="440307003004", period="2010-09")
    assert "2010年9月，新木社区有“两新”组织3家，党的组织覆盖率0.0%" in page.words
    assert (page.parameter("area"), page.parameter("period")) == ("440307003004", "2010-09")


def test_organizations_due_alone_are_listed_with_their_origin(visit):
    page = visit("two_new", view="alone")
    (row,) = page.rows()
    assert row["单位名称"] == "=甲电子公司"
    assert (row["社区"], row["党员（人）"], row["现在的组建方式"]) == ("良安田社区", 5, "未覆盖")
    assert (row["来源文件"], row["行号"]) == ("平湖名册.csv", 2)


def test_joint_branches_join_a_grid_or_its_neighbour(visit):
    page = visit("two_new", view="joint")
    rows = [(r["社区"], r["建议"], r["网格"], r["单位（家）"], r["党员（人）"]) for r in page.rows()]
    assert rows == [
        ("良安田社区", "本网格组建联合党支部", "G01", 2, 3),
        ("新木社区", "与相邻网格合建联合党支部", "G11、G12", 2, 3),
    ]
    assert "另有1家没有党员、也没有派驻指导员" in page.words


def test_too_few_members_in_a_community_are_not_called_a_branch(visit):
    page = visit("two_new", view="joint", area="440307006", period="2010-09")
    (row,) = page.rows()
    assert (row["单位（家）"], row["党员（人）"]) == (1, 1)
    assert row["建议"] == "与相邻社区合建，或由社区党组织接收"
    assert "联合党支部组建建议：0个" in page.words


def test_mass_organizations_have_their_own_view(visit):
    page = visit("two_new", view="groups", area="440307003")
    assert "“两新”组织建会率（工会） 71.4%" in " ".join(page.words.split())
    liang = next(row for row in page.rows() if row["社区"] == "良安田社区")
    assert liang["“两新”组织建会率（工会）（%）"] == 100.0


def test_a_download_never_carries_a_formula():
    table = pl.DataFrame({"单位名称": ["=1+1", "甲"], "党员（人）": [5, 3]})
    assert csv_bytes(table).decode("utf-8-sig").splitlines() == ["单位名称,党员（人）", "'=1+1,5", "甲,3"]
    sheet = openpyxl.load_workbook(BytesIO(excel_bytes(table))).active
    assert sheet["A2"].value == "=1+1"
    assert sheet["A2"].data_type == "s"
