"""Hands a file from the browser in, as `guben submit` would. No layout, and nothing of the file is kept here."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.intake.receive import Outcome
    from pipelines.modelling.plausibility import Doubt

_LONGEST = 80
"""Characters of a name without its ending; a file system takes 255 bytes."""


def hand_in(
    files: Sequence[tuple[str, bytes]], period: str | None = None, streets: Sequence[str] = ()
) -> "list[Outcome]":
    """Take the files in, in the order given, and say what became of each.

    Args:
        files: name as the browser gives it, and content.
        period: what is said of the period, as 2026-10; None to go by the files.
        streets: codes of the streets they are for; none to go by the files.

    Raises:
        ValueError: when the period is none, or a street is not known; nothing is taken in.
    """
    from pipelines.intake.receive import Handover, receive  # noqa: PLC0415 - loads what only this needs

    with tempfile.TemporaryDirectory(prefix="guben-") as folder:
        handovers = []
        for place, (name, content) in enumerate(files):
            path = Path(folder) / str(place) / safe_name(name)
            path.parent.mkdir()
            path.write_bytes(content)
            handovers.append(Handover(path, period=period, streets=tuple(streets)))
        return receive(Settings(), handovers)


def doubtful(outcomes: "Sequence[Outcome]") -> "list[Doubt]":
    """What is doubtful in files just handed in, compared with what is published."""
    from pipelines.modelling.plausibility import implausible  # noqa: PLC0415 - loads what only this needs

    return implausible(Settings(), [outcome.receipt for outcome in outcomes])


def safe_name(name: str) -> str:
    """The last part of a name from outside, without what does not belong in a file's name; its ending is kept."""
    base = PurePosixPath(name.replace("\\", "/")).name
    clean = re.sub(r"[\x00-\x1f\x7f<>:\"|?*]", "", base).strip().lstrip(".")
    stem, dot, ending = clean.rpartition(".")
    if not dot:
        return clean[:_LONGEST] or "未命名"
    return f"{stem[:_LONGEST] or '未命名'}.{ending[:8]}"
