"""What runs by itself: every morning, and whenever files lie in the inbox.

Both start one run of `take_in`, which finds out what is pending and materializes exactly that in a run of the job
`refresh`; the same as `guben refresh`.
"""

import hashlib
from pathlib import Path

import dagster as dg

from pipelines.defs.months import ZONE
from pipelines.settings import Settings

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all(),
    description="Bring everything up to date and publish it; a range of months is one run.",
)


@dg.op(description="Take the inbox in, then build, check and publish what changed.")
def take_in_and_refresh(context: dg.OpExecutionContext) -> None:
    """What `guben refresh` does; the run of `refresh` that it makes is named in the log."""
    from pipelines.refreshing import RefusedError, refresh

    try:
        done = refresh(Settings(), instance=context.instance)
    except RefusedError as error:
        raise dg.Failure(str(error), metadata={"reasons": dg.MetadataValue.json(list(error.reasons))}) from error
    context.log.info(f"received {len(done.received)} files; publication {done.number}, new: {done.is_new}")


@dg.job(description="Take the inbox in and refresh; what the schedule and the sensor start.")
def take_in() -> None:
    """One step."""
    take_in_and_refresh()


daily = dg.ScheduleDefinition(
    name="daily",
    job=take_in,
    cron_schedule="0 6 * * *",
    execution_timezone=ZONE,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every morning at six: inbox, late corrections, retention of originals.",
)


@dg.sensor(
    job=take_in,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts a refresh when the files in the inbox are others than before.",
)
def inbox() -> dg.RunRequest | dg.SkipReason:
    """One run per state of the inbox, told by names, times and content: a corrected file of one name is a new state."""
    folder = Settings().inbox
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith((".", "~$"))]
    if not files:
        return dg.SkipReason("the inbox is empty")
    state = "\n".join(f"{path.relative_to(folder)} {path.stat().st_mtime_ns} {_hash(path)}" for path in files)
    return dg.RunRequest(run_key=hashlib.sha256(state.encode()).hexdigest())


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
