"""政策: the policy document itself, its 29 clauses in six chapters, each with what the data say about it. Layout only.

Parameters of the URL: `month` (2026-10), `part` (a chapter 1-6, or all).
"""

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from dashboards import clauses, controls, layout
from dashboards.queries import policy
from dashboards.queries.policy import Clause
from dashboards.texts import CHAPTER_NAMES, CHAPTERS, Standing

_WHOLE = "all"


def _answer(found: Sequence[Clause]) -> str:
    stands = [measure.stand for clause in found for measure in clause.measures]
    by_state = {state: [c.clause for c in found if c.standing is state] for state in Standing}
    attained, silent = by_state[Standing.ATTAINED], [c.clause for c in found if not c.has_data]
    text = f"{len(found)}条要求由{len(stands)}项指标衡量：{len(attained)}条的指标全部达到目标，"
    text += f"{len(by_state[Standing.BEHIND])}条有指标未达标"
    if by_state[Standing.NEAR]:
        text += f"，{len(by_state[Standing.NEAR])}条接近目标"
    if silent:
        listed = "、".join(map(str, silent))
        return f"{text}；{len(silent)}条没有数据：第{listed}条。"
    return f"{text}；每一条都有数据。"


def _part_name(part: str) -> str:
    return "全文" if part == _WHOLE else CHAPTER_NAMES[int(part)]


def page() -> None:
    """Draw the page."""
    head, picker = st.columns([4, 1], vertical_alignment="bottom")
    with picker:
        month = controls.month()
    with head:
        layout.title("政策", "深龙委〔2010〕5号文件全文，与衡量它的每一项指标")
    if month is None:
        layout.answer("已发布的数据中还没有月度指标。")
        return
    found = policy.clauses(month.end)
    layout.answer(f"截至{month.chinese}，{_answer(found)}")
    parts = [_WHOLE, *dict.fromkeys(str(clause.chapter) for clause in found)]
    part = controls.choose("part", "章", parts, words=_part_name, style="buttons", hidden_label=True)
    shown = [clause for clause in found if part in (_WHOLE, str(clause.chapter))]
    for (chapter, title), inside in groupby(shown, key=lambda clause: (clause.chapter, clause.chapter_title)):
        listed = list(inside)
        stands = [measure.stand for clause in listed for measure in clause.measures]
        layout.section(f"{CHAPTERS[chapter - 1]}、{title}", clauses.tally(stands))
        for clause in listed:
            clauses.clause(clause)
    layout.note("现值取各指标最近一个完整的统计期；点击指标名称，查看定义、来源和每一行依据。")


page()
