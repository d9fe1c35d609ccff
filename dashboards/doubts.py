"""What is doubtful and what was said of it, as readers see it; and the form that explains it. Layout only."""

import logging
from collections.abc import Sequence
from datetime import datetime
from html import escape

import polars as pl
import streamlit as st

from dashboards import layout
from dashboards.controls import Area
from dashboards.queries import doubts
from dashboards.texts import moment_text, period_text
from pipelines.periods import Period
from pipelines.settings import Settings
from warehouse.notes import LONGEST, RULES, Note, NoteError, Notes

_ALL = "all"
_SHOWN = 5


def beside_number(indicator: str, area: Area, period: Period) -> None:
    """What is doubtful in the files behind a number; nothing at all when nothing is."""
    found = doubts.of_number(indicator, area, period)
    if found.is_empty():
        return
    lines = [
        f"{escape(row['submitter_name'] or row['submitter'])}{period_text(row['period_type'], row['period_end'])}"
        f"{escape(row['title'])}：{escape(row['message'])}{_state(row['note'], row['noted_at'])}"
        f" {_receipt(row['submission_id'])}"
        for row in found.head(_SHOWN).to_dicts()
    ]
    if found.height > _SHOWN:
        lines.append(f"另有{found.height - _SHOWN}处，见报送页。")
    _listed(f"⚠ 这个数所依据的报表有{found.height}处待核实{_explained(found)}", lines)


def summary(month: Period) -> str:
    """How much is doubtful in the files of a month: 3处（1处已说明）, 无."""
    found = doubts.of_month(month.end)
    return "无" if found.is_empty() else f"{found.height}处{_explained(found)}"


def with_receipt(submission_id: str, fresh: Sequence[tuple[str, str]] | None = None) -> None:
    """What is doubtful in a file, the notes on it, and a form to explain it.

    Args:
        submission_id: Of the file.
        fresh: Rule and message of each doubt, of a file that was just handed in; None: as published.
    """
    rows = fresh if fresh is not None else doubts.of_submission(submission_id).select("rule", "message").rows()
    if not rows:
        return
    # Notes are read where they are kept: what was just said shows at once.
    notes = Notes(Settings().home).of(submission_id)
    answers = [next((n for n in reversed(notes) if n.rule in (None, rule)), None) for rule, _ in rows]
    layout.section(f"待核实：{len(rows)}处", "不影响采用；数字有误的请更正后重新报送，无误的请说明")
    _listed("", [f"{escape(text)}{_answer(note)}" for (_, text), note in zip(rows, answers, strict=True)])
    _form(submission_id, sorted({rule for rule, _ in rows}))


def _form(submission_id: str, rules: list[str]) -> None:
    with st.form(f"note_{submission_id}", clear_on_submit=True, border=True):
        kind = _ALL
        if len(rules) > 1:
            kind = st.selectbox("说明哪一类", [_ALL, *rules], format_func=lambda r: RULES.get(r, "全部"))
        text = st.text_area("说明", max_chars=LONGEST, placeholder="如：本月集中排查，隐患数确实增加", height=80)
        sent = st.form_submit_button("提交说明")
    if not sent:
        return
    try:
        Notes(Settings().home).add(submission_id, text, datetime.now().astimezone(), None if kind == _ALL else kind)
    except NoteError as error:
        layout.answer(str(error))
    except OSError:
        logging.getLogger("guben.dashboards").exception("a note could not be written")
        layout.answer("说明没有记下。请再试一次；如果还不行，请联系管理员。")
    else:
        st.rerun()


def _listed(title: str, lines: Sequence[str]) -> None:
    head = f"<b>{escape(title)}</b>" if title else ""
    st.html(f'<div class="gb-doubts">{head}<ul>{"".join(f"<li>{line}</li>" for line in lines)}</ul></div>')


def _receipt(submission_id: str) -> str:
    return f'<a href="submissions?view=files&amp;file={submission_id}" target="_self">回执 {submission_id}</a>'


def _explained(found: pl.DataFrame) -> str:
    count = found["note"].is_not_null().sum()
    return f"（{count}处已说明）" if count else "（待说明）"


def _answer(note: Note | None) -> str:
    return _state(note.text, note.at) if note else _state(None, None)


def _state(note: str | None, at: datetime | None) -> str:
    if note is None or at is None:
        return ' <span class="gb-badge">待说明</span>'
    return f' <span class="gb-badge">已说明</span> {escape(note)}（{moment_text(at)}）'
