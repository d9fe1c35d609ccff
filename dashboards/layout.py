"""The parts every page is made of: title, answer, notes, tables with signs, the style sheet. No data access.

Text that comes from data goes through `escape` before it becomes part of HTML.
"""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import streamlit as st

from dashboards import controls
from dashboards.charts.style import PALE, STATUS
from dashboards.texts import Standing

_STYLE = Path(__file__).with_name("style.css")


def style_sheet() -> None:
    """The look of the pages; once per run, by the page frame."""
    st.html(_STYLE)


def title(text: str, subtitle: str = "") -> None:
    """The name of the page and, smaller, what it shows."""
    st.html(f'<h1 class="gb-title">{escape(text)}</h1><p class="gb-subtitle">{escape(subtitle)}</p>')


def answer(text: str) -> None:
    """The sentence that answers the page's question, before any chart."""
    st.html(f'<p class="gb-answer">{escape(text)}</p>')


def section(text: str, note: str = "") -> None:
    """A heading inside a page, with an optional remark beside it."""
    remark = f'<span class="gb-remark">{escape(note)}</span>' if note else ""
    st.html(f'<h2 class="gb-section">{escape(text)}{remark}</h2>')


def note(text: str) -> None:
    """A small remark under a chart or table."""
    st.html(f'<p class="gb-note">{escape(text)}</p>')


def clickable(key: str, html: str, page: str, label: str, **parameters: str) -> None:
    """HTML that leads to another page when clicked anywhere; the link itself is for screen readers and the keyboard.

    Args:
        key: tells it apart on its page.
        html: what is seen; escape what comes from data.
        page: file of the page.
        label: of the link, without characters of Markdown.
        parameters: of the view, in the URL.
    """
    with st.container(key=f"gb-go-{key}"):
        st.html(html)
        controls.link(page, label, **parameters)


def badge(state: Standing, text: str | None = None, mark: str | None = None) -> str:
    """HTML of a state: its sign and word, or others, on its colour. For use inside other HTML."""
    words = escape(text if text is not None else state.value)
    return (
        f'<span class="gb-badge" style="background:{PALE[state.value]};border-color:{STATUS[state.value]}">'
        f"{mark or state.mark} {words}</span>"
    )


def table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], *, numeric: Sequence[int] = (), pinned: bool = False
) -> None:
    """A plain table of HTML cells, scrolling sideways on a phone.

    Args:
        headers: plain text; escaped here.
        rows: cells as HTML: escape what comes from data.
        numeric: columns aligned to the right, counted from 0.
        pinned: whether the first column stays in sight.
    """
    head = "".join(f'<th class="{"gb-num" if i in numeric else ""}">{escape(h)}</th>' for i, h in enumerate(headers))
    body = "".join(
        "<tr>"
        + "".join(f'<td class="{"gb-num" if i in numeric else ""}">{c}</td>' for i, c in enumerate(row))
        + "</tr>"
        for row in rows
    )
    st.html(
        f'<div class="gb-scroll"><table class="gb-table{" gb-pinned" if pinned else ""}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
