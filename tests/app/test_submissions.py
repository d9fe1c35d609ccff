"""The page 报送: what is due, missing and late; receipts with their faults; handing a file in."""

import html
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dashboards.handing_in import hand_in, safe_name
from pipelines.modelling.refresh import refresh
from pipelines.settings import Settings
from warehouse.closings import Closings
from warehouse.lake import Lake

CORRECTED = """社区,户籍劳动力人数,已就业人数,登记失业人数,零就业家庭户数,本月新增就业人数
良安田社区,1000,990,10,0,12
新木社区,1000,960,40,1,8
坪地社区,500,495,5,0,5
"""
BROKEN = """社区,户籍劳动力人数,已就业人数,登记失业人数,零就业家庭户数,本月新增就业人数
<img src=x>社区,1000,980,20,0,12
坪地社区,500,九成,10,0,5
"""


def test_answer_counts_what_is_due_there_late_and_missing(visit):
    # 4 rosters, 2 employment, 1 party, 1 safety, 1 disputes, 1 petitions, 2 plants, 2 services, 5 quarters of
    # companies; missing: a roster, a plants report, three quarters.
    words = visit("submissions").words
    assert "截至2010年10月，应报19份，已报14份（迟报1份），未报5份" in words
    assert "坪地街道2010年10月“两新”组织名册" in words
    assert "另有1份文件因差错被退回" in words


def test_matrix_tells_complete_late_and_missing_by_sign_and_word(visit):
    words = " ".join(visit("submissions").words.split())
    roster = words[words.index("“两新”组织名册（按街道）") :]
    assert roster.startswith("“两新”组织名册（按街道） ✕ 未报1 △ 迟报1")


def test_missing_hand_ins_are_listed_and_filtered_by_submitter(visit):
    page = visit("submissions", who="440307006")
    rows = {(row["报表"], row["统计期"], row["状态"], row["应报日"]) for row in page.rows(2)}
    assert rows == {
        ("“两新”组织名册", "2010年10月", "未报", "2010-11-10"),
        ("违法建筑查处月报", "2010年10月", "未报", "2010-11-10"),
    }


def test_late_hand_in_names_its_receipt(visit):
    (row,) = visit("submissions", state="late").rows(2)
    assert (row["报送单位"], row["统计期"], row["首次收到"]) == ("平湖街道", "2010年9月", "2010-10-20 09:00")


def test_receipt_of_a_refused_file_gives_the_reason_and_every_cell(visit):
    page = visit("submissions", view="files", status="refused")
    (file,) = page.rows()
    assert (file["文件名"], file["状态"], file["不采用（行）"]) == ("就业改.csv", "退回", 2)
    assert "这份文件被退回，没有入库" in page.words
    assert "2 行数据都有错误，没有一行可以采用" in page.words
    cells = {row["位置"].split()[-1]: row["填写的内容"] for row in page.rows(1)}
    assert cells == {"A2": "<b>无名</b>社区", "C3": "九成"}
    assert "<b>无名" not in page.markup


def test_accepted_file_shows_its_rows(visit):
    page = visit("submissions", view="files", export="two_new_organizations", file="000009")
    assert "读到 8 行 = 采用 7 + 不采用 0 + 略过 1" in page.words
    assert "没有发现差错" in page.words


def send(page, name: str, content: str, period: str = "") -> None:
    page.app.file_uploader[0].upload(name, content.encode(), "text/csv")
    if period:
        page.app.text_input[0].set_value(period)
    next(button for button in page.app.button if button.label == "报送").click()
    page.app.run()
    page.check()


def test_file_handed_in_gets_its_receipt_and_counts_after_the_next_refresh(own_town, visit_own):
    page = visit_own("submissions", view="new")
    send(page, "2010年10月就业.csv", CORRECTED)
    assert "已接收，采用3行，没有差错" in page.words
    assert "下次刷新后，这份数据计入各项指标" in page.words
    last = Lake(own_town).receipts()[-1]
    assert (last.file_name, last.export, last.rows_accepted) == ("2010年10月就业.csv", "employment", 3)
    send(page, "2010年10月就业.csv", CORRECTED)
    assert "一模一样，没有作任何改动" in page.words


def test_faults_of_a_file_handed_in_are_told_with_their_cells_and_never_as_html(own_town, visit_own):
    page = visit_own("submissions", view="new")
    send(page, "2010年10月就业.csv", BROKEN)
    assert "这份文件被退回" in page.words
    assert {row["位置"].split()[-1] for row in page.rows()} == {"A2", "C3"}
    assert "<img" not in page.markup


def test_wrong_period_is_explained_and_nothing_is_taken_in(own_town, visit_own):
    before = len(Lake(own_town).receipts())
    page = visit_own("submissions", view="new")
    send(page, "就业.csv", CORRECTED, period="十月")
    assert "统计期“十月”写得不对，没有报送" in page.words
    assert len(Lake(own_town).receipts()) == before


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/就业.csv", "就业.csv"),
        ("C:\\报表\\2010年10月就业.xlsx", "2010年10月就业.xlsx"),
        ("..", "未命名"),
        ("a\x00b\n.csv", "ab.csv"),
        ("月" * 300 + ".xlsx", "月" * 80 + ".xlsx"),
    ],
)
def test_names_from_outside_cannot_leave_their_folder(given, kept):
    assert safe_name(given) == kept


def test_name_from_outside_is_the_name_on_the_receipt(own_town):
    (outcome,) = hand_in([("../../2010年10月就业.csv", CORRECTED.encode())])
    assert outcome.receipt.file_name == "2010年10月就业.csv"
    assert Settings().home == own_town


def close_october(home: Path) -> None:
    closings = Closings(home)
    at = datetime(2010, 11, 20, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    closings.close("month", date(2010, 10, 31), by="陈<b>科长", at=at, reason="十月月报已上报")


def test_rates_are_sorted_worst_first_and_answered_in_a_sentence(visit):
    page = visit("submissions")
    # Of the last twelve months, 2009-Q3 is none: 18 due, 13 reported, one of them late.
    assert (
        "应报18份，已报72.2%，按时66.7%；最差的是区集体资产管理办公室（完整率25.0%、及时率25.0%）"
        "和坪地街道（完整率50.0%、及时率50.0%）。"
    ) in page.words
    departments, streets = page.rows(0), page.rows(1)
    assert [(row["部门"], row["应报（份）"], row["已报（份）"]) for row in departments[:2]] == [
        ("区集体资产管理办公室", 4, 1),
        ("区查违办", 2, 1),
    ]
    assert [tuple(row.values()) for row in streets] == [
        # due, reported, complete, on time, timely, late, missing, waiting, faulty, corrected
        ("坪地街道", 4, 2, 50.0, 2, 50.0, 0, 2, 0, 0.0, 0.0),
        ("平湖街道", 4, 4, 100.0, 3, 75.0, 1, 0, 0, 0.0, 0.0),
    ]
    assert [(row["街道"], row["应报（份）"]) for row in visit("submissions", span="2010-09").rows(1)] == [
        ("平湖街道", 1),
        ("坪地街道", 1),
    ]


def test_matrix_of_one_street_shows_its_own_exports(visit):
    words = " ".join(visit("submissions", who="440307006").words.split())
    table = words[words.index("报表 10年10月") : words.index("完整率与及时率")]
    assert "“两新”组织名册（按街道） ✕ 未报 ✓ 按时" in table
    assert "户籍居民就业情况月报" not in table


def test_nothing_closed_says_how_to_close(visit):
    page = visit("submissions", view="closed")
    assert "现在没有已关账的期" in page.words
    assert "guben period close 2025-10" in page.words


def test_closed_month_shows_who_waits_and_what_would_change(own_town, visit_own):
    close_october(own_town)
    form = visit_own("submissions", view="new")
    send(form, "2010年10月就业.csv", CORRECTED)
    assert "期间已关账，已收存，暂不计入" in form.words
    assert "下次刷新后，这份数据计入" not in form.words
    refresh(Settings())
    page = visit_own("submissions", view="closed")
    assert "2010年10月已关账，有1份迟到文件收存而未计入。" in page.words
    assert "陈<b>" not in page.markup and "陈<b>科长" in html.unescape(page.markup)
    assert "2010年11月20日 09:30" in page.words and "十月月报已上报" in page.words
    (file,) = page.rows(0)
    assert (file["文件名"], file["统计期"], file["采用（行）"]) == ("2010年10月就业.csv", "2010年10月", 3)
    assert page.parameter("changed") == "2010-10"
    changes = {(row["指标"], row["区域"]): (row["发布的值"], row["会成为"], row["变化"]) for row in page.rows(1)}
    # (980 + 940 + 490) and (990 + 960 + 495) of 2,500.
    assert changes["户籍居民就业率", "龙岗区"] == ("96.4%", "97.8%", "+1.4个百分点")
    assert changes["户籍居民就业率", "坪地街道"] == ("98.0%", "99.0%", "+1.0个百分点")
    assert ("本月新增就业人数", "龙岗区") not in changes
    files = visit_own("submissions", view="files", status="waiting")
    assert [row["状态"] for row in files.rows()] == ["关账后收存"]
    due = visit_own("submissions", state="waiting")
    assert "有1份报表的期间已关账，迟到的文件暂不计入" in due.words
    assert [(row["报表"], row["状态"]) for row in due.rows(2)] == [("户籍居民就业情况月报", "待计入")]


def test_pages_that_show_a_closed_month_say_so_in_their_frame(own_town, visit_own):
    close_october(own_town)
    hand_in([("2010年10月就业.csv", CORRECTED.encode())])
    refresh(Settings())
    note = "2010年10月已关账；有 1 份迟到文件未计入"
    assert note in visit_own("overview", month="2010-10").words
    assert note in visit_own("indicator", indicator="employment_rate", period="2010-10").words
    # The quarter contains the month; September does not.
    assert note in visit_own("indicator", indicator="employment_rate", period="2010-Q4").words
    assert "已关账" not in visit_own("overview", month="2010-09").words
