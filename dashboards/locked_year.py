"""A locked year on the page 街道考核: that it is locked, what was corrected since, every act on record. Layout only."""

from collections.abc import Sequence
from html import escape

import polars as pl

from dashboards import layout
from dashboards.queries import assessment
from dashboards.tables import Column, sortable
from dashboards.texts import STATUS_WORDS, moment_text, value_text

_ACTS = {"lock": ("锁定", "得分、名次与等次不再变动"), "unlock": ("解锁", "按现有数据计分")}
WOULD_BE = {
    "street": Column("街道", pinned=True),
    "locked_total": Column("锁定的总分", "points"),
    "total": Column("更正后会得", "points"),
    "locked_rank": Column("锁定的名次", "count"),
    "rank": Column("更正后名次", "count"),
    "locked_grade": Column("锁定的等次"),
    "grade": Column("更正后等次"),
}
CORRECTED = {
    "street": Column("街道", pinned=True),
    "name": Column("指标"),
    "locked_value": Column("锁定的数值"),
    "value": Column("现在的数值"),
}


def lock_note(year: int, acts: Sequence[assessment.Act]) -> None:
    """Whether the year is locked, since when, and why."""
    if acts:
        latest = acts[0]
        state, then = _ACTS[latest.action]
        layout.note(f"{year}年度已{state}（{moment_text(latest.at)}，{latest.reason}）：{then}。")


def lock_record(acts: Sequence[assessment.Act]) -> None:
    """Every time the year was locked or unlocked."""
    layout.section("锁定与解锁的记录")
    rows = [
        (str(act.number), _ACTS[act.action][0], moment_text(act.at), escape(act.reason))
        for act in sorted(acts, key=lambda act: act.number)
    ]
    layout.table(("次", "", "时间", "原因"), rows)


def corrections(about: assessment.Assessment, year: int) -> None:
    """Values corrected after the year was locked, and what they would have changed."""
    values = assessment.corrected(about.scheme, year)
    if values.is_empty():
        layout.note("锁定后没有更正影响本考核。")
        return
    changed = assessment.would_be(about.scheme, year)
    note = "假如没有锁定" if changed.height else "假如没有锁定，总分、名次与等次也不变"
    layout.section(f"锁定后更正了{values.height}个数值，会改变{changed.height}个街道的结果", note)
    if changed.height:
        sortable(changed, WOULD_BE, key="would_be")
    texts = [
        (
            street,
            name,
            value_text(locked, unit),
            value_text(value, unit) + (f"（{STATUS_WORDS[status]}）" if value is None else ""),
        )
        for street, name, unit, locked, value, status in values.iter_rows()
    ]
    table = pl.DataFrame(texts, schema=list(CORRECTED), orient="row")
    sortable(table, CORRECTED, key="corrected")
