"""The figures of a benchmark as a page of text, against the limits. Measures nothing."""

import os
from collections.abc import Callable, Iterator, Mapping
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
    month: Run
    """All indicators of one month, added up again."""
    published: int
    different: int
    size_mb: float
    large: Mapping[str, float]
    """Seconds of large files at the door, and their rows; empty, like those below, when only the data were measured."""
    imports: Mapping[str, float]
    """Seconds by module."""
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
    said, month, memory = figures.whole.said, figures.month.said, psutil.virtual_memory().total / 2**30
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
        "| | seconds | processor seconds | rows per second | peak memory |",
        "|---|---:|---:|---:|---:|",
        _step("receive", said["receive"], rows=said["rows"]),
        _step("build and check", said["build"], rows=said["rows"]),
        _step("publish", said["publish"]),
        _program("everything, with the start of the program", figures.whole, said["rows"]),
        _program("plain script, with its start", figures.plain, said["rows"]),
        _step("one corrected file until it is published", figures.correction.said["all"]),
        _program("the same, with the start of the program", figures.correction),
        _step(f"all unit tables of {month['month']} and their sums", month["seconds"]),
        _step("of these, the sums", month["sums"]),
        "",
        f"The publication holds {figures.published:,} values and takes {figures.size_mb:.1f} MB. "
        "Memory is the resident memory of the process and its children together; what they share counts for each.",
        "",
        "The plain script (`benchmarks/plain`) reads the same files and computes the same values by hand, without "
        "contracts, checks, faults, receipts, sealed originals, origins of rows, assessments and publication. "
        f"Of its values {figures.different:,} differ from the published ones, in numerator, denominator or value.",
        "",
        "A month is added up in one pass over each unit table: one statement computes the sums of all indicators that "
        "count its rows.",
        *_large(figures),
        *_pages(figures),
        "",
    ]
    return "\n".join(lines)


def _verdicts(figures: Figures) -> list[Verdict]:
    return [verdict for section in _SECTIONS for verdict in section(figures)]


def _data_verdicts(figures: Figures) -> Iterator[Verdict]:
    different, peak = figures.different, figures.whole.peak_mb
    yield Verdict("values that differ from the plain script's", f"{different:,}", "0", not different)
    ratio = figures.whole.seconds / figures.plain.seconds
    yield Verdict("whole refresh / plain script", f"{ratio:.2f}", "1.5", ratio <= 1.5)
    yield Verdict("whole refresh, peak memory", f"{peak:,.0f} MB", "2,000 MB", peak < 2000)
    share = figures.correction.said["all"] / figures.whole.said["all"]
    yield Verdict("one corrected file / everything", f"{share:.1%}", "15%", share <= 0.15)


def _month_verdicts(figures: Figures) -> Iterator[Verdict]:
    statements, units = figures.month.said["statements"], figures.month.said["units"]
    what = f"statements that add up a month of all {units} unit tables"
    yield Verdict(what, f"{statements}", f"{units}", statements == units)


def _large_verdicts(figures: Figures) -> Iterator[Verdict]:
    if large := figures.large:
        for kind, reader, limit in (("workbook", "fastexcel", 1.6), ("csv", "read_csv", 2.5)):
            ratio, rows = large[kind] / large[reader], large["rows" if kind == "workbook" else "lines"]
            what = f"{kind} of {rows:,.0f} rows, from hand-in to receipt / {reader} alone"
            yield Verdict(what, f"{ratio:.2f}", f"{limit}", ratio <= limit)
        what = f"a workbook with {large['faults']:,.0f} faults in {large['rows']:,.0f} rows, marked and receipt"
        yield Verdict(what, f"{large['annotated']:.1f} s", "20 s", large["annotated"] <= 20)


def _import_verdicts(figures: Figures) -> Iterator[Verdict]:
    if figures.imports:
        over = figures.imports["pipelines.definitions"] - figures.imports["dagster"]
        yield Verdict("`import pipelines.definitions` over `import dagster`", f"{over:.2f} s", "0.5 s", over <= 0.5)


def _page_verdicts(figures: Figures) -> Iterator[Verdict]:
    if figures.pages:
        cold = max(page["cold"] for page in figures.pages.values())
        warm = max(page["warm"] for page in figures.pages.values())
        yield Verdict("slowest page, nothing cached", f"{cold * 1000:.0f} ms", "1,000 ms", cold <= 1)
        yield Verdict("slowest page, warm", f"{warm * 1000:.0f} ms", "300 ms", warm <= 0.3)


def _reader_verdicts(figures: Figures) -> Iterator[Verdict]:
    for page, times in figures.readers.items():
        who = f"{figures.sessions} readers of {page}, 95th percentile"
        yield Verdict(who, f"{times['p95'] * 1000:.0f} ms", "1,000 ms", times["p95"] <= 1)
        charts = figures.pages[page]["charts"]
        if charts >= 5:
            alone = f"rerun of {page} with {charts:.0f} charts, alone"
            yield Verdict(alone, f"{times['alone'] * 1000:.0f} ms", "50 ms", times["alone"] <= 0.05)


_SECTIONS: tuple[Callable[[Figures], Iterator[Verdict]], ...] = (
    _data_verdicts,
    _month_verdicts,
    _large_verdicts,
    _import_verdicts,
    _page_verdicts,
    _reader_verdicts,
)
"""What is judged, in the order of the report."""


def _program(name: str, run: Run, rows: float = 0) -> str:
    return _step(name, run.seconds, f"{run.cpu_seconds:.2f}", rows, f"{run.peak_mb:,.0f} MB")


def _step(name: str, seconds: float, cpu: str = "", rows: float = 0, peak: str = "") -> str:
    return f"| {name} | {seconds:.2f} | {cpu} | {f'{rows / seconds:,.0f}' if rows else ''} | {peak} |"


def _large(figures: Figures) -> list[str]:
    if not (large := figures.large):
        return []
    return [
        "",
        "## Large files at the door",
        "",
        f"Rosters of organizations with 15 columns: {large['rows']:,.0f} rows as a workbook, {large['lines']:,.0f} as "
        "csv. From hand-in to receipt: start of the reading process, hash, sealed original and all checks included.",
        "",
        "| | seconds |",
        "|---|---:|",
        f"| workbook, fastexcel alone | {large['fastexcel']:.2f} |",
        f"| workbook, to its receipt | {large['workbook']:.2f} |",
        f"| csv, polars.read_csv alone | {large['read_csv']:.2f} |",
        f"| csv, to its receipt | {large['csv']:.2f} |",
        f"| workbook with {large['faults']:,.0f} faults, to its receipt and the marked workbook "
        f"| {large['annotated']:.2f} |",
    ]


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
