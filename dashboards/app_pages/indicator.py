"""指标: one indicator taken apart: what it means, how it stands, over time, by street and community, down to the row.

Layout only. Parameters of the URL: `indicator`, `area`, `period`, `map`.
"""

from datetime import date
from html import escape

import polars as pl
import streamlit as st

from dashboards import controls, doubts, layout
from dashboards.briefing import BEFORE
from dashboards.charts.bars import ranked
from dashboards.charts.heat import sizes, states
from dashboards.charts.lines import Line, over_time
from dashboards.charts.style import CONFIG
from dashboards.controls import Area
from dashboards.downloads import downloads
from dashboards.queries import indicators
from dashboards.queries.indicators import Indicator
from dashboards.queries.publication import publication
from dashboards.tables import Column, shown, sortable
from dashboards.texts import (
    MAPS,
    STATUS_WORDS,
    Standing,
    change_text,
    goal_text,
    number_text,
    period_text,
    standing,
    target_text,
    value_text,
)
from pipelines.periods import Cadence, Period

_TREND = {Cadence.MONTH: 25, Cadence.QUARTER: 13, Cadence.YEAR: 10}
_HEAT = {Cadence.MONTH: 13, Cadence.QUARTER: 9, Cadence.YEAR: 6}
_ROWS = 200
"""Rows behind a number listed on the page; the download has all."""


def _pick() -> tuple[Indicator, Area, Period | None, str]:
    known = indicators.catalogue()
    first, second = st.columns(2)
    with first:
        name = controls.choose("indicator", "指标", list(known), words=lambda key: known[key].label)
    chosen = known[name]
    area_map = "then"
    ends = indicators.period_ends(name)
    if not ends:
        return chosen, Area("", "", ""), None, area_map
    with st.container(horizontal=True, vertical_alignment="bottom"):
        period = controls.period(ends, default=_latest(ends))
        with second:
            area = controls.area(period)
        if area.level != "community":
            area_map = controls.area_map()
    return chosen, area, period, area_map


def _latest(by_type: dict[str, list[date]]) -> Period:
    """The latest period that has ended, of the shortest length there is."""
    current = publication()
    kind = next(kind for kind in Cadence if by_type.get(kind))
    ended = [end for end in by_type[kind] if current is None or end <= current.now]
    return Period(max(ended or by_type[kind]), kind)


def _sentence(chosen: Indicator, area: Area, period: Period, row: dict[str, object], past: pl.DataFrame) -> str:
    state = standing(*(row[key] for key in ("status", "attained", "progress")))  # type: ignore[arg-type]
    if row["value"] is None:
        return f"{period.chinese}，{area.name}{chosen.name}：{state.value}。"
    value, target = float(str(row["value"])), chosen.target_for(area.level, period)
    text = f"{period.chinese}，{area.name}{chosen.name}为{value_text(value, chosen.unit, target)}"
    if target is not None:
        goal = goal_text(target, chosen.unit, chosen.better)
        text += f"，达到{goal}的目标" if state is Standing.ATTAINED else f"，{_missed(chosen, value, target, goal)}"
    before = _value_at(past, period.shifted(-1))
    year_before = _value_at(past, period.shifted(-12 // period.cadence.months))
    if before is not None:
        text += f"，{BEFORE[period.cadence.value]}{_moved(value - before, chosen.unit)}"
    if year_before is not None and period.cadence is not Cadence.YEAR:
        text += f"，较上年同期{_moved(value - year_before, chosen.unit)}"
    return f"{text}{'（进行中）' if row['status'] == 'in_progress' else ''}。"


def _missed(chosen: Indicator, value: float, target: float, goal: str) -> str:
    gap = change_text(abs(target - value), chosen.unit).lstrip("+")
    if chosen.better == "higher":
        return f"距{goal}的目标还差{gap}"
    return f"比{target_text(target, chosen.unit)}的目标{'高' if chosen.unit == '比例' else '多'}{gap}"


def _moved(change: float, unit: str) -> str:
    text = change_text(change, unit)
    if text == "持平":
        return text
    return f"{'上升' if change > 0 else '下降'}{text.lstrip('+-')}"


def _value_at(past: pl.DataFrame, period: Period) -> float | None:
    found = past.filter(pl.col("period_end") == period.end)["value"]
    return None if found.is_empty() else found[0]


def _number(chosen: Indicator, area: Area, period: Period, row: dict[str, object]) -> None:
    state = standing(*(row[key] for key in ("status", "attained", "progress")))  # type: ignore[arg-type]
    target = chosen.target_for(area.level, period)
    value = None if row["value"] is None else float(str(row["value"]))
    shown_value = escape(value_text(value, chosen.unit, target)) if value is not None else ""
    badge = "" if state is Standing.NO_TARGET else layout.badge(state)
    running = f"<span>{STATUS_WORDS['in_progress']}</span>" if row["status"] == "in_progress" else ""
    parts = [("分子", chosen.numerator_text, row["numerator"])]
    if chosen.denominator_text:
        parts.append(("分母", chosen.denominator_text, row["denominator"]))
    sums = "".join(
        f"<tr><th>{kind}</th><td>{escape(text)}</td><td class='gb-num'>{_sum(amount)}</td></tr>"
        for kind, text, amount in parts
    )
    st.html(
        f'<div class="gb-number"><strong>{shown_value}</strong>{badge}{running}</div>'
        f'<table class="gb-table gb-sums">{sums}'
        "<tr><th>报送</th><td>已报送 / 应报送（份）</td>"
        f"<td class='gb-num'>{row['reported']} / {row['expected']}</td></tr></table>"
    )


def _sum(amount: object) -> str:
    return number_text(None if amount is None else float(str(amount)))


def _definition(chosen: Indicator) -> None:
    goal = "不设目标值"
    if chosen.target is not None:
        whole_year = "，按全年计" if chosen.target_period == "year" else ""
        level = "，仅全区" if chosen.target_level == "district" else ""
        goal = f"{goal_text(chosen.target, chosen.unit, chosen.better)}{whole_year}{level}"
    facts = (
        ("目标", goal),
        ("方向", "越高越好" if chosen.better == "higher" else "越低越好"),
        ("单位", "百分比" if chosen.unit == "比例" else chosen.unit),
        ("报送部门", chosen.department),
    )
    listed = "".join(f"<div><span>{escape(name)}</span> {escape(text)}</div>" for name, text in facts)
    about = f'<p class="gb-note">{escape(chosen.description)}</p>' if chosen.description else ""
    st.html(f'<div class="gb-facts">{listed}</div>{about}')
    with st.expander(f"依据：第{chosen.clause}条　{chosen.clause_title}"):
        st.html(f'<p class="gb-clause">{escape(chosen.clause_text or "")}</p>')


def _trend(chosen: Indicator, area: Area, period: Period, past: pl.DataFrame) -> None:
    layout.section("变化趋势", f"{area.name}，截至{period.chinese}")
    kind = period.cadence.value
    ends = past["period_end"].to_list()
    labels = [period_text(kind, end) for end in ends]
    line = Line(chosen.name, ends, labels, past["value"].to_list(), chosen.target_for(area.level, period))
    chart = over_time([line], chosen.unit, height=376, by_month=period.cadence is Cadence.MONTH)
    st.plotly_chart(chart, config=CONFIG, theme=None, key="trend", alt=f"{chosen.name}随时间的变化")
    for status in ("not_handed_in", "nothing_to_count"):
        absent = past.filter(pl.col("status") == status)["period_end"].to_list()
        if absent:
            named = "、".join(period_text(kind, end) for end in absent[-6:])
            more = f"等{len(absent)}期" if len(absent) > 6 else ""
            layout.note(f"{STATUS_WORDS[status]}：{named}{more}")


def _streets(chosen: Indicator, area: Area, period: Period, area_map: str) -> None:
    layout.section("各街道排序", f"{period.chinese}，{MAPS[area_map]}；点击条形，查看该街道")
    rows = indicators.streets(chosen.indicator_id, period, area_map).sort(
        "value", descending=chosen.better == "higher", nulls_last=True
    )
    found = [standing(*row) for row in rows.select("status", "attained", "progress").iter_rows()]
    names = [f"▸ {n}" if c == area.code else n for c, n in rows.select("area_code", "area_name").iter_rows()]
    chart = ranked(names, rows["value"].to_list(), found, chosen.unit, chosen.target_for("street", period))
    key = f"streets-{area.code}-{period}"
    codes = rows["area_code"].to_list()
    st.plotly_chart(
        chart,
        config=CONFIG,
        theme=None,
        key=key,
        on_select=lambda: _go_to(key, codes),
        selection_mode="points",
        alt=f"各街道{chosen.name}排序",
    )


def _go_to(key: str, codes: list[str]) -> None:
    points = st.session_state[key]["selection"]["points"]
    if points:
        st.session_state["area"] = codes[points[0]["point_index"]]


def _heat(chosen: Indicator, area: Area, period: Period, area_map: str) -> None:
    above = area.code[:9] if area.level == "community" else area.code
    below = "街道" if area.level == "district" else "社区"
    rows = indicators.heat(chosen.indicator_id, above, period, area_map, _HEAT[period.cadence])
    layout.section(
        f"各{below}逐期", "每格一期，符号与颜色为达标情况" if chosen.target is not None else "颜色越深，数值越大"
    )
    if rows.is_empty():
        layout.note("这一期没有下级区域。")
        return
    kind = period.cadence.value
    ends = rows["period_end"].unique().sort().to_list()
    by_cell = {(r["area_code"], r["period_end"]): r for r in rows.iter_rows(named=True)}
    names = dict(rows.select("area_code", "area_name").unique(maintain_order=True).iter_rows())
    found, texts, values = [], [], []
    for code, name in names.items():
        cells = [by_cell.get((code, end), {}) for end in ends]
        found.append([standing(c.get("status"), c.get("attained"), c.get("progress")) for c in cells])
        values.append([c.get("value") for c in cells])
        texts.append(
            [f"{name} {period_text(kind, end)}：{_said(c, chosen)}" for c, end in zip(cells, ends, strict=True)]
        )
    shorts = [_short(kind, end) for end in ends]
    if rows["attained"].is_not_null().any():
        chart = states(list(names.values()), shorts, found, texts)
    else:
        signs = [["" if s is Standing.NO_TARGET else s.mark for s in row] for row in found]
        chart = sizes(list(names.values()), shorts, values, signs, texts)
    st.plotly_chart(chart, config=CONFIG, theme=None, key="heat", alt=f"各{below}{chosen.name}逐期情况")
    layout.note("✓ 达标　△ 接近目标　✕ 未达标　? 未报送　– 无可统计对象")


def _said(cell: dict[str, object], chosen: Indicator) -> str:
    if cell.get("value") is None:
        return STATUS_WORDS[str(cell.get("status", "not_handed_in"))]
    state = standing(cell["status"], cell["attained"], cell["progress"])  # type: ignore[arg-type]
    text = value_text(float(str(cell["value"])), chosen.unit, chosen.target)
    return text if state is Standing.NO_TARGET else f"{text}，{state.value}"


def _short(kind: str, end: object) -> str:
    year, month = f"{end:%y}", int(f"{end:%m}")
    if kind == "year":
        return f"{end:%Y}年"
    return f"{year}年{month // 3}季" if kind == "quarter" else f"{year}.{month}"


def _rows(chosen: Indicator, area: Area, period: Period, area_map: str) -> None:
    layout.section("数字背后的明细", "逐行列出来自哪个文件、哪张工作表、哪一行")
    found = indicators.explanation(chosen.indicator_id, area.code, period, area_map, _ROWS)
    if found is None or found.rows.is_empty():
        layout.note("没有可列出的明细：未报送，或无可统计对象。")
        return
    columns = _columns(found.rows, chosen)
    cut = f"列出前{found.rows.height}行，" if found.total_rows > found.rows.height else ""
    layout.note(f"共{found.total_rows:,}行，{cut}下载可得全部。选中一行，在下方逐项查看。")
    picked = sortable(found.rows, columns, rows=10, key=f"rows-{area.code}-{period}", selectable=True)
    if picked is not None:
        _row(found.rows, columns, picked)
    fetch = indicators.all_rows(chosen.indicator_id, area.code, period, area_map)
    downloads(lambda: shown(fetch(), columns), f"{chosen.name}_{area.name}_{period}_明细", "rows")


def _columns(rows: pl.DataFrame, chosen: Indicator) -> dict[str, Column]:
    known = {
        "file_name": "文件",
        "sheet": "工作表",
        "row": "行",
        "community_name": "社区",
        "numerator": "计入分子",
        "denominator": "计入分母",
    }
    own = indicators.headers(chosen.unit_table)
    hidden = {"submission_id", "period_end", "community", "street"}
    result = {}
    for name, kind in rows.schema.items():
        if name in hidden:
            continue
        is_number = kind.is_numeric() and name != "row"
        is_whole = is_number and bool((rows[name].drop_nulls() % 1 == 0).all())
        result[name] = Column(
            known.get(name) or own.get(name, name),
            "yes" if kind == pl.Boolean else "count" if is_whole else "number" if is_number else "text",
            width="medium" if name == "file_name" else None,
        )
    return result


def _row(rows: pl.DataFrame, columns: dict[str, Column], index: int) -> None:
    row = shown(rows.slice(index, 1), columns).row(0, named=True)
    listed = "".join(
        f"<div><span>{escape(name)}</span> {escape('—' if value is None else str(value))}</div>"
        for name, value in row.items()
    )
    st.html(f'<div class="gb-row"><div class="gb-facts">{listed}</div></div>')


def page() -> None:
    """Draw the page."""
    layout.title("指标", "定义、依据、趋势、街道与社区，直至原始表格的每一行")
    chosen, area, period, area_map = _pick()
    if period is None:
        layout.answer(f"{chosen.name}：未报送。{chosen.department}还没有报送过这项指标所依据的报表。")
        _definition(chosen)
        return
    past = indicators.history(chosen.indicator_id, area.code, period, area_map, _TREND[period.cadence])
    here = past.filter(pl.col("period_end") == period.end)
    if here.is_empty():
        layout.answer(f"{period.chinese}，{area.name}没有{chosen.name}：这一期{MAPS[area_map]}中没有这个区域。")
        return
    row = here.row(0, named=True)
    layout.answer(_sentence(chosen, area, period, row, past))
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _number(chosen, area, period, row)
        doubts.beside_number(chosen.indicator_id, area, period)
    with right:
        _definition(chosen)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _trend(chosen, area, period, past)
    with right:
        _streets(chosen, area, period, area_map)
    _heat(chosen, area, period, area_map)
    _rows(chosen, area, period, area_map)


page()
