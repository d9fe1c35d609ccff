"""The state of the district in sentences: where it stands, what needs attention. Stands in, Chinese out.

No Streamlit, no data access; each concern names the page that explains it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from dashboards.queries.standings import Stand
from dashboards.texts import Standing, change_text, day_text, goal_text, period_of, period_text, value_text
from pipelines.periods import Period

BEFORE = {"month": "较上月", "quarter": "较上季度", "year": "较上年"}
_SHOWN = 3
_NOTICEABLE = 0.01
"""A fall of a share by less than one point is not worth a sentence."""


@dataclass(frozen=True)
class Concern:
    """One thing that needs attention, and where it is explained."""

    subject: str
    text: str
    page: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def counted(stands: Iterable[Stand]) -> dict[Standing, int]:
    """How many of them stand how."""
    result = dict.fromkeys(Standing, 0)
    for stand in stands:
        result[stand.standing] += 1
    return result


def summary(now: Sequence[Stand], before: Sequence[Stand], month: Period) -> str:
    """Where the district stands, in one sentence: 截至2026年10月，39项指标中有21项达标，较上月增加2项，and the rest.

    Args:
        now: the district's indicators.
        before: the same a month earlier; empty when there is no such month.
        month: what `now` is about.
    """
    counts = counted(now)
    attained = counts[Standing.ATTAINED]
    text = f"截至{month.chinese}，{len(now)}项指标中有{attained}项达标"
    if any(stand.value is not None for stand in before):
        change = attained - counted(before)[Standing.ATTAINED]
        text += "，与上月持平" if change == 0 else f"，较上月{'增加' if change > 0 else '减少'}{abs(change)}项"
    rest = (
        (Standing.NEAR, "项接近目标"),
        (Standing.BEHIND, "项未达标"),
        (Standing.NO_TARGET, "项不设目标值"),
        (Standing.NOTHING, "项无可统计对象"),
        (Standing.MISSING, "项未报送"),
    )
    others = [f"{counts[state]}{words}" for state, words in rest if counts[state]]
    return f"{text}；{'，'.join(others)}。" if others else f"{text}。"


def concerns(
    stands: Sequence[Stand], vetoes: pl.DataFrame, due: pl.DataFrame, worst: Mapping[str, Stand]
) -> list[Concern]:
    """What needs attention, most pressing first.

    Args:
        stands: the district's indicators.
        vetoes: from `queries.standings.vetoes`.
        due: from `queries.standings.hand_ins_due`.
        worst: by indicator, the street that stands worst.
    """
    behind = _behind(stands, worst)
    told = {concern.parameters["indicator"] for concern in behind}
    falling = _falling([stand for stand in stands if stand.indicator_id not in told])
    return [*behind, *falling, *_vetoed(vetoes), *_missing(due)]


def worst_streets(stands: Iterable[Stand]) -> dict[str, Stand]:
    """By indicator, the street with a value that is farthest from what is wanted."""
    result: dict[str, Stand] = {}
    for stand in stands:
        if stand.level != "street" or stand.value is None:
            continue
        known = result.get(stand.indicator_id)
        sign = 1 if stand.better == "higher" else -1
        if known is None or known.value is None or sign * stand.value < sign * known.value:
            result[stand.indicator_id] = stand
    return result


def _behind(stands: Sequence[Stand], worst: Mapping[str, Stand]) -> list[Concern]:
    missed = sorted((s for s in stands if s.gap is not None), key=lambda s: (s.progress or 0.0, s.ordinal))
    result = []
    for stand in missed[:_SHOWN]:
        value, target = (
            value_text(stand.value, stand.unit, stand.target),
            goal_text(stand.target, stand.unit, stand.better),
        )
        gap = change_text(stand.gap, stand.unit).lstrip("+")
        text = (
            f"{stand.name}{value}{_covered(stand)}，目标{target}，{'相差' if stand.better == 'higher' else '超出'}{gap}"
        )
        street = worst.get(stand.indicator_id)
        if street is not None and street.attained is False:
            text += f"；{street.area_name}差距最大，为{value_text(street.value, stand.unit, stand.target)}"
        result.append(Concern("距目标较远", f"{text}。", "indicator", _view(stand)))
    return result


def _covered(stand: Stand) -> str:
    return f"（{stand.coverage}）" if stand.coverage else ""


def _falling(stands: Sequence[Stand]) -> list[Concern]:
    fallen = sorted(
        (s for s in stands if s.unit == "比例" and s.is_worse and abs(s.change or 0.0) >= _NOTICEABLE),
        key=lambda s: (-abs(s.change or 0.0), s.ordinal),
    )
    result = []
    for stand in fallen[:_SHOWN]:
        was, now = value_text(stand.previous, stand.unit), value_text(stand.value, stand.unit, stand.target)
        direction = "下降" if (stand.change or 0.0) < 0 else "上升"
        size = change_text(abs(stand.change or 0.0), stand.unit).lstrip("+")
        text = f"{stand.name}{BEFORE[stand.period_type]}{direction}{size}，由{was}变为{now}{_covered(stand)}。"
        result.append(Concern("变化不利", text, "indicator", _view(stand)))
    return result


def _vetoed(vetoes: pl.DataFrame) -> list[Concern]:
    if vetoes.is_empty():
        return []
    year = vetoes["year"][0]
    so_far = "（进行中）" if vetoes["status"][0] == "in_progress" else ""
    by_reason: dict[str, list[str]] = {}
    for street, reasons in vetoes.select("street_name", "veto").iter_rows():
        for reason in reasons.split("；"):
            by_reason.setdefault(reason, []).append(street)
    text = "；".join(f"{reason}：{_listed(streets)}" for reason, streets in by_reason.items())
    return [Concern("考核等次受限", f"{year}年度考核{so_far}，{text}。", "assessment", {"year": str(year)})]


def _missing(due: pl.DataFrame) -> list[Concern]:
    absent = due.filter(~pl.col("is_there"))
    result = []
    for (title, kind, end), rows in absent.group_by("title", "period_type", "period_end", maintain_order=True):
        who = _listed(rows["submitter_name"].to_list())
        text = f"{period_text(str(kind), end)}{title}未报送：{who}（应于{day_text(rows['due_on'][0])}前报送）。"
        period = str(period_of(str(kind), end))
        result.append(Concern("未报送", text, "submissions", {"period": period}))
    return result


def _listed(names: Sequence[str]) -> str:
    return "、".join(names) if len(names) <= 4 else f"{'、'.join(names[:3])}等{len(names)}个街道"


def _view(stand: Stand) -> dict[str, str]:
    return {
        "indicator": stand.indicator_id,
        "area": stand.area_code,
        "period": str(period_of(stand.period_type, stand.period_end)),
    }
