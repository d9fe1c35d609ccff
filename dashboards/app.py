"""The entry of the dashboards: navigation, page frame, and what is shown when a page fails. No page content.

`streamlit run dashboards/app.py`; the pages are the files of `app_pages/` listed in PAGES.
"""

import logging
import sys
import threading
import uuid
from html import escape
from importlib import import_module
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import StreamlitPage

_ROOT = Path(__file__).resolve().parents[1]
if str(_ROOT) not in sys.path:  # `streamlit run` puts only this file's folder on the path
    sys.path.insert(0, str(_ROOT))

from dashboards import layout  # noqa: E402
from dashboards.closed_view import closed_note  # noqa: E402
from dashboards.queries.publication import Publication, begin_run  # noqa: E402
from dashboards.texts import moment_text  # noqa: E402
from pipelines.periods import Period  # noqa: E402
from warehouse.database import UntrustedPublicationError  # noqa: E402

PAGES = (
    ("", "overview", "总览", "/"),
    ("", "policy", "政策", "policy"),
    ("", "chapter", "分章", "chapter"),
    ("", "indicator", "指标", "indicator"),
    ("专题", "two_new", "“两新”覆盖", "two_new"),
    ("专题", "economy", "社区经济与就业", "economy"),
    ("街道", "street", "街道画像", "street"),
    ("街道", "assessment", "街道考核", "assessment"),
    ("数据", "submissions", "报送", "submissions"),
    ("数据", "query", "查询", "query"),
    ("数据", "dictionary", "数据字典", "dictionary"),
)
"""Every page: section of the navigation, file in `app_pages/`, title, path in the URL. The first is where a visitor
arrives."""

_LOADED_LATE = ("plotly.graph_objects", "pandas", "streamlit.emojis", "pipelines.dictionary")
_ICON = str(Path(__file__).with_name("icon.svg"))
_log = logging.getLogger("guben.dashboards")


def main() -> None:
    """Draw the frame and the page asked for."""
    st.set_page_config(page_title="固本", page_icon=_ICON, layout="wide")
    st.logo(_ICON, size="large")
    layout.style_sheet()
    folder = Path(__file__).parent / "app_pages"
    pages: dict[str, list[StreamlitPage]] = {}
    for section, name, title, path in PAGES:
        if (folder / f"{name}.py").exists():
            pages.setdefault(section, []).append(
                st.Page(
                    f"app_pages/{name}.py", title=title, url_path=None if path == "/" else path, default=path == "/"
                )
            )
    page = st.navigation(pages, position="top")
    try:
        published = begin_run()
    except UntrustedPublicationError as error:
        _not_what_was_published(error)
        return
    except Exception:
        _failed(page.title)
        return
    if published is None:
        _nothing_published()
        return
    warming = _warming()
    for thread in warming:
        thread.join()  # a chart drawn while pandas is half loaded would fail
    above = st.empty()
    try:
        page.run()
        _closed(above)
    except Exception:
        _failed(page.title)
    _foot(published)
    if not warming:
        warming.append(threading.Thread(target=_load_the_rest, daemon=True))
        warming[0].start()


@st.cache_resource(show_spinner=False)
def _warming() -> list[threading.Thread]:
    """The thread that loads the rest, once it has been started."""
    return []


def _load_the_rest() -> None:
    """Load aside, after the first page, what Streamlit would otherwise load for the first table and button."""
    for name in _LOADED_LATE:
        import_module(name)


def _nothing_published() -> None:
    layout.title("固本", "龙岗区基层组织建设数据")
    layout.answer("还没有发布任何数据。")
    layout.note(
        "请先报送报表并刷新：guben submit 文件，然后 guben refresh。"
        "想先看示例，请在项目目录运行 make demo。完成后刷新本页。"
    )


def _not_what_was_published(error: UntrustedPublicationError) -> None:
    _log.error("the current publication is not shown: %s", error)
    layout.answer("这一页暂时打不开。")
    layout.note(f"已发布的数据文件不能用：{error}。请管理员运行 guben refresh 重新发布，完成后刷新本页。")


def _failed(title: str) -> None:
    reference = uuid.uuid4().hex[:8]
    _log.exception("page %s failed, reference %s", title, reference)
    layout.answer("这一页暂时打不开。")
    layout.note(f"请刷新页面再试；如果仍然打不开，请把编号 {reference} 告诉管理员。其他页面不受影响。")


def _closed(place: DeltaGenerator) -> None:
    """Above the page, that the period it shows is closed; the page says in the URL which one that is."""
    for key in ("period", "month", "year"):
        try:
            note = closed_note(Period.parse(st.query_params.get(key, "")))
        except ValueError:
            continue
        if note:
            place.html(f'<p class="gb-note">{escape(note)}。</p>')


def _foot(published: Publication) -> None:
    st.html(
        f'<p class="gb-foot">固本 · 第 {published.number} 次发布 · {moment_text(published.built_at)} 生成 · '
        f"数据截至 {published.now.year}年{published.now.month}月</p>"
    )


main()
