"""分章: one chapter of the policy at a time, for those who work on it. Layout only; nothing here knows an indicator.

Parameters of the URL: `chapter` (1-6), `area` (the district or a street), `month`, `view`.
"""

from collections.abc import Sequence

import streamlit as st

from dashboards import clauses, controls, layout
from dashboards.chapter_views import VIEWS
from dashboards.charts.heat import states
from dashboards.charts.style import CONFIG
from dashboards.controls import Area
from dashboards.queries import policy
from dashboards.queries.policy import Clause
from dashboards.queries.standings import Stand, standings
from dashboards.texts import CHAPTER_NAMES, CHAPTERS, Standing, goal_text, value_text
from pipelines.periods import Period

_GENERAL = {"clauses": "条文与指标", "streets": "各街道"}
_SPECIAL_PAGES = {2: ("economy", "社区经济与就业"), 3: ("two_new", "“两新”覆盖")}
"""Chapters that have a page of their own beside this one."""


def _answer(found: Sequence[Clause], area: Area, month: Period) -> str:
    stands = [measure.stand for clause in found for measure in clause.measures]
    text = f"截至{month.chinese}，{area.name}本章{len(stands)}项指标：{clauses.tally(stands)}。"
    missed = [stand for stand in stands if stand.standing is Standing.BEHIND]
    if not missed:
        return text
    worst = min(missed, key=lambda stand: (stand.progress or 0.0, stand.ordinal))
    value = value_text(worst.value, worst.unit, worst.target)
    goal = goal_text(worst.target, worst.unit, worst.better)
    coverage = f"（{worst.coverage}）" if worst.coverage else ""
    return f"{text}离目标最远的是{worst.name}：{value}{coverage}，目标{goal}。"


def _streets(chapter: int, month: Period) -> None:
    """Every indicator of the chapter in every street: one cell each."""
    stands = [s for s in standings(month.end) if s.chapter == chapter]
    names = {s.indicator_id: s.name for s in stands}
    streets = {s.area_code: s.area_name.removesuffix("街道") for s in stands if s.level == "street"}
    by_cell = {(s.indicator_id, s.area_code): s for s in stands}
    cells = [[_state(by_cell.get((name, code))) for code in streets] for name in names]
    texts = [
        [f"{streets[code]} {title}：{_said(by_cell.get((name, code)))}" for code in streets]
        for name, title in names.items()
    ]
    layout.section("各街道各项指标", "✓ 达标　△ 接近目标　✕ 未达标　? 未报送　– 无可统计对象　· 无目标值")
    # One character below the other: so they stand side by side on a phone, too.
    columns = ["<br>".join(name) for name in streets.values()]
    chart = states(list(names.values()), columns, cells, texts, name_all=True)
    st.plotly_chart(chart, config=CONFIG, theme=None, key="streets", alt="各街道各项指标的达标情况")


def _state(stand: Stand | None) -> Standing:
    return stand.standing if stand is not None else Standing.MISSING


def _said(stand: Stand | None) -> str:
    if stand is None or stand.value is None:
        return _state(stand).value
    text = f"{value_text(stand.value, stand.unit, stand.target)} {stand.standing.value}"
    return f"{text}（{stand.coverage}）" if stand.coverage else text


def page() -> None:
    """Draw the page."""
    layout.title("分章", "政策六章，每章的条文、指标、街道，以及主管部门关心的构成与待办")
    chapter = int(
        controls.choose(
            "chapter",
            "章",
            [str(number) for number in CHAPTER_NAMES],
            words=lambda number: CHAPTER_NAMES[int(number)],
            style="buttons",
            hidden_label=True,
        )
    )
    left, right, _ = st.columns([1, 1, 2])
    with right:
        month = controls.month()
    if month is None:
        layout.answer("已发布的数据中还没有月度指标。")
        return
    with left:
        area = controls.area(month, communities=False)
    found = [clause for clause in policy.clauses(month.end, area.code) if clause.chapter == chapter]
    if not found:
        layout.answer("这一章还没有条文。")
        return
    layout.section(f"{CHAPTERS[chapter - 1]}、{found[0].chapter_title}")
    layout.answer(_answer(found, area, month))
    if chapter in _SPECIAL_PAGES:
        name, title = _SPECIAL_PAGES[chapter]
        controls.link(name, f"另见：{title}")
    special = VIEWS.get(chapter, {})
    words = {**_GENERAL, **{key: title for key, (title, _) in special.items()}}
    view = controls.choose("view", "内容", list(words), words=words.__getitem__, style="buttons", hidden_label=True)
    if view == "clauses":
        for clause in found:
            clauses.clause(clause, with_text=False)
    elif view == "streets":
        _streets(chapter, month)
    else:
        special[view][1](area, month)


page()
