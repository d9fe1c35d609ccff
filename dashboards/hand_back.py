"""The button that hands a file back with its faults marked. Layout only.

The workbook holds what the file held: whoever handed it in gets it back, and nobody else where it tells of persons.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboards import layout
from pipelines.settings import Settings
from warehouse.lake import ANNOTATED, Lake, Receipt

if TYPE_CHECKING:
    from pipelines.intake.outcome import Outcome


def own_annotated_button(outcome: "Outcome", key: str) -> None:
    """Offer the workbook of a file that was handed in, or tried, in this session.

    Args:
        outcome: Of the file.
        key: Tells the buttons of one page apart.
    """
    if (content := outcome.annotated) is not None:
        _button(outcome.receipt, lambda: content, key)
    elif not outcome.trial and not outcome.unchanged:
        annotated_button(outcome.receipt.submission_id, key, is_own=True)


def annotated_button(submission_id: str, key: str, *, is_own: bool = False) -> None:
    """Offer the workbook of a submission, if it has one.

    Args:
        submission_id: Number on the receipt.
        key: Tells the buttons of one page apart.
        is_own: Whether the person who looks handed it in just now.
    """
    settings = Settings()
    lake = Lake(settings.home)
    receipt = lake.receipt(submission_id)
    if receipt is None or not (lake.folder(receipt) / ANNOTATED).exists():
        return
    if not is_own and _holds_persons(receipt, settings.contracts_dir):
        layout.note("文件含个人信息：标注问题的工作簿只给报送的人，报送后当时可以下载；事后请向管理员索取。")
        return
    from pipelines.intake.sealing import annotated_workbook  # noqa: PLC0415 - slow to load

    _button(receipt, lambda: annotated_workbook(settings, submission_id), key)


def _button(receipt: Receipt, content: Callable[[], bytes], key: str) -> None:
    from pipelines.intake.sealing import annotated_name  # noqa: PLC0415

    st.download_button(
        "下载标注问题的工作簿",
        content,
        annotated_name(receipt),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        key=f"{key}_annotated",
        on_click="ignore",
        icon=":material/download:",
        help="就是这份文件：差错标红，提醒标黄，批注写明原因和改法。改好后直接重新报送。",
    )


def _holds_persons(receipt: Receipt, contracts_dir: Path) -> bool:
    """Whether the file is of an export with a row per person, or has columns that tell of persons."""
    from pipelines.contracts.schema import load_contracts  # noqa: PLC0415
    from pipelines.intake.headings import is_personal  # noqa: PLC0415

    contract = load_contracts(contracts_dir).get(receipt.export or "")
    return contract is None or contract.personal or any(is_personal(note) for note in receipt.notes)
