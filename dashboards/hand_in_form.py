"""Handing files in from the browser: drop them, see what each would change, confirm or withdraw. Layout only."""

import time
from collections.abc import Sequence

import streamlit as st

from dashboards import layout
from dashboards.hand_in_card import card
from dashboards.handing_in import MOST_MB, TYPES, HandIn, Tray, Work
from dashboards.queries.areas import areas_in_use
from dashboards.queries.publication import Publication
from pipelines.periods import Cadence, Period
from pipelines.settings import Settings

_TRAY = "_tray"
_BY = "hand_in_by"
_LOOK = 0.15
"""Seconds between two looks at how far the work is."""


def hand_in_form(published: Publication) -> None:
    """The file picker, what is being done, and a card for each file."""
    tray = _tray()
    layout.note(
        "把 Excel 或 CSV 文件拖进来，一次可以几份，也可以是压缩包（.zip）。先检查，看认出了什么、和上一版有什么不同；"
        "点了“确认报送”才算数。报表、统计期和街道一般能从文件里认出。"
        f"每份不超过 {Settings().max_file_mb} MB。文件里的姓名、身份证号、电话等个人信息不入库，原件加密保存。"
    )
    by = st.text_input(
        "报送单位/经办（可不填）", key=_BY, max_chars=40, placeholder="如 区人力资源局就业科；记在回执上，不用写人名"
    )
    st.file_uploader(
        "文件",
        type=list(TYPES),
        accept_multiple_files=True,
        max_upload_size=Settings().max_file_mb,
        key=_picker(tray),
        on_change=_dropped,
    )
    if tray.left_out:
        names = "、".join(tray.left_out)
        layout.answer(f"等待确认的文件合计超过 {MOST_MB} MB，请先确认或撤回一些。没有收下：{names}。")
    while (work := tray.next_work(by.strip() or None)) is not None:
        _watch(work)
    streets = dict(
        areas_in_use(Period(published.now, Cadence.MONTH))
        .filter(level="street")
        .select("area_code", "area_name")
        .iter_rows()
    )
    _all_at_once(tray)
    for hand_in in tray.files:
        with st.container(border=True, key=f"gb-hand-in-{hand_in.number}"):
            card(hand_in, streets)
            _buttons(hand_in, streets)
    if any(outcome.status == "active" for one in tray.at("received") for outcome in one.outcomes):
        layout.note("已报送的数据，下次刷新后计入各项指标；刷新以前，各页显示的还是原来的数。")


def _tray() -> Tray:
    if _TRAY not in st.session_state:
        st.session_state[_TRAY] = Tray()
    tray = st.session_state[_TRAY]
    assert isinstance(tray, Tray)
    return tray


def _picker(tray: Tray) -> str:
    """Another key after every drop: what was taken up is out of the picker."""
    return f"files_{tray.drops}"


def _dropped() -> None:
    tray = _tray()
    tray.drop([(file.name, file.getvalue()) for file in st.session_state.get(_picker(tray)) or []])


def _watch(work: Work) -> None:
    """Say how far the work is until it is done."""
    bar = st.progress(0.0, _progress(work))
    while not work.finished.wait(_LOOK):
        bar.progress(min(work.done / max(work.total, 1), 1.0), _progress(work))
    bar.empty()


def _progress(work: Work) -> str:
    size = f"，{work.size / 2**20:.1f} MB" if work.size >= 2**20 else ""
    seconds = int(time.monotonic() - work.started)
    time_taken = f"，已用 {seconds} 秒（一份最多 {Settings().reader_seconds} 秒）" if seconds else ""
    if work.done >= work.total:
        return f"{'正在与上一版比较' if work.trial else '正在写入'}：{len(work.hand_ins)} 份{size}{time_taken}"
    what = "正在读取和检查" if work.trial else "正在报送"
    return f"{what}：{len(work.hand_ins)} 份{size}，已完成 {work.done} / {work.total}{time_taken}"


def _all_at_once(tray: Tray) -> None:
    """For several files: how many can be used, and buttons for all of them."""
    judged = tray.at("judged")
    if len(judged) < 2:
        return
    usable = [one for one in judged if one.is_usable]
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.note(f"{len(judged)} 份等您决定，其中 {len(usable)} 份可以采用。")
        if usable:
            st.button(
                f"确认报送这 {len(usable)} 份", type="primary", key="confirm_all", on_click=_confirm, args=(usable,)
            )
        st.button("全部撤回", key="withdraw_all", on_click=tray.withdraw, args=(judged,))


def _buttons(hand_in: HandIn, streets: dict[str, str]) -> None:
    tray, key = _tray(), hand_in.number
    if hand_in.stage == "received":
        st.button("收起", key=f"close_{key}", on_click=tray.withdraw, args=([hand_in],))
        return
    if hand_in.is_locked:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input("打开密码", type="password", key=f"password_{key}", help="只用来打开这一份文件，不保存。")
            st.button("用密码重新检查", type="primary", key=f"unlock_{key}", on_click=_unlock, args=(hand_in,))
    with st.container(horizontal=True):
        if hand_in.is_usable or (hand_in.problem and hand_in.outcomes):
            st.button("确认报送", type="primary", key=f"confirm_{key}", on_click=_confirm, args=([hand_in],))
        elif hand_in.problem:
            st.button("再试一次", type="primary", key=f"again_{key}", on_click=_again, args=(hand_in,))
        elif any(outcome.status == "refused" for outcome in hand_in.outcomes):
            st.button("照样报送，留下退回记录", key=f"confirm_{key}", on_click=_confirm, args=([hand_in],))
        st.button("撤回", key=f"withdraw_{key}", on_click=tray.withdraw, args=([hand_in],))
        with st.popover("统计期或街道不对？"):
            st.text_input("统计期", key=f"period_{key}", placeholder="如 2026-10、2026-Q3、2026")
            st.multiselect(
                "街道", list(streets), format_func=streets.__getitem__, key=f"streets_{key}", placeholder="按文件内容"
            )
            st.button("按这里写的重新检查", key=f"said_{key}", on_click=_said, args=(hand_in,))
            if problem := st.session_state.get(f"said_problem_{key}"):
                layout.note(problem)


def _confirm(hand_ins: Sequence[HandIn]) -> None:
    for one in hand_ins:
        if one.stage == "judged":
            one.stage = "confirmed"


def _again(hand_in: HandIn) -> None:
    hand_in.stage, hand_in.problem = "dropped", None


def _unlock(hand_in: HandIn) -> None:
    """Judge it again with the password, which the page forgets."""
    hand_in.password = str(st.session_state.pop(f"password_{hand_in.number}", "")) or None
    _again(hand_in)


def _said(hand_in: HandIn) -> None:
    """Judge it again by what is said with it."""
    period = str(st.session_state[f"period_{hand_in.number}"]).strip()
    problem = f"said_problem_{hand_in.number}"
    st.session_state.pop(problem, None)
    try:
        hand_in.period = str(Period.parse(period)) if period else None
    except ValueError:
        st.session_state[problem] = f"统计期“{period}”写得不对。请写成 2026-10（月）、2026-Q3（季度）或 2026（年）。"
        return
    hand_in.streets = tuple(st.session_state[f"streets_{hand_in.number}"])
    _again(hand_in)
