"""总览: the state of the district in one screen. Layout only.

Parameters of the URL: `month` (2026-10), `tiles` (what colours the streets: `share`, or an indicator).
"""

from collections.abc import Sequence
from datetime import datetime
from html import escape

import polars as pl
import streamlit as st

from dashboards import controls, doubts, layout
from dashboards.briefing import BEFORE, concerns, summary, worst_streets
from dashboards.charts.spark import spark
from dashboards.queries.publication import Publication, publication
from dashboards.queries.standings import Stand, hand_ins_due, sparks, standings, vetoes
from dashboards.street_map import StreetTile, street_map
from dashboards.texts import NEAR, Standing, change_text, day_text, goal_text, moment_text, period_of, value_text
from pipelines.periods import Period

_GOOD, _FAIR = 1 / 2, 1 / 3
"""Share of indicators attained from which a street is coloured as attained, and as near."""


def _card(stand: Stand, values: Sequence[float | None], month: Period) -> str:
    kind = stand.period_type
    own = period_of(kind, stand.period_end)
    badge = "" if stand.standing is Standing.NO_TARGET else layout.badge(stand.standing)
    value = (
        f"<strong>{escape(value_text(stand.value, stand.unit, stand.target))}</strong>"
        if stand.value is not None
        else ""
    )
    lines = [] if own == month else [own.chinese]
    if stand.target is not None:
        lines.append(f"目标 {goal_text(stand.target, stand.unit, stand.better)}")
    if stand.change is not None:
        lines.append(f"{BEFORE[kind]} {change_text(stand.change, stand.unit)}")
    if kind != "year" and stand.change_on_year is not None:
        lines.append(f"较上年同期 {change_text(stand.change_on_year, stand.unit)}")
    rows = "".join(f"<p>{escape(line)}</p>" for line in lines)
    drawn = spark(values, stand.target)
    picture = f'<img src="{drawn}" alt="近期走势">' if drawn else ""
    return f'<div class="gb-card"><h3>{escape(stand.name)}</h3><div>{value}{badge}</div>{rows}{picture}</div>'


def _cards(district: Sequence[Stand], month: Period) -> None:
    lines = sparks(month.end)
    with st.container(key="gb-cards"):
        for stand in district:
            if not stand.headline:
                continue
            html = _card(stand, lines.get((stand.indicator_id, stand.period_type), []), month)
            view = {"indicator": stand.indicator_id, "area": stand.area_code}
            view["period"] = str(period_of(stand.period_type, stand.period_end))
            layout.clickable(f"card-{stand.indicator_id}", html, "indicator", f"{stand.name}：查看", **view)


def _tile_of_share(code: str, name: str, stands: Sequence[Stand]) -> StreetTile:
    judged = [stand for stand in stands if stand.attained is not None]
    attained = sum(stand.attained is True for stand in judged)
    worst = min(judged, key=lambda stand: (stand.progress or 0.0, stand.ordinal), default=None)
    if worst is None:
        return StreetTile(code, name, Standing.MISSING, "未报送", "", "indicator", {"area": code})
    share = attained / len(judged)
    state = Standing.ATTAINED if share >= _GOOD else Standing.NEAR if share >= _FAIR else Standing.BEHIND
    view = _view(worst, code)
    return StreetTile(code, name, state, f"{share:.0%}", f"{attained}/{len(judged)}项", "indicator", view)


def _tile_of_indicator(stand: Stand) -> StreetTile:
    value = value_text(stand.value, stand.unit, stand.target) if stand.value is not None else stand.standing.value
    remark = stand.standing.value if stand.value is not None else ""
    return StreetTile(
        stand.area_code, stand.area_name, stand.standing, value, remark, "indicator", _view(stand, stand.area_code)
    )


def _view(stand: Stand, area: str) -> dict[str, str]:
    period = str(period_of(stand.period_type, stand.period_end))
    return {"indicator": stand.indicator_id, "area": area, "period": period}


def _map(stands: Sequence[Stand]) -> None:
    names = {stand.indicator_id: stand.name for stand in stands if stand.level == "street"}
    picked = controls.choose(
        "tiles",
        "街道按什么着色",
        ["share", *names],
        words=lambda key: names.get(key, "达标指标所占比例"),
        hidden_label=True,
    )
    by_street: dict[str, list[Stand]] = {}
    for stand in stands:
        if stand.level == "street":
            by_street.setdefault(stand.area_code, []).append(stand)
    if picked == "share":
        street_map([_tile_of_share(code, own[0].area_name, own) for code, own in by_street.items()])
        layout.note("✓ 半数以上指标达标　△ 三分之一以上　✕ 不足三分之一。点击街道，查看差距最大的一项。")
    else:
        street_map([_tile_of_indicator(s) for own in by_street.values() for s in own if s.indicator_id == picked])
        layout.note(f"✓ 达标　△ 接近目标（达到目标的{NEAR:.0%}以上）　✕ 未达标　? 未报送　– 无可统计对象")


def _attention(stands: Sequence[Stand], district: Sequence[Stand], month: Period, due: pl.DataFrame) -> None:
    found = concerns(district, vetoes(month.end), due, worst_streets(stands))
    if not found:
        layout.note("没有需要关注的事项：所有指标达标，应报送的都已报送。")
    with st.container(gap=None):
        for number, concern in enumerate(found):
            html = f'<div class="gb-concern"><b>{escape(concern.subject)}</b><span>{escape(concern.text)}</span></div>'
            layout.clickable(f"concern-{number}", html, concern.page, f"{concern.subject}：查看", **concern.parameters)


def _state_of_data(published: Publication, month: Period, due: pl.DataFrame) -> None:
    there, late = int(due["is_there"].sum()), int(due["is_late"].fill_null(False).sum())
    age = (datetime.now().astimezone() - published.built_at).days
    facts = (
        ("应报送", f"{due.height}份"),
        ("已报送", f"{there}份（{value_text(there / due.height if due.height else None, '比例', 1.0)}）"),
        ("其中迟报", f"{late}份"),
        ("未报送", f"{due.height - there}份"),
        ("本月报表待核实", doubts.summary(month)),
        ("数据截至", day_text(published.now)),
        ("发布时间", f"{moment_text(published.built_at)}（{'今天' if age < 1 else f'{age}天前'}）"),
    )
    text = "".join(f"<div><span>{escape(name)}</span> {escape(value)}</div>" for name, value in facts)
    layout.clickable("state", f'<div class="gb-facts">{text}</div>', "submissions", "报送：查看", period=str(month))


def page() -> None:
    """Draw the page."""
    published = publication()
    head, picker = st.columns([4, 1], vertical_alignment="bottom")
    with picker:
        month = controls.month()
    if published is None or month is None:
        layout.title("总览", "龙岗区基层组织建设")
        layout.answer("已发布的数据中还没有月度指标。")
        return
    with head:
        layout.title("龙岗区基层组织建设总览", "深龙委〔2010〕5号文件29项要求的落实情况")
    stands = standings(month.end)
    district = [stand for stand in stands if stand.level == "district"]
    before = [stand for stand in standings(month.shifted(-1).end) if stand.level == "district"]
    layout.answer(summary(district, before, month))
    layout.section("主要指标", "点击查看定义、依据与来源")
    _cards(district, month)
    due = hand_ins_due(month.end)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        layout.section("各街道")
        _map(stands)
    with right:
        layout.section("需要关注")
        _attention(stands, district, month, due)
    layout.section("数据是否齐全")
    _state_of_data(published, month, due)


page()
