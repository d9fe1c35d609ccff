"""How the answer to a file reads: a receipt in Chinese. Prints nothing, reads nothing."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.contracts.schema import Contract
from pipelines.periods import Cadence, Period

if TYPE_CHECKING:
    from pipelines.intake.draft import Fault
    from pipelines.intake.outcome import Changes, Outcome

CHANNEL = {"page": "页面", "command": "命令行", "inbox": "收件箱"}
KIND = {"added": "新增", "removed": "删除", "changed": "改动"}
STATUS = {"active": "已接收", "superseded": "已接收，但已有更晚收到的文件，不作数", "refused": "退回，未入库"}
TRIAL = {"active": "可以采用", "superseded": "已有更晚收到的文件，不会作数", "refused": "会被退回"}
SKIPPED = {
    "blank": "空行",
    "title": "标题",
    "header": "表头",
    "section": "分段",
    "total": "合计",
    "note": "附注",
    "repeat": "重复",
}


def receipt_text(outcome: "Outcome", contracts: Mapping[str, Contract]) -> str:
    """The receipt of one file, one fact per line, then every fault with its cell."""
    receipt = outcome.receipt
    contract = contracts.get(receipt.export or "")
    lines = [
        f"{'预检' if outcome.trial else f'回执 {receipt.submission_id}'}  {receipt.file_name}",
        f"  结果  {_status(outcome)}",
        f"  报表  {f'{contract.title}（{contract.export}）' if contract else '未能识别'}",
        f"  期间  {_period(outcome)}",
        f"  范围  {receipt.submitter or '未能判断'}",
        f"  收到  {receipt.received_at:%Y-%m-%d %H:%M}",
        f"  行数  读取 {receipt.rows_read} = 接受 {receipt.rows_accepted} + 退回 {receipt.rows_rejected}"
        f" + 跳过 {receipt.rows_skipped}{_skipped(receipt.skipped)}",
        *(f"  说明  {note}" for note in receipt.notes),
        *([f"  经办  {receipt.handed_in_by}"] if receipt.handed_in_by else []),
        *(_change_lines(outcome.changes, outcome.trial) if outcome.changes else []),
    ]
    for severity, title in (("fault", "错误"), ("warning", "提醒")):
        found = [fault for fault in outcome.faults if fault.severity == severity]
        if found:
            lines.append(f"  {title}  {len(found)} 处")
            lines.extend(_fault_lines(found))
    return "\n".join(lines)


def _status(outcome: "Outcome") -> str:
    if outcome.unchanged:
        return "与已接收的文件完全相同，未作改动"
    return f"{TRIAL[outcome.status]}（预检，没有入库）" if outcome.trial else STATUS[outcome.status]


def _change_lines(changes: "Changes", is_trial: bool) -> Iterator[str]:
    """What it changes against the version before: in one sentence, in totals, row by row."""
    yield f"  变化  {changes.in_words()}"
    verb = "将替代" if is_trial else "替代"
    for one in changes.replaces:
        yield f"    {verb}  {one.submission_id} {one.file_name}（{one.received_at:%Y-%m-%d %H:%M}）"
    for field in changes.fields:
        unit = f"（{field.unit}）" if field.unit else ""
        totals = "" if field.before == field.after else f"合计 {_total(field.before)} → {_total(field.after)}"
        rows = f"{field.rows} 行不同" if field.rows else ""
        yield f"    {field.header}{unit}  {'，'.join(filter(None, (totals, rows)))}"
    for row in changes.rows:
        yield f"    {KIND[row.kind]}  {row.key}  {row.what}".rstrip()


def _total(value: Decimal | None) -> str:
    return "空" if value is None else f"{value:,f}"


def _period(outcome: "Outcome") -> str:
    receipt = outcome.receipt
    if receipt.period_end is None or receipt.period_type is None:
        return "未能判断"
    return Period(receipt.period_end, Cadence(receipt.period_type)).chinese


def _skipped(reasons: Mapping[str, int]) -> str:
    if not reasons:
        return ""
    return "（" + "，".join(f"{SKIPPED.get(reason, reason)} {count}" for reason, count in reasons.items()) + "）"


def _fault_lines(faults: Iterable["Fault"]) -> list[str]:
    return [f"    {_place(fault)}  {fault.message}" for fault in faults]


def _place(fault: "Fault") -> str:
    where = fault.cell or (f"第{fault.row}行" if fault.row else "整个文件")
    sheet = f"{fault.sheet}!" if fault.sheet else ""
    return sheet + where
