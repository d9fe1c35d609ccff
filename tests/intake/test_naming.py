"""What files and sheets are called to others: names and numbers of persons stay in what is sealed."""

import json
from io import BytesIO

import pytest
from openpyxl import load_workbook

from pipelines.contracts.schema import load_contracts
from pipelines.intake.naming import public_name, public_names, words_of
from pipelines.intake.register import Register
from pipelines.intake.sealing import annotated_workbook, true_name
from pipelines.settings import Settings
from tests.intake.conftest import Office, employment, good, many, workbook
from warehouse.lake import Lake

WORDS = words_of(load_contracts(Settings().contracts_dir).values(), Register())


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("2026年9月就业_林秋水13800138000.xlsx", "2026年9月就业_＊＊.xlsx"),
        ("张 三填报.xlsx", "＊填报.xlsx"),
        ("就业2010年3月（报送人欧阳秋水）.csv", "就业2010年3月（报送人＊）.csv"),
        ("测试甲9.csv", "测试＊.csv"),
        ("2026年9月林\u200b秋水.csv", "2026年9月＊.csv"),
        ("报送.zip/平湖街道/张三/就业2010年3月.xlsx", "报送.zip/平湖街道/＊/就业2010年3月.xlsx"),
        ("440307199001011234.csv", "＊.csv"),
        ("就业_0755-28912345_2010年3月.csv", "就业_＊_2010年3月.csv"),
    ],
)  # fmt: skip
def test_what_may_name_a_person_becomes_a_star(name: str, called: str) -> None:
    assert public_name(name, WORDS) == called


@pytest.mark.parametrize(
    "name",
    [
        "2026年9月平湖街道、坂田街道党组织活动台账.csv", "龙岗区安全生产月报（2026年第3季度）终稿.xlsx",
        "社区名录2026年.xls",
        "户籍居民就业情况月报_20260930091500.csv", "报送.zip/440307003/2026-09.csv", "Sheet1", "看不懂.csv", "李.csv",
        "关于报送2026年9月经费的方案.xlsx", "\u200e就业2010年4月.csv",
    ],
)  # fmt: skip
def test_words_of_reports_places_and_offices_stay(name: str) -> None:
    assert public_name(name, WORDS) == name


def test_two_sheets_are_never_called_the_same() -> None:
    assert public_names(["张三", "就业", "李四"], WORDS) == {"张三": "＊", "就业": "就业", "李四": "＊2"}


def test_names_in_names_stand_in_no_receipt_and_the_hand_back_finds_its_sheets(office: Office) -> None:
    book = workbook({"林秋水": employment(*many(4), good("南联社区", employed="一百")), "王小明": [["备忘"]]})
    outcome = office.submit("就业2010年3月_林秋水.xlsx", book)
    folder = Lake(office.settings.home).folder(outcome.receipt)
    assert outcome.receipt.file_name == "就业2010年3月_＊.xlsx"
    assert {fault.sheet for fault in outcome.faults} == {"＊"}
    told = json.dumps(outcome.to_public(), ensure_ascii=False) + (folder / "receipt.json").read_text()
    assert not [name for name in ("林秋水", "王小明") if name in told]
    assert true_name(office.settings, outcome.receipt.submission_id) == "就业2010年3月_林秋水.xlsx"
    handed_back = annotated_workbook(office.settings, outcome.receipt.submission_id)
    assert ("林秋水", "C6") in _noted(handed_back)


def _noted(content: bytes) -> set[tuple[str, str]]:
    book = load_workbook(BytesIO(content))
    return {
        (sheet.title, cell.coordinate) for sheet in book for row in sheet.iter_rows() for cell in row if cell.comment
    }
