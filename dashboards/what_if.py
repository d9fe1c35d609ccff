"""试算: weights, floors and targets of an assessment under sliders, and what becomes of totals and ranks. Layout only.

What was changed is in the URL as `trial`, so that a trial can be sent to somebody. Nothing published changes.
"""

import polars as pl
import streamlit as st

from dashboards import controls, layout, trials
from dashboards.charts.dots import moved
from dashboards.charts.style import CONFIG
from dashboards.downloads import downloads
from dashboards.queries import assessment
from dashboards.queries.catalogue import definitions
from dashboards.tables import Column, shown, sortable
from dashboards.texts import target_text
from warehouse import scoring

PARAMETER = "trial"
ALL = "各方面"
_KINDS = {"weight": "权重", "floor": "底线（得0分）", "target": "目标（得满分）", "per_case": "每发生一件扣分"}
COLUMNS = {
    "street": Column("街道", pinned=True),
    "adopted_total": Column("采用总分", "points"),
    "total": Column("试算总分", "points"),
    "change": Column("变化（分）", "points"),
    "adopted_rank": Column("采用名次", "count"),
    "rank": Column("试算名次", "count"),
    "climbed": Column("升降", "count"),
    "adopted_grade": Column("采用等次"),
    "grade": Column("试算等次"),
}


def what_if(about: assessment.Assessment, year: int, totals: pl.DataFrame) -> None:
    """Sliders, and beside them the totals and ranks they give, against the adopted scheme."""
    adopted = assessment.adopted(about.scheme, year)
    names = {name: known.name for name, known in definitions(adopted.indicators).items()}
    left, right = st.columns([2, 3], gap="large")
    with left:
        changes = _sliders(about.scheme, adopted)
    with right:
        definition = trials.changed(adopted.definition, changes)
        try:
            trial = scoring.Scheme(definition)
        except scoring.SchemeError:
            layout.note("这样不能计分：权重不能全部为零，底线与目标不能相同。请再调整。")
            return
        compared = _compared(about.scheme, adopted, trial, year, totals)
        _result(compared, [_change_words(key, value, adopted, names) for key, value in changes.items()])
    downloads(shown(compared, COLUMNS), f"{about.short}试算_{year}年", "trial")
    remark = "试算方案：" + (
        "；".join(_change_words(k, v, adopted, names) for k, v in changes.items()) or "与采用的相同"
    )
    st.download_button(
        "保存试算方案（YAML）",
        trials.as_yaml(definition, remark),
        f"{about.scheme}.yaml",
        "application/yaml",
        key="trial_yaml",
        on_click="ignore",
        icon=":material/download:",
    )
    layout.note("试算不改变已发布的结果。要采用，请把保存的文件放入 sql/assessments 再刷新；已锁定的年度不受影响。")


def _result(compared: pl.DataFrame, changes: list[str]) -> None:
    climbed = compared.filter(pl.col("climbed") != 0)
    if not changes:
        layout.section("试算结果", "还没有改动：与采用的方案相同")
    else:
        layout.section(f"试算结果：{climbed.height}个街道名次变化", f"改动{len(changes)}处")
        layout.note("；".join(changes) + "。")
    texts = [
        f"{total:.2f}分 第{rank}名{_arrow(climbed)}"
        for total, rank, climbed in compared.select("total", "rank", "climbed").iter_rows()
    ]
    chart = moved(
        compared["street"].to_list(),
        compared["adopted_total"].to_list(),
        compared["total"].to_list(),
        texts,
        ("采用的方案", "试算"),
    )
    st.plotly_chart(chart, config=CONFIG, theme=None, key="trial_chart")
    sortable(compared, COLUMNS, key="trial_table")


def _compared(
    scheme: str, adopted: scoring.Scheme, trial: scoring.Scheme, year: int, totals: pl.DataFrame
) -> pl.DataFrame:
    inputs = assessment.inputs(adopted, year)
    result = scoring.totals(trial, scoring.sheets(trial, inputs, totals["street_code"]), inputs)
    before = totals.select(
        "street_code",
        "street",
        pl.col("total").cast(pl.Float64).alias("adopted_total"),
        pl.col("rank").alias("adopted_rank"),
        pl.col("grade").alias("adopted_grade"),
    )
    return (
        result.join(before, on="street_code")
        .with_columns(
            change=(pl.col("total") - pl.col("adopted_total")).round(2), climbed=pl.col("adopted_rank") - pl.col("rank")
        )
        .sort("rank", "street_code")
    )


def _sliders(scheme: str, adopted: scoring.Scheme) -> dict[tuple[str, str], float]:
    """The changes asked for: those of the URL, with what the sliders that are seen say now."""
    memory = f"_trial_{scheme}"
    text = st.query_params.get(PARAMETER) or st.session_state.get(memory, "")
    changes = trials.read_changes(text, adopted.definition)
    numbers = trials.numbers_of(adopted.definition)
    dimensions = list(adopted.definition["dimensions"])
    picked = controls.choose("part", "调整", [ALL, *dimensions])
    if picked == ALL:
        layout.note("各方面的权重按比例折算为合计100。")
        for name in dimensions:
            _slide(scheme, (name, "weight"), name, (0.0, 100.0, 1.0, "%g"), numbers, changes)
    else:
        layout.note("权重按比例折算为合计100；数值到底线及以下得0分，到目标得满分。")
        members = adopted.definition["dimensions"][picked]["indicators"]
        known = definitions(list(members))
        for indicator, rule in members.items():
            unit = known[indicator].unit
            st.html(f'<p class="gb-note"><b>{known[indicator].name}</b></p>')
            for kind in rule:
                shape = _shape(kind, unit, rule, known[indicator].is_growth)
                _slide(scheme, (indicator, kind), _KINDS[kind], shape, numbers, changes)
    text = trials.write_changes(changes)
    st.session_state[memory] = text
    if text:
        st.query_params[PARAMETER] = text
    elif PARAMETER in st.query_params:
        del st.query_params[PARAMETER]
    if changes:
        st.button("恢复采用的方案", key="trial_reset", on_click=_reset, args=(scheme,))
    return changes


def _slide(
    scheme: str,
    place: tuple[str, str],
    label: str,
    shape: tuple[float, float, float, str],
    numbers: dict[tuple[str, str], float],
    changes: dict[tuple[str, str], float],
) -> None:
    """One slider; what it says becomes one of the changes, or none of them where it says what is adopted."""
    low, high, step, form = shape
    scale = 100.0 if "%%" in form else 1.0
    key = f"trial_{scheme}_{'_'.join(place)}"
    at = round(changes.get(place, numbers[place]) * scale, 6)
    if key not in st.session_state:
        st.session_state[key] = at
    found = st.slider(label, min(low, at), max(high, at), step=step, format=form, key=key)
    value = round(found / scale, 8)
    if abs(value - numbers[place]) < 1e-9:
        changes.pop(place, None)
    else:
        changes[place] = value


def _shape(kind: str, unit: str, rule: dict[str, float], is_growth: bool) -> tuple[float, float, float, str]:
    """Least, most, step and format of a slider."""
    if kind == "weight":
        return 0.0, 100.0, 1.0, "%g"
    if kind == "per_case":
        return 0.0, 50.0, 1.0, "%g分"
    if unit == "比例":
        return (-20.0, 30.0, 0.5, "%.1f%%") if is_growth else (0.0, 100.0, 1.0, "%.1f%%")
    most = 2.0 * max(rule["floor"], rule["target"])
    return 0.0, most, 10.0 ** (len(str(int(most))) - 3), f"%g{unit}"


def _reset(scheme: str) -> None:
    for key in [key for key in st.session_state if str(key).startswith((f"trial_{scheme}_", f"_trial_{scheme}"))]:
        del st.session_state[key]
    if PARAMETER in st.query_params:
        del st.query_params[PARAMETER]


def _change_words(place: tuple[str, str], value: float, adopted: scoring.Scheme, names: dict[str, str]) -> str:
    subject, kind = place
    before = trials.numbers_of(adopted.definition)[place]
    unit = "" if kind in ("weight", "per_case") else definitions([subject])[subject].unit
    label = f"{names.get(subject, subject)}{_KINDS[kind].split('（')[0]}"
    return f"{label}{target_text(before, unit)}→{target_text(value, unit)}"


def _arrow(climbed: int) -> str:
    return f" ↑{climbed}" if climbed > 0 else f" ↓{-climbed}" if climbed < 0 else ""
