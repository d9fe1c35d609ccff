"""Bars: areas beside one another by a value, and what a whole is made of. Frame in, figure out."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from dashboards.charts.style import INK, LINE, MUTED, PALE, SERIES, STATUS, figure
from dashboards.texts import Standing, target_text, value_text

_BAR = 30


def ranked(
    names: Sequence[str],
    values: Sequence[float | None],
    standings: Sequence[Standing],
    unit: str,
    target: float | None = None,
    remarks: Sequence[str] = (),
) -> go.Figure:
    """Horizontal bars, the first on top; each says its value and its state, missing ones say so in place of a bar.

    Args:
        names: what the bars stand for.
        values: in stored units; None where there is none.
        standings: the state of each, given by its sign and colour.
        unit: of the values.
        target: the value to reach, drawn as a dashed line.
        remarks: what else is said of each bar; an empty one is nothing. Short: it stands beside the value.
    """
    chart = figure(_BAR * max(len(names), 1) + 46)
    labels = [
        f"{value_text(value, unit, target)} {state.mark} {remark}".rstrip() if value is not None else state.value
        for value, state, remark in zip(values, standings, remarks or [""] * len(values), strict=True)
    ]
    known = [value for value in values if value is not None] + [target or 0.0, 0.0]
    width = max(known) - min(known) or 1.0
    is_long = [value is not None and abs(value) > 0.4 * width for value in values]
    chart.add_bar(
        x=[value or 0 for value in values],
        y=list(names),
        orientation="h",
        text=labels,
        textposition=["inside" if long else "outside" for long in is_long],
        insidetextanchor="start",
        insidetextfont={"color": INK},
        textangle=0,
        cliponaxis=False,
        marker={
            "color": [PALE[state.value] for state in standings],
            "line": {"color": [STATUS[state.value] for state in standings], "width": 1.2},
        },
        hovertext=[
            f"{name}：{label} {state.value}" for name, label, state in zip(names, labels, standings, strict=True)
        ],
        hoverinfo="text",
    )
    outside = 0.0 if all(is_long) else 0.25 * width
    chart.update_xaxes(visible=False, range=[min(known) - (outside if min(known) < 0 else 0.0), max(known) + outside])
    chart.update_yaxes(autorange="reversed", showgrid=False, tickfont={"color": INK})
    if target is not None:
        chart.add_vline(x=target, line={"color": INK, "width": 1.5, "dash": "dash"})
        chart.add_annotation(
            x=target,
            y=1,
            yref="paper",
            yanchor="bottom",
            xanchor="right" if target > 0.6 * max(known) else "center",
            text=f"目标 {target_text(target, unit)}",
            showarrow=False,
            font={"color": MUTED, "size": 12},
        )
        chart.update_layout(margin={"t": 26})
    return chart


def grouped(names: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> go.Figure:
    """Shares beside one another for each name, one shade per series, each bar with its value."""
    chart = figure(24 * len(series) * len(names) + 70, legend=True)
    for shade, (title, values) in zip(SERIES, series.items(), strict=False):
        chart.add_bar(
            x=list(values),
            y=list(names),
            orientation="h",
            name=title,
            marker_color=shade,
            text=[f"{title} {value_text(value, '比例', 1.0)}" for value in values],
            textposition="outside",
            cliponaxis=False,
            hovertext=[
                f"{name} {title} {value_text(value, '比例', 1.0)}" for name, value in zip(names, values, strict=True)
            ],
            hoverinfo="text",
        )
    chart.update_layout(bargap=0.3, bargroupgap=0.08, showlegend=False, margin={"t": 8})
    chart.update_xaxes(visible=False, range=[0, 1.55])
    chart.update_yaxes(autorange="reversed", showgrid=False, tickfont={"color": INK})
    return chart


def stacked(
    names: Sequence[str],
    parts: Mapping[str, Sequence[float]],
    texts: Mapping[str, Sequence[str]],
    *,
    horizontal: bool = False,
    totals: Sequence[str] = (),
) -> go.Figure:
    """Bars made of parts, one shade per part, in the order given.

    Args:
        names: what the bars stand for; for horizontal bars the first is on top.
        parts: the size of each part, by its name.
        texts: what is said of each part when pointed at, by its name.
        horizontal: lying instead of standing bars.
        totals: what stands at the end of each bar.
    """
    chart = figure((_BAR + 6) * len(names) + 70 if horizontal else 340, legend=True)
    for shade, (title, sizes) in zip(SERIES, parts.items(), strict=False):
        along, across = ("x", "y") if horizontal else ("y", "x")
        chart.add_bar(
            **{along: list(sizes), across: list(names)},
            orientation="h" if horizontal else "v",
            name=title,
            marker={"color": shade, "line": {"color": "#ffffff", "width": 1}},
            hovertext=list(texts[title]),
            hoverinfo="text",
        )
    chart.update_layout(barmode="stack", bargap=0.3, margin={"t": 56}, legend={"traceorder": "normal"})
    if totals:
        ends = [sum(sizes[i] for sizes in parts.values()) for i in range(len(names))]
        chart.add_scatter(
            x=ends if horizontal else list(names),
            y=list(names) if horizontal else ends,
            mode="text",
            text=list(totals),
            textposition="middle right" if horizontal else "top center",
            cliponaxis=False,
            hoverinfo="skip",
            showlegend=False,
        )
    if horizontal:
        chart.update_yaxes(autorange="reversed", showgrid=False, tickfont={"color": INK})
        chart.update_xaxes(visible=False)
        chart.update_layout(margin={"r": 64})
    else:
        chart.update_xaxes(showgrid=False, linecolor=LINE)
        chart.update_yaxes(tickformat=",")
    return chart


def differences(
    names: Sequence[str], values: Sequence[float], texts: Sequence[str], left: str, right: str
) -> go.Figure:
    """Bars to the right of a middle line where `left` is ahead, to the left of it where `right` is."""
    chart = figure(_BAR * max(len(names), 1) + 60)
    chart.add_bar(
        x=list(values),
        y=list(names),
        orientation="h",
        marker_color=[SERIES[0] if value > 0 else SERIES[2] for value in values],
        text=[f"{value:+.2f}" for value in values],
        textposition="outside",
        cliponaxis=False,
        hovertext=list(texts),
        hoverinfo="text",
    )
    most = max([abs(value) for value in values] + [0.1])
    chart.update_xaxes(visible=False, range=[-most * 1.4, most * 1.4])
    chart.update_yaxes(autorange="reversed", showgrid=False, tickfont={"color": INK})
    chart.add_vline(x=0, line={"color": MUTED, "width": 1})
    for x, anchor, text in ((0, "left", f"{left}领先 →"), (0, "right", f"← {right}领先")):
        chart.add_annotation(
            x=x,
            y=1,
            yref="paper",
            yanchor="bottom",
            xanchor=anchor,
            text=text,
            showarrow=False,
            font={"color": MUTED},
            xshift=6 if anchor == "left" else -6,
        )
    chart.update_layout(margin={"t": 30})
    return chart
