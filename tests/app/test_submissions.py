"""The page 报送: what is due, missing and late; receipts with their faults; handing a file in."""

import pytest

from dashboards.handing_in import hand_in, safe_name
from pipelines.settings import Settings
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
