"""The pickers: area, period, indicator, map. What is picked is in the URL, so that a view can be sent to somebody.

Knows what can be picked from `queries`; draws no charts.

Parameters of a URL, the same on all pages: `area` (code), `period` (2026-10, 2026-Q3, 2026), `indicator` (name),
`map` (then, now), and whatever a page adds with `choose`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import streamlit as st

from dashboards.queries.areas import areas_in_use
from dashboards.queries.catalogue import period_ends
from dashboards.texts import MAPS, PERIOD_TYPES
from pipelines.periods import Cadence, Period

Style = Literal["list", "buttons"]


@dataclass(frozen=True)
class Area:
    """What was picked: a code, what people call it, and whether it is a district, street or community."""

    code: str
    name: str
    level: str


def choose(
    key: str,
    label: str,
    options: Sequence[str],
    *,
    default: str | None = None,
    words: Callable[[str], str] = str,
    style: Style = "list",
    hidden_label: bool = False,
) -> str:
    """One of the options, kept in the URL under `key` and remembered while the visitor goes from page to page.

    Args:
        key: name of the URL parameter.
        label: what is picked, in Chinese.
        options: codes; they stand in the URL. Must not be empty.
        default: the code shown first; the first option when not given.
        words: what a reader sees for a code.
        style: a list that can be searched, or a row of buttons.
        hidden_label: the label is for screen readers only.
    """
    _bring_in(key, options, default if default is not None and default in options else options[0])
    visibility: Literal["collapsed", "visible"] = "collapsed" if hidden_label else "visible"
    picked: str | None
    if style == "buttons":
        picked = st.segmented_control(
            label, options, format_func=words, key=key, required=True, label_visibility=visibility
        )
    else:
        picked = st.selectbox(
            label, options, format_func=words, key=key, filter_mode="contains", label_visibility=visibility
        )
    result = picked if picked is not None else options[0]
    _send_out(key, result)
    return result


def area(during: Period, *, communities: bool = True) -> Area:
    """An area in use during a period, kept in the URL as `area`: the district, a street or a community.

    Args:
        during: the period the page shows.
        communities: whether communities can be picked, too.
    """
    known = {
        row["area_code"]: row for row in areas_in_use(during).to_dicts() if communities or row["level"] != "community"
    }

    def words(code: str) -> str:
        row = known[code]
        return f"{row['parent_name']} · {row['area_name']}" if row["level"] == "community" else str(row["area_name"])

    row = known[choose("area", "区域", list(known), words=words)]
    return Area(row["area_code"], row["area_name"], row["level"])


def period(ends: Mapping[str, Sequence[date]], *, default: Period | None = None, label: str = "统计期") -> Period:
    """A period out of those that exist, kept in the URL as `period`.

    Args:
        ends: last days by period type (`month`, `quarter`, `year`); types without any are not offered.
        default: the one shown first; the latest of the shortest type when not given.
        label: what it is called.
    """
    offered = {
        kind: [str(Period(end, Cadence(kind))) for end in sorted(days, reverse=True)]
        for kind, days in ends.items()
        if days
    }
    kinds = [kind for kind in PERIOD_TYPES if kind in offered]
    asked = _asked("period", [text for texts in offered.values() for text in texts])
    start = Period.parse(asked) if asked else default
    if asked and asked != st.session_state.get("_url_period"):
        st.session_state["period_type"] = Period.parse(asked).cadence.value
    first = start.cadence.value if start and start.cadence.value in kinds else kinds[0]
    if st.session_state.get("period_type") not in kinds:
        st.session_state["period_type"] = first
    kind = st.session_state["period_type"]
    if len(kinds) > 1:
        kind = (
            st.segmented_control(
                "时间粒度", kinds, format_func=PERIOD_TYPES.__getitem__, key="period_type", required=True
            )
            or kinds[0]
        )
    inside = start.within(Cadence(kind)) if start else None
    text = choose(
        "period",
        label,
        offered[kind],
        default=str(inside) if inside else None,
        words=lambda text: Period.parse(text).chinese,
    )
    return Period.parse(text)


def month() -> Period | None:
    """A month that has values, kept in the URL as `month`, the latest first; None when there is none."""
    ends: list[date] = period_ends().get("month", [])
    months = [str(Period(end, Cadence.MONTH)) for end in sorted(ends, reverse=True)]
    if not months:
        return None
    return Period.parse(choose("month", "月份", months, words=lambda text: Period.parse(text).chinese))


def area_map(default: str = "then") -> str:
    """Which map of streets counts: `then` (当时区划) or `now` (现行区划)."""
    return choose("map", "区划", list(MAPS), default=default, words=MAPS.__getitem__, style="buttons")


def link(page: str, label: str, **parameters: Any) -> None:  # noqa: ANN401
    """A link to another page that carries a view: `link("indicator", "查看", indicator="union_coverage")`.

    `area`, `period` and `map` of the present view are carried along unless given.
    """
    carried = {key: st.query_params[key] for key in ("area", "period", "map") if key in st.query_params}
    query = carried | {key: str(value) for key, value in parameters.items() if value is not None}
    st.page_link(f"app_pages/{page}.py", label=label, query_params=query)


def _asked(key: str, options: Sequence[str]) -> str | None:
    """What the URL, else the memory of this visit, asks for, if it can be had."""
    for wanted in (st.query_params.get(key), st.session_state.get(f"_url_{key}")):
        if wanted in options:
            return str(wanted)
    return None


def _bring_in(key: str, options: Sequence[str], default: str) -> None:
    in_url = st.query_params.get(key)
    came_from_outside = in_url in options and in_url != st.session_state.get(f"_url_{key}")
    if came_from_outside:
        st.session_state[key] = in_url
    elif st.session_state.get(key) not in options:
        st.session_state[key] = _asked(key, options) or default


def _send_out(key: str, value: str) -> None:
    st.session_state[f"_url_{key}"] = value
    if st.query_params.get(key) != value:
        st.query_params[key] = value
