"""The form that hands files in from the browser, and the receipts it answers with. Layout only."""

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl
import streamlit as st

from dashboards import layout
from dashboards.handing_in import hand_in
from dashboards.queries import submissions
from dashboards.queries.areas import areas_in_use
from dashboards.queries.publication import Publication
from dashboards.receipts import Told, receipt
from pipelines.periods import Cadence, Period
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.intake.receive import Outcome

_OUTCOMES = "_handed_in"


def hand_in_form(published: Publication) -> None:
    """Files, what is said with them, and afterwards the receipt of each."""
    layout.note(
        f"选一份或几份 Excel（.xlsx）或 CSV 文件，每份不超过 {Settings().max_file_mb} MB。"
        "报表、统计期和街道一般能从文件名、标题和表头认出，不用填；"
        "认不出时再填。文件里的姓名、身份证号、电话等个人信息不入库，原件加密保存。"
    )
    streets = areas_in_use(Period(published.now, Cadence.MONTH)).filter(level="street")
    names = dict(streets.select("area_code", "area_name").iter_rows())
    with st.form("hand_in", clear_on_submit=True, border=True):
        files = st.file_uploader(
            "文件", type=["xlsx", "csv"], accept_multiple_files=True, max_upload_size=Settings().max_file_mb
        )
        left, right = st.columns(2)
        with left:
            period = st.text_input("统计期（可不填）", placeholder="如 2026-10、2026-Q3、2026")
        with right:
            chosen = st.multiselect(
                "街道（可不填）", list(names), format_func=names.__getitem__, placeholder="按文件内容"
            )
        sent = st.form_submit_button("报送", type="primary")
    if sent:
        _take([(file.name, file.getvalue()) for file in files or []], period.strip(), chosen)
    for place, outcome in enumerate(st.session_state.get(_OUTCOMES, [])):
        _outcome(outcome, published, place)


def _take(files: list[tuple[str, bytes]], period: str, streets: list[str]) -> None:
    st.session_state[_OUTCOMES] = []
    if not files:
        layout.answer("还没有选文件。请先选文件，再点“报送”。")
        return
    if period and not _is_period(period):
        layout.answer(f"统计期“{period}”写得不对，没有报送。请写成 2026-10（月）、2026-Q3（季度）或 2026（年）。")
        return
    with st.spinner("正在读取和检查…"):
        try:
            st.session_state[_OUTCOMES] = hand_in(files, period or None, streets)
        except (OSError, ValueError):
            logging.getLogger("guben.dashboards").exception("handing in from the page failed")
            layout.answer("没有报送成功，数据没有变化。请再试一次；如果还不行，请联系管理员。")


def _is_period(text: str) -> bool:
    try:
        Period.parse(text)
    except ValueError:
        return False
    return True


def _outcome(outcome: "Outcome", published: Publication, place: int) -> None:
    """The receipt of a file that was just handed in."""
    one = outcome.receipt
    known = {
        row["area_code"]: row["area_name"]
        for row in areas_in_use(Period(one.period_end or published.now, Cadence.MONTH)).to_dicts()
    }
    told = Told(
        one.submission_id,
        one.file_name,
        submissions.titles().get(one.export or ""),
        one.period_type,
        one.period_end,
        "、".join(known.get(code, code) for code in one.scope) or None,
        one.received_at,
        outcome.status,
        (one.rows_read, one.rows_accepted, one.rows_rejected, one.rows_skipped),
        one.notes,
        outcome.unchanged,
        is_own=True,
    )
    found = [asdict(fault) for fault in outcome.faults]
    if one.refusal:
        found.insert(0, {"severity": "fault", "message": one.refusal})
    receipt(told, pl.DataFrame(found, schema=submissions.FAULTS), f"new_{place}")
    if outcome.status == "active" and not outcome.unchanged:
        layout.note("下次刷新后，这份数据计入各项指标；刷新以前，各页显示的还是原来的数。")
