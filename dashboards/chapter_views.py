"""What a specialist of one chapter looks for beside its indicators: people, cadres, funds, work lists. Layout only.

VIEWS says which chapter has which; everything that holds for all chapters is on the page itself.
"""

from collections.abc import Callable, Mapping, Sequence

import polars as pl
import streamlit as st

from dashboards import layout, panels
from dashboards.charts.people import parts, pyramid, stages
from dashboards.charts.style import CONFIG
from dashboards.controls import Area
from dashboards.downloads import downloads
from dashboards.queries import economy, figures, people
from dashboards.queries.catalogue import definitions, period_ends
from dashboards.tables import Column, shown, sortable
from dashboards.texts import HIDDEN, count_text, money_text, period_text, value_text
from pipelines.periods import Cadence, Period

_HIDDEN_NOTE = f"{HIDDEN} 不足5人的项，以及可据以推算出它们的项，不展示。"
_SHORTAGE = {
    "street": Column("街道"),
    "community": Column("社区"),
    "numerator": Column("后备干部（人）", "count"),
    "denominator": Column("领导班子成员（人）", "count"),
    "lacking": Column("还差（人）", "count"),
}
_FUNDS = {
    "street": Column("街道"),
    "fund": Column("经费类别"),
    "members": Column("党员基数（人）", "count"),
    "budgeted": Column("预算（万元）", "wan"),
    "spent": Column("执行（万元）", "wan"),
    "per_member": Column("人均预算（元）", "count"),
    "execution": Column("执行率（%）", "share"),
}
_PLACE = {"street": Column("街道"), "community": Column("社区")}
_FUND = "education_fund_per_member"
_WORK_LISTS = {
    "authorized_community_share": "还没有向社会机构授权事项的社区",
    "community_venue_coverage": "没有投入使用的社区党群活动中心的社区",
    "inspection_coverage": "没有督查过的社区",
    "annual_deployment_rate": "没有部署年度党建工作的社区",
}
"""Indicators with one for each community: those that have none are still to be done."""


def members(area: Area, month: Period) -> None:
    """Age and gender, education, category, occupation and years in the Party of the members (clauses 22, 23)."""
    _people("party_members", "党员", area, month)


def cadres(area: Area, month: Period) -> None:
    """Age and gender, education and role of the cadres (clause 2)."""
    _people("cadres", "干部及后备干部", area, month)


def development(area: Area, month: Period) -> None:
    """How many came into each stage on the way to membership in the year (clause 22)."""
    found = people.structure("member_development", area.code, month.end)
    if found.is_empty():
        layout.note("发展党员台账还没有报送过。")
        return
    year = period_text("year", found["period_end"][0])
    counts = _counts(found, "stage")
    layout.section("发展党员各阶段", f"{area.name}，{year}累计进入各阶段的人数")
    names = list(people.STAGES)
    st.plotly_chart(stages(names, [counts[name] for name in names]), config=CONFIG, theme=None, key="stages")
    layout.note("各阶段不是同一批人：一名对象通常跨年才走完全程，比例只作参考。")
    _part(found, "occupation", "新发展的预备党员的职业岗位", f"{area.name}，{year}")
    _footnote(found)


def reserve(area: Area, month: Period) -> None:
    """Reserve cadres against leaders, one to one, by community (clause 12)."""
    quarter = _latest("reserve_cadre_ratio", month, Cadence.QUARTER)
    if quarter is None:
        layout.note("干部及后备干部名册还没有报送过。")
        return
    definition = definitions(["reserve_cadre_ratio"])["reserve_cadre_ratio"]
    rows = figures.communities(["reserve_cadre_ratio"], area.code, quarter)
    behind = economy.held_back(rows, definition, 1.0, is_growth=False).sort("lacking", descending=True)
    lacking = count_text(float(behind["lacking"].sum()), "人")
    layout.section(f"后备干部不足1∶1的社区：{count_text(behind.height, '个')}，共差{lacking}", quarter.chinese)
    layout.note("第12条：按1∶1配备社区后备干部。没有领导班子成员记录的社区不在其内。")
    left, right = st.columns([3, 2], gap="large")
    with left:
        sortable(behind, _SHORTAGE, rows=14, key="reserve")
        downloads(shown(behind, _SHORTAGE), f"后备干部不足的社区_{area.name}_{quarter}", "reserve")
    with right:
        if area.level == "district":
            layout.section("各街道后备干部与领导班子成员之比", quarter.chinese)
            panels.ranking("reserve_cadre_ratio", area, quarter, "reserve_rank")


def funds(area: Area, month: Period) -> None:
    """The 500 yuan per member by street, and how budgets are spent (clause 28)."""
    year = _latest(_FUND, month, Cadence.YEAR)
    if year is None:
        layout.note("党建经费预算执行表还没有报送过。")
        return
    definition = definitions([_FUND])[_FUND]
    target = definition.target_for("street", year) or 0.0
    below = figures.within([_FUND], area.code, year).filter(pl.col("area_code") != area.code)
    short = economy.held_back(below, definition, target, is_growth=False)
    lacking = money_text(float(short["lacking"].sum()))
    left, right = st.columns(2, gap="large")
    with left:
        layout.section(
            f"党员教育活动经费人均{value_text(target, '元')}："
            f"{count_text(short.height, '个')}{panels.below(area)}不足，共差{lacking}",
            year.chinese,
        )
        panels.ranking(_FUND, area, year, "fund_rank")
    with right:
        # A year that is not over has its budget, but not yet what was spent of it.
        closed = year if year.end <= month.end else year.shifted(-1)
        layout.section("党建经费预算执行率", closed.chinese)
        if closed.end in period_ends("budget_execution_rate").get("year", []):
            panels.ranking("budget_execution_rate", area, closed, "execution_rank")
        else:
            layout.note(f"{closed.chinese}的执行情况还没有报送过。")
    rows = people.funds(area.code, year)
    spent, budgeted = (pl.col(name).cast(pl.Float64) for name in ("spent", "budgeted"))
    table = rows.with_columns(execution=spent / budgeted.replace(0.0, None))
    so_far = "，年度未结束，执行为已报数" if year.end > month.end else ""
    layout.section("各类经费的预算与执行", f"{year.chinese}{so_far}")
    sortable(table, _FUNDS, rows=12, key="funds")
    downloads(shown(table, _FUNDS), f"党建经费_{area.name}_{year}", "funds")


def work_lists(indicators: Sequence[str]) -> Callable[[Area, Period], None]:
    """A view that lists the communities without what each of these indicators asks for."""

    def draw(area: Area, month: Period) -> None:
        for name in indicators:
            _work_list(name, area, month)

    return draw


View = Callable[[Area, Period], None]
VIEWS: Mapping[int, Mapping[str, tuple[str, View]]] = {
    1: {"cadres": ("干部构成", cadres)},
    2: {
        "reserve": ("后备干部", reserve),
        "todo": ("待办清单", work_lists(["authorized_community_share"])),
    },
    5: {"members": ("党员构成", members), "development": ("发展党员", development)},
    6: {
        "funds": ("党建经费", funds),
        "todo": (
            "待办清单",
            work_lists(["inspection_coverage", "community_venue_coverage", "annual_deployment_rate"]),
        ),
    },
}
"""By chapter: name in the URL, name on the page, and what is drawn."""


def _work_list(name: str, area: Area, month: Period) -> None:
    year = _latest(name, month, Cadence.YEAR)
    title = _WORK_LISTS[name]
    if year is None:
        layout.section(title)
        layout.note("所需的报表还没有报送过。")
        return
    rows = figures.communities([name], area.code, year)
    todo = rows.filter(pl.col("value") == 0)
    clause = definitions([name])[name].clause
    layout.section(f"{title}：{count_text(todo.height, '个')}", f"第{clause}条；{year.chinese}，共{rows.height}个社区")
    unknown = rows.filter(status="not_handed_in").height
    if unknown:
        layout.note(f"另有{count_text(unknown, '个')}社区未报送。")
    if todo.is_empty():
        layout.note("没有：各社区都已做到。" if not unknown else "已报送的社区都已做到。")
        return
    sortable(todo, _PLACE, rows=8, key=f"todo_{name}")
    downloads(shown(todo, _PLACE), f"{title}_{area.name}_{year}", f"todo_{name}")


def _people(export: str, who: str, area: Area, month: Period) -> None:
    found = people.structure(export, area.code, month.end)
    if found.is_empty():
        layout.note(f"{who}名册还没有报送过。")
        return
    when = period_text(found["period_type"][0], found["period_end"][0])
    left, right = st.columns(2, gap="large")
    with left:
        layout.section(f"{who}的年龄与性别", f"{area.name}，{when}")
        ages = _counts(found, "age_gender")
        bands = list(dict.fromkeys(item.split(" ")[1] for item in ages))
        men, women = ([ages[f"{gender} {band}"] for band in bands] for gender in ("男", "女"))
        st.plotly_chart(pyramid(bands, men, women), config=CONFIG, theme=None, key="pyramid")
    headings = {
        "education": "学历",
        "category": "类别",
        "role": "岗位类别",
        "occupation": "职业岗位",
        "party_age": "党龄",
    }
    known = set(found["dimension"])
    for place, (dimension, heading) in enumerate((d, h) for d, h in headings.items() if d in known):
        with right if place % 2 == 0 else left:
            _part(found, dimension, f"{who}的{heading}", f"{area.name}，{when}")
    _footnote(found)


def _part(found: pl.DataFrame, dimension: str, title: str, remark: str) -> None:
    counts = _counts(found, dimension)
    layout.section(title, remark)
    st.plotly_chart(parts(list(counts), list(counts.values())), config=CONFIG, theme=None, key=f"part_{dimension}")


def _counts(found: pl.DataFrame, dimension: str) -> dict[str, int | None]:
    return dict(found.filter(dimension=dimension).sort("ordinal").select("item", "people").iter_rows())


def _footnote(found: pl.DataFrame) -> None:
    if found["is_small"].any():
        layout.note(_HIDDEN_NOTE)
    layout.note("由名册统计；名册本身一行一人，不发布。")


def _latest(indicator: str, month: Period, cadence: Cadence) -> Period | None:
    """The latest period of a length that had begun by the end of a month, and has values."""
    found = [Period(end, cadence) for end in period_ends(indicator).get(cadence.value, [])]
    begun = [period for period in found if period.start <= month.end]
    return begun[-1] if begun else None
