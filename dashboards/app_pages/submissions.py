"""报送: what is due and missing, the receipt and the faults of each file, closed periods; and handing a file in.

Layout only. Parameters of the URL: `view`, `status`, `export`, `file`, and those of the views.
"""

import polars as pl
import streamlit as st

from dashboards import controls, doubts, layout
from dashboards.blank_template import blank_template
from dashboards.closed_view import closed_view
from dashboards.downloads import downloads
from dashboards.due_view import ALL, answer, due_view, moments, periods
from dashboards.hand_in_form import hand_in_form
from dashboards.queries import submissions
from dashboards.queries.publication import publication
from dashboards.receipts import CHANNEL, STATUS, Told, receipt
from dashboards.tables import Column, shown, sortable
from dashboards.texts import count_text

VIEWS = {"due": "应报与未报", "files": "文件与回执", "closed": "关账", "new": "在线报送"}
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
        received=moments("received_at"),
        period=periods(files),
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
    doubts.with_receipt(one)


def _page() -> None:
    published = publication()
    if published is None:
        return
    layout.title("报送", "各部门、各街道报表的收到情况；每份文件的回执与差错；关账；在线报送")
    due = submissions.hand_ins()
    files = submissions.receipts()
    layout.answer(answer(due, files.filter(status="refused").height, published))
    view = controls.choose("view", "内容", list(VIEWS), words=VIEWS.__getitem__, style="buttons", hidden_label=True)
    if view == "due":
        due_view(due, published.now)
    elif view == "files":
        _files(files)
    elif view == "closed":
        closed_view(files)
    else:
        hand_in_form(published)
        blank_template()


_page()
