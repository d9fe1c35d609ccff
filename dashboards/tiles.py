"""A row of figures: each with its name, value, state, and what to compare it with. HTML of plain text, all escaped."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

import streamlit as st

from dashboards import layout
from dashboards.briefing import BEFORE
from dashboards.queries.figures import Reading
from dashboards.texts import Standing, change_text, goal_text, value_text
from pipelines.periods import Cadence, Period


@dataclass(frozen=True)
class Tile:
    """One figure."""

    name: str
    value: str
    standing: Standing | None = None
    remarks: tuple[str, ...] = ()
    link: str = ""
    """Where its definition, clause and source are; empty for none."""


def tiles(figures: Iterable[Tile]) -> None:
    """The figures side by side, in as many rows as the screen needs."""
    st.html(f'<div class="gb-figures">{"".join(map(_tile, figures))}</div>')


def reading_tile(reading: Reading, area: str, period: Period) -> Tile:
    """An indicator as a tile: value, state, target, changes; its name leads to its definition and its rows."""
    definition = reading.definition
    unit = definition.unit
    remarks = []
    if reading.target is not None:
        remarks.append(f"目标 {goal_text(reading.target, unit, definition.better)}")
    changes = (
        [f"{BEFORE[period.cadence.value]} {change_text(reading.change, unit)}"] if reading.change is not None else []
    )
    if period.cadence is not Cadence.YEAR and reading.change_on_year is not None:
        changes.append(f"较上年同期 {change_text(reading.change_on_year, unit)}")
    remarks += changes
    if reading.coverage:
        remarks.append(reading.coverage)
    shown = None if reading.standing is Standing.NO_TARGET else reading.standing
    link = "indicator?" + urlencode({"indicator": definition.indicator_id, "area": area, "period": str(period)})
    return Tile(definition.name, value_text(reading.value, unit, reading.target), shown, tuple(remarks), link)


def _tile(tile: Tile) -> str:
    badge = layout.badge(tile.standing) if tile.standing else ""
    remarks = "".join(f"<p>{escape(remark)}</p>" for remark in tile.remarks)
    name = f'<a href="{escape(tile.link)}">{escape(tile.name)}</a>' if tile.link else escape(tile.name)
    return (
        f'<div class="gb-figure"><h3>{name}</h3>'
        f'<div class="gb-figure-value"><strong>{escape(tile.value)}</strong>{badge}</div>{remarks}</div>'
    )
