"""Child processes that judge files side by side, each under limits of memory and time.

Small files go to a child by the dozen. When a child dies or takes too long it is replaced, and its files are judged
again, each alone: the one that did it is refused, and nothing else is disturbed.
"""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from multiprocessing.connection import Pipe, wait
from types import TracebackType
from typing import Self

from pipelines.intake.draft import Draft, Marking, Task
from pipelines.intake.register import Register
from pipelines.intake.worker import UNREADABLE
from pipelines.settings import ROOT, Settings

logger = logging.getLogger(__name__)
_START_SECONDS = 30
"""A child's first file also pays for its start."""


_BATCH_FILES, _BATCH_BYTES = 48, 2**20
"""How many files a child is given at once, and how large they are together at most; one larger than that goes alone."""

Batch = Sequence[tuple[int, Task]]
"""Tasks with their places in the order given."""


class _Child:
    """One process, and the pipe to it."""

    def __init__(self, settings: Settings, threads: int) -> None:
        self.pipe, theirs = Pipe()
        limits = (settings.reader_memory_mb, settings.max_unpacked_mb, settings.max_rows, threads)
        command = [sys.executable, "-m", "pipelines.intake.worker", str(theirs.fileno()), str(settings.contracts_dir)]
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            [*command, *map(str, limits)],
            pass_fds=[theirs.fileno()],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # A parser that aborts may print cells.
        )
        theirs.close()
        self.is_new = True
        self.register: Register | None = None
        self.batch: Batch = ()
        self.deadline = 0.0

    def close(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.wait()


class Readers:
    """As many children as the settings say, started when needed, ended with the context."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.children: list[_Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self.children:
            child.close()
        self.children.clear()

    def drafts(self, tasks: Iterable[Task]) -> Iterator[tuple[int, Draft]]:
        """The draft of each task with its place in the order given, as they get ready.

        Tasks are taken when a child is free, so that only the files under way and the next ones are held in memory.
        """
        batches = _batches(enumerate(tasks))
        again: list[Batch] = []
        batch = next(batches, None)
        while True:
            # The next batch is at hand before a child is asked for: one batch starts one child.
            while batch is not None and (child := self._idle(batch)) is not None:
                self._give(child, batch)
                batch = again.pop() if again else next(batches, None)
            busy = [child for child in self.children if child.batch]
            if not busy:
                return
            for done, draft in self._answers(busy):
                if draft is None:
                    again += [[one] for one in done]
                else:
                    yield done[0][0], draft
            if batch is None and again:
                batch = again.pop()

    def annotated(self, marking: Marking) -> bytes | None:
        """The workbook with marked faults that is handed back; None when it cannot be made. Not while judging."""
        child = self._idle()
        assert child is not None
        seconds = self.settings.reader_seconds + (_START_SECONDS if child.is_new else 0)
        child.is_new = False
        try:
            child.pipe.send(marking)
            if child.pipe.poll(seconds):
                workbook, problem = child.pipe.recv()
                if problem:
                    logger.warning("no workbook with marked faults could be made: %s", problem)
                return workbook if isinstance(workbook, bytes) else None
        except (EOFError, OSError):
            pass
        logger.warning("making a workbook with marked faults took more than %d s, or more memory than allowed", seconds)
        child.close()
        self.children.remove(child)
        return None

    def _idle(self, batch: Batch = ()) -> _Child | None:
        found = next((child for child in self.children if not child.batch), None)
        if found is None and len(self.children) < self.settings.readers:
            # Small files are many: a process works on each. A large one has all processors.
            is_large = sum(len(task.data) for _, task in batch) > _BATCH_BYTES
            found = _Child(self.settings, (os.cpu_count() or 1) if is_large else 1)
            self.children.append(found)
        return found

    def _give(self, child: _Child, batch: Batch) -> None:
        child.batch = batch
        child.deadline = time.monotonic() + self.settings.reader_seconds + (_START_SECONDS if child.is_new else 0)
        child.is_new = False
        register = batch[0][1].register
        try:
            if child.register is not register:
                child.register = register
                child.pipe.send(register)
            child.pipe.send([replace(task, register=Register()) for _, task in batch])
        except OSError:
            logger.warning("a reading process has gone; its files will be judged one by one or refused")

    def _answers(self, busy: list[_Child]) -> Iterator[tuple[Batch, Draft | None]]:
        """Tasks and their draft; None for those that are to be judged again, each alone."""
        left = min(child.deadline for child in busy) - time.monotonic()
        ready = wait([child.pipe for child in busy], timeout=max(left, 0))
        for child in busy:
            if child.pipe in ready:
                yield from self._take(child)
            elif time.monotonic() >= child.deadline:
                seconds = self.settings.reader_seconds
                logger.warning("reading took more than %d s", seconds)
                yield self._lost(
                    child, f"文件在 {seconds} 秒内没有读完。请只保留数据区域，另存为新的 .xlsx 文件后再报送。"
                )

    def _take(self, child: _Child) -> Iterator[tuple[Batch, Draft | None]]:
        try:
            answers: list[tuple[Draft, str]] = child.pipe.recv()
        except (EOFError, OSError):
            logger.warning("a reading process died")
            yield self._lost(child, UNREADABLE)
            return
        batch, child.batch = child.batch, []
        if not answers:
            yield batch, None
        for task, (draft, problem) in zip(batch, answers, strict=False):
            if problem:
                logger.warning("a file could not be read: %s", problem)
            yield [task], draft

    def _lost(self, child: _Child, refusal: str) -> tuple[Batch, Draft | None]:
        child.close()
        self.children.remove(child)
        return child.batch, Draft(refusal=refusal) if len(child.batch) == 1 else None


def _batches(tasks: Iterable[tuple[int, Task]]) -> Iterator[Batch]:
    batch: list[tuple[int, Task]] = []
    size = 0
    for place, task in tasks:
        if batch and (len(batch) >= _BATCH_FILES or size + len(task.data) > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((place, task))
        size += len(task.data)
    if batch:
        yield batch
