"""“两新”覆盖: how far the Party reaches into new economic and social organizations, and what is still to be done.

Layout only. Clauses 14 and 18. Parameters of the URL: `area`, `period` (a month), `view`.
"""

from math import ceil

import polars as pl
import streamlit as st

from dashboards import controls, layout, panels
from dashboards.charts.bars import grouped
from dashboards.charts.style import CONFIG
from dashboards.controls import Area
from dashboards.downloads import downloads
from dashboards.queries import figures, two_new
from dashboards.queries.catalogue import period_ends
from dashboards.queries.figures import Reading
from dashboards.tables import Column, shown, sortable
from dashboards.texts import count_text, value_text
from dashboards.tiles import reading_tile, tiles
from pipelines.periods import Cadence, Period

MAIN = "two_new_org_coverage"
COVERAGE = (MAIN, "two_new_work_coverage", "above_scale_coverage", "due_alone_established_rate", "joint_branch_rate")
GROUPS = ("union_coverage", "youth_league_coverage", "womens_federation_coverage", "militia_coverage")
VIEWS = {"coverage": "组织覆盖", "groups": "群团组织", "alone": "应单独组建", "joint": "可联合组建"}

_PLACE = {"street": Column("街道"), "community": Column("社区")}
_ORIGIN = {"file_name": Column("来源文件"), "sheet": Column("工作表"), "row": Column("行号", "count")}
ALONE = {
    "unit_name": Column("单位名称", width="medium"),
    **_PLACE,
    "grid": Column("网格"),
    "kind": Column("类别"),
    "above_scale": Column("规模以上", "yes"),
    "employees": Column("从业人数（人）", "count"),
    "party_members": Column("党员（人）", "count"),
    "coverage": Column("现在的组建方式"),
    "unit_code": Column("统一社会信用代码"),
    **_ORIGIN,
}
PROPOSALS = {
    **_PLACE,
    "proposal": Column("建议", width="medium"),
    "grids": Column("网格"),
    "organizations": Column("单位（家）", "count"),
    "members": Column("党员（人）", "count"),
    "names": Column("单位名称", width="large"),
}
JOINT = {
    **_PLACE,
    "branch": Column("建议序号（社区内）", "count"),
    "proposal": Column("建议"),
    "grid": Column("网格"),
    "unit_name": Column("单位名称"),
    "kind": Column("类别"),
    "employees": Column("从业人数（人）", "count"),
    "party_members": Column("党员（人）", "count"),
    "coverage": Column("现在的组建方式"),
    "unit_code": Column("统一社会信用代码"),
    **_ORIGIN,
}


def _answer(area: Area, month: Period, main: Reading, alone: pl.DataFrame, proposals: pl.DataFrame) -> str:
    if main.value is None or main.denominator is None:
        return f"{area.name}{month.chinese}的“两新”组织名册未报送或没有单位，没有可说的覆盖情况。"
    share = value_text(main.value, "比例", main.target)
    text = f"{month.chinese}，{area.name}有“两新”组织{count_text(main.denominator, '家')}，党的组织覆盖率{share}，"
    lacking = ceil(round((main.target or 0) * main.denominator - (main.numerator or 0), 6))
    goal = value_text(main.target, "比例")
    text += f"离目标{goal}还差{count_text(lacking, '家')}。" if lacking > 0 else f"已达到目标{goal}。"
    complete = proposals.filter("is_complete")
    if alone.height:
        text += f"{count_text(alone.height, '家')}已具备条件，应单独组建而未组建；"
    if complete.height:
        organizations = int(complete["organizations"].sum())
        text += (
            f"{count_text(organizations, '家')}有党员的小单位可就近合建{count_text(complete.height, '个')}联合党支部。"
        )
    return text.removesuffix("；") + ("。" if text.endswith("；") else "")


def _structure(area: Area, month: Period) -> None:
    parts = two_new.breakdown(area.code, month)
    for column, order, heading in (("kind", two_new.KINDS, "按类别"), ("size", two_new.SIZES, "按从业人数")):
        rows = two_new.rates(parts, column, order)
        layout.section(heading, f"{month.chinese}，覆盖率与单位数")
        names = [f"{name}<br>{count or 0:,}家" for name, count in rows.select(column, "organizations").iter_rows()]
        series = {"组织覆盖": rows["organized_rate"].to_list(), "工作覆盖": rows["reached_rate"].to_list()}
        st.plotly_chart(grouped(names, series), config=CONFIG, theme=None, key=f"by_{column}")


def _coverage(area: Area, month: Period) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        if area.level != "community":
            layout.section(f"各{panels.below(area)}组织覆盖率", month.chinese)
            panels.ranking(MAIN, area, month, "ranked")
        layout.section("组织、工作与规模以上覆盖率的变化", "按月")
        panels.lines(COVERAGE[:3], area, month, "trend")
    with right:
        _structure(area, month)
    if area.level != "community":
        layout.section(f"各{panels.below(area)}各项覆盖率", f"{month.chinese}；点表头可排序")
        panels.comparison(COVERAGE, area, month, "“两新”覆盖", "comparison")


def _groups(area: Area, month: Period, readings: dict[str, Reading]) -> None:
    layout.section("工会、共青团、妇女和民兵组织", f"第18条；{month.chinese}")
    tiles(reading_tile(readings[name], area.code, month) for name in GROUPS if name in readings)
    layout.section("四类组织组建率的变化", "按月")
    panels.lines(GROUPS, area, month, "trend")
    if area.level != "community":
        layout.section(f"各{panels.below(area)}组建率", f"{month.chinese}；点表头可排序")
        panels.comparison(GROUPS, area, month, "“两新”群团组织", "comparison")


def _alone(area: Area, month: Period, alone: pl.DataFrame) -> None:
    layout.section(f"应单独组建而未组建的单位：{count_text(alone.height, '家')}", month.chinese)
    layout.note(
        "第14条：生产经营稳定、党员队伍稳定、有合适书记人选，且党员3人以上的单位，应单独建立党组织。"
        "现为联合组建的，应改为单独组建。每行注明来自哪个文件的哪一行。"
    )
    sortable(alone, ALONE, rows=16, key="alone")
    downloads(shown(alone, ALONE), f"应单独组建_{area.name}_{month}", "alone")


def _joint(area: Area, month: Period, candidates: pl.DataFrame, proposals: pl.DataFrame) -> None:
    complete = proposals.filter("is_complete").height
    layout.section(f"联合党支部组建建议：{count_text(complete, '个')}", month.chinese)
    layout.note(
        "第14条：未达到单独组建条件的，以网格为单位成立联合党组织。这里按网格编号顺序，把有党员、未组建、不够单独组建条件的单位"
        "合在一起，满2家、3名党员即成一个；一个网格不够的，与下一个网格合并，最后余下的并入前一个。建议供参考，由社区党组织核实。"
    )
    sortable(proposals, PROPOSALS, rows=16, key="joint")
    keys = ["community_code", "branch"]
    listed = candidates.join(proposals.select(*keys, "proposal"), on=keys, how="left", maintain_order="left")
    downloads(shown(listed, JOINT), f"联合组建建议_{area.name}_{month}", "joint")
    unreached = int(two_new.breakdown(area.code, month)["to_be_sent"].sum())
    if unreached:
        layout.note(
            f"另有{count_text(unreached, '家')}没有党员、也没有派驻指导员，可先派驻党建指导员，实现党的工作覆盖。"
        )
    layout.note(f"下载的表一行一个单位，共{count_text(listed.height, '家')}，同一社区内序号相同的合建一个支部。")


def _page() -> None:
    layout.title("“两新”覆盖", "新经济组织和新社会组织中党的组织与工作覆盖，第14、18条")
    left, middle, _ = st.columns([1.2, 1, 1])
    ends = period_ends(MAIN).get("month", [])
    if not ends:
        layout.answer("“两新”组织名册还没有报送过。")
        return
    with middle:
        month = controls.period({"month": ends}, default=Period(ends[-1], Cadence.MONTH), label="月份")
    with left:
        area = controls.area(month)
    readings = figures.readings(COVERAGE + GROUPS, area.code, area.level, month)
    alone = two_new.due_alone(area.code, month)
    candidates = two_new.joint_candidates(area.code, month)
    proposals = two_new.joint_proposals(candidates)
    layout.answer(_answer(area, month, readings[MAIN], alone, proposals))
    tiles(reading_tile(readings[name], area.code, month) for name in COVERAGE)
    missing = _missing(area, month)
    if missing:
        layout.note(f"{month.chinese}未报送名册，不在以上数字之内：{'、'.join(missing)}。")
    view = controls.choose("view", "内容", list(VIEWS), words=VIEWS.__getitem__, style="buttons", hidden_label=True)
    if view == "coverage":
        _coverage(area, month)
    elif view == "groups":
        _groups(area, month, readings)
    elif view == "alone":
        _alone(area, month, alone)
    else:
        _joint(area, month, candidates, proposals)


def _missing(area: Area, month: Period) -> list[str]:
    """Streets below the area that have not handed in the roster."""
    if area.level != "district":
        return []
    rows = figures.within([MAIN], area.code, month)
    names: list[str] = rows.filter(status="not_handed_in", level="street")["area_name"].to_list()
    return names


_page()
