"""A sparkline as an SVG picture: small enough to stand inside a card. Numbers in, address of the picture out."""

from collections.abc import Sequence
from urllib.parse import quote

from dashboards.charts.style import ACCENT, LINE

WIDTH = 150
HEIGHT = 30
_EDGE = 3


def spark(values: Sequence[float | None], target: float | None = None) -> str:
    """A line through the values, oldest first, with a dot at the last and a dashed line at the target.

    Missing values leave a gap; with fewer than two values there is nothing to draw and the text is empty.

    Returns:
        A `data:` address for the source of an image.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    if target is not None and low - (high - low) <= target <= high + (high - low):
        low, high = min(low, target), max(high, target)
    reach = (high - low) or 1.0
    step = (WIDTH - 2 * _EDGE) / (len(values) - 1)

    def place(index: int, value: float) -> tuple[float, float]:
        return _EDGE + index * step, HEIGHT - _EDGE - (value - low) / reach * (HEIGHT - 2 * _EDGE)

    path, pen = "", "M"
    for index, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        x, y = place(index, value)
        path += f"{pen}{x:.1f} {y:.1f}"
        pen = "L"
    goal = ""
    if target is not None and low <= target <= high:
        y = place(0, target)[1]
        goal = f'<path d="M0 {y:.1f}H{WIDTH}" stroke="{LINE}" stroke-dasharray="3 3" fill="none"/>'
    last = max(index for index, value in enumerate(values) if value is not None)
    x, y = place(last, values[last] or 0.0)
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'{goal}<path d="{path}" stroke="{ACCENT}" stroke-width="1.6" fill="none"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{ACCENT}"/></svg>'
    )
    return f"data:image/svg+xml,{quote(picture)}"
