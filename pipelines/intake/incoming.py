"""One file on its way in, and the receipt it will get. Data only."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.intake.draft import Draft
from pipelines.intake.faults import impersonal_text
from pipelines.intake.naming import public_name
from pipelines.intake.outcome import Handover, Outcome
from pipelines.periods import Period
from warehouse.lake import Receipt

_LONGEST_NAME = 40
_NUMBER = re.compile(r"\d{7,}[Xx]?")
"""What may be the number of a phone or of an identity card; an office needs none."""


@dataclass(eq=False)
class Incoming:
    """One file on its way in."""

    handover: Handover
    received_at: datetime
    period: Period | None
    folder: Path
    place: int
    """Which of the files handed over it comes from, counted from 0."""
    called: str = ""
    """What its file is called to others."""
    words: frozenset[str] = frozenset()
    """By which its sheets are called as they are."""
    sha256: str = ""
    size: int = 0
    is_gone: bool = False
    """Whether its bytes could not be read."""
    draft: Draft | None = None
    outcome: Outcome | None = None

    def receipt(self, number: int, draft: Draft) -> Receipt:
        """What will be known of it under this number."""
        period = draft.period
        return Receipt(
            submission_id=f"{number:06d}",
            outcome="refused" if draft.refusal else "accepted",
            file_name=self.called,
            sha256=self.sha256,
            size=self.size,
            received_at=self.received_at,
            export=draft.export,
            period_type=period.cadence.value if period else None,
            period_end=period.end if period else None,
            scope=draft.scope,
            rows_read=draft.rows_read,
            rows_accepted=draft.rows_accepted,
            rows_rejected=draft.rows_rejected,
            skipped=draft.skipped,
            faults=draft.faults,
            warnings=draft.warnings,
            refusal=impersonal_text(draft.refusal) if draft.refusal else None,
            notes=tuple(map(impersonal_text, draft.notes)),
            handed_in_by=_office(self.handover.by, self.words),
            channel=self.handover.channel,
        )


def _office(said: str | None, words: frozenset[str]) -> str | None:
    """What was said of who hands it in, on one line, without numbers and names of people."""
    plain = " ".join(_NUMBER.sub("", said or "").split())
    plain = public_name("".join(sign for sign in plain if sign.isprintable()), words)
    return plain[:_LONGEST_NAME].strip() or None
