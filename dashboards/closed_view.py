"""The view 关账 of the page 报送: which periods are closed, what waits for them, and what that would change.

Layout only. Parameters of the URL: `changed`.
"""

from html import escape

import polars as pl

from dashboards import controls, layout
from dashboards.downloads import downloads
from dashboards.due_view import moments, periods
from dashboards.queries import closings
from dashboards.tables import Column, shown, sortable
from dashboards.texts import NOTHING, STATUS_WORDS, change_text, count_text, moment_text, value_text
from pipelines.periods import Period

_NAMED = 3
"""Closed periods that a note names one by one."""
_ACTIONS = {"close": "关账", "reopen": "重新开账"}
WAITING = {
    "submission_id": Column("回执号"),
    "file_name": Column("文件名", width="large"),
    "title": Column("报表"),
    "period": Column("统计期"),
    "submitter_names": Column("报送单位"),
    "received": Column("收到时间"),
    "rows_accepted": Column("采用（行）", "count"),
    "rows_rejected": Column("不采用（行）", "count"),
}
WOULD_BE = {
    "name": Column("指标", width="medium", pinned=True),
    "area_name": Column("区域"),
    "before": Column("发布的值"),
    "after": Column("会成为"),
    "change": Column("变化"),
}


def closed_view(files: pl.DataFrame) -> None:
    """Closed periods, waiting files, their would-be effect, and every act on record.

    Args:
        files: From `submissions.receipts`.
    """
    acts = closings.acts()
    closed = [act for act in acts if act.is_closed]
    layout.answer(_answer(closed))
    if not acts:
        layout.note(
            "关账用命令 guben period close 2025-10；此后收到的本期文件照样收存、检查、给回执，但不计入，"
            "直到 guben period reopen 2025-10 --reason 原因。"
        )
        return
    if closed:
        layout.section("已关账的期", "管这一期的同类报表：月管月报，季度管季报，年管年报")
        layout.table(
            ["期", "经办人", "时间", "原因", "待计入"],
            [
                (
                    act.period.chinese,
                    escape(act.done_by),
                    moment_text(act.at),
                    escape(act.reason or "未说明"),
                    f"{act.waiting}份" if act.waiting else "无",
                )
                for act in sorted(closed, key=lambda act: act.period, reverse=True)
            ],
        )
    waiting = files.filter(status="waiting")
    if waiting.height:
        _waiting(waiting)
        _would_be()
    layout.section("关账与重新开账的记录")
    layout.table(
        ["期", "次", "", "经办人", "时间", "原因"],
        [
            (
                act.period.chinese,
                str(act.number),
                _ACTIONS[act.action],
                escape(act.done_by),
                moment_text(act.at),
                escape(act.reason or "未说明"),
            )
            for act in acts
        ],
    )


def _answer(closed: list[closings.Act]) -> str:
    if not closed:
        return "现在没有已关账的期，收到的文件都计入。"
    names = "、".join(act.period.chinese for act in sorted(closed, key=lambda act: act.period, reverse=True)[:6])
    waiting = sum(act.waiting for act in closed)
    late = f"有{count_text(waiting, '份')}迟到文件收存而未计入" if waiting else "没有迟到的文件"
    return f"{names}{'等' if len(closed) > 6 else ''}已关账，{late}。"


def _waiting(waiting: pl.DataFrame) -> None:
    layout.section("收存而未计入的文件", "重新开账后即计入；回执和差错见“文件与回执”")
    table = waiting.with_columns(received=moments("received_at"), period=periods(waiting))
    sortable(table, WAITING, rows=8, key="waiting")
    downloads(shown(table, WAITING), "收存而未计入的文件", "waiting")


def _would_be() -> None:
    layout.section("会带来的变化", "假如已关账的期都重新开账；按当时的区划")
    known = {str(period): period for period in closings.changed_periods()}
    if not known:
        layout.note("这些文件不会改变任何街道和全区的指标值。")
        return
    first = next((str(a.period) for a in closings.acts() if a.is_closed and a.waiting and str(a.period) in known), None)
    picked = known[
        controls.choose("changed", "统计期", list(known), default=first, words=lambda text: known[text].chinese)
    ]
    table = _changes(picked)
    district = table.filter(level="district").height
    layout.note(f"{picked.chinese}：全区{district}个值、街道{table.height - district}个值会变。")
    sortable(table, WOULD_BE, rows=14, key="would_be")
    downloads(shown(table, WOULD_BE), f"会带来的变化_{picked}", "would_be")


def _changes(period: Period) -> pl.DataFrame:
    """The rows of a period with their values as people read them: never rounded to look alike when they differ."""
    rows = closings.would_be(period)
    texts = [
        (_text(before, status, unit, after), _text(after, would_be, unit, before), _change(before, after, unit))
        for before, status, after, would_be, unit in rows.select(
            "value", "status", "would_be_value", "would_be_status", "unit"
        ).iter_rows()
    ]
    said = pl.DataFrame(texts, schema=dict.fromkeys(("before", "after", "change"), pl.String), orient="row")
    return pl.concat([rows, said], how="horizontal")


def _text(value: float | None, status: str | None, unit: str, other: float | None) -> str:
    if value is None:
        return STATUS_WORDS.get(status or "", "") or "没有这个值"
    return value_text(value, unit, other)


def _change(before: float | None, after: float | None, unit: str) -> str:
    """The difference; of the same value with other sums behind it, that it stays."""
    if before is None or after is None:
        return NOTHING
    text = change_text(after - before, unit)
    return "变化极小" if text == "持平" and before != after else text


def closed_note(period: Period) -> str:
    """That a period, or some inside it, are closed, and how many files wait; empty when none is."""
    closed = closings.closed_within(period)
    if len(closed) > _NAMED:
        waiting = sum(act.waiting for act in closed)
        return f"{period.chinese}内已有{len(closed)}期关账" + _late(waiting)
    return "；".join(f"{act.period.chinese}已关账{_late(act.waiting)}" for act in closed)


def _late(waiting: int) -> str:
    return f"；有 {waiting} 份迟到文件未计入" if waiting else ""
