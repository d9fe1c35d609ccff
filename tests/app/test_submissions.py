"""The page 报送: what is due, missing and late; receipts with their faults; handing a file in."""

import html
import zipfile
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from dashboards import hand_back, handing_in
from dashboards.blank_template import _made
from dashboards.hand_back import annotated_button, own_annotated_button
from dashboards.handing_in import HandIn, Tray, safe_name, take_in
from pipelines.contracts.schema import load_contracts
from pipelines.intake.sealing import annotated_workbook
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


def drop(page, *files: tuple[str, str | bytes]) -> None:
    """Drop files into the picker, as a visitor would."""
    picker = page.app.file_uploader[0]
    for name, content in files:
        picker.upload(name, content.encode() if isinstance(content, str) else content, "text/csv")
    page.app.run()
    page.check()


def press(page, label: str, place: int = 0) -> None:
    [button for button in page.app.button if button.label == label][place].click()
    page.app.run()
    page.check()


def labels(page) -> list[str]:
    return [button.label for button in page.app.button]


def test_a_file_is_judged_at_once_and_counts_only_when_it_is_confirmed(own_town, visit_own):
    before = len(Lake(own_town).receipts())
    page = visit_own("submissions", view="new")
    page.app.text_input(key="hand_in_by").set_value("区人力资源局就业科")
    drop(page, ("2010年10月就业.csv", CORRECTED))
    # The version before: 980, 940, 490 employed; 20, 60, 10 unemployed; 0, 2, 0 households.
    assert (
        "可以采用：户籍居民就业情况月报，2010年10月，全区，3 行；比上一版改动 3 行。" in page.words
        and "将替代 就业.csv（2010年11月5日 09:00收到）" in page.words
        and "读到 4 行 = 采用 3 + 不采用 0 + 略过 1（表头 1）" in page.words
    )
    words = " ".join(page.words.split())
    assert "已就业人数 3 2,410 2,445 +35" in words
    assert "登记失业人数 3 90 55 -35" in words
    assert "零就业家庭户数 1 2 1 -1" in words
    assert len(Lake(own_town).receipts()) == before
    press(page, "确认报送")
    last = Lake(own_town).receipts()[-1]
    assert f"已报送，回执 {last.submission_id}：户籍居民就业情况月报" in page.words
    assert "下次刷新后计入各项指标" in page.words
    assert (last.file_name, last.rows_accepted) == ("2010年10月就业.csv", 3)
    assert (last.handed_in_by, last.channel) == ("区人力资源局就业科", "page")
    assert page.app.session_state["_tray"].files[0].content == b""
    drop(page, ("改了名2010年10月.csv", CORRECTED))
    assert "不用报：户籍居民就业情况月报，2010年10月，全区，和已经生效的一模一样" in page.words
    assert "确认报送" not in labels(page)


def test_a_file_withdrawn_leaves_nothing_behind(own_town, visit_own):
    before = sorted(own_town.rglob("*"))
    page = visit_own("submissions", view="new")
    drop(page, ("2010年10月就业.csv", CORRECTED))
    press(page, "撤回")
    assert "可以采用" not in page.words
    assert page.app.session_state["_tray"].files == []
    assert sorted(own_town.rglob("*")) == before


def test_each_row_that_differs_is_told_with_what_it_was(own_town, visit_own):
    page = visit_own("submissions", view="new")
    drop(page, ("2010年10月就业.csv", CORRECTED))
    rows = {row["哪一行"]: row["改了什么：上一版→这一版"] for row in page.rows()}
    assert rows["良安田社区"] == "已就业人数 980→990；登记失业人数 20→10"
    assert rows["坪地社区"] == "已就业人数 490→495；登记失业人数 10→5"


def test_several_files_are_judged_together_and_confirmed_at_once(own_town, visit_own):
    before = len(Lake(own_town).receipts())
    page = visit_own("submissions", view="new")
    august = CORRECTED.replace("990,10", "980,20")
    drop(page, ("2010年8月就业.csv", august), ("2010年10月就业.csv", CORRECTED), ("2010年7月就业.csv", BROKEN))
    assert "3 份等您决定，其中 2 份可以采用" in page.words
    assert "2010年8月，全区，3 行；这一期还没有报过。" in page.words
    assert "不能采用：户籍居民就业情况月报，2010年7月，全区。2 行数据都有错误" in page.words
    press(page, "确认报送这 2 份")
    receipts = Lake(own_town).receipts()[before:]
    assert [receipt.file_name for receipt in receipts] == ["2010年8月就业.csv", "2010年10月就业.csv"]
    assert [one.stage for one in page.app.session_state["_tray"].files] == ["received", "received", "judged"]


def test_an_archive_is_one_card_for_all_that_is_in_it(own_town, visit_own):
    before = len(Lake(own_town).receipts())
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("2010年8月就业.csv", CORRECTED)
        archive.writestr("2010年7月就业.csv", BROKEN)
    page = visit_own("submissions", view="new")
    drop(page, ("报送.zip", buffer.getvalue()), ("2010年10月就业.csv", CORRECTED))
    words = page.words
    assert words.index("报送.zip/2010年8月就业.csv") < words.index("报送.zip/2010年7月就业.csv")
    assert words.index("报送.zip/2010年7月就业.csv") < words.index("2010年10月，全区，3 行；比上一版")
    assert labels(page).count("确认报送") == 2
    press(page, "确认报送", 0)
    receipts = Lake(own_town).receipts()[before:]
    assert sorted((one.file_name, one.outcome) for one in receipts) == [
        ("报送.zip/2010年7月就业.csv", "refused"),
        ("报送.zip/2010年8月就业.csv", "accepted"),
    ]
    assert [one.stage for one in page.app.session_state["_tray"].files] == ["received", "judged"]


def test_faults_of_a_file_are_told_with_their_cells_and_never_as_html(own_town, visit_own):
    before = len(Lake(own_town).receipts())
    page = visit_own("submissions", view="new")
    drop(page, ("2010年10月就业.csv", BROKEN))
    assert {row["位置"].split()[-1]: row["填写的内容"] for row in page.rows()} == {
        "A2": "<img src=x>社区",
        "C3": "九成",
    }
    assert "<img" not in page.markup
    assert "确认报送" not in labels(page)
    press(page, "照样报送，留下退回记录")
    assert "已退回：户籍居民就业情况月报" in page.words
    assert [receipt.outcome for receipt in Lake(own_town).receipts()[before:]] == ["refused"]


def downloads(page) -> list[str]:
    return [button.proto.label for button in page.app.get("download_button")]


BACK = "下载标注问题的工作簿"


def test_a_file_with_faults_is_handed_back_marked_before_and_after_it_is_confirmed(own_town, visit_own):
    page = visit_own("submissions", view="new")
    drop(page, ("2010年10月就业.csv", BROKEN))
    assert BACK in downloads(page)
    (outcome,) = page.app.session_state["_tray"].files[0].outcomes
    sheet = openpyxl.load_workbook(BytesIO(outcome.annotated))["数据"]
    assert [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment] == ["A2", "C3"]
    press(page, "照样报送，留下退回记录")
    assert BACK in downloads(page)
    # Whoever looks at the receipt later gets it, too: nothing in it tells of persons.
    number = Lake(own_town).receipts()[-1].submission_id
    page = visit_own("submissions", view="new")
    drop(page, ("2010年10月就业.csv", CORRECTED))
    assert BACK not in downloads(page)
    assert annotated_workbook(Settings(), number)


def test_a_file_that_tells_of_persons_is_handed_back_to_nobody_else(own_town, visit_own, monkeypatch):
    offered = []
    monkeypatch.setattr(hand_back, "_button", lambda receipt, *_: offered.append(receipt.submission_id))
    monkeypatch.setattr(hand_back.layout, "note", lambda *_: None)
    named = BROKEN.replace("本月新增就业人数", "本月新增就业人数,联系人电话").replace(",12", ",12,13800000000")
    for content in (BROKEN, named):
        (outcome,) = take_in([HandIn(1, "2010年10月就业.csv", content.encode())])[0]
        annotated_button(outcome.receipt.submission_id, "x")
        own_annotated_button(outcome, "x")
    plain, personal = (receipt.submission_id for receipt in Lake(own_town).receipts()[-2:])
    assert offered == [plain, plain, personal]


def test_a_blank_template_can_be_taken_away(own_town, visit_own):
    page = visit_own("submissions", view="new")
    assert "下载模板" in downloads(page)
    page.app.selectbox(key="template").set_value("stock_cooperatives")
    page.app.run()
    page.check()
    assert "区集体资产管理办公室，每季度，全区一份，期后 15 日内。" in page.words
    book = openpyxl.load_workbook(BytesIO(_made(load_contracts(Settings().contracts_dir)["stock_cooperatives"])))
    assert book.sheetnames[0] == "社区股份合作公司经营情况表"
    # The register in the lake fills the list.
    assert "良安田社区" in [cell.value for cell in book["选项"]["A"]]


def test_what_a_file_does_not_say_can_be_said_beside_it(own_town, visit_own):
    page = visit_own("submissions", view="new")
    drop(page, ("就业.csv", CORRECTED))
    assert "不能采用" in page.words
    page.app.text_input(key="period_1").set_value("十月")
    press(page, "按这里写的重新检查")
    assert "统计期“十月”写得不对" in page.words
    page.app.text_input(key="period_1").set_value("2010-10")
    press(page, "按这里写的重新检查")
    assert "可以采用：户籍居民就业情况月报，2010年10月" in page.words


def test_what_others_hand_in_meanwhile_is_told(own_town, visit_own):
    page = visit_own("submissions", view="new")
    drop(page, ("2010年10月就业.csv", CORRECTED))
    (other,) = take_in([HandIn(1, "2010年10月就业.csv", CORRECTED.replace("495,5", "494,6").encode())])
    assert other[0].status == "active"
    press(page, "确认报送")
    # Against the other's file only 坪地 differs.
    assert "比上一版改动 1 行" in page.words
    assert "核对以后又收到了别的文件" in page.words


def test_a_failure_is_told_and_can_be_tried_again(own_town, visit_own, monkeypatch):
    from pipelines.intake import receive as door

    page = visit_own("submissions", view="new")
    with monkeypatch.context() as patch:
        patch.setattr(door, "receive", lambda *_, **__: 1 / 0)
        drop(page, ("2010年10月就业.csv", CORRECTED))
    assert "没有检查成功，数据没有变化" in page.words
    press(page, "再试一次")
    assert "可以采用" in page.words


def test_more_than_a_session_may_keep_is_left_out(monkeypatch):
    monkeypatch.setattr(handing_in, "MOST_MB", 1)
    tray = Tray()
    tray.drop([("a.csv", b"x" * 2**20), ("b.csv", b"x")])
    assert ([one.name for one in tray.files], tray.left_out) == (["a.csv"], ["b.csv"])


def test_a_file_being_received_cannot_be_withdrawn():
    tray = Tray()
    tray.drop([("a.csv", b"x"), ("b.csv", b"y")])
    tray.files[0].stage = "confirmed"
    tray.withdraw(list(tray.files))
    assert [one.name for one in tray.files] == ["a.csv"]


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
    tray = Tray()
    tray.drop([("../../2010年10月就业.csv", CORRECTED.encode())])
    ((outcome,),) = take_in(tray.files)
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
    drop(form, ("2010年10月就业.csv", CORRECTED))
    press(form, "确认报送")
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
    tray = Tray()
    tray.drop([("2010年10月就业.csv", CORRECTED.encode())])
    take_in(tray.files)
    refresh(Settings())
    note = "2010年10月已关账；有 1 份迟到文件未计入"
    assert note in visit_own("overview", month="2010-10").words
    assert note in visit_own("indicator", indicator="employment_rate", period="2010-10").words
    # The quarter contains the month; September does not.
    assert note in visit_own("indicator", indicator="employment_rate", period="2010-Q4").words
    assert "已关账" not in visit_own("overview", month="2010-09").words


def test_a_locked_workbook_is_asked_for_its_password_and_read_with_it(own_town, visit_own):
    book, plain, locked = openpyxl.Workbook(), BytesIO(), BytesIO()
    for line in CORRECTED.splitlines():
        book.active.append(line.split(","))
    book.save(plain)
    OOXMLFile(plain).encrypt("开门", locked)
    page = visit_own("submissions", view="new")
    drop(page, ("2010年10月就业.xlsx", locked.getvalue()))
    assert "文件设有打开密码，无法读取。请在报送时输入密码" in page.words
    page.app.text_input(key="password_1").set_value("关门")
    press(page, "用密码重新检查")
    assert "输入的密码不对" in page.words
    page.app.text_input(key="password_1").set_value("开门")
    press(page, "用密码重新检查")
    assert "打开密码" not in page.words
    press(page, "确认报送")
    received = Lake(own_town).receipts()[-1]
    assert (received.file_name, received.rows_accepted) == ("2010年10月就业.xlsx", 3)
