"""Where files are taken in while the lake is locked: their order, their drafts, their commits.

Seals originals, and knows the receipts so far. Nothing in here looks inside a file.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.contracts.schema import Contract, load_contracts
from pipelines.intake.draft import Draft, Fault, Marking, Task
from pipelines.intake.incoming import Incoming
from pipelines.intake.naming import public_name, words_of
from pipelines.intake.outcome import Outcome
from pipelines.intake.readers import Readers
from pipelines.intake.register import Register, load_register
from pipelines.intake.roster import active_rosters, rosters_needed
from pipelines.intake.sealing import annotated_of, name_of, originals_key, pseudonym_key, seal, unseal
from pipelines.settings import Settings
from warehouse.closings import Closings, what_counts
from warehouse.lake import (
    ACCEPTED,
    ANNOTATED,
    FAULTS,
    ORIGINAL,
    TRUE_NAME,
    Lake,
    Receipt,
    Status,
    TrialLake,
    active_parts,
    came_after_closing,
)

ZONE = ZoneInfo("Asia/Shanghai")
_GONE = "读取时文件已不在，或无法读取（磁盘、权限）。请核对后重新报送。"
Progress = Callable[[int, int], None]
Which = Callable[[Contract], bool]
_TOGETHER = 256
"""Submissions that are put into the lake at once; those behind them are lost with the process that dies."""


class Desk:
    """What is needed to take files in, and the receipts so far."""

    def __init__(
        self,
        settings: Settings,
        lake: Lake,
        readers: Readers,
        progress: Progress | None,
        stage: Callable[[], Path],
    ) -> None:
        self.settings = settings
        self.lake = lake
        self.readers = readers
        self.progress = progress
        self.stage = stage
        self.incoming: list[Incoming] = []
        self.total = 0
        self.done = 0
        self.contracts = load_contracts(settings.contracts_dir)
        self.receipts = lake.receipts()
        self.closed = what_counts(Closings(settings.home).acts())
        self.by_part: dict[tuple[str, date | None], list[Receipt]] = {}
        for receipt in self.receipts:
            self._remember(receipt)
        self.taken = {_taking(receipt): receipt for receipt in self.receipts if receipt.channel == "inbox"}
        self.next_id = int(lake.next_id(self.receipts))
        self.sealing_key = originals_key(settings)
        self.pseudonym_key = pseudonym_key(settings)
        self.register = self._load_register()
        self.words = words_of(self.contracts.values(), self.register)
        self.roster_exports = rosters_needed(self.contracts)
        self.rosters = active_rosters(lake, self.receipts, self.closed, self.roster_exports)
        # Waiting for the disk is most of a commit: many wait together.
        self.staged: list[tuple[Path, Receipt]] = []

    def take(self, incoming: list[Incoming]) -> None:
        """Judge and commit all of them; first what the others are judged by.

        Args:
            incoming: The files; those that turn out to hold several months are added once more for each of the others.
        """
        self.incoming, self.total = incoming, len(incoming)
        for one in incoming:
            one.called, one.words = public_name(one.handover.file_name, self.words), self.words
        for one in incoming:
            if self._sounds_like(one, lambda contract: contract.is_register):
                self._judge([one])
                self._commit(one)
        waiting = [one for one in _left(incoming) if self._sounds_like(one, self._needs_roster)]
        self._judge([one for one in _left(incoming) if one not in waiting])
        self._commit_basis(incoming)
        self._judge(waiting)
        self._commit_basis(incoming)
        for one in _left(incoming):
            self._commit(one)
        self._settle()

    def _commit_basis(self, incoming: Sequence[Incoming]) -> None:
        """Commit registers, then rosters, whatever they are called; judge again what was judged before they counted."""
        if self._commit_those(incoming, lambda contract: contract.is_register):
            self._judge_again(_left(incoming), lambda _: True)
        if self._commit_those(incoming, lambda contract: contract.export in self.roster_exports):
            self._settle()
            self.rosters = active_rosters(self.lake, self.receipts, self.closed, self.roster_exports)
            self._judge_again(_left(incoming), self._needs_roster)

    def _commit_those(self, incoming: Sequence[Incoming], which: Which) -> bool:
        """Commit those of some exports; returns whether any of them counts from now on."""
        chosen = [one for one in _left(incoming) if one.draft and self._is_of(one.draft, which)]
        for one in chosen:
            self._commit(one)
        return any(one.outcome and not one.outcome.unchanged and one.outcome.status == "active" for one in chosen)

    def _judge_again(self, incoming: Sequence[Incoming], which: Which) -> None:
        again = [one for one in incoming if one.draft and self._is_of(one.draft, which)]
        self.total += len(again)
        self._judge(again)

    def _is_of(self, draft: Draft, which: Which) -> bool:
        return draft.export is not None and which(self.contracts[draft.export])

    def _needs_roster(self, contract: Contract) -> bool:
        return contract.by == "street" and contract.roster is not None

    def _sounds_like(self, one: Incoming, which: Which) -> bool:
        name = one.handover.file_name
        return any(c.title in name or c.export in name for c in self.contracts.values() if which(c))

    def _sound(self, one: Incoming) -> str:
        """The export that the name of a file sounds like, if any."""
        name = one.handover.file_name
        return next((export for export, contract in self.contracts.items() if contract.title in name), "")

    def _settle(self) -> None:
        """Put all that is committed into the lake, and wait until it is on the disk."""
        self.lake.add_all(self.staged)
        self.staged.clear()

    def _is_register(self, export: str | None) -> bool:
        return export is not None and self.contracts[export].is_register

    def _load_register(self) -> Register:
        export = next((contract.export for contract in self.contracts.values() if contract.is_register), None)
        return load_register(self.lake, self.receipts, self.closed, export) if export else Register()

    def _judge(self, incoming: Sequence[Incoming]) -> None:
        # Files of one export side by side: they are judged together.
        small = sorted((one for one in incoming if not self._is_too_big(one)), key=self._sound)
        for place, draft in self.readers.drafts(self._task(one) for one in small):
            # What is gone by now, or cannot be read, costs no other file its answer.
            small[place].draft = Draft(refusal=_GONE) if small[place].is_gone else draft
            self._advance()
        if more := [one for first in small for one in self._other_months(first)]:
            self.incoming += more
            self.total += len(more)
            self._judge(more)

    def _other_months(self, one: Incoming) -> list[Incoming]:
        """The same file again for each month that it holds beside the first."""
        months = one.draft.months if one.draft else ()
        if not months:
            return []
        one.period = months[0]
        return [replace(one, period=month, folder=self.stage(), draft=None) for month in months[1:]]

    def _is_too_big(self, one: Incoming) -> bool:
        with suppress(OSError):
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
        try:
            data = one.handover.path.read_bytes()
        except OSError:
            data, one.is_gone = b"", True
        one.size = len(data)
        one.sha256 = hashlib.sha256(data).hexdigest()
        for path in one.folder.iterdir():
            path.unlink()
        (one.folder / ORIGINAL).write_bytes(seal(data, self.sealing_key, one.sha256))
        if one.called != one.handover.file_name:
            name = one.handover.file_name.encode()
            (one.folder / TRUE_NAME).write_bytes(seal(name, self.sealing_key, name_of(one.sha256)))
        one.words = self.words
        return Task(
            data=data,
            file_name=one.called,
            period=one.period,
            streets=tuple(self._street(text) for text in one.handover.streets) if self.register.communities else (),
            received_on=one.received_at.astimezone(ZONE).date(),
            register=self.register,
            folder=one.folder,
            pseudonym_key=self.pseudonym_key,
            password=one.handover.password,
            rosters=self.rosters,
            words=one.words,
        )

    def _street(self, text: str) -> str:
        code = self.register.street(text)
        if code is None:
            known = ", ".join(f"{name} ({code})" for code, name in sorted(self.register.streets.items()))
            raise ValueError(f"no such street: {text!r}; known are {known}")
        return code

    def _commit(self, one: Incoming) -> None:
        """Make the draft a submission, unless it is the active one again, or was received before a kill."""
        draft = one.draft
        assert draft is not None
        same = self._active_with(one, draft) or self.taken.get(_taking(one.receipt(self.next_id, draft)))
        if same is not None:
            self._settle()
            one.outcome = Outcome(same, _faults(self.lake.folder(same)), "active", unchanged=True)
            return
        workbook = self._annotate(one, draft) if draft.faults + draft.warnings else None
        receipt = one.receipt(self.next_id, draft)
        if draft.refusal:
            (one.folder / ACCEPTED).unlink(missing_ok=True)
        faults = _faults(one.folder) if draft.faults + draft.warnings else ()
        self.staged.append((one.folder, receipt))
        if len(self.staged) >= _TOGETHER:
            self._settle()
        self.next_id += 1
        self.receipts.append(receipt)
        self._remember(receipt)
        if self._is_register(receipt.export) and receipt.outcome == "accepted":
            self._settle()
            self.register = self._load_register()
            self.words = words_of(self.contracts.values(), self.register)
        status: Status = "active"
        if draft.refusal:
            status = "refused"
        elif came_after_closing(receipt, self.closed):
            status = "waiting"
        # Of a trial nothing stays in the lake: what is handed back goes with the answer.
        one.outcome = Outcome(receipt, faults, status, annotated=workbook if isinstance(self.lake, TrialLake) else None)

    def _annotate(self, one: Incoming, draft: Draft) -> bytes | None:
        """Put the workbook that is handed back beside the original; without it the receipt stands all the same."""
        original = unseal((one.folder / ORIGINAL).read_bytes(), self.sealing_key, one.sha256)
        marking = Marking(original, one.called, one.folder, draft.refusal, one.words, one.handover.password)
        workbook = self.readers.annotated(marking)
        if workbook is None:
            draft.notes.append("没能做出标注问题的工作簿，请按本回执所列的单元格改正。")
            return None
        (one.folder / ANNOTATED).write_bytes(seal(workbook, self.sealing_key, annotated_of(one.sha256)))
        return workbook

    def _remember(self, receipt: Receipt) -> None:
        if receipt.export is not None and receipt.outcome == "accepted":
            self.by_part.setdefault((receipt.export, receipt.period_end), []).append(receipt)

    def _active_with(self, one: Incoming, draft: Draft) -> Receipt | None:
        """The submission of the same bytes for the same export, period and scope, if that is what came in last.

        Of a closed period the one that waits: it is what this file would replace.
        """
        if draft.export is None or draft.period is None or not draft.scope:
            return None
        known = self.by_part.get((draft.export, draft.period.end), [])
        active = active_parts(known)
        ids = {active.get((draft.export, draft.period.end, code)) for code in draft.scope}
        found = next((r for r in known if {r.submission_id} == ids), None)
        return found if found and found.sha256 == one.sha256 and found.scope == draft.scope else None


def _left(incoming: Sequence[Incoming]) -> list[Incoming]:
    """Those that are not committed yet."""
    return [one for one in incoming if one.outcome is None]


def _taking(receipt: Receipt) -> tuple[object, ...]:
    """By what a file of the inbox is known again: no other has its bytes, its name and the moment it was taken."""
    return receipt.sha256, receipt.received_at, receipt.file_name, receipt.period_end


def _faults(folder: Path) -> tuple[Fault, ...]:
    path = folder / FAULTS
    if not path.exists():
        return ()
    return tuple(Fault(*row) for row in pl.read_parquet(path).iter_rows())
