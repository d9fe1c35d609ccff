"""The benchmark: `make bench`, or `python -m benchmarks --scale 0.1 --months 6` for a small one.

Makes the sample in a temporary folder, measures the way from files to a publication against a plain script, a single
corrected file, and the pages; compares the values; writes docs/benchmarks.md. Every program runs in a process of its
own, its start included, several times; the run in the middle counts.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from benchmarks import report
from benchmarks.compare import compare
from benchmarks.correction import corrected, employment_file
from benchmarks.measure import Run, median, run
from pipelines.periods import Period
from pipelines.sample import deliveries, make_sample
from pipelines.settings import ROOT
from warehouse.publications import Publications

_UNTIL = "2026-10"
_SESSIONS, _RERUNS, _THINK = 60, 5, 5.0


def main() -> int:
    """Measure, and write it down; 1 when values differ."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="guben-bench-") as folder:
        figures = _measured(Path(folder), options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(report.written(figures), encoding="utf-8")
    for line in report.verdicts(figures):
        sys.stdout.write(line + "\n")
    return 1 if figures.different else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure Guben against a plain script.")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the sample; 1 is a real district")
    parser.add_argument("--months", type=int, default=24, help="months of the sample")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured")
    parser.add_argument("--only-data", action="store_true", help="leave imports, pages and readers out")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks.md", help="the report")
    return parser.parse_args()


def _measured(folder: Path, options: argparse.Namespace) -> report.Figures:
    load = os.getloadavg()[0]
    _say(f"making the sample: scale {options.scale:g}, {options.months} months")
    sample = folder / "sample"
    make_sample(sample, months=options.months, until=Period.parse(_UNTIL), scale=options.scale, seed=1)
    plain, whole = [], []
    for number in range(options.rounds):
        _say(f"round {number + 1} of {options.rounds}: plain script, then everything")
        plain.append(run(["-m", "benchmarks.plain", str(sample), str(folder / "values.parquet")], _environment(folder)))
        home = folder / f"home{number}"
        whole.append(run(["-m", "benchmarks.refresh", str(sample)], _environment(home)))
    current = Publications(home).current()
    assert current is not None
    published, different = compare(current.path, folder / "values.parquet")
    for row in different[:10]:
        _say(f"differs: {row}")
    correction = _corrections(folder, sample, home, options.rounds)
    _say("one month")
    month = run(["-m", "benchmarks.month"], _environment(home))
    imports = {} if options.only_data else _imports(folder, options.rounds)
    pages = {} if options.only_data else _pages(home)
    return report.Figures(
        scale=options.scale,
        months=options.months,
        load=load,
        plain=median(plain),
        whole=median(whole),
        correction=median(correction),
        month=month,
        published=published,
        different=len(different),
        size_mb=current.path.stat().st_size / 1e6,
        large={} if options.only_data else _large(folder),
        imports=imports,
        pages=pages,
        readers={} if options.only_data else _readers(home, pages),
        sessions=_SESSIONS,
        think=_THINK,
    )


def _corrections(folder: Path, sample: Path, home: Path, rounds: int) -> list[Run]:
    """The same month corrected again and again, each time by one more."""
    source = employment_file(sample)
    received = max(file.received_at for file in deliveries(sample))
    runs = []
    for number in range(rounds):
        _say(f"one corrected file, {number + 1} of {rounds}")
        target = folder / f"{number}" / source.name
        target.parent.mkdir()
        source = corrected(source, target)
        received += timedelta(days=1)
        runs.append(run(["-m", "benchmarks.refresh", "--file", str(source), received.isoformat()], _environment(home)))
    return runs


def _large(folder: Path) -> dict[str, float]:
    _say("large files")
    return run(["-m", "benchmarks.large", "100000", "1000000"], _environment(folder)).said


def _imports(folder: Path, rounds: int) -> dict[str, float]:
    """Seconds of importing a module in a fresh process, the fastest of some, taken in turns."""
    _say("imports")
    times: dict[str, list[float]] = {"dagster": [], "pipelines.definitions": []}
    for _ in range(rounds + 2):
        for name, seconds in times.items():
            seconds.append(run(["-c", f"import {name}"], _environment(folder)).seconds)
    return {name: min(seconds) for name, seconds in times.items()}


def _pages(home: Path) -> dict[str, dict[str, float]]:
    _say("pages, cold and warm")
    return run(["-m", "benchmarks.pages"], _environment(home)).said


def _readers(home: Path, pages: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """The page with the most charts, and the page that visitors arrive at, under many readers."""
    result = {}
    for page in dict.fromkeys(("overview", max(pages, key=lambda name: (pages[name]["charts"], pages[name]["warm"])))):
        _say(f"{_SESSIONS} readers of the page {page}")
        where = "" if page == "overview" else page
        arguments = ["-m", "benchmarks.sessions", str(_SESSIONS), str(_RERUNS), str(_THINK), where]
        result[page] = run(arguments, _environment(home)).said
    return result


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "GUBEN_HOME": str(home), "PYTHONPATH": str(ROOT)}


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


if __name__ == "__main__":
    sys.exit(main())
