"""Lines over time: several series told apart by shade, dash and a label at their end. Frame in, figure out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import plotly.graph_objects as go

from dashboards.charts.style import INK, MONTHS, MUTED, SERIES, figure
from dashboards.texts import target_text, value_text

_DASHES = ("solid", "dash", "dot", "longdash", "dashdot")


@dataclass(frozen=True)
class Line:
    """One series: last days of its periods, how the periods are called, and its values (None leaves a gap).

    `remarks` are said of each value when pointed at; empty ones, or none at all, say nothing.
    """

    name: str
    ends: Sequence[date]
    labels: Sequence[str]
    values: Sequence[float | None]
    target: float | None = None
    remarks: Sequence[str] = ()


def over_time(lines: Sequence[Line], unit: str, *, height: int = 300, by_month: bool = True) -> go.Figure:
    """Values over time; one line also shows the value to reach.

    Args:
        lines: at most five, the most important first.
        unit: of all of them; 比例 for fractions, shown in percent.
        height: in pixels.
        by_month: a date axis; otherwise the periods stand side by side by name.
    """
    chart = figure(height, legend=len(lines) > 1)
    for shade, dash, line in zip(SERIES, _DASHES, lines, strict=False):
        places = list(line.ends) if by_month else [label.replace("年第", "年<br>第") for label in line.labels]
        chart.add_scatter(
            x=places,
            y=list(line.values),
            name=line.name,
            mode="lines+markers" if len(places) < 14 or None in line.values else "lines",
            line={"color": shade, "dash": dash, "width": 2.4},
            marker={"size": 6},
            connectgaps=False,
            hovertext=[
                f"{label} {line.name}：{value_text(value, unit)}{remark and f'（{remark}）'}"
                for label, value, remark in zip(
                    line.labels, line.values, line.remarks or [""] * len(line.values), strict=True
                )
            ],
            hoverinfo="text",
        )
    if by_month:
        chart.update_xaxes(showgrid=False, nticks=7, tickangle=0, **MONTHS)
    else:
        chart.update_xaxes(showgrid=False, type="category")
    known = [value for line in lines for value in (*line.values, line.target) if value is not None]
    is_narrow = unit == "比例" and bool(known) and max(known) - min(known) < 0.06
    chart.update_yaxes(tickformat=(".1%" if is_narrow else ".0%") if unit == "比例" else ",")
    if unit != "比例" and known and max(known) <= 5:
        chart.update_yaxes(dtick=1, range=[-0.2, max(known) + 0.5])
    if len(lines) == 1 and lines[0].target is not None:
        target = lines[0].target
        chart.add_hline(y=target, line={"color": INK, "width": 1.5, "dash": "dash"})
        chart.add_annotation(
            x=0,
            xref="paper",
            xanchor="left",
            y=target,
            yanchor="bottom",
            text=f"目标 {target_text(target, unit)}",
            showarrow=False,
            font={"color": MUTED, "size": 12},
        )
    return chart
