"""The look all charts share: colours, fonts, axes in Chinese. Draws nothing by itself.

Colour means status and nothing else: series are told apart by ink, accent and greys, by dashes and by labels.
"""

from typing import Any

import plotly.graph_objects as go

INK = "#1f2933"
MUTED = "#5f6c7b"
LINE = "#dde3e9"
ACCENT = "#1f4e79"
SERIES = ("#1f4e79", "#7d93a8", "#b4bfca", "#3f4c5a", "#9fb6cc")
"""For series that are not states, the most important first."""

STATUS = {
    "达标": "#2f7d54",
    "接近目标": "#b9842b",
    "未达标": "#b4443c",
    "无目标值": "#7d93a8",
    "无可统计对象": "#c5ced7",
    "未报送": "#c5ced7",
    "<5": "#c5ced7",
}
"""The colour of each `texts.Standing`; always beside its sign or word."""

PALE = {
    "达标": "#e3f1e9",
    "接近目标": "#f9f0dd",
    "未达标": "#f8e4e2",
    "无目标值": "#eef2f6",
    "无可统计对象": "#f1f4f6",
    "未报送": "#f1f4f6",
    "<5": "#f1f4f6",
}
"""The same as backgrounds under ink."""

SCALE = ((0.0, "#f2f6fa"), (0.5, "#9fb6cc"), (1.0, "#1f4e79"))
"""From little to much, where the size matters and not the state."""

FONT = "'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif"
CONFIG: dict[str, Any] = {"displayModeBar": False, "locale": "zh-CN", "scrollZoom": False, "responsive": True}
"""For `st.plotly_chart(..., config=CONFIG, theme=None)`."""

MONTHS = {"tickformat": "%-m月\n%Y年", "hoverformat": "%Y年%-m月"}
"""For a date axis of months; the year stands below where it begins."""


def figure(height: int, *, left: int = 8, legend: bool = False) -> go.Figure:
    """An empty figure in the common look, `height` pixels high, ready for `add_trace`."""
    axis = {
        "gridcolor": "#edf0f3",
        "linecolor": LINE,
        "zeroline": False,
        "automargin": True,
        "fixedrange": True,
        "tickfont": {"size": 12, "color": MUTED},
    }
    return go.Figure(
        layout={
            "height": height,
            "margin": {"l": left, "r": 12, "t": 28 if legend else 10, "b": 8},
            "font": {"family": FONT, "size": 13, "color": INK},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(SERIES),
            "hoverlabel": {
                "font": {"family": FONT, "size": 13, "color": INK},
                "bgcolor": "#ffffff",
                "bordercolor": LINE,
            },
            "xaxis": dict(axis),
            "yaxis": dict(axis),
            "showlegend": legend,
            "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "title": {"text": ""}},
            "dragmode": False,
            "separators": ".,",
        }
    )
