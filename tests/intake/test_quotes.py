"""What of a file is repeated to others: cells that look like what their field holds, and nothing else."""

import polars as pl
import pytest

from pipelines.contracts.schema import FieldType
from pipelines.intake.faults import impersonal, is_quotable
from tests.intake.conftest import EMPLOYMENT, Office, csv_text, employment, good, many, only

PLACES = ("新木社区", "平湖社区", "平湖街道")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (FieldType.INT, "101①"), (FieldType.INT, "12.5万元"), (FieldType.INT, "约100人"), (FieldType.INT, "1.1.0"),
        (FieldType.DECIMAL, "￥3,000.5"), (FieldType.DATE, "2010/13/5"), (FieldType.DATE, "二〇一〇年三月"),
        (FieldType.MONTH, "2010.1"), (FieldType.CODE, "4.40307E+12"), (FieldType.CODE, "P1 P2"),
        (FieldType.ENUM, "新木"), (FieldType.COMMUNITY, "平湖社區"), (FieldType.BOOL, "对"), (FieldType.INT, "#REF!"),
    ],
)  # fmt: skip
def test_a_cell_that_looks_like_what_its_field_holds_is_quoted(kind: FieldType, text: str) -> None:
    assert is_quotable(text, kind, PLACES)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (FieldType.INT, "张三"), (FieldType.INT, "张三 13800138000"), (FieldType.INT, "住在平湖街道1号"),
        (FieldType.DATE, "李四2010年"), (FieldType.CODE, "王五"), (FieldType.CODE, "王五01"), (FieldType.ENUM, "赵六"),
        (FieldType.COMMUNITY, "欧阳秋水"), (FieldType.TEXT, "新木社区"), (FieldType.BOOL, "张三丰"),
        (FieldType.INT, "1\n2"), (FieldType.INT, "1" * 41),
    ],
)  # fmt: skip
def test_a_cell_that_looks_like_something_else_is_not(kind: FieldType, text: str) -> None:
    assert not is_quotable(text, kind, PLACES)


@pytest.mark.parametrize(
    "number",
    [
        "440307199001011234", "44030719900101123X", "440307 19900101 1234", "４４０３０７１９９００１０１１２３４",
        "440307900101123", "13800138000", "+86 138-0013-8000", "138 0013 8000", "0755-28912345", "(0755) 28912345",
        "6222021234567890123", "6222 0212 3456 7890", "E12345678", "a.b@c.cn",
        "4 4 0 3 0 7 1 9 9 0 0 1 0 1 1 2 3 4", "4403-0719-9001-0112-34", "4.40307199001011E+17", "1.3800138E10",
        "138 00138 000", "138\u200b00138\u200b000", "＋８６１３８００１３８０００", "075528912345", "H1234567890",
        "姓名：欧阳秋水", "联系人: 张三", "平湖大街12号3栋301室", "电话 2891 2345", "a.b＠c.cn",
    ],
)  # fmt: skip
def test_what_looks_like_a_number_of_a_person_is_masked(number: str) -> None:
    frame = pl.DataFrame({"text": [f"填的是“{number}”。"]})
    assert frame.select(impersonal(pl.col("text"))).item() == "填的是“（疑似个人信息，不显示）”。"


@pytest.mark.parametrize(
    "number", ["440307199001011234", "440307900101123", "13800138000", "0755-28912345", "E12345678"]
)
def test_a_number_right_behind_a_chinese_character_is_masked(number: str) -> None:
    frame = pl.DataFrame({"text": [f"证号{number}号"]})
    assert frame.select(impersonal(pl.col("text"))).item() == "证号（疑似个人信息，不显示）号"


@pytest.mark.parametrize(
    "number",
    [
        "440307003004", "4403071000001", "91440300123456789K", "440307011004001", "1,234,567", "2010-03-31",
        "2010-03-31 00:00:00",
        "第 2、3、4、5、6、7、8、9、10、11、12、13 行", "第 3–20 行", "12345678.25", "4.40307E+12", "0.0000187414",
        "党员发展：预备党员", "负责人数：12",
    ],
)  # fmt: skip
def test_what_does_not_is_left(number: str) -> None:
    assert pl.DataFrame({"text": [number]}).select(impersonal(pl.col("text"))).item() == number


def test_a_name_in_the_wrong_column_gets_into_no_fault(office: Office) -> None:
    outcome = office.submit(
        "就业2010年3月.csv", csv_text(employment(*many(4), good("南联社区", employed="张三"))).encode()
    )
    assert outcome.receipt.rows_rejected == 1
    fault = only(outcome)
    assert (fault.cell, fault.value) == ("C6", None)
    assert fault.message == "已就业人数填的内容（此处不显示）不对，应为数字。"


def test_nothing_of_a_row_about_a_person_is_repeated(office: Office) -> None:
    rows = [["党员编号", "党组织编码", "性别", "出生年月"]]
    rows += [[f"DY{number}", "P1", "女", "1980-01"] for number in range(60)]
    rows[5][2], rows[6][3], rows[7][3] = "女性人士", "1980年13月", "2031-01"
    outcome = office.submit("党员名册2010年3月.xlsx", rows)
    assert [(fault.cell, fault.value) for fault in outcome.faults] == [("C6", None), ("D7", None), ("D8", None)]
    assert not [f for f in outcome.faults if "女性" in f.message or "1980" in f.message or "2031" in f.message]


def test_only_names_of_columns_are_repeated_of_a_header(office: Office) -> None:
    header = [*EMPLOYMENT, "备注", "填报人：张三", "李四13800138000"]
    outcome = office.submit("就业2010年3月.xlsx", [header, [*good(), None, None, None]])
    assert [note for note in outcome.receipt.notes if "未采用" in note] == ["未采用的列：备注等 3 列。"]


@pytest.mark.parametrize("number", ["440307199001011234", "１３８００１３８０００", "书记 138-0013-8000", "a@b.cn"])
def test_a_number_of_a_person_in_a_text_that_is_asked_for_is_a_fault_and_not_stored(
    office: Office, number: str
) -> None:
    rows = [["党组织编码", "党组织名称", "组织类型", "所属领域", "所在社区", "党员人数"]]
    rows += [[f"P{at}", f"第{at}支部", "党支部", "社区", "新木社区", "3"] for at in range(40)]
    rows[3][1] = number
    outcome = office.submit("党组织名册2010年3月.xlsx", rows)
    fault = only(outcome)
    assert (fault.cell, fault.rule, fault.value, outcome.receipt.rows_rejected) == ("B4", "personal", None, 1)
    assert number not in fault.message
    stored = [str(pl.read_parquet(path).rows()) for path in office.settings.home.rglob("*.parquet")]
    assert not [text for text in stored if number in text]


@pytest.mark.parametrize("code", ["440307199001011234", "440307900101123", "13800138000"])
def test_a_number_of_a_person_is_no_code(office: Office, code: str) -> None:
    rows = [["党组织编码", "党组织名称", "组织类型", "所属领域", "所在社区", "党员人数"]]
    rows += [[f"P{at}", f"第{at}支部", "党支部", "社区", "新木社区", "3"] for at in range(40)]
    rows[3][0] = code
    fault = only(office.submit("党组织名册2010年3月.xlsx", rows))
    assert (fault.cell, fault.rule) == ("A4", "personal")
    assert code not in fault.message and code not in (fault.value or "")


def test_of_a_row_that_was_taken_for_a_header_no_name_is_repeated(office: Office) -> None:
    outcome = office.submit("名单2010年3月.xlsx", [["备注", "林秋水", "张小月", "人数"], ["1", "2", "3", "4"]])
    assert outcome.receipt.refusal and "备注、人数…" in outcome.receipt.refusal
    assert not [name for name in ("林秋水", "张小月") if name in outcome.receipt.refusal]
