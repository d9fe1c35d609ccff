"""The streets as tiles laid out like the district: where each stands, what is written on it. No data access."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from dashboards import layout
from dashboards.charts.style import PALE, STATUS
from dashboards.texts import Standing

PLACES = {
    "440307003": (1, 2),  # 平湖
    "440307006": (1, 5),  # 坪地
    "440307013": (2, 1),  # 坂田
    "440307015": (2, 3),  # 龙城
    "440307016": (2, 4),  # 龙岗
    "440307018": (3, 1),  # 吉华
    "440307017": (3, 3),  # 横岗
    "440307019": (3, 4),  # 宝龙
    "440307009": (3, 5),  # 葵涌
    "440307014": (4, 1),  # 布吉
    "440307012": (4, 2),  # 南湾
    "440307020": (4, 3),  # 园山
    "440307010": (4, 5),  # 大鹏
    "440307011": (5, 5),  # 南澳
}
"""Row from the north and column from the west of every street there has been since 2009, by code."""


@dataclass(frozen=True)
class StreetTile:
    """What one tile says, and where a click leads."""

    code: str
    name: str
    standing: Standing
    value: str
    remark: str
    page: str
    parameters: dict[str, str]


def place(code: str, others: Sequence[str]) -> tuple[int, int]:
    """Row and column of a street; one that is not on the map stands in a row of its own below."""
    if code in PLACES:
        return PLACES[code]
    unknown = sorted(other for other in others if other not in PLACES)
    return 6 + unknown.index(code) // 5, 1 + unknown.index(code) % 5


def street_map(tiles: Sequence[StreetTile]) -> None:
    """Draw the tiles, each a link."""
    codes = [tile.code for tile in tiles]
    rules = []
    for tile in tiles:
        row, column = place(tile.code, codes)
        rules.append(f".st-key-gb-map > div:has(.st-key-gb-go-street-{tile.code}){{grid-area:{row}/{column}}}")
    st.html(f"<style>{''.join(rules)}</style>")
    with st.container(key="gb-map"):
        for tile in tiles:
            layout.clickable(f"street-{tile.code}", _html(tile), tile.page, f"{tile.name}：查看", **tile.parameters)


def _html(tile: StreetTile) -> str:
    colour, pale = STATUS[tile.standing.value], PALE[tile.standing.value]
    return (
        f'<div class="gb-tile" style="background:{pale};border-color:{colour}">'
        f"<b>{escape(tile.name.removesuffix('街道'))}</b>"
        f"<span>{tile.standing.mark} {escape(tile.value)}</span><small>{escape(tile.remark)}</small></div>"
    )
