"""A contract in words that a clerk understands: types, how often, rules. Makes texts; lays nothing out."""

from collections.abc import Iterator, Mapping

from pipelines.contracts.schema import ROWS, Contract, FieldSpec, FieldType
from pipelines.periods import Cadence

TYPES: Mapping[FieldType, str] = {
    FieldType.TEXT: "文字",
    FieldType.CODE: "编码",
    FieldType.INT: "整数",
    FieldType.DECIMAL: "小数",
    FieldType.DATE: "日期",
    FieldType.MONTH: "年月",
    FieldType.BOOL: "是或否",
    FieldType.ENUM: "选项",
    FieldType.COMMUNITY: "社区",
    FieldType.STREET: "街道",
}
CADENCES: Mapping[Cadence, str] = {Cadence.MONTH: "每月", Cadence.QUARTER: "每季度", Cadence.YEAR: "每年"}
KINDS = {"snapshot": "期末名册", "flow": "期内发生"}
BY = {"district": "全区一份", "street": "各街道各报"}


def rules_of(contract: Contract, contracts: Mapping[str, Contract]) -> Iterator[tuple[str, str, str]]:
    """The rules of an export: headers, rule, what happens when it is broken."""

    def header(name: str) -> str:
        return contract.fields[name].header

    yield "、".join(header(name) for name in contract.key), "同一份报表内不得重复", "内容不同的各行都退回"
    for spec in contract.fields.values():
        for rule in field_rules(contract, spec):
            yield spec.header, rule, "该行退回"
        if spec.references:
            rule = f"应在{contracts[spec.references].title}中"
            yield spec.header, rule, "列入找不到的编码，不退回"
        if spec.secret:
            yield spec.header, "只存加密值，不存原文", "—"
    yield from _believable(contract)
    for total in contract.sums:
        parts = " + ".join(header(name) for name in total.parts)
        within = f"（允许相差{total.within:%}）".replace(".000000", "") if total.within else ""
        yield header(total.total), f"应等于 {parts}{within}", "该行退回"
    for bound in contract.plausible:
        other, name = contracts[bound.other[0]], bound.other[1]
        more = f"的{1 + bound.within:.0%}" if bound.within else ""
        per = f"（逐个{header(bound.per)}比较）" if bound.per else ""
        rule = f"不应大于{other.title}的{_figure(other, name)}{more}{per}"
        yield _figure(contract, bound.field), rule, "列为待核实，不退回"
    for needed in contract.required_when:
        yield header(needed.field), f"{header(needed.when)}为{'、'.join(needed.is_in)}时必填", "该行退回"


def _believable(contract: Contract) -> Iterator[tuple[str, str, str]]:
    """The bounds that follow from what is counted, each once."""
    headers: dict[int, list[str]] = {}
    for spec in contract.fields.values():
        if spec.most is not None and spec.maximum is None:
            headers.setdefault(spec.most, []).append(spec.header)
    for most, of_most in headers.items():
        yield "、".join(of_most), f"单行不大于{most:,}（更大的不可信）", "该行退回"


def _figure(contract: Contract, name: str) -> str:
    return "行数" if name == ROWS else contract.fields[name].header


def field_rules(contract: Contract, spec: FieldSpec) -> Iterator[str]:
    """The rules of one column by itself."""
    if spec.required:
        yield "必填"
    if spec.values:
        yield f"只能是：{'、'.join(spec.values)}"
    if spec.is_code:
        yield f"应为{spec.code_form}"
    if spec.minimum is not None:
        yield f"不小于{spec.minimum}"
    if spec.maximum is not None:
        yield f"不大于{spec.maximum}"
    if spec.at_most:
        yield f"不大于{contract.fields[spec.at_most].header}"
    if spec.type is FieldType.DATE and contract.kind == "flow" and spec.required:
        yield "须在所属期内"
    if spec.type is FieldType.COMMUNITY:
        yield "须是期末在用的社区，写名称或12位编码"
