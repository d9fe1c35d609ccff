"""报送: what was handed in, what is missing or late, the receipt and the faults of each file; and handing a file in.

Layout only. Parameters of the URL: `view`, `export`, `who`, `state`, `status`, `file`.
"""

from datetime import date
from html import escape

import polars as pl
import streamlit as st

from dashboards import controls, layout
from dashboards.blank_template import blank_template
from dashboards.downloads import downloads
from dashboards.hand_in_form import hand_in_form
from dashboards.queries import submissions
from dashboards.queries.publication import Publication, publication
from dashboards.receipts import CHANNEL, STATUS, Told, receipt
from dashboards.tables import Column, shown, sortable
from dashboards.texts import Standing, count_text, period_text

VIEWS = {"due": "应报与未报", "files": "文件与回执", "new": "在线报送"}
ALL = "all"
_MONTHS = 12
DUE = {
    "state": Column("状态"),
    "title": Column("报表", width="medium"),
    "period": Column("统计期"),
    "submitter_name": Column("报送单位"),
    "due_on": Column("应报日"),
    "first": Column("首次收到"),
    "submission_id": Column("现行回执号"),
    "department": Column("主管部门"),
}
FILES = {
    "submission_id": Column("回执号"),
    "file_name": Column("文件名", width="large"),
    "status_word": Column("状态"),
    "received": Column("收到时间"),
    "title": Column("报表"),
    "period": Column("统计期"),
    "submitter_names": Column("范围"),
    "handed_in_by": Column("报送单位/经办"),
    "way": Column("途径", width="small"),
    "rows_read": Column("读到（行）", "count"),
    "rows_accepted": Column("采用（行）", "count"),
    "rows_rejected": Column("不采用（行）", "count"),
    "rows_skipped": Column("略过（行）", "count"),
    "faults": Column("差错（处）", "count"),
    "warnings": Column("提醒（处）", "count"),
}


def _answer(due: pl.DataFrame, files: pl.DataFrame, published: Publication) -> str:
    there = due.filter(pl.col("submission_id").is_not_null())
    missing = due.filter(state="未报送")
    late = due.filter(state="迟报").height
    text = (
        f"截至{published.now.year}年{published.now.month}月，应报{count_text(due.height, '份')}，"
        f"已报{count_text(there.height, '份')}（迟报{count_text(late, '份')}），"
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
        text += f"未报送{count_text(missing.height, '份')}：{'、'.join(names)}{more}。"
    refused = files.filter(status="refused").height
    if refused:
        text += f"另有{count_text(refused, '份')}文件因差错被退回。"
    return text


def _cell(row: dict[str, int] | None) -> str:
    """How complete one export is in one period, as a sign with words."""
    if row is None:
        return ""
    if row["未报送"]:
        return layout.badge(Standing.BEHIND, f"缺{row['未报送']}")
    if row["未到期"]:
        return layout.badge(Standing.NO_TARGET, f"待报{row['未到期']}")
    if row["迟报"]:
        return layout.badge(Standing.NEAR, f"迟{row['迟报']}" if row["expected"] > 1 else "迟")
    return layout.badge(Standing.ATTAINED, "齐")


def _matrix(due: pl.DataFrame) -> None:
    ends: list[date] = due["period_end"].unique().sort(descending=True).head(_MONTHS).to_list()
    cells = submissions.matrix(due, ends)
    known = {(row["export"], row["period_end"]): row for row in cells.to_dicts()}
    layout.section(f"最近{len(ends)}个月", "✓齐：全部按期；△迟：有迟报；✕缺：有未报送；空白：这个月不用报")
    titles = due.select("export", "title", "submitted_by").unique(maintain_order=True)
    layout.table(
        ["报表", *(f"{end.year % 100}年{end.month}月" for end in ends)],
        [
            (
                f"{escape(title)}{'（按街道）' if by == 'street' else ''}",
                *(_cell(known.get((export, end))) for end in ends),
            )
            for export, title, by in titles.iter_rows()
        ],
    )


def _due(due: pl.DataFrame) -> None:
    _matrix(due)
    layout.section("逐份明细", "每份报表、每期、每个报送单位一行")
    titles = {ALL: "全部报表", **dict(due.select("export", "title").unique(maintain_order=True).iter_rows())}
    places = due.select("submitter", "submitter_name").unique().sort("submitter")
    names = {ALL: "全部单位", **dict(places.iter_rows())}
    columns = st.columns(3)
    with columns[0]:
        export = controls.choose("export", "报表", list(titles), words=titles.__getitem__)
    with columns[1]:
        who = controls.choose("who", "报送单位", list(names), words=names.__getitem__)
    with columns[2]:
        state = controls.choose(
            "state", "状态", [ALL, *submissions.STATES], default="未报送", words=lambda s: "全部状态" if s == ALL else s
        )
    for column, wanted in (("export", export), ("submitter", who), ("state", state)):
        if wanted != ALL:
            due = due.filter(pl.col(column) == wanted)
    if due.is_empty():
        layout.note("没有这样的报送。")
        return
    table = due.sort("period_end", descending=True, maintain_order=True).with_columns(
        period=_periods(due.sort("period_end", descending=True, maintain_order=True)),
        due_on=pl.col("due_on").dt.to_string("%Y-%m-%d"),
        first=_moments("first_received_at"),
    )
    layout.note(f"共{count_text(table.height, '份')}。")
    sortable(table, DUE, rows=14, key="due")
    downloads(shown(table, DUE), "应报与未报", "due")


def _files(files: pl.DataFrame) -> None:
    words = {ALL: "全部文件", "faulty": "有差错或提醒的", **STATUS}
    titles = {
        ALL: "全部报表",
        **dict(files.drop_nulls("title").select("export", "title").unique().sort("title").iter_rows()),
    }
    columns = st.columns(3)
    with columns[0]:
        status = controls.choose("status", "状态", list(words), words=words.__getitem__)
    with columns[1]:
        export = controls.choose("export", "报表", list(titles), words=titles.__getitem__)
    if status == "faulty":
        files = files.filter((pl.col("faults") > 0) | (pl.col("warnings") > 0) | (pl.col("status") == "refused"))
    elif status != ALL:
        files = files.filter(status=status)
    if export != ALL:
        files = files.filter(export=export)
    if files.is_empty():
        layout.note("没有这样的文件。")
        return
    table = files.with_columns(
        status_word=pl.col("status").replace_strict(STATUS, return_dtype=pl.String),
        received=_moments("received_at"),
        period=_periods(files),
        way=pl.col("channel").replace_strict(CHANNEL, default=None, return_dtype=pl.String),
    )
    layout.note(f"共{count_text(table.height, '份')}，最近收到的在前；点一行，看它的回执和差错。")
    picked = sortable(table, FILES, rows=10, key="files", selectable=True)
    ids = table["submission_id"].to_list()
    if picked is not None and picked != st.session_state.get("_file_row"):
        st.session_state["file"] = ids[picked]
    st.session_state["_file_row"] = picked
    downloads(shown(table, FILES), "报送文件", "files")
    names = dict(table.select("submission_id", "file_name").iter_rows())
    one = controls.choose("file", "回执", ids, words=lambda code: f"{code} {names[code]}")
    row = files.row(by_predicate=pl.col("submission_id") == one, named=True)
    counts = ("rows_read", "rows_accepted", "rows_rejected", "rows_skipped")
    told = Told(
        **{
            key: row[key]
            for key in (
                *("submission_id", "file_name", "title", "period_type", "period_end", "received_at", "status"),
                *("handed_in_by", "channel"),
            )
        },
        submitter=row["submitter_names"],
        rows=tuple(row[name] for name in counts),
    )
    receipt(told, submissions.faults(one), "published")


def _moments(column: str) -> pl.Expr:
    """Moments as text that sorts by time, Beijing time."""
    return pl.col(column).dt.convert_time_zone("Asia/Shanghai").dt.to_string("%Y-%m-%d %H:%M")


def _periods(rows: pl.DataFrame) -> pl.Series:
    """The periods of rows as people write them."""
    pairs = rows.select("period_type", "period_end").iter_rows()
    return pl.Series([period_text(kind, end) if kind and end else None for kind, end in pairs], dtype=pl.String)


def _page() -> None:
    published = publication()
    if published is None:
        return
    layout.title("报送", "各部门、各街道报表的收到情况；每份文件的回执与差错；在线报送")
    due = submissions.hand_ins(published.built_at.date())
    files = submissions.receipts()
    layout.answer(_answer(due, files, published))
    view = controls.choose("view", "内容", list(VIEWS), words=VIEWS.__getitem__, style="buttons", hidden_label=True)
    if view == "due":
        _due(due)
    elif view == "files":
        _files(files)
    else:
        hand_in_form(published)
        blank_template()


_page()
