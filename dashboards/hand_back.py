"""The button that hands a file back with its faults marked. Layout only.

The workbook holds what the file held: whoever handed it in gets it back, and nobody else where it tells of persons.
"""

from pathlib import Path

import streamlit as st

from dashboards import layout
from pipelines.settings import Settings
from warehouse.lake import ANNOTATED, Lake


def annotated_button(submission_id: str, key: str, *, is_own: bool) -> None:
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
    if not is_own and _holds_persons(receipt.export, receipt.notes, settings.contracts_dir):
        layout.note("文件含个人信息：标注问题的工作簿只在报送后的回执上提供；事后请向管理员索取。")
        return
    from pipelines.intake.sealing import annotated_name, annotated_workbook  # noqa: PLC0415 - slow to load

    st.download_button(
        "下载标注问题的工作簿",
        lambda: annotated_workbook(settings, submission_id),
        annotated_name(receipt),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        key=f"{key}_annotated",
        on_click="ignore",
        icon=":material/download:",
        help="原文件，差错标红、提醒标黄，批注写明原因和改法；改好后直接重新报送。",
    )


def _holds_persons(export: str | None, notes: tuple[str, ...], contracts_dir: Path) -> bool:
    """Whether the file is of an export with a row per person, or has columns that tell of persons."""
    from pipelines.contracts.schema import load_contracts  # noqa: PLC0415
    from pipelines.intake.headings import is_personal  # noqa: PLC0415

    contract = load_contracts(contracts_dir).get(export or "")
    return contract is None or contract.personal or any(is_personal(note) for note in notes)
