"""Where files are taken in while the lake is locked: their order, their drafts, their commits.

Seals originals, and knows the receipts so far. Nothing in here looks inside a file.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.contracts.schema import load_contracts
from pipelines.intake.draft import Draft, Fault, Task
from pipelines.intake.outcome import Handover, Outcome
from pipelines.intake.readers import Readers
from pipelines.intake.register import Register, load_register
from pipelines.intake.sealing import originals_key, pseudonym_key, seal
from pipelines.periods import Period
from pipelines.settings import Settings
from warehouse.lake import ACCEPTED, FAULTS, ORIGINAL, Lake, Receipt, Status, active_parts

ZONE = ZoneInfo("Asia/Shanghai")
Progress = Callable[[int, int], None]


@dataclass
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


class Desk:
    """What is needed to take files in, and the receipts so far."""

    def __init__(
        self,
        settings: Settings,
        lake: Lake,
        readers: Readers,
        writers: ThreadPoolExecutor,
        progress: Progress | None,
        total: int,
    ) -> None:
        self.settings = settings
        self.lake = lake
        self.readers = readers
        self.progress = progress
        self.total = total
        self.done = 0
        self.contracts = load_contracts(settings.contracts_dir)
        self.receipts = lake.receipts()
        self.by_part: dict[tuple[str, date | None], list[Receipt]] = {}
        for receipt in self.receipts:
            self._remember(receipt)
        self.next_id = int(lake.next_id(self.receipts))
        self.sealing_key = originals_key(settings)
        self.pseudonym_key = pseudonym_key(settings)
        self.register = self._load_register()
        # Waiting for the disk is most of a commit: several wait side by side, under numbers given in order.
        self.writers = writers
        self.added: list[Future[Path]] = []

    def take(self, incoming: list[Incoming]) -> None:
        """Judge and commit all of them."""
        first = [one for one in incoming if self._sounds_like_register(one.handover.path.name)]
        for one in first:
            self._judge([one])
            self._commit(one)
        rest = [one for one in incoming if one.draft is None]
        self._judge(rest)
        late = [one for one in rest if one.draft and self._is_register(one.draft.export)]
        for one in late:
            self._commit(one)
        others = [one for one in rest if one.outcome is None]
        if any(one.outcome and not one.outcome.unchanged and one.outcome.status != "refused" for one in late):
            # A register that did not look like one: the others were judged before it counted.
            self.total += len(others)
            self._judge(others)
        for one in others:
            self._commit(one)
        for added in self.added:
            added.result()

    def _sounds_like_register(self, name: str) -> bool:
        return any(c.title in name or c.export in name for c in self.contracts.values() if c.is_register)

    def _is_register(self, export: str | None) -> bool:
        return export is not None and self.contracts[export].is_register

    def _load_register(self) -> Register:
        export = next((contract.export for contract in self.contracts.values() if contract.is_register), None)
        return load_register(self.lake, self.receipts, export) if export else Register()

    def _judge(self, incoming: Sequence[Incoming]) -> None:
        small = [one for one in incoming if not self._is_too_big(one)]
        for place, draft in self.readers.drafts(self._task(one) for one in small):
            small[place].draft = draft
            self._advance()

    def _is_too_big(self, one: Incoming) -> bool:
        one.size = one.handover.path.stat().st_size
        if one.size <= self.settings.max_file_mb * 2**20:
            return False
        with one.handover.path.open("rb") as file:
            one.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        one.draft = Draft(
            refusal=f"文件超过 {self.settings.max_file_mb} MB，不予接收。请删去多余内容或分开报送。原件没有保存。"
        )
        self._advance()
        return True

    def _advance(self) -> None:
        self.done += 1
        if self.progress:
            self.progress(self.done, self.total)

    def _task(self, one: Incoming) -> Task:
        data = one.handover.path.read_bytes()
        one.size = len(data)
        one.sha256 = hashlib.sha256(data).hexdigest()
        for path in one.folder.iterdir():
            path.unlink()
        (one.folder / ORIGINAL).write_bytes(seal(data, self.sealing_key, one.sha256))
        return Task(
            data=data,
            file_name=one.handover.path.name,
            period=one.period,
            streets=tuple(self._street(text) for text in one.handover.streets) if self.register.communities else (),
            received_on=one.received_at.astimezone(ZONE).date(),
            register=self.register,
            folder=one.folder,
            pseudonym_key=self.pseudonym_key,
        )

    def _street(self, text: str) -> str:
        code = self.register.street(text)
        if code is None:
            known = ", ".join(f"{name} ({code})" for code, name in sorted(self.register.streets.items()))
            raise ValueError(f"no such street: {text!r}; known are {known}")
        return code

    def _commit(self, one: Incoming) -> None:
        """Make the draft a submission, unless it is the active one again."""
        draft = one.draft
        assert draft is not None
        same = self._active_with(one, draft)
        if same is not None:
            for added in self.added:
                added.result()
            one.outcome = Outcome(same, _faults(self.lake.folder(same)), "active", unchanged=True)
            return
        receipt = self._receipt(one, draft)
        if draft.refusal:
            (one.folder / ACCEPTED).unlink(missing_ok=True)
        faults = _faults(one.folder) if draft.faults + draft.warnings else ()
        added = self.writers.submit(self.lake.add, one.folder, receipt)
        self.added.append(added)
        self.next_id += 1
        self.receipts.append(receipt)
        self._remember(receipt)
        if self._is_register(receipt.export) and receipt.outcome == "accepted":
            added.result()
            self.register = self._load_register()
        status: Status = "refused" if draft.refusal else "active"
        one.outcome = Outcome(receipt, faults, status)

    def _remember(self, receipt: Receipt) -> None:
        if receipt.export is not None and receipt.outcome == "accepted":
            self.by_part.setdefault((receipt.export, receipt.period_end), []).append(receipt)

    def _active_with(self, one: Incoming, draft: Draft) -> Receipt | None:
        """The active submission of the same bytes for the same export, period and scope, if that is what came in."""
        if draft.export is None or draft.period is None or not draft.scope:
            return None
        known = self.by_part.get((draft.export, draft.period.end), [])
        active = active_parts(known)
        ids = {active.get((draft.export, draft.period.end, code)) for code in draft.scope}
        found = next((r for r in known if {r.submission_id} == ids), None)
        return found if found and found.sha256 == one.sha256 and found.scope == draft.scope else None

    def _receipt(self, one: Incoming, draft: Draft) -> Receipt:
        period = draft.period
        return Receipt(
            submission_id=f"{self.next_id:06d}",
            outcome="refused" if draft.refusal else "accepted",
            file_name=one.handover.path.name,
            sha256=one.sha256,
            size=one.size,
            received_at=one.received_at,
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


def _faults(folder: Path) -> tuple[Fault, ...]:
    path = folder / FAULTS
    if not path.exists():
        return ()
    return tuple(Fault(*row) for row in pl.read_parquet(path).iter_rows())
