"""What is handed in, and what is answered. Data only."""

import os
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pipelines.intake.draft import Fault
from warehouse.lake import Channel, Receipt, Status, public_status


@dataclass(frozen=True)
class Handover:
    """A file, and what is said with it."""

    path: Path
    received_at: datetime | None = None
    """Without a zone: Asia/Shanghai. Default: now."""
    period: str | None = None
    streets: tuple[str, ...] = ()
    """Codes or names."""
    by: str | None = None
    """The office that hands it in, as it calls itself."""
    channel: Channel | None = None
    password: str | None = field(default=None, repr=False)
    """Of a workbook that is locked; kept nowhere."""
    name: str = ""
    """What the file is called when not as its path: 报送.zip/平湖街道/就业.xlsx."""

    @property
    def file_name(self) -> str:
        """What the file is called, as text."""
        return self.name or plain_name(self.path.name)


def plain_name(name: str) -> str:
    """A name as text: file systems keep bytes, and old tools write GB18030."""
    raw = os.fsencode(name)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("gb18030", "replace")
    return "".join(sign for sign in text if sign.isprintable()) or "-"


@dataclass(frozen=True)
class FieldChange:
    """What became of one field, over all rows that two versions have in common, and in total."""

    field: str
    header: str
    rows: int
    """How many rows of the same key differ in it."""
    before: Decimal | None = None
    """The total of all rows of the version before; None where there is none, and for what cannot be added up."""
    after: Decimal | None = None
    unit: str | None = None
    """Of both totals: the one in which the contract takes the numbers."""


@dataclass(frozen=True)
class RowChange:
    """One row that is new, gone or different."""

    kind: Literal["added", "removed", "changed"]
    key: str
    """The cells of the key, as people know them."""
    what: str
    """Each field that differs: 已就业人数 980→990."""


@dataclass(frozen=True)
class Changes:
    """What a submission changes against those it replaces, by the contract's key and within the scope it replaces."""

    replaces: tuple[Receipt, ...]
    """The submissions that were active before; none when this is the first."""
    rows_before: int
    rows_after: int
    added: int
    removed: int
    changed: int
    fields: tuple[FieldChange, ...] = ()
    rows: tuple[RowChange, ...] = ()
    """The first of them; none of an export with a row per person."""

    def in_words(self) -> str:
        """比上一版新增 2 行、改动 5 行; how many, for a sentence."""
        if not self.replaces:
            return "这一期还没有报过"
        counts = (("新增", self.added), ("删除", self.removed), ("改动", self.changed))
        told = "、".join(f"{word} {count:,} 行" for word, count in counts if count)
        return f"比上一版{told}" if told else "各行与上一版相同"

    def to_public(self) -> dict[str, Any]:
        """Ready for JSON."""
        replaced = [receipt.submission_id for receipt in self.replaces]
        return {**asdict(replace(self, replaces=())), "replaces": replaced}


@dataclass(frozen=True)
class Outcome:
    """What became of one file, or would become of it."""

    receipt: Receipt
    faults: tuple[Fault, ...]
    status: Status
    unchanged: bool = False
    """The same bytes as the active submission: nothing was added, and the receipt is the earlier one."""
    trial: bool = False
    """Nothing was added: this is what would become of it, under a number that will be another one's."""
    place: int = 0
    """Which of the files handed over it comes from, counted from 0."""
    changes: Changes | None = None
    """Against the version before; None when it does not count: refused, unchanged or superseded on arrival."""
    annotated: bytes | None = field(default=None, repr=False)
    """Of a trial, the workbook with its faults marked; of what was received it lies sealed beside the original."""

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
            "handed_in_by": receipt.handed_in_by,
            "channel": receipt.channel,
            "trial": self.trial,
            "changes": self.changes.to_public() if self.changes else None,
            "is_waiting": self.status == "waiting",
        }
