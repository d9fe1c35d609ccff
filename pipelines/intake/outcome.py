"""What is handed in, and what is answered. Data only."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.intake.draft import Fault
from warehouse.lake import Receipt, Status, public_status


@dataclass(frozen=True)
class Handover:
    """A file, and what is said with it."""

    path: Path
    received_at: datetime | None = None
    """Without a zone: Asia/Shanghai. Default: now."""
    period: str | None = None
    streets: tuple[str, ...] = ()
    """Codes or names."""


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    receipt: Receipt
    faults: tuple[Fault, ...]
    status: Status
    unchanged: bool = False
    """The same bytes as the active submission: nothing was added, and the receipt is the earlier one."""

    def to_public(self) -> dict[str, Any]:
        """The columns of the public table `submissions`, and the faults, refusal and notes; ready for JSON.

        What waits for its period to be reopened is `superseded` by what counts, and `is_waiting` says so.
        """
        receipt = self.receipt
        return {
            "submission_id": receipt.submission_id,
            "export": receipt.export,
            "period_type": receipt.period_type,
            "period_end": receipt.period_end.isoformat() if receipt.period_end else None,
            "submitter": receipt.submitter or None,
            "file_name": receipt.file_name,
            "sha256": receipt.sha256,
            "received_at": receipt.received_at.isoformat(),
            "status": public_status(self.status),
            "rows_read": receipt.rows_read,
            "rows_accepted": receipt.rows_accepted,
            "rows_rejected": receipt.rows_rejected,
            "rows_skipped": receipt.rows_skipped,
            "skipped": dict(receipt.skipped),
            "faults": [asdict(fault) for fault in self.faults],
            "refusal": receipt.refusal,
            "notes": list(receipt.notes),
            "unchanged": self.unchanged,
            "is_waiting": self.status == "waiting",
        }
