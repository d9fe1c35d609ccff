"""Dots on lines: what was and what is, area by area. Frame in, figure out."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboards.charts.style import ACCENT, INK, LINE, MUTED, figure


def moved(
    names: Sequence[str],
    before: Sequence[float],
    after: Sequence[float],
    texts: Sequence[str],
    words: tuple[str, str],
) -> go.Figure:
    """From where to where each area moved; the first is on top.

    Args:
        names: of the areas.
        before: where each was, drawn hollow.
        after: where each is, drawn full.
        texts: what stands beside the full dot.
        words: what `before` and `after` are called.
    """
    chart = figure(30 * max(len(names), 1) + 66, legend=True)
    for name, was, now in zip(names, before, after, strict=True):
        chart.add_scatter(
            x=[was, now],
            y=[name, name],
            mode="lines",
            line={"color": LINE, "width": 4},
            hoverinfo="skip",
            showlegend=False,
        )
    hollow = {"color": "#ffffff", "size": 11, "line": {"color": MUTED, "width": 2}}
    chart.add_scatter(x=list(before), y=list(names), mode="markers", marker=hollow, name=words[0], hoverinfo="x+y")
    chart.add_scatter(
        x=list(after),
        y=list(names),
        mode="markers+text",
        marker={"color": ACCENT, "size": 11},
        text=[f"  {text}" for text in texts],
        textposition="middle right",
        cliponaxis=False,
        name=words[1],
        hoverinfo="x+y",
    )
    low, high = min([*before, *after], default=0.0), max([*before, *after], default=1.0)
    width = high - low or 1.0
    chart.update_xaxes(range=[low - 0.05 * width, high + 0.45 * width], ticksuffix="分", nticks=5)
    chart.update_yaxes(autorange="reversed", showgrid=False, tickfont={"color": INK})
    chart.update_layout(legend={"traceorder": "normal"}, margin={"t": 40})
    return chart
