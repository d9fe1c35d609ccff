"""街道考核: yearly score sheets of the streets, two streets side by side, trials of other weights, how firm ranks are.

Layout only; the scores are published. Clauses 13 and 29. Parameters of the URL: `scheme`, `year`, `view`, `street`,
`other`, `part`, `trial`.
"""

import polars as pl
import streamlit as st

from dashboards import controls, layout
from dashboards.charts.bars import differences, stacked
from dashboards.charts.style import CONFIG
from dashboards.downloads import downloads
from dashboards.locked_year import corrections, lock_note, lock_record
from dashboards.queries import assessment
from dashboards.rank_firmness import firmness
from dashboards.tables import Column, coverage_column, shown, sortable
from dashboards.texts import NOTHING, value_text
from dashboards.what_if import what_if

VIEWS = {
    "totals": "总分排名",
    "sheet": "得分明细",
    "two": "两街道对比",
    "what_if": "试算",
    "firmness": "名次稳不稳",
}
TOTALS = {
    "rank": Column("名次", "count"),
    "street": Column("街道"),
    "total": Column("总分（分）", "points"),
    "grade": Column("等次"),
    "veto": Column("等次受限的原因", width="large"),
}
SHEET = {
    "dimension": Column("方面", width=120),
    "name": Column("指标", width="medium"),
    "value_text": Column("数值"),
    "score": Column("指标得分（满分100）", "number"),
    "weight": Column("权重（分）", "points"),
    "points": Column("计入总分（分）", "points"),
    "lost": Column("失分（分）", "points"),
    "coverage": Column("报送"),
    "note": Column("说明", width="large"),
}


def _answer(year: int, totals: pl.DataFrame) -> str:
    is_open = totals["status"][0] == "in_progress"
    first = totals.filter(pl.col("rank") == 1)
    last = totals.filter(pl.col("rank") == pl.col("rank").max())
    text = f"{year}年度{'（年度未结束，按已报数据试算）' if is_open else ''}，"
    text += f"{'、'.join(first['street'])}总分最高（{first['total'][0]}分，{first['grade'][0]}）"
    if first["total"][0] != last["total"][0]:
        text += f"，{'、'.join(last['street'])}最低（{last['total'][0]}分，{last['grade'][0]}）"
    counts = totals["grade"].value_counts()
    grades = [f"{grade}{n}个" for grade in assessment.GRADES for n in counts.filter(grade=grade)["count"]]
    text += f"；{totals.height}个街道中{'、'.join(grades)}"
    capped = totals.filter(pl.col("veto").is_not_null())
    if capped.height:
        text += f"，{'、'.join(capped['street'])}因一票否决等次受限"
    return text + "。"


def _dimensions(sheets: pl.DataFrame, totals: pl.DataFrame) -> None:
    layout.section("各方面计入总分的分数", "单位：分；条末为总分")
    names = totals["street"].to_list()
    by_dimension = sheets.group_by("dimension", "street", maintain_order=True).agg(pl.col("points", "weight").sum())
    parts: dict[str, list[float]] = {}
    texts: dict[str, list[str]] = {}
    for dimension in sheets["dimension"].unique(maintain_order=True):
        rows = by_dimension.filter(dimension=dimension)
        points = dict(rows.select("street", "points").iter_rows())
        weights = dict(rows.select("street", "weight").iter_rows())
        parts[dimension] = [points.get(name, 0.0) for name in names]
        texts[dimension] = [
            f"{name} {dimension}：{points.get(name, 0):.2f}分（满分{weights.get(name, 0):.2f}）" for name in names
        ]
    ends = [f"{total} {grade}" for total, grade in totals.select("total", "grade").iter_rows()]
    chart = stacked(names, parts, texts, horizontal=True, totals=ends)
    st.plotly_chart(chart, config=CONFIG, theme=None, key="dimensions")


def _totals(about: assessment.Assessment, year: int, totals: pl.DataFrame, sheets: pl.DataFrame) -> None:
    _dimensions(sheets, totals)
    layout.section("总分、名次与等次", "90分以上优秀，80分以上良好，60分以上合格；被一票否决的等次受限，分数不变")
    sortable(totals, TOTALS, key="totals")
    downloads(shown(totals, TOTALS), f"{about.short}_{year}年", "totals")
    missing = sheets.filter(pl.col("note").is_not_null())
    if missing.height:
        layout.section("没有数值的指标", "未报送的计0分；无可统计对象的，权重分给其他指标")
        columns = {"street": Column("街道"), **{key: SHEET[key] for key in ("dimension", "name", "note")}}
        sortable(missing, columns, key="missing")


def _sheet(about: assessment.Assessment, year: int, totals: pl.DataFrame, sheets: pl.DataFrame) -> None:
    street = _street("street", "街道", totals, 0)
    row = totals.row(by_predicate=pl.col("street_code") == street, named=True)
    layout.section(f"{row['street']}：{row['total']}分，第{row['rank']}名，{row['grade']}", f"{year}年度")
    if row["veto"]:
        layout.note(f"等次受限：{row['veto']}。分数不变。")
    lines = sheets.filter(street_code=street)
    lost = lines.filter(pl.col("lost") > 0.005).sort("lost", descending=True).head(3)
    if lost.height:
        parts = [f"{name}（{points:.2f}分）" for name, points in lost.select("name", "lost").iter_rows()]
        layout.note(f"失分最多：{'、'.join(parts)}。")
    sortable(lines, SHEET, rows=20, key="sheet")
    downloads(shown(lines, SHEET), f"{about.short}得分明细_{row['street']}_{year}年", "sheet")


def _two(about: assessment.Assessment, year: int, totals: pl.DataFrame, sheets: pl.DataFrame) -> None:
    left, right = st.columns(2)
    with left:
        one = _street("street", "街道", totals, 0)
    with right:
        other = _street("other", "对比街道", totals, 1 if totals["street_code"][0] == one else 0, without=one)
    a, b = (totals.row(by_predicate=pl.col("street_code") == code, named=True) for code in (one, other))
    gap = float(a["total"] - b["total"])
    pairs = assessment.side_by_side(sheets, one, other)
    ahead = "比" if gap else "与"
    words = f"高{gap:.2f}分" if gap > 0 else f"低{-gap:.2f}分" if gap < 0 else "同分"
    layout.section(
        f"{a['street']}（{a['total']}分，第{a['rank']}名）{ahead}{b['street']}（{b['total']}分，第{b['rank']}名）{words}"
    )
    decisive = pairs.filter(pl.col("difference").abs() > 0.005).sort(pl.col("difference").abs(), descending=True)
    if decisive.is_empty():
        layout.note("各项指标得分相同。")
    else:
        for sign, winner in ((1, a), (-1, b)):
            best = decisive.filter(pl.col("difference") * sign > 0).head(3)
            if best.height:
                parts = [f"{name}（{abs(d):.2f}分）" for name, d in best.select("name", "difference").iter_rows()]
                layout.note(f"{winner['street']}领先在：{'、'.join(parts)}。")
        texts = [
            f"{name}：{a['street']}{_value(mine, unit)}，{b['street']}{_value(theirs, unit)}，差{d:+.2f}分"
            for name, unit, mine, theirs, d in decisive.select(
                "name", "unit", "value", "value_other", "difference"
            ).iter_rows()
        ]
        chart = differences(
            decisive["name"].to_list(), decisive["difference"].to_list(), texts, a["street"], b["street"]
        )
        st.plotly_chart(chart, config=CONFIG, theme=None, key="differences")
    columns = {
        "dimension": SHEET["dimension"],
        "name": SHEET["name"],
        "value_text": Column(f"{a['street']}数值"),
        "points": Column(f"{a['street']}得分", "points"),
        "value_text_other": Column(f"{b['street']}数值"),
        "points_other": Column(f"{b['street']}得分", "points"),
        "difference": Column("差（分）", "points"),
    }
    sortable(pairs, columns, rows=20, key="two")
    downloads(shown(pairs, columns), f"{about.short}对比_{a['street']}_{b['street']}_{year}年", "two")


def _street(key: str, label: str, totals: pl.DataFrame, default: int, without: str | None = None) -> str:
    names = {code: name for code, name in totals.select("street_code", "street").iter_rows() if code != without}
    return controls.choose(key, label, list(names), default=totals["street_code"][default], words=names.__getitem__)


def _value(value: float | None, unit: str) -> str:
    return NOTHING if value is None else value_text(value, unit)


def _page() -> None:
    known = assessment.assessments()
    head, *pickers = st.columns([5, 2, 2], vertical_alignment="bottom")
    with pickers[0]:
        about = known[controls.choose("scheme", "考核", list(known), words=lambda name: known[name].short)]
    with head:
        layout.title("街道考核", f"{about.title}，第{about.clause}条")
    every = assessment.totals(about.scheme)
    if every.is_empty():
        layout.answer("考核所需的报表还没有报齐过，暂无考核结果。")
        return
    years = {str(year): year for year in every["year"].unique().sort(descending=True)}
    open_years = set(every.filter(status="in_progress")["year"].to_list())
    with pickers[1]:
        year = years[
            controls.choose(
                "year",
                "年度",
                list(years),
                words=lambda text: f"{text}年{'（进行中）' if years[text] in open_years else ''}",
            )
        ]
    totals = every.filter(year=year)
    layout.answer(_answer(year, totals))
    acts = assessment.acts(year)
    lock_note(year, acts)
    view = controls.choose("view", "内容", list(VIEWS), words=VIEWS.__getitem__, style="buttons", hidden_label=True)
    if view == "what_if":
        what_if(about, year, totals)
        return
    if view == "firmness":
        firmness(about, year, totals)
        return
    sheets = assessment.sheets(about.scheme, year)
    sheets = sheets.with_columns(
        lost=pl.col("weight") - pl.col("points"),
        value_text=pl.Series([_value(*row) for row in sheets.select("value", "unit").iter_rows()], dtype=pl.String),
        coverage=coverage_column(sheets),
    )
    if view == "totals" and acts and acts[0].action == "lock":
        corrections(about, year)
    {"totals": _totals, "sheet": _sheet, "two": _two}[view](about, year, totals, sheets)
    if view == "totals" and acts:
        lock_record(acts)


_page()
