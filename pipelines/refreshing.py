"""A refresh as a run of Dagster in this process: what `guben refresh`, the schedule and the sensor do.

Takes the inbox in, finds what is pending, and materializes exactly that with the job `refresh`, in one run of all
months touched, visible in Dagster. The steps themselves are in `modelling` and know no Dagster.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pipelines.instance import environment
from pipelines.periods import Period
from pipelines.settings import Settings

if TYPE_CHECKING:
    import dagster as dg

    from pipelines.intake.receive import Outcome
    from pipelines.modelling.build import Build, Pending

Progress = Callable[[int, int], None]


class RefusedError(RuntimeError):
    """A check did not pass; nothing was published."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("；".join(self.reasons))


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did."""

    number: int | None
    """Of the publication that readers see now; None when nothing was ever handed in."""
    is_new: bool
    received: "tuple[Outcome, ...]"
    """What became of the files of the inbox."""


def refresh(
    settings: Settings,
    period: str | None = None,
    *,
    instance: "dg.DagsterInstance | None" = None,
    progress: Progress | None = None,
) -> Refreshed:
    """Take the inbox in, build what changed, check it and publish it.

    Args:
        settings: Of the home, which the environment must name too.
        period: Build this period again even if nothing changed.
        instance: Dagster's; by default the one of the home.
        progress: Told of the steps done and of how many.

    Raises:
        RefusedError: when a check does not pass.
    """
    from pipelines.intake.inbox import take_inbox
    from pipelines.modelling.build import Build
    from pipelines.modelling.refresh import is_current, refreshing
    from warehouse.publications import Publications

    again = Period.parse(period) if period else None
    publications = Publications(settings.home)
    with refreshing(settings):
        received = tuple(take_inbox(settings))
        build = Build(settings)
        with build.kept_open():
            pending = build.prepare(again.end if again else None)
            if not build.receipts or (again is None and is_current(settings, build)):
                current = publications.current()
                return Refreshed(current.number if current else None, False, received)
            done = _Steps(len(pending.exports) + len(pending.units) + 4, progress)
            with _instance(settings, instance) as where:
                _run(where, settings, build, pending, done)
    published = publications.current()
    assert published is not None
    return Refreshed(published.number, True, received)


class _Steps:
    """Counts steps and tells of each."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total, self.progress, self.count = total, progress, 0

    def __call__(self) -> None:
        self.count += 1
        if self.progress:
            self.progress(self.count, self.total)


@contextmanager
def _instance(settings: Settings, given: "dg.DagsterInstance | None") -> "Iterator[dg.DagsterInstance]":
    if given is not None:
        yield given
        return
    os.environ.update(environment(settings))
    import dagster as dg

    with dg.DagsterInstance.get() as instance:
        yield instance


def _run(
    instance: "dg.DagsterInstance", settings: Settings, build: "Build", pending: "Pending", on_step: Callable[[], None]
) -> None:
    """Materialize what is pending and everything above it."""
    from pipelines.definitions import defs
    from pipelines.defs.home import Home, held
    from pipelines.defs.lineage import export_key, unit_key
    from pipelines.defs.months import range_tags

    home = Home(settings, build, on_step)
    job = defs().resolve_job_def("refresh")
    known = job.asset_layer.selected_asset_keys
    handed_in = {key for key in known if len(key.path) > 1}
    wanted = (known - handed_in) | set(map(export_key, pending.exports)) | set(map(unit_key, pending.units))
    with held(home):
        result = job.execute_in_process(
            instance=instance,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            tags=range_tags(pending.periods or {build.today or date.today()}),
            asset_selection=sorted(wanted),
            raise_on_error=False,
        )
    if home.offences:
        raise RefusedError(home.offences)
    if not result.success:
        errors = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
        told = [error.to_string() for error in errors if error is not None]
        raise RuntimeError("\n".join([f"run {result.run_id} failed", *told]))
