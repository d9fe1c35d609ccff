"""The figures of a benchmark as a page of text, against the limits. Measures nothing."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

from benchmarks.measure import Run


@dataclass(frozen=True)
class Figures:
    """Everything that was measured. Seconds, MB."""

    scale: float
    months: int
    load: float
    """Processes that others had running when it began, on average of a minute."""
    plain: Run
    whole: Run
    correction: Run
    published: int
    different: int
    size_mb: float
    imports: Mapping[str, float]
    """Seconds by module; empty, like `pages` and `readers`, when only the data were measured."""
    pages: Mapping[str, Mapping[str, float]]
    readers: Mapping[str, Mapping[str, float]]
    sessions: int
    think: float


@dataclass(frozen=True)
class Verdict:
    """A figure against its limit."""

    what: str
    found: str
    limit: str
    is_kept: bool


def verdicts(figures: Figures) -> list[str]:
    """One line per limit, for the terminal."""
    return [f"{'kept  ' if v.is_kept else 'MISSED'}  {v.what}: {v.found} (limit {v.limit})" for v in _verdicts(figures)]


def written(figures: Figures) -> str:
    """The whole report in Markdown."""
    said, memory = figures.whole.said, psutil.virtual_memory().total / 2**30
    lines = [
        "# Benchmarks",
        "",
        "Made by `make bench`; do not edit. Every program runs in a process of its own, its start and imports "
        "included; of several runs the one in the middle counts.",
        "",
        f"- {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {memory:.0f} GB of memory",
        f"- other work on the machine when it began: load {figures.load:.1f} (figures are comparable below 0.5)",
        f"- sample at scale {figures.scale:g}, {figures.months} months: "
        f"{said['files']:,.0f} files, {said['rows']:,.0f} rows read",
        "",
        "## Limits",
        "",
        "| what | found | limit | |",
        "|---|---:|---:|---|",
        *(
            f"| {v.what} | {v.found} | {v.limit} | {'kept' if v.is_kept else '**missed**'} |"
            for v in _verdicts(figures)
        ),
        "",
        "## From files to a publication",
        "",
        "| | seconds | rows per second | peak memory |",
        "|---|---:|---:|---:|",
        _step("receive", said["receive"], said["rows"]),
        _step("build and check", said["build"], said["rows"]),
        _step("publish", said["publish"], 0),
        _step("everything, with the start of the program", figures.whole.seconds, said["rows"], figures.whole.peak_mb),
        _step("plain script, with its start", figures.plain.seconds, said["rows"], figures.plain.peak_mb),
        _step(
            "one corrected file until it is published", figures.correction.said["all"], 0, figures.correction.peak_mb
        ),
        _step("the same, with the start of the program", figures.correction.seconds, 0),
        "",
        f"The publication holds {figures.published:,} values and takes {figures.size_mb:.1f} MB. "
        "Memory is the resident memory of the process and its children together; what they share counts for each.",
        "",
        "The plain script (`benchmarks/plain.py`) reads the same files and computes the same values by hand, without "
        "contracts, checks, faults, receipts, sealed originals, origins of rows, assessments and publication. "
        f"Of its values {figures.different:,} differ from the published ones, in numerator, denominator or value.",
        *_pages(figures),
        "",
    ]
    return "\n".join(lines)


def _verdicts(figures: Figures) -> list[Verdict]:
    ratio = figures.whole.seconds / figures.plain.seconds
    share = figures.correction.said["all"] / figures.whole.said["all"]
    result = [
        Verdict("values that differ from the plain script's", f"{figures.different:,}", "0", not figures.different),
        Verdict("whole refresh / plain script", f"{ratio:.2f}", "2.0", ratio <= 2),
        Verdict("one corrected file / everything", f"{share:.1%}", "15%", share <= 0.15),
    ]
    if figures.imports:
        over = figures.imports["pipelines.definitions"] - figures.imports["dagster"]
        what = "`import pipelines.definitions` over `import dagster`"
        result.append(Verdict(what, f"{over:.2f} s", "0.5 s", over <= 0.5))
    if figures.pages:
        cold = max(page["cold"] for page in figures.pages.values())
        warm = max(page["warm"] for page in figures.pages.values())
        result += [
            Verdict("slowest page, nothing cached", f"{cold * 1000:.0f} ms", "1,000 ms", cold <= 1),
            Verdict("slowest page, warm", f"{warm * 1000:.0f} ms", "300 ms", warm <= 0.3),
        ]
    for page, times in figures.readers.items():
        who = f"{figures.sessions} readers of {page}, 95th percentile"
        result.append(Verdict(who, f"{times['p95'] * 1000:.0f} ms", "1,000 ms", times["p95"] <= 1))
        charts = figures.pages[page]["charts"]
        if charts >= 5:
            alone = f"rerun of {page} with {charts:.0f} charts, alone"
            result.append(Verdict(alone, f"{times['alone'] * 1000:.0f} ms", "50 ms", times["alone"] <= 0.05))
    return result


def _step(name: str, seconds: float, rows: float, peak_mb: float = 0) -> str:
    per_second = f"{rows / seconds:,.0f}" if rows else ""
    return f"| {name} | {seconds:.2f} | {per_second} | {f'{peak_mb:,.0f} MB' if peak_mb else ''} |"


def _pages(figures: Figures) -> list[str]:
    if not figures.pages:
        return []
    return [
        "",
        "## Pages",
        "",
        "On the server's side, by AppTest; cold means that nothing is cached and the publication is not yet open.",
        "",
        "| page | charts | cold | warm |",
        "|---|---:|---:|---:|",
        *(
            f"| {name} | {page['charts']:.0f} | {page['cold'] * 1000:.0f} ms | {page['warm'] * 1000:.0f} ms |"
            for name, page in figures.pages.items()
        ),
        "",
        f"{figures.sessions} readers speak the websocket to one server on loopback; each runs its page again after "
        f"about {figures.think:g} seconds of thought. Times run from the request until the script has finished.",
        "",
        "| page | alone | together, median | 95th percentile | reruns per second |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {page} | {t['alone'] * 1000:.0f} ms | {t['median'] * 1000:.0f} ms | {t['p95'] * 1000:.0f} ms "
            f"| {t['per_second']:.1f} |"
            for page, t in figures.readers.items()
        ),
    ]
