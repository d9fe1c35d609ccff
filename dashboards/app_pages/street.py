"""街道画像: one street: strengths, gaps in points of the assessments, communities, changes, what to do next.

Layout only. Parameters of the URL: `street`, `year` (of the assessments), `month` (of the changes and strengths).
"""

from collections.abc import Sequence
from html import escape

import polars as pl
import streamlit as st

from dashboards import controls, layout
from dashboards.briefing import BEFORE
from dashboards.charts.bars import stacked
from dashboards.charts.style import CONFIG
from dashboards.downloads import downloads
from dashboards.queries import assessment, street
from dashboards.queries.areas import areas_in_use
from dashboards.queries.standings import Stand, standings
from dashboards.tables import Column, coverage_column, shown, sortable
from dashboards.texts import (
    NOTHING,
    SMALL_NOTE,
    STATUS_WORDS,
    Standing,
    change_text,
    coverage_text,
    period_of,
    target_text,
    value_text,
)
from pipelines.periods import Cadence, Period

MOST = 8
"""Gaps and changes shown, at most."""
WHERE = 4
"""Communities named of one gap, at most."""
GAPS = {
    "title": Column("考核"),
    "dimension": Column("方面"),
    "name": Column("指标", width="medium"),
    "value_text": Column("现在"),
    "target_text": Column("满分线"),
    "points": Column("已得（分）", "points"),
    "lost": Column("还可得（分）", "points"),
    "coverage": Column("报送"),
    "note": Column("说明"),
}
COMMUNITIES = {
    "community": Column("社区", pinned=True),
    "points": Column("拉低（分）", "points"),
    "attained": Column("达标指标", "count"),
    "behind": Column("未达标指标", "count"),
    "worst": Column("主要在", width="large"),
}
VALUES = {
    "community": Column("社区", pinned=True),
    "value_text": Column("数值"),
    "points": Column("拉低（分）", "points"),
}


def _answer(name: str, year: int, results: dict[str, dict[str, object]], gaps: pl.DataFrame, best: list[str]) -> str:
    parts = [f"{title}{row['total']}分，第{row['rank']}名，{row['grade']}" for title, row in results.items()]
    so_far = "（未结束）" if any(row["status"] == "in_progress" for row in results.values()) else ""
    text = f"{name}{year}年度{so_far}：" + "；".join(parts) if parts else f"{name}{year}年度还没有考核结果"
    if best:
        text += f"。长处：{'、'.join(best[:3])}"
    most = street.to_win(gaps) if gaps.height else gaps
    if most.height:
        wins = [f"{indicator}（{lost:.2f}分）" for indicator, lost in most.select("name", "lost").iter_rows()]
        text += f"。最能提分：{'、'.join(wins)}"
    return f"{text}。"


def _next(gaps: pl.DataFrame, communities: pl.DataFrame, code: str, year: int) -> None:
    layout.section("下一步做什么", "两项考核中最能提分的三项指标，以及在哪些社区")
    most = street.to_win(gaps)
    if most.is_empty():
        layout.note("各项指标都已得满分。")
        return
    for place, (column, row) in enumerate(zip(st.columns(3), most.iter_rows(named=True), strict=False), 1):
        with column:
            texts = [f"可提{row['lost']:.2f}分（{row['title']}·{row['dimension']}）", *_what(row)]
            texts += _where(communities.filter(scheme=row["scheme"], indicator_id=row["indicator_id"]), row)
            body = "".join(f"<p>{escape(text)}</p>" for text in texts)
            html = f'<div class="gb-figure gb-step"><h3>{place}　{escape(row["name"])}</h3>{body}</div>'
            parameters = {"indicator": row["indicator_id"], "area": code, "period": str(year)}
            layout.clickable(f"next-{place}", html, "indicator", f"{row['name']}：查看", **parameters)


def _what(row: dict[str, object]) -> list[str]:
    """From where to where the value has to go."""
    if row["value"] is None:
        return [str(row["note"] or NOTHING)]
    coverage = coverage_text(row["reported"], row["expected"])  # type: ignore[arg-type]
    return [f"现在{_value(row)}{coverage and f'（{coverage}）'}，满分线{_goal(row)}"]


def _where(lines: pl.DataFrame, row: dict[str, object]) -> list[str]:
    """The communities that lack most."""
    lacking = lines.filter(pl.col("points") > 0)
    if lacking.is_empty():
        return ["补报后才能看到差在哪些社区"] if row["value"] is None else []
    named = [
        f"{community}{_community_value(value, unit)}（{points:.2f}分）"
        for community, value, unit, points in lacking.head(WHERE)
        .select("community", "value", "unit", "points")
        .iter_rows()
    ]
    rest = lacking.height - len(named)
    return [f"在：{'、'.join(named)}{f'，另有{rest}个社区' if rest > 0 else ''}"]


def _gaps(gaps: pl.DataFrame, name: str, year: int) -> None:
    layout.section("离满分还差多少", "单位：分；深色为已得，浅色为还可得")
    most = gaps.filter(pl.col("lost") > 0.005)
    if most.height:
        top = most.head(MOST)
        names = top["name"].to_list()
        texts = [
            f"{row['name']}：{_value(row)}，满分线{_goal(row)}，已得{row['points']:.2f}分，还可得{row['lost']:.2f}分"
            for row in top.iter_rows(named=True)
        ]
        parts = {"已得": top["points"].to_list(), "还可得": top["lost"].to_list()}
        ends = [f"还可得{lost:.2f}" for lost in top["lost"]]
        chart = stacked(names, parts, {"已得": texts, "还可得": texts}, horizontal=True, totals=ends)
        st.plotly_chart(chart, config=CONFIG, theme=None, key="gaps")
    table = gaps.with_columns(
        value_text=pl.Series([_value(row) for row in gaps.iter_rows(named=True)], dtype=pl.String),
        target_text=pl.Series([_goal(row) for row in gaps.iter_rows(named=True)], dtype=pl.String),
        coverage=coverage_column(gaps),
    )
    with st.expander("全部考核指标"):
        sortable(table, GAPS, rows=20, key="gaps_table")
        downloads(shown(table, GAPS), f"街道画像_{name}_{year}年", "gaps")


def _communities(communities: pl.DataFrame, gaps: pl.DataFrame, name: str, year: int) -> None:
    layout.section("各社区", "拉低：把失分按各社区离满分线的缺口分摊")
    found = street.held_back(communities)
    if found.is_empty():
        layout.note("没有社区一级的数据。")
        return
    worst = found.row(0, named=True)
    if worst["points"] > 0.005:
        layout.note(f"{worst['community']}拉低最多（{worst['points']:.2f}分），主要在{worst['worst']}。")
    left, right = st.columns([2, 1], gap="large")
    with left:
        sortable(found, COMMUNITIES, key="communities")
        downloads(shown(found, COMMUNITIES), f"社区拉分_{name}_{year}年", "communities")
    with right:
        options = gaps.filter(pl.col("indicator_id").is_in(communities["indicator_id"].unique().implode()))
        words = dict(options.select("indicator_id", "name").iter_rows())
        picked = controls.choose("gap", "看一项指标在各社区的值", list(words), words=words.__getitem__)
        lines = communities.filter(indicator_id=picked).unique("area_code", maintain_order=True)
        values = [
            STATUS_WORDS[status] if value is None else _community_value(value, unit)
            for status, value, unit in lines.select("status", "value", "unit").iter_rows()
        ]
        sortable(lines.with_columns(value_text=pl.Series(values, dtype=pl.String)), VALUES, key="values")
        if "small" in lines["status"]:
            layout.note(SMALL_NOTE)


def _changes(stands: Sequence[Stand], code: str, month: Period) -> None:
    better, worse = street.changes(stands, code, month.end)
    layout.section(
        f"{month.chinese}的变化", f"变好{len(better)}项，变差{len(worse)}项；月度指标与上月比，季度、年度指标与上一期比"
    )
    for column, title, found in zip(st.columns(2), ("变好", "变差"), (better, worse), strict=True):
        with column:
            if not found:
                layout.note(f"没有{title}的指标。")
                continue
            rows = [(_link(s), *map(escape, _change(s))) for s in found[:MOST]]
            layout.table((title, "现在", "变化"), rows, numeric=(1, 2))
    layout.note(
        "；".join(
            state.label for state in Standing if state not in (Standing.NOTHING, Standing.MISSING, Standing.SMALL)
        )
    )


def _change(stand: Stand) -> tuple[str, str]:
    now = value_text(stand.value, stand.unit, stand.target)
    change = f"{BEFORE[stand.period_type]}{change_text(stand.change, stand.unit)}"
    return f"{now} {stand.standing.mark}{_covered(stand)}", change


def _covered(stand: Stand) -> str:
    return f"（{stand.coverage}）" if stand.coverage else ""


def _strengths(found: list[tuple[Stand, int, int, Stand | None]]) -> None:
    layout.section("长处", "在各街道中领先、没有落在目标之下的指标")
    if not found:
        layout.note("没有明显领先的指标。")
        return
    rows = []
    for own, rank, of, district in found:
        against = value_text(district.value, own.unit) if district and own.unit == "比例" else NOTHING
        value = escape(value_text(own.value, own.unit, own.target) + _covered(own))
        rows.append((_link(own), value, f"第{rank}名（共{of}个）", escape(against)))
    layout.table(("指标", "数值", "名次", "全区"), rows, numeric=(1, 2, 3))


def _link(stand: Stand) -> str:
    period = period_of(stand.period_type, stand.period_end)
    return (
        f'<a href="indicator?indicator={stand.indicator_id}&area={stand.area_code}&period={period}">'
        f"{escape(stand.name)}</a>"
    )


def _value(row: dict[str, object]) -> str:
    value = row["value"]
    return NOTHING if value is None else value_text(float(str(value)), str(row["unit"]))


def _goal(row: dict[str, object]) -> str:
    goal = 0.0 if row["target"] is None else float(str(row["target"]))
    return target_text(goal, str(row["unit"]))


def _community_value(value: float | None, unit: str) -> str:
    return NOTHING if value is None else value_text(value, unit)


def _pick(month: Period) -> tuple[str, str]:
    rows = areas_in_use(month).filter(level="street")
    names = dict(rows.select("area_code", "area_name").iter_rows())
    code = controls.choose("street", "街道", list(names), words=names.__getitem__)
    return code, names[code]


def _page() -> None:
    head, *pickers = st.columns([4, 2, 2, 2], vertical_alignment="bottom")
    with pickers[2]:
        month = controls.month()
    if month is None:
        layout.title("街道画像")
        layout.answer("已发布的数据中还没有月度指标。")
        return
    with pickers[0]:
        code, name = _pick(month)
    totals = {about.short: assessment.totals(about.scheme) for about in assessment.assessments().values()}
    years = sorted({year for frame in totals.values() for year in frame["year"]}, reverse=True)
    with pickers[1]:
        texts = [str(year) for year in years] or [str(month.within(Cadence.YEAR))]
        year = int(controls.choose("year", "考核年度", texts, words=lambda text: f"{text}年"))
    with head:
        layout.title(f"{name}画像", "长处、差距、社区、变化与下一步")
    own = {title: frame.filter(year=year, street_code=code) for title, frame in totals.items()}
    results = {title: frame.row(0, named=True) for title, frame in own.items() if frame.height}
    stands = standings(month.end)
    best = street.strengths(stands, code)
    gaps = street.gaps(year, code)
    layout.answer(_answer(name, year, results, gaps, [stand.name for stand, *_ in best]))
    for title, row in results.items():
        if row["veto"]:
            layout.note(f"{title}等次受限：{row['veto']}。")
    if gaps.height:
        communities = street.communities(gaps, year, code)
        _next(gaps, communities, code, year)
        _gaps(gaps, name, year)
        _communities(communities, gaps, name, year)
    _strengths(best)
    _changes(stands, code, month)


_page()
