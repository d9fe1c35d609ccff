"""The data dictionary: every export, field, rule, clause, indicator and assessment, said in words a clerk understands.

Made from contracts and catalogue alone, so that it cannot say anything else than what is done. Tables in, Markdown or a
workbook out; reads no data.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import xlsxwriter

from pipelines.contracts.schema import Contract
from pipelines.contracts.words import BY, CADENCES, KINDS, TYPES, rules_of
from pipelines.modelling.catalogue import Catalogue, Indicator

Cell = str | int | float

_LEVELS = {"community": "社区", "street": "街道", "district": "全区"}
_BETTER = {"higher": "越高越好", "lower": "越低越好"}


@dataclass(frozen=True)
class Table:
    """One table of the dictionary."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def dictionary(contracts: Mapping[str, Contract], catalogue: Catalogue) -> list[Table]:
    """Everything that is defined: clauses, indicators, exports, fields, rules, assessments."""
    return [
        _clauses(catalogue),
        _indicators(contracts, catalogue),
        _exports(contracts),
        _fields(contracts, catalogue),
        _rules(contracts),
        _assessments(catalogue),
    ]


def as_markdown(tables: Sequence[Table]) -> str:
    """The dictionary as one document."""
    return "\n".join(["# 数据字典", "", *(line for table in tables for line in _markdown(table))])


def as_workbook(tables: Sequence[Table]) -> bytes:
    """The dictionary as an Excel workbook, one sheet per table."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        for table in tables:
            sheet = book.add_worksheet(table.title)
            sheet.write_row(0, 0, table.headers, bold)
            for number, row in enumerate(table.rows, 1):
                sheet.write_row(number, 0, row, wrapped)
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, len(table.rows), len(table.headers) - 1)
            for column, header in enumerate(table.headers):
                longest = max([len(header), *(len(str(row[column])) for row in table.rows)])
                sheet.set_column(column, column, min(2 * longest + 2, 60))
    return file.getvalue()


def _clauses(catalogue: Catalogue) -> Table:
    rows = [
        (number, chapter.title, clause.title, clause.text, sum(i.clause == number for i in chapter.indicators.values()))
        for chapter in catalogue.chapters
        for number, clause in chapter.clauses.items()
    ]
    return Table("条文", ("条", "章", "标题", "条文", "指标数"), tuple(rows))


def _indicators(contracts: Mapping[str, Contract], catalogue: Catalogue) -> Table:
    headers = ("指标", "名称", "条", "单位", "公式", "数据来源", "目标", "目标适用于", "方向", "SQL：分子", "SQL：分母")
    rows = [
        (
            name,
            i.name,
            i.clause,
            i.unit,
            i.description,
            "、".join(contracts[export].title for export in i.exports),
            ""
            if i.target is None
            else f"{i.target:.4g}"
            if i.unit != "比例"
            else f"{i.target:.4%}".replace(".0000", ""),
            "" if i.target is None else _applies(i),
            _BETTER[i.better],
            *_formula(i),
        )
        for name, i in catalogue.indicators.items()
    ]
    return Table("指标", headers, tuple(rows))


def _applies(indicator: Indicator) -> str:
    level = _LEVELS[indicator.target_level] if indicator.target_level else "各级"
    return f"{level}，{CADENCES[indicator.target_period] if indicator.target_period else '各期'}"


def _formula(indicator: Indicator) -> tuple[str, str]:
    """What is summed above and below the line, as SQL over the counted units."""
    sums = [f"sum({s.amount}) from units.{s.unit}{_where(s.where)}" for s in indicator.sums("")]
    if indicator.growth is not None:
        return sums[0], "同上，取上年同期"
    if indicator.per_community is not None:
        return f"有以下行的社区数：units.{indicator.counts}{_where(indicator.where)}", "在用的社区数"
    return sums[0], sums[1] if len(sums) > 1 else ""


def _where(condition: str) -> str:
    return "" if condition == "true" else f" where {condition}"


def _exports(contracts: Mapping[str, Contract]) -> Table:
    headers = ("报表", "名称", "内容", "报送部门", "种类", "频率", "报送方式", "期后报送期限（日）", "主键", "逐人")
    rows = [
        (
            export,
            c.title,
            c.description,
            c.department,
            KINDS[c.kind],
            CADENCES[c.cadence],
            BY[c.by],
            c.due_day,
            "、".join(c.fields[name].header for name in c.key),
            "是，不发布" if c.personal else "",
        )
        for export, c in contracts.items()
    ]
    return Table("报表", headers, tuple(rows))


def _fields(contracts: Mapping[str, Contract], catalogue: Catalogue) -> Table:
    used = _used_by(catalogue)
    rows = [
        (
            contract.title,
            name,
            spec.header,
            "、".join(spec.aka),
            TYPES[spec.type],
            "必填" if spec.required else "",
            spec.unit or "",
            spec.description,
            "、".join(used.get((export, name), ())),
        )
        for export, contract in contracts.items()
        for name, spec in contract.fields.items()
    ]
    headers = ("报表", "字段", "表头", "也认得的表头", "类型", "必填", "单位", "含义", "用于指标")
    return Table("字段", headers, tuple(rows))


def _used_by(catalogue: Catalogue) -> dict[tuple[str, str], list[str]]:
    """Which indicators name a field, by export and field."""
    used: dict[tuple[str, str], list[str]] = {}
    for name, indicator in catalogue.indicators.items():
        for s in indicator.sums(name):
            for word in dict.fromkeys(_words(f"{s.amount} {s.where}")):
                names = used.setdefault((s.unit, word), [])
                if indicator.name not in names:
                    names.append(indicator.name)
    return used


def _words(sql: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in sql).split()


def _rules(contracts: Mapping[str, Contract]) -> Table:
    rows = [(c.title, *rule) for c in contracts.values() for rule in rules_of(c, contracts)]
    return Table("规则", ("报表", "所涉表头", "规则", "违反时"), tuple(rows))


def _assessments(catalogue: Catalogue) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for scheme in catalogue.schemes:
        for dimension, d in scheme.dimensions.items():
            for name, i in d.indicators.items():
                indicator = catalogue.indicators[name].name
                how = (
                    f"每例扣{i.per_case:g}分"
                    if i.per_case is not None
                    else f"{i.floor:g} 得0分，{i.target:g} 得100分，其间按比例"
                )
                rows.append((scheme.title, dimension, d.weight, indicator, i.weight, how))
        for veto in scheme.vetoes:
            rows.append((scheme.title, "一票否决", "", veto.because, "", f"等次最高为{veto.cap}"))
    return Table("考核", ("考核", "维度", "维度权重", "指标", "维度内权重", "计分"), tuple(rows))


def _markdown(table: Table) -> Iterator[str]:
    yield f"## {table.title}（{len(table.rows)}）"
    yield ""
    yield f"| {' | '.join(table.headers)} |"
    yield "|" + "---|" * len(table.headers)
    for row in table.rows:
        yield f"| {' | '.join(_cell(cell) for cell in row)} |"
    yield ""


def _cell(cell: Cell) -> str:
    return str(cell).replace("|", "\\|").replace("\n", " ")
