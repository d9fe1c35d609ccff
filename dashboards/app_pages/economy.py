"""社区经济与就业: the communities' collective economy and the residents' work, and who holds the figures back.

Layout only. Clauses 8 and 13. Parameters of the URL: `area`, `period` (quarter or year), `view`, `by` (an indicator).
"""

import polars as pl
import streamlit as st

from dashboards import controls, layout, panels
from dashboards.charts.bars import stacked
from dashboards.charts.style import CONFIG
from dashboards.controls import Area
from dashboards.downloads import downloads
from dashboards.queries import economy, figures
from dashboards.queries.catalogue import period_ends
from dashboards.queries.figures import Reading
from dashboards.queries.publication import publication
from dashboards.tables import Column, Kind, shown, sortable
from dashboards.texts import change_text, count_text, money_text, period_text, value_text
from dashboards.tiles import reading_tile, tiles
from pipelines.periods import Cadence, Period

GROWTH = ("collective_income_growth", "dividend_growth")
INCOME = (
    "collective_income_growth",
    "rental_income_share",
    "dividend_per_shareholder",
    "dividend_growth",
    "decision_supervision_rate",
    "modern_governance_share",
)
WORK = ("employment_rate", "newly_employed", "zero_employment_households")
HELD_BACK = ("employment_rate", "zero_employment_households", *INCOME)
VIEWS = {"income": "集体经济", "work": "居民就业", "behind": "差距在哪些社区"}

_LACKING: dict[str, tuple[str, Kind]] = {
    "employment_rate": ("少就业（人）", "count"),
    "zero_employment_households": ("零就业家庭（户）", "count"),
    "collective_income_growth": ("少收入（万元）", "wan"),
    "rental_income_share": ("租赁收入偏多（万元）", "wan"),
    "dividend_per_shareholder": ("少分红（万元）", "wan"),
    "dividend_growth": ("少分红（万元）", "wan"),
    "decision_supervision_rate": ("未经审议的决策（项）", "count"),
    "modern_governance_share": ("未建制度的公司（家）", "count"),
}


def _quarters(area: Area, period: Period) -> pl.DataFrame:
    """The accounts of the area's quarters up to the period's end."""
    return economy.income(area.code).filter(pl.col("period_end") <= period.end)


def _answer(area: Area, period: Period, readings: dict[str, Reading]) -> str:
    inside = _quarters(area, period).filter(pl.col("period_end") >= period.start)
    parts = []
    if inside.height:
        total = float(inside["total_income"].sum())
        parts.append(f"{area.name}股份合作公司总收入{money_text(total)}{_growth(readings['collective_income_growth'])}")
        parts.append(f"物业租赁占{_stated(readings['rental_income_share'])}")
        parts.append(f"股民人均分红{_stated(readings['dividend_per_shareholder'])}")
        text = "，".join(parts)
    else:
        text = f"{area.name}股份合作公司经营情况未报送或没有公司"
    rate, households = readings["employment_rate"], readings["zero_employment_households"]
    if rate.value is None:
        return f"{period.chinese}，{text}；户籍居民就业情况未报送。"
    text += f"；户籍居民就业率{_stated(rate)}，零就业家庭{value_text(households.value, '户')}"
    return f"{period.chinese}，{text}。{_worst(area, period, rate)}"


def _growth(reading: Reading) -> str:
    if reading.value is None:
        return "（没有去年同期可比）"
    word = "增长" if reading.value >= 0 else "下降"
    return f"，同比{word}{value_text(abs(reading.value), '比例')}（目标增长{value_text(reading.target, '比例')}）"


def _stated(reading: Reading) -> str:
    text = value_text(reading.value, reading.definition.unit, reading.target)
    if reading.target is None or reading.value is None:
        return text
    words = "目标不高于" if reading.definition.better == "lower" else "目标"
    return f"{text}（{words}{value_text(reading.target, reading.definition.unit)}）"


def _worst(area: Area, period: Period, rate: Reading) -> str:
    if area.level == "community" or rate.target is None:
        return ""
    behind = _behind(area, period, rate)
    if behind.is_empty():
        return "各社区就业率都已达标。"
    first = behind.row(0, named=True)
    place = f"{first['street']}{first['community']}" if area.level == "district" else first["community"]
    lacking = count_text(first["lacking"], "人")
    return f"就业缺口最大的是{place}（{value_text(first['value'], '比例', rate.target)}，离目标少{lacking}）。"


def _behind(area: Area, period: Period, reading: Reading) -> pl.DataFrame:
    """The communities behind the target, or where none applies behind the area's own value."""
    reference = reading.target if reading.target is not None else reading.value
    name = reading.definition.indicator_id
    rows = figures.communities([name], area.code, period)
    return economy.held_back(rows, reading.definition, reference or 0.0, is_growth=name in GROWTH)


def _structure(area: Area, period: Period) -> None:
    rows = _quarters(area, period).tail(8)
    size, unit = (1e8, "亿元") if rows.filter(pl.col("total_income") >= 1e8).height else (1e4, "万元")
    layout.section("收入结构", f"按季度，单位：{unit}；柱顶为总收入")
    if rows.is_empty():
        layout.note("未报送或没有公司。")
        return
    names = [period_text("quarter", end) for end in rows["period_end"]]
    short = [f"{end.year}<br>{(end.month + 2) // 3}季度" for end in rows["period_end"]]
    parts = {title: (rows[field].cast(pl.Float64) / size).to_list() for field, title in economy.INCOME.items()}
    all_of_it = (rows["total_income"].cast(pl.Float64) / size).to_list()
    texts = {
        title: [
            f"{name} {title}收入 {amount:,.2f}{unit}，占{amount / total:.1%}" if total else f"{name} {title}收入 0"
            for name, amount, total in zip(names, amounts, all_of_it, strict=True)
        ]
        for title, amounts in parts.items()
    }
    totals = [f"{total:,.2f}" if unit == "亿元" else f"{total:,.0f}" for total in all_of_it]
    st.plotly_chart(stacked(short, parts, texts, totals=totals), config=CONFIG, theme=None, key="structure")


def _income(area: Area, period: Period, readings: dict[str, Reading]) -> None:
    tiles(reading_tile(readings[name], area.code, period) for name in INCOME)
    _structure(area, period)
    left, right = st.columns(2, gap="large")
    for place, name, title in (
        (left, "collective_income_growth", "集体经济总收入同比增长"),
        (right, "rental_income_share", "物业租赁收入占比"),
        (left, "dividend_per_shareholder", "股民人均分红"),
        (right, "dividend_growth", "股民分红同比增长"),
    ):
        with place:
            if area.level == "district":
                layout.section(f"各街道{title}", period.chinese)
                panels.ranking(name, area, period, f"rank_{name}")
            else:
                layout.section(f"{title}的变化", "按季度" if period.cadence is Cadence.QUARTER else "按年")
                panels.lines([name], area, period, f"line_{name}")
    if area.level != "community":
        layout.section(f"各{panels.below(area)}集体经济", f"{period.chinese}；点表头可排序")
        panels.comparison(INCOME, area, period, "集体经济", "income")


def _work(area: Area, period: Period, readings: dict[str, Reading]) -> None:
    tiles(reading_tile(readings[name], area.code, period) for name in WORK)
    latest = _last_month(period)
    left, right = st.columns(2, gap="large")
    with left:
        if area.level != "community":
            layout.section(f"各{panels.below(area)}就业率", period.chinese)
            panels.ranking("employment_rate", area, period, "rank_work")
        else:
            layout.section("就业率的变化", "按月")
            panels.lines(["employment_rate"], area, latest, "line_work")
    with right:
        if area.level != "community":
            layout.section("就业率的变化", "按月")
            panels.lines(["employment_rate"], area, latest, "line_work")
        layout.section("新增就业人数", "按月，单位：人")
        panels.lines(["newly_employed"], area, latest, "line_new")
        layout.section("零就业家庭", "月末户数")
        panels.lines(["zero_employment_households"], area, latest, "line_zero")
    if area.level != "community":
        layout.section(f"各{panels.below(area)}就业情况", f"{period.chinese}；点表头可排序")
        panels.comparison(WORK, area, period, "居民就业", "work")


def _last_month(period: Period) -> Period:
    """The last month of the period that has been handed in."""
    ends = [end for end in period_ends("employment_rate").get("month", []) if end <= period.end]
    return Period(ends[-1] if ends else period.end, Cadence.MONTH)


def _behind_view(area: Area, period: Period, readings: dict[str, Reading]) -> None:
    names = {name: readings[name].definition.name for name in HELD_BACK}
    left, _ = st.columns([1, 2])
    with left:
        by = controls.choose("by", "指标", list(names), words=names.__getitem__)
    reading = readings[by]
    definition = reading.definition
    if reading.value is None:
        layout.note(f"{period.chinese}{definition.name}没有数值：未报送，或没有可统计的对象。")
        return
    unit = definition.unit
    compared = "目标" if reading.target is not None else f"{area.name}的平均水平"
    reference = value_text(reading.target if reading.target is not None else reading.value, unit)
    behind = _behind(area, period, reading)
    layout.section(
        f"{definition.name}：{count_text(behind.height, '个')}社区没有达到{compared}{reference}", period.chinese
    )
    heading, kind = _LACKING[by]
    gain = "提高" if definition.better == "higher" else "降低"
    layout.note(
        f"按影响大小排列。影响：单是这个社区达到{compared}，{area.name}的数值就会{gain}多少；人多、量大的社区影响大。"
    )
    columns = {
        "street": Column("街道"),
        "community": Column("社区"),
        "value": Column(f"{definition.name}（{'%' if unit == '比例' else unit}）", _value_kind(unit)),
        "lacking": Column(heading, kind),
        "pull_text": Column(f"对{area.name}的影响"),
    }
    table = behind.with_columns(
        pull_text=pl.Series([_pull_text(pull, unit) for pull in behind["pull"]], dtype=pl.String)
    )
    sortable(table, columns, rows=15, key="behind")
    downloads(shown(table, columns), f"{definition.name}有差距的社区_{area.name}_{period}", "behind")


def _value_kind(unit: str) -> Kind:
    return "share" if unit == "比例" else "count"


def _pull_text(pull: float, unit: str) -> str:
    if unit == "比例":
        return f"{pull * 100:.2f}个百分点"
    return change_text(pull, unit).removeprefix("+")


def _page() -> None:
    layout.title("社区经济与就业", "社区股份合作公司的收入与分红，户籍居民的就业，第8、13条")
    published = publication()
    ends = period_ends("rental_income_share")
    offered = {kind: ends[kind] for kind in ("quarter", "year") if ends.get(kind)}
    if published is None or not offered:
        layout.answer("社区股份合作公司经营情况还没有报送过。")
        return
    left, right = st.columns([1, 1.4])
    with right:
        complete = [end for end in offered.get("quarter", []) if end <= published.now]
        period = controls.period(offered, default=Period(complete[-1], Cadence.QUARTER) if complete else None)
    with left:
        area = controls.area(period)
    readings = figures.readings(tuple(dict.fromkeys((*INCOME, *WORK))), area.code, area.level, period)
    layout.answer(_answer(area, period, readings))
    if period.end > published.now:
        layout.note(f"{period.chinese}还没有结束，数据截至{published.now.year}年{published.now.month}月。")
    view = controls.choose("view", "内容", list(VIEWS), words=VIEWS.__getitem__, style="buttons", hidden_label=True)
    if view == "income":
        _income(area, period, readings)
    elif view == "work":
        _work(area, period, readings)
    else:
        _behind_view(area, period, readings)


_page()
