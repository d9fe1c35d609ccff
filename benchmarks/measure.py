"""Runs a program and says how long it took and how much memory it and its children held at most."""

import json
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

_EVERY = 0.02
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Run:
    """One run of a program, its start included."""

    seconds: float
    cpu_seconds: float
    """Of the processor, of the process and its children: other work on the machine adds little to them."""
    peak_mb: float
    """Largest sum of the resident memory of the process and its children; what they share counts for each."""
    said: dict[str, Any]
    """The JSON object on the last line of its output, if there is one."""


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> Run:
    """Run `python …` to its end.

    Raises:
        RuntimeError: when it fails, with the end of what it said.
    """
    started, used = time.perf_counter(), _used()
    process = subprocess.Popen(  # noqa: S603 - our own programs
        [sys.executable, *arguments], env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(process, peak), daemon=True)
    watcher.start()
    out, err = process.communicate()
    seconds = time.perf_counter() - started
    watcher.join()
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}: {err[-2000:]}")
    last = out.strip().rpartition("\n")[2]
    return Run(seconds, _used() - used, peak[0] / 1e6, json.loads(last) if last.startswith("{") else {})


def median(runs: Sequence[Run]) -> Run:
    """The run in the middle by time."""
    return sorted(runs, key=lambda one: one.seconds)[(len(runs) - 1) // 2]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1] if values[1:] else values[0]


def _used() -> float:
    """Processor seconds of all children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def _watch(process: "subprocess.Popen[str]", peak: list[float]) -> None:
    root = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            family = [root, *root.children(recursive=True)]
            peak[0] = max(peak[0], sum(_resident(one) for one in family))
        except psutil.Error:
            return
        time.sleep(_EVERY)


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
