"""Section 2 of the semantics on tiny files: rows, units, communities, streets, keys, sums."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import Settings
from tests.intake.conftest import (
    COOPERATIVES,
    DISPUTES,
    EMPLOYMENT,
    ILLEGAL,
    SERVICES,
    Office,
    csv_text,
    employment,
    faults,
    good,
    many,
    only,
    workbook,
)

UNITS = [
    "统一社会信用代码", "单位名称", "单位类别", "所在社区", "所在网格", "规模以上", "从业人数", "党员人数",
    "生产经营稳定", "党员队伍稳定", "有合适书记人选", "组建方式", "党组织编码", "建立工会", "建立团组织",
    "建立妇女组织", "建立民兵组织", "党群交叉任职", "设立诉求服务中心",
]  # fmt: skip
MARCH = "就业2010年3月.xlsx"
Q1 = "股份公司2010年第1季度.xlsx"


def cooperative(**changed: Any) -> list[Any]:
    row: dict[str, Any] = {
        "code": "C1", "name": "甲公司", "community": "新木", "shareholders": 10, "rental": 1, "investment": 1,
        "service": 1, "management": 1, "other": None, "total": 4, "profit": 2, "dividends": 1, "decisions": 3,
        "reviewed": 2, "modern": "是", "managers": "否",
    }  # fmt: skip
    assert not set(changed) - set(row)
    return list({**row, **changed}.values())


# --- rows ---------------------------------------------------------------------------------------------------------


def test_every_row_down_to_the_last_with_content_is_accounted_for(office: Office) -> None:
    rows: list[Sequence[Any]] = [
        [],
        ["户籍居民就业情况月报"],
        ["2010年3月"],
        EMPLOYMENT,
        ["平湖街道"],
        good("新木"),
        [],
        ["小 计", 100, 90, 5, 0, 3],
        EMPLOYMENT,
        ["布吉街道"],
        good("布吉"),
        good("布吉"),
        ["全区合计", 200, 180, 10, 0, 6],
        ["数据来自各街道"],
        ["注：", "本表", "按月报送"],
        ["填表人：张三", None, "审核人：李四"],
        [],
    ]
    outcome = office.submit("就业.xlsx", rows)
    assert outcome.receipt.skipped == {
        "blank": 2, "title": 2, "header": 2, "section": 2, "total": 2, "note": 3, "repeat": 1,
    }  # fmt: skip
    assert (outcome.receipt.rows_read, outcome.receipt.rows_accepted, outcome.receipt.rows_rejected) == (16, 2, 0)
    assert office.accepted(outcome)["_row"].to_list() == [6, 11]


def test_a_total_with_another_key_filled_is_a_row_of_data(office: Office) -> None:
    rows = [
        DISPUTES,
        *([name, "劳资", 2, 1] for name in ("新木", "平湖", "布吉")),
        ["合计", "劳资", 6, 3],
        ["合计", None, 6, 3],
    ]
    outcome = office.submit("纠纷2010年3月.xlsx", rows)
    assert outcome.receipt.skipped == {"header": 1, "total": 1}
    assert faults(outcome) == [("A5", "unknown_area")]


def test_a_word_of_totals_after_the_first_number_is_no_total(office: Office) -> None:
    outcome = office.submit(
        MARCH, [["编号", *EMPLOYMENT, "备注"], [7, *good(), "含小计"], ["合计", None, 1, 1, 1, 1, 1]]
    )
    assert (outcome.receipt.rows_accepted, outcome.receipt.skipped) == (1, {"header": 1, "total": 1})


def test_a_lone_community_among_the_rows_is_a_row_that_lacks_the_rest(office: Office) -> None:
    outcome = office.submit(MARCH, employment(good("新木"), ["平湖社区"], good("布吉")))
    assert [rule for _, rule in faults(outcome)] == ["required"] * 5
    assert outcome.receipt.rows_rejected == 1


def test_a_lone_text_is_a_section_only_when_it_is_numbered_or_names_a_street(office: Office) -> None:
    rows = employment(["二、平湖片区"], good("新木"), ["某公司"], good("平湖"), ["布吉街道"], good("布吉"))
    outcome = office.submit(MARCH, rows)
    assert outcome.receipt.skipped == {"header": 1, "section": 2}
    assert faults(outcome)[0] == ("A4", "unknown_area")


def test_a_header_of_two_rows_repeats_as_two(office: Office) -> None:
    header = [["社区", "设立一站式服务大厅", "服务事项", None, "办件", None], [None, None, *SERVICES[2:]]]
    rows = [*header, ["新木", "是", 9, 8, 7, 6], *header, ["平湖", "否", 9, 8, 7, 6]]
    outcome = office.submit("平湖街道社区服务月报2010年3月.xlsx", rows)
    assert (outcome.receipt.rows_accepted, outcome.receipt.skipped) == (2, {"header": 4})


def test_numbered_rows_of_a_form_that_are_otherwise_empty_are_blank(office: Office) -> None:
    outcome = office.submit(MARCH, [["序号", *EMPLOYMENT], [1, *good()], [2], [3], ["注：空行不填"]])
    assert outcome.receipt.skipped == {"header": 1, "blank": 2, "note": 1}


def test_a_repeat_is_judged_after_reading(office: Office) -> None:
    outcome = office.submit(MARCH, employment(good("新木"), good("新木社区", labour_force="１００人", employed="90.0")))
    assert (outcome.receipt.rows_accepted, outcome.receipt.skipped["repeat"]) == (1, 1)


def test_a_repeat_on_another_sheet_is_one_too(office: Office) -> None:
    outcome = office.submit(MARCH, workbook({"一": employment(good("新木")), "二": employment(good("440307003004"))}))
    assert (outcome.receipt.rows_read, outcome.receipt.rows_accepted) == (4, 1)
    assert outcome.receipt.skipped == {"header": 2, "repeat": 1}


def test_rows_that_cannot_be_read_are_repeats_only_of_the_same_text(office: Office) -> None:
    outcome = office.submit(
        MARCH,
        employment(*many(4), good("南联", employed="甲"), good("南联", employed="甲"), good("南联", employed="乙")),
    )
    assert (outcome.receipt.rows_rejected, outcome.receipt.skipped["repeat"]) == (2, 1)


def test_two_rows_with_one_key_but_different_content_are_both_rejected(office: Office) -> None:
    outcome = office.submit(MARCH, employment(good("新木"), good("新木社区", employed=80), good("平湖")))
    assert faults(outcome) == [("A2", "duplicate_key"), ("A3", "duplicate_key")]
    assert "第 2、3 行" in outcome.faults[0].message
    assert (outcome.status, outcome.receipt.rows_rejected) == ("refused", 2)


def test_all_faults_of_a_row_are_listed(office: Office) -> None:
    row = good("不存在", labour_force=-1, employed="甲", registered_unemployed=None, newly_employed=1.5)
    outcome = office.submit(MARCH, employment(*many(4), row))
    assert sorted(faults(outcome)) == [
        ("A6", "unknown_area"), ("B6", "minimum"), ("C6", "type"), ("D6", "required"), ("F6", "type"),
    ]  # fmt: skip
    assert outcome.receipt.rows_rejected == 1


# --- headers ------------------------------------------------------------------------------------------------------


def test_spaces_breaks_width_and_bracketed_units_do_not_matter_in_a_header(office: Office) -> None:
    header = [
        " 社 区",
        "户籍劳动力\n人数（人）",
        "已就业人数(人)",
        "登记失业人数",
        "零就业家庭户数【户】",
        "*本月新增就业人数",
    ]
    assert office.submit(MARCH, [header, good()]).receipt.rows_accepted == 1


def test_a_bracket_that_is_no_unit_is_part_of_the_header_which_is_still_recognised(office: Office) -> None:
    header = ["社区（全称）", *EMPLOYMENT[1:5], "本月新增就业人数（含灵活就业）"]
    assert office.submit(MARCH, [header, good()]).receipt.rows_accepted == 1


def test_a_header_of_two_merged_rows_gives_names_and_units(office: Office) -> None:
    rows = [
        ["2010年第1季度", *[None] * 15],
        [*COOPERATIVES[:4], "收入（元）", *[None] * 5, "净利润", "分红总额", "决策", None, "治理", None],
        [*[None] * 4, *COOPERATIVES[4:10], None, None, *COOPERATIVES[12:]],
        cooperative(),
    ]  # fmt: skip
    outcome = office.submit("股份公司.xlsx", workbook({"表": rows}))
    assert outcome.receipt.skipped == {"title": 1, "header": 2}
    row = office.accepted(outcome).row(0, named=True)
    assert row["total_income"] == Decimal(4)
    assert row["net_profit"] == Decimal(20_000)


def test_a_row_of_units_below_the_header_belongs_to_it(office: Office) -> None:
    units = [None, None, None, "人", *["元"] * 6, "千元", "万元", "项", "项", None, None]
    outcome = office.submit(Q1, [COOPERATIVES, units, cooperative()])
    row = office.accepted(outcome).row(0, named=True)
    assert outcome.receipt.skipped == {"header": 2}
    assert (row["total_income"], row["net_profit"], row["dividends"]) == (Decimal(4), Decimal(2000), Decimal(10_000))


def test_a_header_may_hold_a_year_and_a_remark_with_a_colon(office: Office) -> None:
    outcome = office.submit(MARCH, [["社区（注：全称）", *EMPLOYMENT[1:], "2009"], [*good(), 7]])
    assert outcome.receipt.rows_accepted == 1


def test_a_parent_can_be_the_first_half_of_a_name(office: Office) -> None:
    rows = [
        ["社区", "户籍劳动力", "已就业", "登记失业", "零就业家庭", "本月新增就业"],
        [None, "人数", "人数", "人数", "户数", "人数"],
        good(),
    ]
    assert office.submit(MARCH, rows).receipt.rows_accepted == 1


def test_a_table_that_starts_at_c3_keeps_its_true_cells(office: Office) -> None:
    rows = [[], [], [None, None, *EMPLOYMENT], *([None, None, *row] for row in many(4)),
            [None, None, *good("南联", employed=101)]]  # fmt: skip
    outcome = office.submit(MARCH, rows)
    assert faults(outcome) == [("E8", "at_most")]
    assert outcome.receipt.rows_read == 8


def test_a_column_that_stands_there_twice_is_refused_naming_both(office: Office) -> None:
    outcome = office.submit(MARCH, [[*EMPLOYMENT, "已就业人数"], [*good(), 80]])
    assert outcome.status == "refused"
    assert "C、G 列" in str(outcome.receipt.refusal)


def test_the_official_header_beats_another_one(office: Office) -> None:
    header = ["有就业愿望户籍劳动力", *EMPLOYMENT]
    outcome = office.submit(MARCH, [header, [999, *good()]])
    assert office.accepted(outcome)["labour_force"].to_list() == [100]
    assert outcome.receipt.notes == ("未采用的列：有就业愿望户籍劳动力。",)


# --- units --------------------------------------------------------------------------------------------------------


def income(office: Office, header: str, cell: object, title: str | None = None) -> Decimal | str:
    """The net profit as stored, or the rule it breaks."""
    names = [header if name == "净利润" else name for name in COOPERATIVES]
    others = [cooperative(code=f"X{at}", name=f"乙{at}") for at in range(3)]
    outcome = office.submit(Q1, [*([[title]] if title else []), names, cooperative(profit=cell), *others])
    if outcome.faults:
        return outcome.faults[0].rule
    return office.accepted(outcome)["net_profit"][0]


def test_cell_beats_header_beats_line_beats_contract(office: Office) -> None:
    assert income(office, "净利润", 3) == 30_000
    assert income(office, "净利润", 3, "单位：千元") == 3_000
    assert income(office, "净利润", 3, "经营情况表（千元）") == 3_000
    assert income(office, "净利润（元）", 3, "单位：千元") == 3
    assert income(office, "净利润（元）", "3亿元", "单位：千元") == 300_000_000


def test_an_unfitting_unit_is_a_fault_never_ignored(office: Office) -> None:
    assert income(office, "净利润（人）", 3) == "unit"
    assert income(office, "净利润", "3人") == "unit"
    assert income(office, "净利润（万美元）", 3) == "unit"


def test_an_organisation_after_the_word_for_unit_is_no_unit(office: Office) -> None:
    assert income(office, "净利润", 3, "编制单位：龙岗区集体资产管理办公室") == 30_000
    assert income(office, "净利润", 3, "单位：深圳市万元公司") == 30_000
    assert income(office, "净利润", 3, "填报单位：元") == 30_000


def test_a_line_of_units_that_fits_nothing_is_a_fault_on_every_number(office: Office) -> None:
    outcome = office.submit(MARCH, [["单位：万元"], EMPLOYMENT, good()])
    assert faults(outcome) == [(f"{letter}3", "unit") for letter in "BCDEF"]


def test_a_line_of_units_governs_only_what_it_fits(office: Office) -> None:
    outcome = office.submit(MARCH, [["单位：万人"], EMPLOYMENT, good(labour_force=0.02, employed=0.01)])
    row = office.accepted(outcome).row(0)
    assert row[1:6] == (200, 100, 50_000, 0, 30_000)


def test_area_is_stored_in_square_metres(office: Office) -> None:
    header = [*ILLEGAL[:3], "新增面积（万平方米）", "拆除面积"]
    outcome = office.submit("平湖街道2010年3月.xlsx", [header, ["新木", "居民", "2宗", 0.5, "1,200.5㎡"]])
    row = office.accepted(outcome).row(0, named=True)
    assert (row["new_cases"], row["new_area"], row["demolished_area"]) == (2, Decimal(5000), Decimal("1200.5"))


def test_a_fault_shows_the_header_as_the_file_has_it(office: Office) -> None:
    header = [*ILLEGAL[:3], "新增 面积\n（平方米）", "拆除面积"]
    outcome = office.submit(
        "平湖街道2010年3月.xlsx", [header, ["新木", "居民", 2, -1, 1], ["平湖社区", "居民", 2, 1, 1]]
    )
    assert (only(outcome).header, only(outcome).rule) == ("新增面积（平方米）", "minimum")


# --- cells --------------------------------------------------------------------------------------------------------


def test_nothing_there_in_a_required_cell_is_a_fault(office: Office) -> None:
    outcome = office.submit(MARCH, employment(*many(4), good("南联", employed="—", newly_employed="暂无")))
    assert faults(outcome) == [("C6", "required"), ("F6", "required")]


def test_the_error_of_a_formula_is_a_fault_that_shows_it(office: Office) -> None:
    outcome = office.submit(MARCH, employment(*many(4), good("南联", employed=("formula", "#REF!"))))
    assert (only(outcome).cell, only(outcome).value, only(outcome).rule) == ("C6", "#REF!", "type")


def test_an_unknown_enum_value_is_a_fault_with_the_nearest(office: Office) -> None:
    outcome = office.submit("纠纷2010年3月.xlsx", [DISPUTES, ["新木", "劳资", 2, 1], ["平湖", "劳资纠纷", 2, 1]])
    fault = only(outcome)
    assert (fault.cell, fault.rule, fault.value) == ("B3", "enum", "劳资纠纷")
    assert "劳资、邻里、物业、土地、其他" in fault.message
    assert "是否为“劳资”" in fault.message


def test_what_looks_like_the_number_of_a_person_is_not_shown(office: Office) -> None:
    outcome = office.submit(MARCH, employment(*many(4), good("440301197001011234", employed="13912345678")))
    shown = "".join(f"{fault.value}{fault.message}" for fault in outcome.faults)
    assert len(outcome.faults) == 2
    assert "440301197001011234" not in shown
    assert "13912345678" not in shown


def test_parts_that_do_not_add_up_are_a_fault_within_half_a_percent(office: Office) -> None:
    def rules(total: float, other: float | None) -> list[tuple[str | None, str]]:
        row = cooperative(rental=100, investment=50, service=30, management=20, other=other, total=total)
        return faults(office.submit(Q1, [COOPERATIVES, row]))

    assert rules(201, None) == []
    assert rules(201.01, None) == [("J2", "sum")]
    assert rules(199, None) == []
    assert rules(300, 100) == []
    assert rules(200, 100) == [("J2", "sum")]


def test_a_part_larger_than_the_whole_is_a_fault_on_the_part(office: Office) -> None:
    outcome = office.submit(MARCH, employment(*many(4), good("南联", employed=101)))
    assert faults(outcome) == [("C6", "at_most")]
    assert "已就业人数（101）大于户籍劳动力人数（100）" in only(outcome).message


def test_a_field_that_another_one_makes_necessary(office: Office) -> None:
    def unit(code: str, how: str, org: str | None) -> list[Any]:
        return [code, "甲", "非公企业", "新木", "G1", "是", 9, 3, "是", "是", "是", how, org, *"是否有无√×"]

    rows = [unit("U1", "单独组建", "D1"), unit("U2", "未覆盖", None), unit("U3", "联合组建", "无")]
    outcome = office.submit("平湖街道2010年3月.xlsx", [UNITS, *rows])
    assert (faults(outcome), outcome.receipt.rows_accepted) == ([("M4", "required_when")], 2)
    assert office.accepted(outcome).row(0)[13:19] == (True, False, True, False, True, False)


def test_a_date_after_the_periods_end_is_a_warning_in_a_snapshot(office: Office) -> None:
    header = ["党组织编码", "党组织名称", "组织类型", "所属领域", "所在社区", "党员人数", "成立日期", "书记出生年月"]
    rows = [
        ["D1", "甲支部", "党支部", "社区", "新木", 5, date(2010, 4, 1), "1970.02"],
        ["D2", "乙支部", "党支部", "社区", "平湖", 5, "2009.12.31", "2010.1"],
    ]
    outcome = office.submit("党组织2010年3月.xlsx", [header, *rows])
    assert [(fault.severity, fault.cell, fault.rule) for fault in outcome.faults] == [
        ("warning", "G2", "after_period"),
        ("fault", "H3", "type"),
    ]
    assert office.accepted(outcome).select("established_on", "secretary_birth_month").row(0) == (
        date(2010, 4, 1),
        date(1970, 2, 1),
    )


def test_a_code_that_the_spreadsheet_rounded_is_a_fault(office: Office) -> None:
    header = ["党组织编码", "党组织名称", "组织类型", "所属领域", "所在社区", "党员人数"]
    rows = [
        [440307013002123456, "甲支部", "党支部", "社区", "新木", 5],
        ["440307013002123520", "乙支部", "党支部", "社区", "新木", 5],
        [440307013002, "丙支部", "党支部", "社区", "新木", 5],
    ]
    outcome = office.submit("党组织2010年3月.xlsx", [header, *rows])
    # As text the second one would be taken; but a number in this sheet reads the same, and nobody can tell them apart.
    assert [cell for cell, _ in faults(outcome)] == ["A2", "A3"]
    outcome = office.submit("党组织2010年3月.xlsx", [header, *rows[1:]])
    assert office.accepted(outcome)["org_code"].to_list() == ["440307013002123520", "440307013002"]


# --- communities and streets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("440307003004", "440307003004"),
        (440307003004, "440307003004"),
        ("新木社区", "440307003004"),
        (" 新木 ", "440307003004"),
        ("新木社区居委会", "440307003004"),
        ("新木社区居民委员会", "440307003004"),
        ("新木居委会", "440307003004"),
        ("嘉丽园社区", "440307013016"),
        ("嘉丽园", "440307013016"),
        ("杨美社区嘉丽园社区", "440307013016"),
    ],
)
def test_a_community_goes_by_code_or_name(office: Office, cell: object, code: str) -> None:
    assert office.accepted(office.submit(MARCH, employment(good(cell))))["community"].to_list() == [code]


def test_only_communities_in_use_on_the_periods_last_day_match(office: Office) -> None:
    outcome = office.submit(MARCH, employment(*many(4), good("丽湖社区")))
    assert faults(outcome) == [("A6", "unknown_area")]
    outcome = office.submit("就业2011年3月.xlsx", employment(good("凤凰社区"), good("平湖墟社区")))
    assert office.accepted(outcome)["community"].to_list() == ["440307014014", "440307003012"]


def test_an_unknown_community_names_the_nearest(office: Office) -> None:
    outcome = office.submit(MARCH, employment(*many(4), good("南莲社区")))
    assert only(outcome).rule == "unknown_area"
    assert "是否为“南联社区”" in only(outcome).message


def test_a_name_in_two_streets_is_ambiguous_without_a_street(office: Office) -> None:
    outcome = office.submit(MARCH, employment(*many(4), good("凤凰社区")))
    assert only(outcome).rule == "ambiguous_area"
    assert "440307003901" in only(outcome).message
    assert "440307014014" in only(outcome).message


@pytest.mark.parametrize("header", ["街道", "所属街道", "所在街道", "街道名称"])
def test_a_column_of_streets_decides(office: Office, header: str) -> None:
    rows = [[*EMPLOYMENT, header], [*good("凤凰"), "平湖街道"], [*good("凤凰社区"), "布吉"]]
    outcome = office.submit(MARCH, rows)
    assert office.accepted(outcome)["community"].to_list() == ["440307003901", "440307014014"]
    assert outcome.receipt.notes == ()


def test_else_the_section_decides(office: Office) -> None:
    outcome = office.submit(MARCH, employment(["平湖街道"], good("凤凰"), ["二、布吉街道"], good("凤凰")))
    assert office.accepted(outcome)["community"].to_list() == ["440307003901", "440307014014"]


def test_else_the_sheet_decides(office: Office) -> None:
    content = workbook({"平湖街道": employment(good("凤凰")), "布吉街道": employment(good("凤凰"))})
    assert office.accepted(office.submit(MARCH, content))["community"].to_list() == ["440307003901", "440307014014"]


def test_else_the_title_the_file_or_what_was_said_decides(office: Office) -> None:
    titled = office.submit(MARCH, [["平湖街道就业月报"], *employment(good("凤凰"))])
    assert office.accepted(titled)["community"].to_list() == ["440307003901"]
    named = office.submit("布吉街道就业2010年3月.xlsx", employment(good("凤凰")))
    assert office.accepted(named)["community"].to_list() == ["440307014014"]
    said = office.submit("就业2010年3月b.xlsx", employment(good("凤凰", employed=1)), streets=("平湖",))
    assert office.accepted(said)["community"].to_list() == ["440307003901"]


def test_a_street_that_contradicts_the_community_is_a_fault(office: Office) -> None:
    rows = [[*EMPLOYMENT, "街道"], *([*row, None] for row in many(4)), [*good("南联"), "平湖街道"]]
    outcome = office.submit(MARCH, rows)
    assert faults(outcome) == [("A6", "street_contradicts")]
    assert "南联”属于龙岗街道，与该行所属的平湖街道不符" in only(outcome).message


def test_a_street_that_is_none_is_a_fault(office: Office) -> None:
    rows = [[*EMPLOYMENT, "街道"], *([*row, None] for row in many(4)), [*good("南联"), "龙港街道"]]
    outcome = office.submit(MARCH, rows)
    assert faults(outcome) == [("G6", "unknown_area")]


def test_in_a_district_report_the_districts_name_is_no_street(office: Office) -> None:
    outcome = office.submit("龙岗就业2010年3月.xlsx", [["龙岗区就业月报"], *employment(good("新木"))])
    assert (outcome.status, faults(outcome)) == ("active", [])


# --- scope ----------------------------------------------------------------------------------------------------------


def service(community: str, **changed: Any) -> list[Any]:
    row: dict[str, Any] = {"community": community, "hall": "是", "required": 9, "provided": 8, "due": 7, "on_time": 6}
    return list({**row, **changed}.values())


@pytest.mark.parametrize(
    "name", ["平湖街道服务2010年3月.xlsx", "平湖服务2010年3月.xlsx", "龙岗区平湖街道2010年3月.xlsx"]
)
def test_the_file_names_its_street(office: Office, name: str) -> None:
    outcome = office.submit(name, [SERVICES, service("新木")])
    assert outcome.receipt.scope == ("440307003",)
    assert office.accepted(outcome)["_submitter"].to_list() == ["440307003"]


def test_title_sheets_sections_and_what_is_said_name_streets(office: Office) -> None:
    row = service("新木")
    assert office.submit("1-2010年3月.xlsx", [["平湖街道"], SERVICES, row]).receipt.scope == ("440307003",)
    assert office.submit("2-2010年3月.xlsx", [SERVICES, ["平湖街道"], row]).receipt.scope == ("440307003",)
    sheets = workbook({"平湖": [SERVICES, row], "布吉街道": [SERVICES, service("布吉")]})
    assert office.submit("3-2010年3月.xlsx", sheets).receipt.scope == ("440307003", "440307014")
    said = office.submit("4-2010年3月.xlsx", [SERVICES, service("新木", due=8)], streets=("440307003",))
    assert said.receipt.scope == ("440307003",)


def test_sources_that_disagree_about_the_street_are_refused(office: Office) -> None:
    outcome = office.submit("平湖街道2010年3月.xlsx", [["布吉街道服务月报"], SERVICES, service("布吉")])
    assert outcome.status == "refused"
    assert "文件名：平湖街道；标题：布吉街道" in str(outcome.receipt.refusal)


def test_the_districts_name_is_no_street(office: Office) -> None:
    outcome = office.submit("龙岗区服务2010年3月.xlsx", [SERVICES, service("新木")])
    assert outcome.receipt.scope == ("440307003",)


def test_a_row_outside_the_named_scope_is_a_fault(office: Office) -> None:
    rows = [service("新木"), service("平湖社区"), service("布吉")]
    outcome = office.submit("服务2010年3月.xlsx", [SERVICES, *rows], streets=("平湖街道",))
    assert [cell for cell, _ in faults(outcome)] == ["A4"]
    assert (outcome.receipt.rows_accepted, outcome.receipt.scope) == (2, ("440307003",))


def test_without_a_name_the_streets_of_the_rows_are_the_scope(office: Office) -> None:
    outcome = office.submit("服务2010年3月.xlsx", [SERVICES, service("新木"), service("布吉")])
    assert outcome.receipt.submitter == "440307003,440307014"
    assert office.accepted(outcome)["_submitter"].to_list() == ["440307003", "440307014"]


def test_a_street_with_hardly_any_rows_is_a_fault_and_no_scope(office: Office) -> None:
    header = [name for name in UNITS if name != "党组织编码"]

    def units(count: int) -> list[list[Any]]:
        home = [
            [f"U{at}", "甲", "非公企业", "新木", "G", *"是", 9, 3, *"是是是", "未覆盖", *"否否否否否否"]
            for at in range(count)
        ]
        return [header, *home, ["V", "乙", "非公企业", "布吉", "G", *"是", 9, 3, *"是是是", "未覆盖", *"否否否否否否"]]

    few = office.submit("2010年3月.xlsx", units(20))
    assert (faults(few), few.receipt.scope) == ([("D22", "out_of_scope")], ("440307003",))
    enough = office.submit("2010年3月b.xlsx", units(19))
    assert (faults(enough), enough.receipt.scope) == ([], ("440307003", "440307014"))


def test_a_file_of_two_streets_is_replaced_street_by_street(office: Office) -> None:
    both = office.submit("服务2010年3月.xlsx", [SERVICES, service("新木"), service("布吉")], at="2010-04-05T09:00")
    one = office.submit("平湖2010年3月.xlsx", [SERVICES, service("新木", due=8)], at="2010-04-06T09:00")
    from warehouse.lake import Lake, active_parts, statuses

    receipts = Lake(office.settings.home).receipts()
    parts = {key[2]: value for key, value in active_parts(receipts).items() if key[0] == "community_services"}
    assert parts == {"440307003": one.receipt.submission_id, "440307014": both.receipt.submission_id}
    assert statuses(receipts)[both.receipt.submission_id] == "active"
    office.submit("布吉2010年3月.xlsx", [SERVICES, service("布吉", due=8)], at="2010-04-06T09:00")
    assert statuses(Lake(office.settings.home).receipts())[both.receipt.submission_id] == "superseded"


def test_a_street_that_nobody_knows_is_the_callers_mistake(office: Office) -> None:
    with pytest.raises(ValueError, match="no such street"):
        office.submit("服务2010年3月.xlsx", [SERVICES, service("新木")], streets=("光明街道",))


def test_a_street_that_was_not_there_yet_is_refused(office: Office) -> None:
    outcome = office.submit("吉华街道服务2010年3月.xlsx", [SERVICES])
    assert outcome.status == "refused"
    assert "吉华街道在2010年3月不存在" in str(outcome.receipt.refusal)


# --- secrets and dates of a flow, by a contract of the test ---------------------------------------------------------

_MEMBERS = """
export: member_development
title: 发展党员台账
description: 测试
department: 区委组织部
kind: flow
cadence: month
by: district
key: [applicant_no]
fields:
  applicant_no: {header: 对象编号, type: code, required: true, secret: true, description: 编号}
  community: {header: 社区, type: community, required: true, description: 社区}
  date: {header: 确定日期, type: date, required: true, description: 日期}
  share: {header: 比例, type: decimal, measure: share, description: 比例}
"""


@pytest.fixture
def secret_office(office: Office, tmp_path: Path) -> Office:
    folder = tmp_path / "contracts"
    folder.mkdir()
    (folder / "member_development.yaml").write_text(_MEMBERS, encoding="utf-8")
    communities = office.settings.contracts_dir / "communities.yaml"
    (folder / "communities.yaml").write_bytes(communities.read_bytes())
    return Office(Settings(home=office.settings.home, contracts_dir=folder), office.outside)


def test_a_secret_is_stored_as_the_keyed_hash_of_its_normalised_number(secret_office: Office) -> None:
    rows = [
        ["对象编号", "社区", "确定日期", "比例"],
        ["ab 123", "新木", "2010-03-05", "87%"],
        ["ＡＢ１２４", "平湖", "20100331", 0.5],
    ]
    outcome = secret_office.submit("2010年3月.xlsx", rows)
    key = (secret_office.settings.home / "keys" / "pseudonym.key").read_bytes()
    expected = [hmac.new(key, text, hashlib.sha256).hexdigest() for text in (b"AB123", b"AB124")]
    stored = secret_office.accepted(outcome)
    assert stored["applicant_no"].to_list() == expected
    assert stored["share"].to_list() == [Decimal("0.87"), Decimal("0.5")]


def test_a_secret_is_never_shown_in_a_fault(secret_office: Office) -> None:
    rows = [
        ["对象编号", "社区", "确定日期"],
        ["S1", "新木", "2010-03-05"],
        ["S1", "新木", "2010-03-06"],
        ["S2", "新木", "2010-03-05"],
    ]
    outcome = secret_office.submit("2010年3月.xlsx", rows)
    assert faults(outcome) == [("A2", "duplicate_key"), ("A3", "duplicate_key")]
    assert all(fault.value is None and "S1" not in fault.message for fault in outcome.faults)


def test_a_date_of_a_flow_must_lie_inside_its_period(secret_office: Office) -> None:
    rows = [["对象编号", "社区", "确定日期"]]
    rows += [[f"S{at}", "新木", day] for at, day in enumerate(["2010-03-01", "2010-03-31", "2010-04-01"])]
    outcome = secret_office.submit("2010年3月.csv", csv_text(rows).encode())
    assert (faults(outcome), outcome.receipt.rows_accepted) == ([("C4", "date_in_period")], 2)
    outcome = secret_office.submit(
        "2010年2月.csv", csv_text([*rows[:1], ["S1", "新木", "2010-02-28"], ["S2", "新木", "2010-01-31"]]).encode()
    )
    assert faults(outcome) == [("C3", "date_in_period")]
