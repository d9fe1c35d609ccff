"""The blank workbook of an export: headers with units, lists to choose from, formats, and a sheet that explains.

Made from the contract and the register alone. What is filled in is recognised and taken; the sheets that explain are
never read. Reads no file.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import xlsxwriter

from pipelines.contracts.schema import Contract, FieldSpec, FieldType, load_contracts
from pipelines.contracts.words import BY, CADENCES, KINDS, TYPES, field_rules, rules_of
from pipelines.intake.read import OWN_SHEET, letter
from pipelines.intake.register import Areas, load_register, stem
from pipelines.periods import Period
from pipelines.settings import Settings
from warehouse.closings import Closings, what_counts
from warehouse.lake import Lake

HEADER_ROW = 2
"""Row of the headers, from 0: above them the title, and the period and submitter to be filled in."""
_UNITS = {"area": "平方米", "people": "人", "households": "户", "sessions": "场", "hours": "学时", "share": "%"}
"""Units of numbers whose contract names none."""
_FORMATS = {
    FieldType.INT: "#,##0",
    FieldType.DECIMAL: "#,##0.00##",
    FieldType.DATE: "yyyy-mm-dd",
    FieldType.MONTH: "yyyy-mm",
    FieldType.CODE: "@",
}
_LAST_ROW = 1_048_575
_HOW = (
    "1. 在第一张表里填，一行一条，从表头下面一行开始，怎么填看“填写示例”；不要改动表头。",
    "2. “统计期”填本期，如 2010-03、2010年3月、2010-Q1、2010年；文件名里写了统计期的，也可以不填，两处都写须一致。",
    "3. 深色表头必填，没有发生请填 0；浅色表头选填，可以留空。点单元格有提示，有箭头的从列表里选。",
    "4. 数字直接填数，单位见表头；编码按原样填，不会丢失前面的 0。",
    "5. 填好后直接报送这个文件，不用删除其他工作表：示例、说明和隐藏的选项表不会当作数据读取。",
)


def template(contract: Contract, contracts: Mapping[str, Contract], areas: Areas, period: Period) -> bytes:
    """The workbook, as .xlsx.

    Args:
        contract: Of the export.
        contracts: All of them, for the names of rosters.
        areas: Communities and streets to choose from; may be none.
        period: Which the example is of. Nothing of it stands in the sheet to be filled in.
    """
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        names = (contract.title[:31], "填写示例", "填写说明", "选项")
        data, shown, guide, lists = (book.add_worksheet(name) for name in names)
        lists.hide()
        choices = _choices(contract, areas)
        row = example(contract, areas, period)
        _put_lists(book, lists, choices)
        _put_table(book, data, contract, contract.title, choices)
        _put_table(book, shown, contract, f"{OWN_SHEET}填写示例：{contract.title}", choices)
        shown.write_string(1, 1, period.chinese)
        if "" in choices:
            shown.write_string(1, 3, choices[""][0])
        _put_row(book, shown, row.values())
        _put_guide(book, guide, contract, contracts, row)
    return file.getvalue()


def template_name(contract: Contract, period: Period) -> str:
    """A name for the file that says of which period it is."""
    return f"{contract.title}_{period.chinese}.xlsx"


def usual_period(contract: Contract, today: date) -> Period:
    """The period that is due next: the last one that has ended, or the running one of what is handed in ahead."""
    running = Period.containing(today, contract.cadence)
    return running if contract.ahead else running.shifted(-1)


def areas_in_use(settings: Settings, day: date) -> Areas:
    """The communities and streets of the register in the lake; none when there is no register yet."""
    lake = Lake(settings.home)
    register = next((c.export for c in load_contracts(settings.contracts_dir).values() if c.is_register), "")
    return load_register(lake, lake.receipts(), what_counts(Closings(settings.home).acts()), register).on(day)


def titled(spec: FieldSpec) -> str:
    """The header of a column with its unit."""
    unit = spec.unit or _UNITS.get(spec.measure or "")
    return spec.header if unit is None or "（" in spec.header or unit == spec.header else f"{spec.header}（{unit}）"


def example(contract: Contract, areas: Areas, period: Period) -> dict[str, Any]:
    """A row that keeps the contract."""
    row: dict[str, Any] = {}
    choices = _choices(contract, areas)
    for name, spec in contract.fields.items():
        row[name] = {
            FieldType.TEXT: spec.example or f"（{spec.header}）",
            FieldType.CODE: spec.example or "A001",
            FieldType.DATE: period.start,
            FieldType.MONTH: date(1990, 5, 1),
            FieldType.BOOL: "是",
        }.get(spec.type) or next(iter(choices.get(name, ())), "某某社区")
        if spec.type.is_number:
            row[name] = _number(contract, name)
    return row


def _number(contract: Contract, name: str) -> int:
    """A number that is no larger than its whole, and the sum of its parts."""
    parts = next((rule.parts for rule in contract.sums if rule.total == name), ())
    if parts:
        return sum(_number(contract, part) for part in parts)
    whole = contract.fields[name].at_most
    if whole:
        return max(_number(contract, whole) - 1, 0)
    return 2 if any(name in rule.parts for rule in contract.sums) else 10


def _choices(contract: Contract, areas: Areas) -> dict[str, list[str]]:
    """What may be chosen, by field. A name that two communities bear stands there as their codes."""
    communities = sorted(areas.by_code.values(), key=lambda one: (one.street_code, one.code))
    names = [one.name if len(areas.by_name[stem(one.name)]) == 1 else one.code for one in communities]
    of_type = {
        FieldType.COMMUNITY: names,
        FieldType.STREET: [name for _, name in sorted(areas.streets.items())],
        FieldType.BOOL: ["是", "否"],
    }
    found = {name: list(spec.values) or of_type.get(spec.type, []) for name, spec in contract.fields.items()}
    if contract.by == "street":
        found[""] = of_type[FieldType.STREET]
    return {name: values for name, values in found.items() if values}


def _put_lists(book: Any, sheet: Any, choices: Mapping[str, list[str]]) -> None:  # noqa: ANN401 - ships no types
    """Long lists do not fit into a cell's rule: all stand on a hidden sheet, each under a name."""
    sheet.write_string(0, 0, f"{OWN_SHEET}选项")
    for column, (name, values) in enumerate(choices.items()):
        sheet.write_column(1, column, values)
        place = letter(column)
        book.define_name(_list_name(name), f"='选项'!${place}$2:${place}${len(values) + 1}")


def _list_name(field: str) -> str:
    return f"list_{field or 'submitter'}"


def _put_row(book: Any, sheet: Any, values: Iterable[Any]) -> None:  # noqa: ANN401
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    for column, value in enumerate(values):
        if isinstance(value, date):
            sheet.write_datetime(HEADER_ROW + 1, column, datetime.combine(value, time.min), days)
        else:
            sheet.write(HEADER_ROW + 1, column, value)


def _put_table(book: Any, sheet: Any, contract: Contract, heading: str, choices: Mapping[str, list[str]]) -> None:  # noqa: ANN401
    title = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
    label = book.add_format({"align": "right"})
    fill_in = book.add_format({"num_format": "@", "bottom": 1, "bg_color": "#FFF9E5"})
    head = {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
    required = book.add_format({**head, "bg_color": "#1F4E79", "font_color": "#FFFFFF"})
    optional = book.add_format({**head, "bg_color": "#DDEBF7"})
    sheet.merge_range(0, 0, 0, len(contract.fields) - 1, heading, title)
    sheet.set_row(0, 28)
    sheet.set_row(HEADER_ROW, 34)
    sheet.write_string(1, 0, "统计期：", label)
    sheet.write_blank(1, 1, None, fill_in)
    sheet.data_validation(1, 1, 1, 1, _rule(None, "统计期", "填本期，如 2010-03、2010年3月、2010-Q1 或 2010年。"))
    sheet.write_string(1, 2, "填报单位：", label)
    if contract.by == "street":
        sheet.write_blank(1, 3, None, fill_in)
        sheet.data_validation(1, 3, 1, 3, _rule("" if "" in choices else None, "填报单位", "填本街道的名称。"))
    else:
        sheet.write_string(1, 3, contract.department, fill_in)
    for column, (name, spec) in enumerate(contract.fields.items()):
        number_format = _FORMATS.get(spec.type)
        style = book.add_format({"num_format": number_format}) if number_format else None
        header = titled(spec)
        sheet.set_column(column, column, min(max(2 * len(header) + 2, 12), 24), style)
        sheet.write_string(HEADER_ROW, column, header, required if spec.required else optional)
        rules = "；".join(field_rules(contract, spec))
        rule = _rule(name if name in choices else None, spec.header, f"{spec.description}。{rules}")
        sheet.data_validation(HEADER_ROW + 1, column, _LAST_ROW, column, rule)
    sheet.freeze_panes(HEADER_ROW + 1, 1)


def _rule(choices: str | None, title: str, prompt: str) -> dict[str, Any]:
    """What a cell says when it is chosen, and what it offers. It warns and forbids nothing: the door decides."""
    offered: dict[str, Any] = {"validate": "any"}
    if choices is not None:
        offered = {
            "validate": "list", "source": f"={_list_name(choices)}", "error_type": "warning",
            "error_title": "请核对", "error_message": "填写的内容不在列表里。",
        }  # fmt: skip
    return {**offered, "input_title": title[:32], "input_message": prompt[:255]}


def _put_guide(
    book: Any,  # noqa: ANN401
    sheet: Any,  # noqa: ANN401
    contract: Contract,
    contracts: Mapping[str, Contract],
    row: Mapping[str, Any],
) -> None:
    title = book.add_format({"bold": True, "font_size": 14})
    bold = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
    text = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
    sheet.write_string(0, 0, f"{OWN_SHEET}填写说明：{contract.title}", title)
    due = f"{CADENCES[contract.cadence]}一次，{BY[contract.by]}，期后 {contract.due_day} 日内报送"
    lines = [contract.description, f"{contract.department}；{KINDS[contract.kind]}；{due}。", *_HOW]
    for at, line in enumerate(lines, 1):
        sheet.write_string(at, 0, line)
    at = len(lines) + 2
    sheet.write_row(at, 0, ["列名", "必填", "类型", "单位", "规则", "说明", "示例"], bold)
    rules: dict[str, list[str]] = {}
    for headers, rule, _ in rules_of(contract, contracts):
        rules.setdefault(headers, []).append(rule)
    for number, (name, spec) in enumerate(contract.fields.items(), at + 1):
        unit = spec.unit or _UNITS.get(spec.measure or "", "")
        said = "；".join(rule for rule in rules.pop(spec.header, ()) if rule != "必填")
        cells = [titled(spec), "必填" if spec.required else "", TYPES[spec.type], unit, said, spec.description]
        sheet.write_row(number, 0, cells, text)
        sheet.write(number, 6, str(row[name]) if isinstance(row[name], date) else row[name], text)
    for number, (headers, said_of) in enumerate(rules.items(), at + len(contract.fields) + 2):
        sheet.write_string(number, 0, f"{headers}：{'；'.join(said_of)}")
    for column, width in enumerate((24, 8, 10, 10, 44, 50, 20)):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 1)
