"""A heat map of states: areas down, periods across, each cell with its sign. Frame in, figure out."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboards.charts.style import INK, PALE, SCALE, figure
from dashboards.texts import Standing

_ROW = 25
_JUDGED = (
    Standing.MISSING,
    Standing.SMALL,
    Standing.NOTHING,
    Standing.NO_TARGET,
    Standing.BEHIND,
    Standing.NEAR,
    Standing.ATTAINED,
)


def states(
    names: Sequence[str],
    periods: Sequence[str],
    cells: Sequence[Sequence[Standing]],
    texts: Sequence[Sequence[str]],
    *,
    name_all: bool = False,
) -> go.Figure:
    """Where a target applies: one colour and one sign per state.

    Args:
        names: of the areas, the first on top.
        periods: what the columns are called.
        cells: the state of each area in each period.
        texts: what is said of each cell when pointed at.
        name_all: whether every column has its name; otherwise as many as there is room for.
    """
    last = len(_JUDGED) - 1
    scale = []
    for index, state in enumerate(_JUDGED):
        scale += [(index / (last + 1), PALE[state.value]), ((index + 1) / (last + 1), PALE[state.value])]
    chart = _map(
        names,
        periods,
        z=[[_JUDGED.index(state) for state in row] for row in cells],
        signs=[[state.mark for state in row] for row in cells],
        texts=texts,
        scale={"colorscale": scale, "zmin": -0.5, "zmax": last + 0.5},
    )
    if name_all:
        chart.update_xaxes(nticks=0, dtick=1)
    return chart


def sizes(
    names: Sequence[str],
    periods: Sequence[str],
    values: Sequence[Sequence[float | None]],
    signs: Sequence[Sequence[str]],
    texts: Sequence[Sequence[str]],
) -> go.Figure:
    """Where there is no target: the more, the darker; empty cells show their sign only."""
    return _map(names, periods, z=values, signs=signs, texts=texts, scale={"colorscale": [list(s) for s in SCALE[:2]]})


def _map(
    names: Sequence[str],
    periods: Sequence[str],
    *,
    z: Sequence[Sequence[float | None]],
    signs: Sequence[Sequence[str]],
    texts: Sequence[Sequence[str]],
    scale: dict[str, object],
) -> go.Figure:
    chart = figure(_ROW * max(len(names), 1) + 40)
    chart.add_heatmap(
        x=list(periods),
        y=list(names),
        z=[list(row) for row in z],
        text=[list(row) for row in signs],
        texttemplate="%{text}",
        textfont={"size": 12, "color": INK},
        hovertext=[list(row) for row in texts],
        hoverinfo="text",
        showscale=False,
        xgap=2,
        ygap=2,
        **scale,
    )
    chart.update_xaxes(
        side="top", ticks="", type="category", showgrid=False, linecolor="rgba(0,0,0,0)", tickangle=0, nticks=7
    )
    chart.update_yaxes(
        ticks="",
        autorange="reversed",
        type="category",
        showgrid=False,
        dtick=1,
        tickfont={"color": INK},
        linecolor="rgba(0,0,0,0)",
    )
    return chart
