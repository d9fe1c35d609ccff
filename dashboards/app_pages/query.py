"""查询: SQL on the publication, within limits; saved queries; the data dictionary beside it. Layout only.

Parameters of the URL: `saved` (name of a saved query) or `sql` (the text itself).
"""

from html import escape
from pathlib import Path
from urllib.parse import quote

import polars as pl
import polars.selectors as cs
import streamlit as st

from dashboards import layout
from dashboards.downloads import downloads
from dashboards.queries import frame, publication
from dashboards.queries.publication import begin_run
from dashboards.queries.saved import SavedQuery, saved_queries
from pipelines.settings import Settings
from warehouse.sandbox import QueryError, QueryResult, run_query, warm_up

_URL_CHARACTERS = 8000
"""Longer queries stay out of the URL: what stands between browser and server may cut it."""
_OWN = "（自己写）"
_SCHEMAS = {"main": "", "units": "units.", "exports": "exports."}

settings = Settings()
saved = saved_queries(settings.sql_dir)


def _asked_by_url() -> str | None:
    """The query in the URL, when it was not this session that put it there."""
    name, text = st.query_params.get("saved"), st.query_params.get("sql")
    if (name, text) == st.session_state.get("_query_url"):
        return None
    return saved[name].sql if name in saved else text


def _ask(sql: str) -> None:
    """Make it the query of this session; it runs when the page is drawn."""
    st.session_state["_query"] = sql
    st.session_state["query_text"] = sql
    st.session_state["query_saved"] = _saved_as(sql)
    st.session_state.pop("_query_outcome", None)


def _saved_as(sql: str) -> str:
    return next((query.name for query in saved.values() if query.sql == sql.strip()), _OWN)


def _keep_in_url(sql: str) -> None:
    name = _saved_as(sql)
    wanted = {"saved": name} if name != _OWN else {"sql": sql} if len(quote(sql)) <= _URL_CHARACTERS else {}
    for key in ("saved", "sql"):
        if key in wanted:
            st.query_params[key] = wanted[key]
        elif key in st.query_params:
            del st.query_params[key]
    st.session_state["_query_url"] = (wanted.get("saved"), wanted.get("sql"))


def _outcome(path: str, sql: str) -> QueryResult | QueryError:
    """What the query gave; kept, so that a download or a look into the dictionary does not run it again."""
    kept = st.session_state.get("_query_outcome")
    if kept is not None and kept[0] == (path, sql):
        known: QueryResult | QueryError = kept[1]
        return known
    outcome = _ask_once(path, sql)
    if isinstance(outcome, QueryError) and outcome.kind == "missing" and (current := begin_run()) is not None:
        # Deleted since this run looked it up: there is a later one.
        outcome = _ask_once(current.path, sql)
    st.session_state["_query_outcome"] = ((path, sql), outcome)
    return outcome


def _ask_once(path: str, sql: str) -> QueryResult | QueryError:
    try:
        return run_query(
            Path(path),
            sql,
            seconds=settings.query_seconds,
            rows=settings.query_rows,
            memory_mb=settings.query_memory_mb,
        )
    except QueryError as error:
        return error


def _take_saved() -> None:
    name = st.session_state["query_saved"]
    if name in saved:
        _ask(saved[name].sql)


def _editor() -> None:
    st.selectbox(
        "常用查询",
        [_OWN, *saved],
        format_func=lambda name: saved[name].title if name in saved else name,
        key="query_saved",
        on_change=_take_saved,
    )
    chosen: SavedQuery | None = saved.get(st.session_state["query_saved"])
    if chosen is not None:
        layout.note(chosen.description)
    with st.form("query", border=False):
        st.text_area("SQL", key="query_text", height=260, label_visibility="collapsed")
        st.form_submit_button(
            "运行", type="primary", on_click=lambda: _ask(st.session_state["query_text"]), help="Ctrl+Enter 也可以"
        )


def _show(outcome: QueryResult | QueryError, sql: str) -> None:
    if isinstance(outcome, QueryError):
        layout.answer(str(outcome))
        if outcome.detail:
            st.code(outcome.detail, language=None, wrap_lines=True)
        return
    rows = outcome.frame
    if outcome.truncated:
        layout.answer(f"结果多于 {rows.height:,} 行，只显示前 {rows.height:,} 行；用时 {outcome.seconds:.2f} 秒。")
        layout.note("下载的也是这些行。要全部行，请加条件分批查询，或在服务器上用命令 guben sql。")
    elif rows.is_empty():
        layout.answer(f"没有符合条件的行；用时 {outcome.seconds:.2f} 秒。")
        return
    else:
        layout.answer(f"查到 {rows.height:,} 行；用时 {outcome.seconds:.2f} 秒。")
    days = {name: st.column_config.DateColumn(format="YYYY-MM-DD") for name in rows.select(cs.date()).columns}
    st.dataframe(rows, hide_index=True, height=min(460, 38 + 35 * rows.height), column_config=days)
    name = _saved_as(sql)
    title = saved[name].title if name in saved else "查询结果"
    downloads(rows, title, "query", for_programs=True)


def _dictionary() -> None:
    layout.section("数据字典")
    columns = frame("dictionary").with_columns(
        (pl.col("schema_name").replace_strict(_SCHEMAS, return_dtype=pl.String) + pl.col("table_name")).alias("table")
    )
    tables = columns["table"].unique(maintain_order=True).to_list()
    table = st.selectbox("表", tables, key="query_table", filter_mode="contains", label_visibility="collapsed")
    inside = columns.filter(pl.col("table") == table)
    layout.note(inside["table_comment"][0])
    sample = f"select * from {table} limit 100"  # noqa: S608 - a name from the catalogue
    st.button("看前 100 行", on_click=_ask, args=(sample,), icon=":material/table_rows:")
    layout.table(
        ["列", "说明"],
        [
            (f"<code>{escape(name)}</code><br><small>{escape(kind)}</small>", escape(comment))
            for name, kind, comment in inside.select("column_name", "data_type", "comment").iter_rows()
        ],
    )


def _page(path: str) -> None:
    warm_up()
    asked = _asked_by_url() or (
        None if "query_text" in st.session_state else st.session_state.get("_query", next(iter(saved.values())).sql)
    )
    if asked is not None:
        _ask(asked)
    sql = st.session_state["_query"]
    _keep_in_url(sql)
    layout.title("查询", "用 SQL 查询已发布的数据；地址栏里的链接可以发给别人，对方看到同一个查询")
    left, right = st.columns([2.5, 1], gap="large")
    with left:
        _editor()
        with st.spinner("正在查询…"):
            outcome = _outcome(path, sql)
        _show(outcome, sql)
        layout.note(
            f"只读：查询不能读写文件、访问网络或更改数据。最长 {settings.query_seconds} 秒，"
            f"最多显示 {settings.query_rows:,} 行。"
            "社区一级涉及困难、失业、不合格党员等不足5人的数，以及可据以推算出它们的数，"
            "不在可查的数据里（status 为 small）。"
        )
    with right:
        _dictionary()


_current = publication()
if _current is not None:
    _page(_current.path)
