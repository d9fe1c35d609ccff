"""Child processes that judge files side by side, each under limits of memory and time.

A child that dies or takes too long costs its own file, which is refused, and is replaced; nothing else is disturbed.
"""

import logging
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
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


class _Child:
    """One process, and the pipe to it."""

    def __init__(self, settings: Settings) -> None:
        self.pipe, theirs = Pipe()
        limits = (settings.reader_memory_mb, settings.max_unpacked_mb, settings.max_rows)
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
        self.task: tuple[int, Task] | None = None
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

        Tasks are taken one by one, so that only the files under way and the next one are held in memory.
        """
        waiting = enumerate(tasks)
        task = next(waiting, None)
        while True:
            # The next task is at hand before a child is asked for: one file starts one child.
            while task is not None and (child := self._idle()) is not None:
                self._give(child, task)
                task = next(waiting, None)
            busy = [child for child in self.children if child.task is not None]
            if not busy:
                return
            yield from self._answers(busy)

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

    def _idle(self) -> _Child | None:
        found = next((child for child in self.children if child.task is None), None)
        if found is None and len(self.children) < self.settings.readers:
            found = _Child(self.settings)
            self.children.append(found)
        return found

    def _give(self, child: _Child, task: tuple[int, Task]) -> None:
        child.task = task
        child.deadline = time.monotonic() + self.settings.reader_seconds + (_START_SECONDS if child.is_new else 0)
        child.is_new = False
        try:
            if child.register is not task[1].register:
                child.register = task[1].register
                child.pipe.send(child.register)
            child.pipe.send(replace(task[1], register=Register()))
        except OSError:
            logger.warning("a reading process has gone; its file will be refused")

    def _answers(self, busy: list[_Child]) -> Iterator[tuple[int, Draft]]:
        left = min(child.deadline for child in busy) - time.monotonic()
        ready = wait([child.pipe for child in busy], timeout=max(left, 0))
        for child in busy:
            if child.pipe in ready:
                yield self._take(child)
            elif time.monotonic() >= child.deadline:
                logger.warning("reading took more than %d s; the file is refused", self.settings.reader_seconds)
                seconds = self.settings.reader_seconds
                yield self._lost(
                    child, f"文件在 {seconds} 秒内没有读完。请只保留数据区域，另存为新的 .xlsx 文件后再报送。"
                )

    def _take(self, child: _Child) -> tuple[int, Draft]:
        assert child.task is not None
        try:
            draft, problem = child.pipe.recv()
        except (EOFError, OSError):
            logger.warning("a reading process died; its file is refused")
            return self._lost(child, UNREADABLE)
        if problem:
            logger.warning("a file could not be read: %s", problem)
        place, _ = child.task
        child.task = None
        return place, draft

    def _lost(self, child: _Child, refusal: str) -> tuple[int, Draft]:
        assert child.task is not None
        place, _ = child.task
        child.close()
        self.children.remove(child)
        return place, Draft(refusal=refusal)
