"""A clause of the policy and what measures it, as pages show them: HTML of plain text, all escaped. No data access."""

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

import streamlit as st

from dashboards import layout
from dashboards.briefing import BEFORE, counted
from dashboards.charts.spark import spark
from dashboards.queries.policy import Clause, Measure
from dashboards.queries.standings import Stand
from dashboards.texts import NOTHING, STATUS_WORDS, Standing, change_text, goal_text, period_of, period_text, value_text


def clause(found: Clause, *, with_text: bool = True) -> None:
    """A clause: its number and title, its words, and one line for each of its indicators.

    Args:
        found: the clause with its indicators.
        with_text: whether its words are shown.
    """
    words = f'<p class="gb-clause">{escape(found.text)}</p>' if with_text else ""
    rows = "".join(map(_measure, found.measures))
    if not found.has_data:
        rows = '<p class="gb-note">这一条还没有数据：所需的报表都没有报送过。</p>' + rows
    if not found.measures:
        rows = '<p class="gb-note">这一条还没有指标。</p>'
    st.html(
        f'<section class="gb-demand" id="clause-{found.clause}"><h3><b>第{found.clause}条</b>{escape(found.title)}'
        f"<span>{layout.badge(found.standing)}</span></h3>{words}{rows}</section>"
    )


def tally(stands: Sequence[Stand]) -> str:
    """How many of some indicators stand how: 6项达标，3项未达标."""
    words = {
        Standing.ATTAINED: "项达标",
        Standing.NEAR: "项接近目标",
        Standing.BEHIND: "项未达标",
        Standing.NO_TARGET: "项不设目标值",
        Standing.NOTHING: "项无可统计对象",
        Standing.MISSING: "项未报送",
    }
    counts = counted(stands)
    return "，".join(f"{counts[state]}{text}" for state, text in words.items() if counts[state])


def _measure(measure: Measure) -> str:
    stand = measure.stand
    value = value_text(stand.value, stand.unit, stand.target) if stand.value is not None else NOTHING
    badge = "" if stand.standing is Standing.NO_TARGET else layout.badge(stand.standing)
    goal = "" if stand.target is None else f"目标 {goal_text(stand.target, stand.unit, stand.better)}"
    drawn = spark(measure.values, stand.target)
    picture = f'<img src="{drawn}" alt="近期走势">' if drawn else ""
    view = {"indicator": stand.indicator_id, "area": stand.area_code}
    view["period"] = str(period_of(stand.period_type, stand.period_end))
    return (
        f'<div class="gb-measure"><div><a href="{escape("indicator?" + urlencode(view))}" target="_self">'
        f"{escape(stand.name)}</a><small>{escape(_when(stand))}</small></div>"
        f"<div><strong>{escape(value)}</strong>{badge}<small>{escape(goal)}</small></div>"
        f"<div>{picture}{''.join(f'<small>{escape(change)}</small>' for change in _changes(stand))}</div>"
        f"<div><small>{escape(_worst(measure))}</small></div></div>"
    )


def _when(stand: Stand) -> str:
    when = period_text(stand.period_type, stand.period_end)
    so_far = STATUS_WORDS["in_progress"] if stand.status == "in_progress" else ""
    return "　".join(part for part in (f"{when}{so_far}", stand.coverage) if part)


def _changes(stand: Stand) -> list[str]:
    parts = []
    if stand.change is not None:
        parts.append(f"{BEFORE[stand.period_type]} {change_text(stand.change, stand.unit)}")
    if stand.period_type != "year" and stand.change_on_year is not None:
        parts.append(f"较上年同期 {change_text(stand.change_on_year, stand.unit)}")
    return parts


def _worst(measure: Measure) -> str:
    if not measure.worst:
        return "各街道均达标" if measure.stand.attained and measure.stand.level == "district" else ""
    named = [
        f"{street.area_name.removesuffix('街道')} {value_text(street.value, street.unit, street.target)}"
        for street in measure.worst
    ]
    return f"{'靠后' if measure.stand.target is None else '差距大'}：{'、'.join(named)}"
