"""Numbers, periods and states as people read them, in Chinese. No layout, no data access."""

from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from pipelines.periods import Cadence, Period

NOTHING = "—"

STATUS_WORDS = {
    "ok": "",
    "in_progress": "进行中",
    "nothing_to_count": "无可统计对象",
    "not_handed_in": "未报送",
}
"""What the published status of a value means to a reader."""

PERIOD_TYPES = {"month": "月", "quarter": "季度", "year": "年"}
MAPS = {"then": "当时区划", "now": "现行区划"}
CHAPTERS = "一二三四五六"
CHAPTER_NAMES = {1: "基础建设", 2: "社区", 3: "“两新”", 4: "机关事业国企", 5: "党员队伍", 6: "保障"}
"""What the chapters of the policy are called for short."""

NEAR = 0.9
"""Share of the way to the target from which a value counts as near."""

_ZONE = ZoneInfo("Asia/Shanghai")
_INTEGERS = {"人", "户", "宗", "项", "件", "个", "场", "家", "起"}


class Standing(StrEnum):
    """How a value stands to its target; the value of each is its word."""

    ATTAINED = "达标"
    NEAR = "接近目标"
    BEHIND = "未达标"
    NO_TARGET = "无目标值"
    NOTHING = "无可统计对象"
    MISSING = "未报送"

    @property
    def mark(self) -> str:
        """The sign that says it without colour."""
        return {"达标": "✓", "接近目标": "△", "未达标": "✕", "无目标值": "·", "无可统计对象": "–", "未报送": "?"}[self]

    @property
    def label(self) -> str:
        """Sign and word: ✓ 达标."""
        return f"{self.mark} {self.value}"


HAND_IN_STATES: dict[str, tuple[str, str, Standing]] = {
    "missing": ("✕", "未报", Standing.BEHIND),
    "faulty": ("!", "有差错", Standing.NEAR),
    "waiting": ("‖", "待计入", Standing.NO_TARGET),
    "late": ("△", "迟报", Standing.NEAR),
    "corrected": ("↻", "已更正", Standing.ATTAINED),
    "on_time": ("✓", "按时", Standing.ATTAINED),
    "not_due": ("·", "未到期", Standing.NOTHING),
}
"""Of each state of a hand-in its sign, its word, and the standing whose colour it has."""


def standing(status: str | None, attained: bool | None, progress: float | None) -> Standing:
    """How a value stands, from its published status and its row in `attainment` (None, None without one)."""
    if status is None or status == "not_handed_in":
        return Standing.MISSING
    if status == "nothing_to_count":
        return Standing.NOTHING
    if attained is None:
        return Standing.NO_TARGET
    if attained:
        return Standing.ATTAINED
    return Standing.NEAR if (progress or 0.0) >= NEAR else Standing.BEHIND


def value_text(value: float | None, unit: str, target: float | None = None) -> str:
    """A value with its unit: 87.3%, 12,345元, 3人, 11.5次; — when there is none.

    A value that misses its target is never rounded to look like it: 94.96% of 95% stays 94.96%.
    """
    if value is None:
        return NOTHING
    decimals = 1 if unit == "比例" else _decimals(value, unit)
    text = _format(value, unit, decimals)
    if target is not None and value != target:
        goal = _format(target, unit, decimals)
        while text == goal and decimals < 4:
            decimals += 1
            text, goal = _format(value, unit, decimals), _format(target, unit, decimals)
    return text


def target_text(target: float | None, unit: str) -> str:
    """A value to reach as the policy writes it: 95%, 12,000元, 0宗; — when there is none."""
    if target is None:
        return NOTHING
    return f"{target * 100:g}%" if unit == "比例" else f"{target:,g}{unit}"


def goal_text(target: float | None, unit: str, better: str) -> str:
    """A value to reach with its direction: 95%, 不高于60%; zero cannot be undercut and stands alone: 0宗."""
    bound = "不高于" if better == "lower" and target else ""
    return f"{bound}{target_text(target, unit)}"


def change_text(change: float | None, unit: str) -> str:
    """A difference between two values: +1.2个百分点, -3宗, 持平; — when there is none to say."""
    if change is None:
        return NOTHING
    if unit == "比例":
        return "持平" if abs(change) < 0.0005 else f"{change * 100:+.1f}个百分点"
    decimals = _decimals(change, unit)
    return "持平" if round(change, decimals) == 0 else f"{change:+,.{decimals}f}{unit}"


def number_text(number: float | None) -> str:
    """A plain number with thousands separators, decimals only where there are any: 1,234,567.5."""
    if number is None:
        return NOTHING
    text = f"{number:,.2f}"
    return text.rstrip("0").rstrip(".")


def money_text(yuan: float | None) -> str:
    """An amount in yuan in the unit a reader expects: 830元, 12.35万元, 1.24亿元."""
    if yuan is None:
        return NOTHING
    for size, unit in ((1e8, "亿元"), (1e4, "万元")):
        if abs(yuan) >= size:
            return f"{yuan / size:,.2f}{unit}"
    return f"{yuan:,.0f}元"


def count_text(count: float | None, unit: str = "") -> str:
    """A count with its unit: 1,234人."""
    return NOTHING if count is None else f"{count:,.0f}{unit}"


def period_of(period_type: str, period_end: date) -> Period:
    """The period of a published row."""
    return Period(period_end, Cadence(period_type))


def period_text(period_type: str, period_end: date) -> str:
    """2025年3月, 2025年第1季度, 2025年."""
    return period_of(period_type, period_end).chinese


def moment_text(moment: datetime) -> str:
    """2026年11月3日 08:15, in Beijing time."""
    local = moment.astimezone(_ZONE)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def day_text(day: date | None) -> str:
    """2026年11月3日."""
    return NOTHING if day is None else f"{day.year}年{day.month}月{day.day}日"


def _decimals(value: float, unit: str) -> int:
    if unit in _INTEGERS:
        return 0
    return 0 if unit == "元" and abs(value) >= 100 else 1


def _format(value: float, unit: str, decimals: int) -> str:
    if unit == "比例":
        return f"{value * 100:.{decimals}f}%"
    return f"{value:,.{decimals}f}{unit}"
