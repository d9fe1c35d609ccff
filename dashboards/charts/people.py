"""People by what they are: a pyramid of ages, parts of a whole, a row of stages. Counts in, figure out.

A count that is not shown to protect people is None: it has no bar and says so.
"""

from collections.abc import Sequence
from itertools import pairwise

import plotly.graph_objects as go

from dashboards.charts.style import INK, SERIES, figure
from dashboards.texts import HIDDEN, count_text


def pyramid(ages: Sequence[str], men: Sequence[int | None], women: Sequence[int | None]) -> go.Figure:
    """Men to the left, women to the right, the oldest on top; each bar with its count.

    Args:
        ages: the bands, the youngest first.
        men: how many of each band.
        women: how many of each band.
    """
    chart = figure(34 * len(ages) + 76, legend=True)
    most = max([count or 0 for count in (*men, *women)] + [1])
    for sign, name, counts, shade in ((-1, "男", men, SERIES[0]), (1, "女", women, SERIES[1])):
        chart.add_bar(
            x=[sign * (count or 0) for count in counts],
            y=list(ages),
            orientation="h",
            name=name,
            marker_color=shade,
            text=[_label(count) for count in counts],
            textposition="outside",
            cliponaxis=False,
            hovertext=[f"{name} {age}：{_said(count)}" for age, count in zip(ages, counts, strict=True)],
            hoverinfo="text",
        )
    chart.update_layout(barmode="overlay", bargap=0.25, margin={"t": 34}, legend={"traceorder": "normal"})
    chart.update_xaxes(visible=False, range=[-most * 1.55, most * 1.55])
    chart.update_yaxes(showgrid=False, tickfont={"color": INK})
    return chart


def parts(items: Sequence[str], counts: Sequence[int | None]) -> go.Figure:
    """One bar per item, the first on top, each with its count and its share of those shown."""
    total = sum(count or 0 for count in counts) or 1
    return _bars(items, counts, [f"{count / total:.1%}" if count else "" for count in counts])


def stages(names: Sequence[str], counts: Sequence[int | None]) -> go.Figure:
    """One bar per stage, the first on top, each with its count and what it is of the stage before."""
    remarks = [""]
    for before, count in pairwise(counts):
        remarks.append(f"为上一阶段的{count / before:.0%}" if before and count is not None else "")
    return _bars(names, counts, remarks)


def _bars(names: Sequence[str], counts: Sequence[int | None], remarks: Sequence[str]) -> go.Figure:
    chart = figure(32 * len(names) + 30)
    chart.add_bar(
        x=[count or 0 for count in counts],
        y=list(names),
        orientation="h",
        marker_color=SERIES[0],
        text=[f"{_label(count)}　{remark}".strip() for count, remark in zip(counts, remarks, strict=True)],
        textposition="outside",
        cliponaxis=False,
        hovertext=[
            f"{name}：{_said(count)} {remark}".strip()
            for name, count, remark in zip(names, counts, remarks, strict=True)
        ],
        hoverinfo="text",
    )
    chart.update_layout(bargap=0.3)
    chart.update_xaxes(visible=False, range=[0, max([count or 0 for count in counts] + [1]) * 1.5])
    chart.update_yaxes(autorange="reversed", showgrid=False, tickfont={"color": INK})
    return chart


def _label(count: int | None) -> str:
    return HIDDEN if count is None else count_text(count)


def _said(count: int | None) -> str:
    return "不展示" if count is None else count_text(count, "人")
