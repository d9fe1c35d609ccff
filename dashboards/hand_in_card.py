"""One file from the browser as a card: what it is, what it changes, what is wrong with it. Layout only.

All texts of files are escaped or shown by the table widget.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from html import escape
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from dashboards import doubts, layout
from dashboards.hand_back import own_annotated_button
from dashboards.handing_in import HandIn
from dashboards.queries import submissions
from dashboards.receipts import problems
from dashboards.tables import Column, sortable
from dashboards.texts import NOTHING, Standing, moment_text, number_text, period_text

if TYPE_CHECKING:
    from pipelines.intake.outcome import Changes, FieldChange, Outcome

_DISTRICT = "440307"
_MOST_NAMED = 3
"""Streets, or files, that are named in a sentence."""
_KIND = {"added": "新增", "removed": "删除", "changed": "改动"}
_SKIPPED = {
    "blank": "空行",
    "title": "标题",
    "header": "表头",
    "section": "分段",
    "total": "合计",
    "note": "附注",
    "repeat": "重复",
}
_OPTION = re.compile(r"用 --\w+ 指明")
"""What a refusal says to those at the command line."""
_BESIDE = "在下面“统计期或街道不对？”里写明"
ROWS = {
    "kind": Column("变化", width="small"),
    "key": Column("哪一行"),
    "what": Column("改了什么：上一版→这一版", width=560),
}


def card(hand_in: HandIn, streets: Mapping[str, str]) -> None:
    """What there is to say of a file, and of each file in it if it is an archive.

    Args:
        hand_in: judged or received.
        streets: names by code.
    """
    size = f"{len(hand_in.content) / 2**20:.1f} MB" if len(hand_in.content) >= 2**20 else ""
    for place, outcome in enumerate(hand_in.outcomes):
        _head(outcome.receipt.file_name, size, _badge(outcome))
        layout.answer(sentence(outcome, streets))
        if hand_in.is_other_than_shown:
            layout.note("核对以后又收到了别的文件，结果和核对时不同：以这里写的为准。")
        _facts(outcome)
        if outcome.changes:
            _changes(outcome.changes, f"card_{hand_in.number}_{place}")
        _problems(outcome, f"card_{hand_in.number}_{place}")
        own = [(d.rule, d.message) for d in hand_in.doubts if d.submission_id == outcome.receipt.submission_id]
        doubts.with_receipt(outcome.receipt.submission_id, own)
    if not hand_in.outcomes:
        _head(hand_in.name, size, "")
    if hand_in.problem:
        layout.answer(hand_in.problem)


def sentence(outcome: "Outcome", streets: Mapping[str, str]) -> str:
    """The answer, as 可以采用：户籍居民就业情况月报，2026年10月，全区，111 行；比上一版新增 2 行、改动 5 行."""
    receipt = outcome.receipt
    what = _what(outcome, streets)
    if outcome.unchanged:
        waits = "期间已关账，它还没有计入。" if outcome.status == "waiting" else ""
        return f"不用报：{what}，和已经{'收存' if waits else '生效'}的一模一样。{waits}"
    if outcome.status == "refused":
        known = f"{what}。" if receipt.export else ""
        return f"{'不能采用' if outcome.trial else '已退回'}：{known}{_OPTION.sub(_BESIDE, receipt.refusal or '')}"
    if outcome.status == "superseded":
        return f"{'不会作数' if outcome.trial else '已收下，但不作数'}：{what}，另有更晚收到的文件。"
    changes = f"；{outcome.changes.in_words()}" if outcome.changes else ""
    if outcome.status == "waiting":
        taken = "可以收存" if outcome.trial else f"期间已关账，已收存，暂不计入（回执 {receipt.submission_id}）"
        return f"{taken}：{what}，{receipt.rows_accepted:,} 行{changes}。期间已关账，重新开账后才计入。"
    begin = "可以采用" if outcome.trial else f"已报送，回执 {receipt.submission_id}"
    text = f"{begin}：{what}，{receipt.rows_accepted:,} 行{changes}。"
    if receipt.rows_rejected:
        text += f"另有 {receipt.rows_rejected:,} 行有差错，不采用；最好改正后重报整份文件。"
    return text


def _what(outcome: "Outcome", streets: Mapping[str, str]) -> str:
    """Of which export, period and streets it is, as far as that is known."""
    receipt = outcome.receipt
    names = [streets.get(code, code) for code in receipt.scope]
    where = "、".join(names[:_MOST_NAMED]) + (f"等 {len(names)} 个街道" if len(names) > _MOST_NAMED else "")
    period = period_text(receipt.period_type, receipt.period_end) if receipt.period_type and receipt.period_end else ""
    parts = (
        submissions.titles().get(receipt.export or "", receipt.export or receipt.file_name),
        period,
        "全区" if receipt.scope == (_DISTRICT,) else where,
    )
    return "，".join(part for part in parts if part)


def _badge(outcome: "Outcome") -> str:
    if outcome.unchanged:
        return layout.badge(Standing.NO_TARGET, "没有变化")
    if outcome.status == "refused":
        return layout.badge(Standing.BEHIND, "不能采用" if outcome.trial else "已退回")
    if outcome.status == "superseded":
        return layout.badge(Standing.NO_TARGET, "不作数")
    if outcome.status == "waiting":
        return layout.badge(Standing.NO_TARGET, "暂不计入")
    if not outcome.trial:
        return layout.badge(Standing.ATTAINED, "已报送")
    is_clean = not outcome.receipt.rows_rejected
    return layout.badge(Standing.ATTAINED if is_clean else Standing.NEAR, "可以采用" if is_clean else "部分可用")


def _head(name: str, size: str, badge: str) -> None:
    st.html(f'<p class="gb-file"><b>{escape(name)}</b><span>{size}</span>{badge}</p>')


def _facts(outcome: "Outcome") -> None:
    """Rows, what it replaces, and what there is to know."""
    one = outcome.receipt
    skipped = "、".join(f"{_SKIPPED.get(reason, reason)} {count:,}" for reason, count in one.skipped.items())
    facts = []
    if one.rows_read:
        facts.append(
            f"读到 {one.rows_read:,} 行 = 采用 {one.rows_accepted:,} + 不采用 {one.rows_rejected:,}"
            f" + 略过 {one.rows_skipped:,}{f'（{skipped}）' if skipped else ''}"
        )
    if outcome.changes and outcome.changes.replaces:
        old = outcome.changes.replaces
        told = "；".join(f"{r.file_name}（{moment_text(r.received_at)}收到）" for r in old[:_MOST_NAMED])
        more = f"等 {len(old)} 份" if len(old) > _MOST_NAMED else ""
        facts.append(f"{'将替代' if outcome.trial else '替代了'} {told}{more}")
    facts.extend(one.notes)
    st.html(f'<div class="gb-facts">{"".join(f"<p>{escape(fact)}</p>" for fact in facts)}</div>')


def _changes(changes: "Changes", key: str) -> None:
    """Totals before and after of what differs, and the rows behind them."""
    if changes.fields:
        layout.table(
            ["与上一版不同的列", "不同的行", "上一版合计", "这一版合计", "增减"],
            map(_field, changes.fields),
            numeric=(1, 2, 3, 4),
        )
    if not changes.rows:
        return
    count = changes.added + changes.removed + changes.changed
    first = f"，这里是前 {len(changes.rows)} 行" if count > len(changes.rows) else ""
    with st.expander(f"逐行看：共 {count:,} 行不同{first}"):
        rows = pl.DataFrame([asdict(row) for row in changes.rows])
        kind = pl.col("kind").replace_strict(_KIND, return_dtype=pl.String)
        sortable(rows.with_columns(kind), ROWS, rows=10, key=f"{key}_rows")


def _field(field: "FieldChange") -> Sequence[str]:
    unit = f"（{field.unit}）" if field.unit else ""
    more = field.after - field.before if field.before is not None and field.after is not None else None
    sign = "+" if more and more > 0 else ""
    return (
        f"{escape(field.header)}{unit}",
        f"{field.rows:,}" if field.rows else NOTHING,
        _total(field.before),
        _total(field.after),
        f"{sign}{_total(more)}" if more else NOTHING,
    )


def _total(value: Decimal | None) -> str:
    return number_text(None if value is None else float(value))


def _problems(outcome: "Outcome", key: str) -> None:
    if outcome.unchanged or not outcome.receipt.rows_read:
        return
    found = pl.DataFrame([asdict(fault) for fault in outcome.faults], schema=submissions.FAULTS)
    own_annotated_button(outcome, key)
    # The one sheet of a CSV bears the file's name, which stands above.
    stem = PurePosixPath(outcome.receipt.file_name).stem
    problems(found.with_columns(pl.col("sheet").replace(stem, None)), stem, key)
