"""The view 应报与未报 of the page 报送: what is due, how it stands, and how complete and timely everybody is.

Layout only. Parameters of the URL: `who`, `span`, `export`, `state`.
"""

from datetime import date
from html import escape

import polars as pl

from dashboards import controls, layout
from dashboards.downloads import downloads
from dashboards.queries import submissions
from dashboards.queries.publication import Publication
from dashboards.tables import Column, shown, sortable
from dashboards.texts import HAND_IN_STATES, count_text, period_text, value_text
from pipelines.contracts.schema import DISTRICT
from pipelines.periods import Cadence, Period

ALL = "all"
RECENT = "recent"
_MONTHS = 12
_RECENT = f"最近{_MONTHS}个月"
_FLAGS = ("is_missing", "is_faulty", "is_waiting", "is_late", "is_corrected")
"""What can be said of a hand-in side by side, in the order of STATES."""

DETAILS = {
    "words": Column("状态"),
    "title": Column("报表", width="medium"),
    "period": Column("统计期"),
    "submitter_name": Column("报送单位"),
    "due_on": Column("应报日"),
    "first": Column("首次收到"),
    "submission_id": Column("现行回执号"),
    "department": Column("主管部门"),
}
_RATES = {
    "due": Column("应报（份）", "count"),
    "reported": Column("已报（份）", "count"),
    "completeness": Column("完整率", "share"),
    "on_time": Column("按时（份）", "count"),
    "timeliness": Column("及时率", "share"),
    "late": Column("迟报（份）", "count"),
    "missing": Column("未报（份）", "count"),
    "waiting": Column("待计入（份）", "count"),
    "faulty_share": Column("差错率", "share"),
    "corrected_share": Column("更正率", "share"),
}
RATES = {
    "department": {"name": Column("部门", pinned=True), **_RATES},
    "street": {"name": Column("街道", pinned=True), **_RATES},
}


def answer(due: pl.DataFrame, refused: int, published: Publication) -> str:
    """What was due and is there, and the newest of what is missing.

    Args:
        due: From `submissions.hand_ins`.
        refused: How many files were refused.
        published: Of what the page shows.
    """
    passed = due.filter("is_due")
    missing = due.filter("is_missing")
    reported, late, waiting = (int(passed[name].sum()) for name in ("is_reported", "is_late", "is_waiting"))
    text = (
        f"截至{published.now.year}年{published.now.month}月，应报{count_text(passed.height, '份')}，"
        f"已报{count_text(reported, '份')}（迟报{count_text(late, '份')}），"
    )
    if missing.is_empty():
        text += "没有漏报。"
    else:
        newest = missing.sort("period_end", "title", descending=[True, False]).head(3)
        names = [
            f"{who}{period_text(kind, end)}{title}"
            for who, kind, end, title in newest.select(
                "submitter_name", "period_type", "period_end", "title"
            ).iter_rows()
        ]
        more = "等" if missing.height > newest.height else ""
        text += f"未报{count_text(missing.height, '份')}：{'、'.join(names)}{more}。"
    if waiting:
        text += f"有{count_text(waiting, '份')}报表的期间已关账，迟到的文件暂不计入。"
    if refused:
        text += f"另有{count_text(refused, '份')}文件因差错被退回。"
    return text


def due_view(due: pl.DataFrame, now: date) -> None:
    """The matrix of exports and months, the rates of departments and streets, and every hand-in.

    Args:
        due: From `submissions.hand_ins`.
        now: Last day of the latest month there are data of.
    """
    places = due.select("submitter", "submitter_name").unique().sort("submitter")
    names = {ALL: "全部单位", **dict(places.iter_rows())}
    if DISTRICT in names:
        names[DISTRICT] = "区级各部门"
    who = controls.choose("who", "报送单位", list(names), words=names.__getitem__)
    own = due if who == ALL else due.filter(submitter=who)
    ends: list[date] = due.filter(pl.col("period_end") <= now)["period_end"].unique().sort(descending=True).to_list()
    recent = [end for end in ends if end > Period(now, Cadence.MONTH).shifted(-_MONTHS).end]
    _matrix(own, recent)
    _rates(ends, recent)
    _details(own)


def _cell(counts: dict[str, int] | None) -> str:
    """How one export stands in one period: the state that needs attention first, with its sign, and of how many."""
    if counts is None:
        return ""
    state = next(state for state in submissions.STATES if counts[state])
    mark, word, standing = HAND_IN_STATES[state]
    is_all = counts[state] == counts["expected"]
    return layout.badge(standing, word if is_all else f"{word}{counts[state]}", mark)


def _matrix(due: pl.DataFrame, ends: list[date]) -> None:
    signs = "；".join(f"{mark} {word}" for mark, word, _ in HAND_IN_STATES.values())
    layout.section(_RECENT, f"{signs}。几个单位不一样时，写最要紧的和它的份数；空白：这个月不用报")
    known = {(row["export"], row["period_end"]): row for row in submissions.matrix(due, ends).to_dicts()}
    titles = due.filter(pl.col("period_end").is_in(ends)).select("export", "title", "submitted_by")
    layout.table(
        ["报表", *(f"{end.year % 100}年{end.month}月" for end in ends)],
        [
            (
                f"{escape(title)}{'（按街道）' if by == 'street' else ''}",
                *(_cell(known.get((export, end))) for end in ends),
            )
            for export, title, by in titles.unique(maintain_order=True).iter_rows()
        ],
        pinned=True,
    )


def _span(ends: list[date], recent: list[date]) -> tuple[date, date]:
    """First and last day of the periods whose rates are shown."""
    months = {f"{end:%Y-%m}": end for end in ends}
    words = {
        RECENT: _RECENT,
        ALL: "全部各期",
        **{key: f"{end.year}年{end.month}月截止的各期" for key, end in months.items()},
    }
    picked = controls.choose("span", "统计的范围", list(words), words=words.__getitem__)
    if picked in months:
        return months[picked], months[picked]
    return (recent if picked == RECENT else ends)[-1], ends[0]


def _rates(ends: list[date], recent: list[date]) -> None:
    layout.section("完整率与及时率", "只算应报之日已过的；都是占应报份数的比例")
    if not recent:
        layout.note("还没有应报的报表。")
        return
    first, last = _span(ends, recent)
    found = {level: submissions.rates(level, first, last) for level in RATES}
    layout.answer(_rates_answer(found))
    layout.note(
        "部门：它主管的各项报表，不论由部门还是街道报送。街道：由街道报送的各项报表，按当时的区划。最差的在前。"
    )
    for level, columns in RATES.items():
        if found[level].height:
            sortable(found[level], columns, rows=14, key=f"rates_{level}")
            downloads(shown(found[level], columns), f"报送情况_{columns['name'].header}", f"rates_{level}")


def _rates_answer(found: dict[str, pl.DataFrame]) -> str:
    """In one sentence: how complete and timely all is, and who is the furthest behind."""
    departments = found["department"]
    if departments.is_empty():
        return "这些期的应报之日都还没有过。"
    due, reported, on_time = (int(departments[name].sum()) for name in ("due", "reported", "on_time"))
    text = (
        f"应报{count_text(due, '份')}，已报{value_text(reported / due, '比例', 1.0)}，"
        f"按时{value_text(on_time / due, '比例', 1.0)}"
    )
    worst = [
        f"{row['name']}（完整率{value_text(row['completeness'], '比例', 1.0)}、"
        f"及时率{value_text(row['timeliness'], '比例', 1.0)}）"
        for frame in found.values()
        for row in frame.head(1).to_dicts()
        if row["timeliness"] < 1
    ]
    return f"{text}；最差的是{'和'.join(worst)}。" if worst else f"{text}，没有迟报和未报。"


def _details(due: pl.DataFrame) -> None:
    layout.section("逐份明细", "每份报表、每期、每个报送单位一行")
    titles = {ALL: "全部报表", **dict(due.select("export", "title").unique(maintain_order=True).iter_rows())}
    export = controls.choose("export", "报表", list(titles), words=titles.__getitem__)
    state = controls.choose(
        "state",
        "状态",
        [ALL, *submissions.STATES],
        default="missing",
        words=lambda code: "全部状态" if code == ALL else HAND_IN_STATES[code][1],
    )
    if export != ALL:
        due = due.filter(export=export)
    if state != ALL:
        due = due.filter(_is(state))
    if due.is_empty():
        layout.note("没有这样的报送。")
        return
    table = due.sort("period_end", descending=True, maintain_order=True)
    table = table.with_columns(
        words=_words(),
        period=periods(table),
        due_on=pl.col("due_on").dt.to_string("%Y-%m-%d"),
        first=moments("first_received_at"),
    )
    layout.note(f"共{count_text(table.height, '份')}。")
    sortable(table, DETAILS, rows=14, key="due")
    downloads(shown(table, DETAILS), "应报与未报", "due")


def _is(state: str) -> pl.Expr:
    """Whether a hand-in is in a state, also when another one is told first."""
    flag = f"is_{state}"
    if flag in _FLAGS:
        return pl.col(flag)
    if state == "on_time":
        return pl.col("is_reported") & ~pl.col("is_late")
    return pl.col("state") == state


def _words() -> pl.Expr:
    """All that is to be said of a hand-in: 迟报、有差错."""
    words = {flag: HAND_IN_STATES[flag.removeprefix("is_")][1] for flag in _FLAGS}
    said = pl.concat_str(
        [pl.when(flag).then(pl.lit(f"{word}、")).otherwise(pl.lit("")) for flag, word in words.items()]
    ).str.strip_suffix("、")
    alone = pl.col("state").replace_strict({code: word for code, (_, word, _) in HAND_IN_STATES.items()})
    return pl.when(said == "").then(alone).otherwise(said)


def moments(column: str) -> pl.Expr:
    """Moments as text that sorts by time, Beijing time."""
    return pl.col(column).dt.convert_time_zone("Asia/Shanghai").dt.to_string("%Y-%m-%d %H:%M")


def periods(rows: pl.DataFrame) -> pl.Series:
    """The periods of rows as people write them."""
    pairs = rows.select("period_type", "period_end").iter_rows()
    return pl.Series([period_text(kind, end) if kind and end else None for kind, end in pairs], dtype=pl.String)
