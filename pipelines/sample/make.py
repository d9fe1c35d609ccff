"""Makes the sample: the files of all deliveries in folders by day of receipt, and the list of them.

    <out>/deliveries.csv                         received_at, file, remark: in order of receipt
    <out>/2025-04-03/安全生产月报（2025年3月）.xlsx

The same months, scale and seed give the same bytes. The folder is there whole, or not at all.
"""

import csv
import multiprocessing
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path

from pipelines.periods import Cadence, Period
from pipelines.sample.content import EXPORTS, content, delivery_path, known_contracts
from pipelines.sample.district import District
from pipelines.sample.handing_in import Delivery, Remark, plan

LIST = "deliveries.csv"


@dataclass(frozen=True)
class SampleFile:
    """One file of the sample and when it was handed in. Nothing more is said with it: the file speaks for itself."""

    path: Path
    received_at: datetime
    period: str | None = None
    streets: tuple[str, ...] = ()
    remark: Remark = Remark.PLAIN
    """What is to be known of it: plain, late, or in which way it is faulty."""


@dataclass(frozen=True)
class _Job:
    """All deliveries of one export and period, made by one process."""

    deliveries: tuple[Delivery, ...]
    names: tuple[str, ...]
    """Where each goes, below the folder of the sample."""


def make_sample(
    out: Path,
    *,
    months: int = 24,
    until: Period,
    scale: float = 1.0,
    seed: int = 1,
    not_after: datetime | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[SampleFile]:
    """Make the exports of so many whole months up to one, as departments and streets hand them in.

    Args:
        out: Folder to make; must be absent or empty.
        months: How many months; quarters and years wholly or partly inside come along as they would by then.
        until: The last month.
        scale: Number of organizations: 1 is the real district with about 6,000; communities are always all there.
        seed: Another seed, another district.
        not_after: No file is dated as received later than this moment.
        progress: Called with the files made so far and all files.

    Returns:
        The files in order of receipt.

    Raises:
        FileExistsError: when the folder holds something already.
    """
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty; give a new folder, or empty it first")
    district = District(seed, until.shifted(1 - months), until, scale)
    deliveries = plan(known_contracts(), district.draws, district.since, until)
    if not_after is not None:
        deliveries = [replace(d, received_at=min(d.received_at, not_after)) for d in deliveries]
    names = [delivery_path(district, delivery) for delivery in deliveries]
    aside = out.with_name(out.name + ".part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    done = 0
    for made in _run(district, _jobs(deliveries, names), aside):
        done += made
        if progress:
            progress(done, len(deliveries))
    with (aside / LIST).open("w", newline="", encoding="utf-8") as handle:
        rows = csv.writer(handle, lineterminator="\n")
        rows.writerow(["received_at", "file", "remark"])
        rows.writerows((d.received_at.isoformat(), name, d.remark) for d, name in zip(deliveries, names, strict=True))
    if out.exists():
        out.rmdir()
    aside.rename(out)
    return list(_read_list(out))


def deliveries(out: Path) -> list[SampleFile]:
    """The files of a sample made earlier, in order of receipt.

    Raises:
        FileNotFoundError: when there is no sample in the folder.
    """
    return list(_read_list(out))


def _read_list(out: Path) -> Iterator[SampleFile]:
    with (out / LIST).open(newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            received_at = datetime.fromisoformat(row["received_at"])
            yield SampleFile(out / row["file"], received_at, remark=Remark(row["remark"]))


def _jobs(deliveries: list[Delivery], names: list[str]) -> list[_Job]:
    """The deliveries by export and period, the largest exports first, so that no process is left waiting at the end."""
    both = sorted(zip(deliveries, names, strict=True), key=lambda pair: (_order(pair[0]), pair[0].received_at, pair[1]))
    jobs = []
    for _, group in groupby(both, key=lambda pair: _order(pair[0])):
        made, named = zip(*group, strict=True)
        jobs.append(_Job(made, named))
    return jobs


def _order(delivery: Delivery) -> tuple[int, str, Period]:
    contract = delivery.contract
    return (-len(contract.fields) if contract.cadence is Cadence.MONTH else 0, contract.export, delivery.period)


def _run(district: District, jobs: list[_Job], folder: Path) -> Iterable[int]:
    """Do all jobs, in two processes when it is much; says after each how many files it made."""
    if len(jobs) * district.scale < 10:
        for job in jobs:
            yield _make(district, job, folder)
        return
    arguments = (district.seed, district.since, district.until, district.scale, folder)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context, initializer=_start, initargs=arguments) as pool:
        yield from pool.map(_make_in_worker, jobs)


_worker: list[tuple[District, Path]] = []


def _start(seed: int, since: Period, until: Period, scale: float, folder: Path) -> None:
    """Make the district once in each process."""
    _worker[:] = [(District(seed, since, until, scale), folder)]


def _make_in_worker(job: _Job) -> int:
    district, folder = _worker[0]
    return _make(district, job, folder)


def _make(district: District, job: _Job, folder: Path) -> int:
    """Make the files of one export and period; returns how many."""
    first = job.deliveries[0]
    frame = EXPORTS[first.contract.export](district, first.period)
    for delivery, name in zip(job.deliveries, job.names, strict=True):
        if delivery.remark is Remark.WRONG_FIGURES:
            # The clerk took last month's table and changed the title.
            rows = EXPORTS[first.contract.export](district, first.period.shifted(-1))
        else:
            rows = frame
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content(district, delivery, rows))
    return len(job.deliveries)
