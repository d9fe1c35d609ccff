"""Blank workbooks: whatever is filled into one is recognised and taken, for every export."""

from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import polars as pl
import pytest

from pipelines.contracts.schema import DISTRICT, Contract, FieldType, load_contracts
from pipelines.intake.receive import receive
from pipelines.intake.register import Areas
from pipelines.intake.template import HEADER_ROW, areas_in_use, example, template, template_name, usual_period
from pipelines.periods import Cadence, Period
from pipelines.sample.content import EXPORTS
from pipelines.sample.district import District, read_register
from pipelines.settings import ROOT
from tests.intake.conftest import Office

CONTRACTS = load_contracts(ROOT / "pipelines" / "contracts")
PERIODS = {Cadence.MONTH: "2010-03", Cadence.QUARTER: "2010-Q1", Cadence.YEAR: "2010"}


def period_of(contract: Contract) -> Period:
    return Period.parse(PERIODS[contract.cadence])


def blank(office: Office, contract: Contract) -> openpyxl.Workbook:
    period = period_of(contract)
    areas = areas_in_use(office.settings, period.end)
    return openpyxl.load_workbook(BytesIO(template(contract, CONTRACTS, areas, period)))


def filled(book: openpyxl.Workbook, *rows: Mapping[str, Any], period: str = "", street: str = "") -> bytes:
    """The template with rows typed into it, all other sheets as they were."""
    sheet = book.worksheets[0]
    for at, row in enumerate(rows, HEADER_ROW + 2):
        for column, value in enumerate(row.values(), 1):
            sheet.cell(at, column).value = value
    if period:
        sheet["B2"] = period
    if street:
        sheet["D2"] = street
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def changed(contract: Contract, row: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The same row under another key."""
    keys = {name: contract.fields[name] for name in contract.key}
    codes = {name: f"{row[name][:-3]}{number:03d}" for name, spec in keys.items() if spec.type is FieldType.CODE}
    return {**row, **codes}


def test_there_are_26_exports() -> None:
    assert len(CONTRACTS) == 26


@pytest.mark.parametrize("export", CONTRACTS)
def test_the_example_typed_into_the_table_is_taken(office: Office, export: str) -> None:
    contract = CONTRACTS[export]
    row = example(contract, areas_in_use(office.settings, period_of(contract).end), period_of(contract))
    keyed_by_code = any(contract.fields[name].type is FieldType.CODE for name in contract.key)
    rows = [changed(contract, row, number) for number in range(3 if keyed_by_code else 1)]
    street = "平湖街道" if contract.by == "street" else ""
    data = filled(blank(office, contract), *rows, period=period_of(contract).chinese, street=street)
    # The name says nothing: the sheet alone must.
    outcome = office.submit("新建工作表.xlsx", data)
    assert outcome.receipt.refusal is None
    # A register of three communities drops those that were there.
    assert {fault.rule for fault in outcome.faults} <= ({"missing_from_register"} if contract.is_register else set())
    assert (outcome.receipt.export, outcome.receipt.period_end) == (export, period_of(contract).end)
    assert outcome.receipt.rows_accepted == len(rows)
    assert outcome.receipt.skipped == {"title": 2, "header": 1}
    assert outcome.receipt.notes == ()
    assert outcome.receipt.scope == (("440307003",) if contract.by == "street" else (DISTRICT,))


def sample_rows(contract: Contract, street: str) -> pl.DataFrame:
    """Rows of the made-up district, numbers in the units of the contract."""
    months = {Cadence.MONTH: "2025-12", Cadence.QUARTER: "2025-Q4", Cadence.YEAR: "2025"}
    district = District(1, Period.parse("2025-01"), Period.parse("2025-12"), 0.02)
    frame = EXPORTS[contract.export](district, Period.parse(months[contract.cadence]))
    if contract.by == "street":
        inside = read_register().filter(pl.col("street_code") == street)["community_code"]
        frame = frame.filter(pl.col("community").is_in(inside.implode()))
    return frame


def test_templates_of_all_exports_filled_with_the_sample_are_taken_wholly(empty_office: Office) -> None:
    office, street = empty_office, "440307003"
    rows: dict[str, int] = {}
    handovers = []
    for export in sorted(CONTRACTS, key=lambda name: (name != "communities", name)):
        contract = CONTRACTS[export]
        frame = sample_rows(contract, street)
        if not contract.is_register and export != "party_organizations":
            frame = frame.head(60)
        typed = [{name: row.get(name) for name in contract.fields} for row in frame.iter_rows(named=True)]
        period = Period.parse({"month": "2025-12", "quarter": "2025-Q4", "year": "2025"}[contract.cadence.value])
        book = openpyxl.load_workbook(BytesIO(template(contract, CONTRACTS, Areas([]), period)))
        data = filled(book, *typed, street="平湖" if contract.by == "street" else "")
        handovers.append(office.handover(template_name(contract, period), data))
        rows[export] = len(typed)
    outcomes = receive(office.settings, handovers)
    assert {o.receipt.export: (o.receipt.refusal, o.faults) for o in outcomes} == dict.fromkeys(CONTRACTS, (None, ()))
    assert {o.receipt.export: o.receipt.rows_accepted for o in outcomes} == rows
    assert sum(count > 5 for count in rows.values()) >= 22


@pytest.mark.parametrize("text", ["2010-03", "2010.03", "201003", "2010年3月", "2010年03月份", "二〇一〇年三月"])
def test_the_period_may_be_written_in_any_way(office: Office, text: str) -> None:
    contract = CONTRACTS["employment"]
    areas = areas_in_use(office.settings, date(2010, 3, 31))
    book = blank(office, contract)
    outcome = office.submit("x.xlsx", filled(book, example(contract, areas, period_of(contract)), period=text))
    assert outcome.receipt.period_end == date(2010, 3, 31)


@pytest.mark.parametrize("export", CONTRACTS)
def test_the_suggested_name_says_the_period(office: Office, export: str) -> None:
    contract = CONTRACTS[export]
    row = example(contract, areas_in_use(office.settings, period_of(contract).end), period_of(contract))
    street = "平湖街道" if contract.by == "street" else ""
    outcome = office.submit(
        template_name(contract, period_of(contract)), filled(blank(office, contract), row, street=street)
    )
    assert (outcome.status, outcome.receipt.period_end) == ("active", period_of(contract).end)


def test_a_template_without_a_register_has_no_lists_of_areas_and_is_taken_all_the_same(office: Office) -> None:
    contract = CONTRACTS["employment"]
    book = openpyxl.load_workbook(BytesIO(template(contract, CONTRACTS, Areas([]), period_of(contract))))
    assert list(book.defined_names) == []
    row = example(contract, areas_in_use(office.settings, date(2010, 3, 31)), period_of(contract))
    assert office.submit("x.xlsx", filled(book, row, period="2010-03")).status == "active"


def test_headers_formats_lists_and_explanations(office: Office) -> None:
    book = blank(office, CONTRACTS["illegal_construction"])
    assert [(sheet.title, sheet.sheet_state) for sheet in book] == [
        ("违法建筑查处月报", "visible"), ("填写示例", "visible"), ("填写说明", "visible"), ("选项", "hidden"),
    ]  # fmt: skip
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[3]] == [
        "社区", "违建类别", "新增宗数", "新增面积（平方米）", "拆除面积（平方米）",
    ]  # fmt: skip
    assert sheet.freeze_panes == "B4"
    offered = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"}
    assert offered == {"A4:A1048576": "list_community", "B4:B1048576": "list_kind", "D2": "list_submitter"}
    lists = {name: defined.attr_text for name, defined in book.defined_names.items()}
    assert lists["list_kind"] == "'选项'!$B$2:$B$3"
    # Two communities are called 凤凰 in March 2010: their codes stand for them.
    areas = [cell.value for cell in book["选项"]["A"] if cell.value][1:]
    assert areas[:4] == ["新木社区", "平湖社区", "440307003901", "杨美社区嘉丽园社区"]
    assert areas[4:] == ["440307014014", "布吉社区", "龙岗社区", "南联社区"]
    explained = [[cell.value for cell in row] for row in book["填写说明"].iter_rows(values_only=False)]
    (area,) = [row for row in explained if row[0] == "新增面积（平方米）"]
    assert area[1:5] == ["必填", "小数", "平方米", "不小于0"]
    shown = [cell.value for cell in book["填写示例"][4]]
    assert shown == ["新木社区", "社区集体厂房", 10, 10, 10]


def test_codes_are_text_and_money_names_its_unit(office: Office) -> None:
    sheet = blank(office, CONTRACTS["stock_cooperatives"]).worksheets[0]
    assert [sheet.cell(3, column).value for column in (1, 4, 5)] == [
        "公司代码",
        "股民人数（人）",
        "物业租赁收入（万元）",
    ]
    assert sheet.column_dimensions["A"].number_format == "@"
    assert sheet.column_dimensions["D"].number_format == "#,##0"


@pytest.mark.parametrize(
    ("export", "period"),
    [("employment", "2026-10"), ("cadres", "2026-Q3"), ("party_venues", "2025"), ("party_budgets", "2026")],
)
def test_the_usual_period_is_the_one_due_next(export: str, period: str) -> None:
    assert usual_period(CONTRACTS[export], date(2026, 11, 25)) == Period.parse(period)
