"""One file on its way in, and the receipt it will get. Data only."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.intake.draft import Draft
from pipelines.intake.outcome import Handover, Outcome
from pipelines.periods import Period
from warehouse.lake import Receipt


@dataclass(eq=False)
class Incoming:
    """One file on its way in."""

    handover: Handover
    received_at: datetime
    period: Period | None
    folder: Path
    sha256: str = ""
    size: int = 0
    draft: Draft | None = None
    outcome: Outcome | None = None

    def receipt(self, number: int, draft: Draft) -> Receipt:
        """What will be known of it under this number."""
        period = draft.period
        return Receipt(
            submission_id=f"{number:06d}",
            outcome="refused" if draft.refusal else "accepted",
            file_name=self.handover.path.name,
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
            refusal=draft.refusal,
            notes=tuple(draft.notes),
        )
