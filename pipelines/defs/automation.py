"""What runs by itself: every morning, and whenever files lie in the inbox.

Both start one run of `take_in`, which finds out what is pending and materializes exactly that in a run of the job
`refresh`; the same as `guben refresh`.
"""

import hashlib
import time

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
    """One run per state of the inbox, told by names, sizes and times: the same file laid in again is a new state."""
    from pipelines.intake.inbox import MOMENT, waiting

    found = waiting(Settings().inbox)
    if not found:
        return dg.SkipReason("the inbox is empty")
    if any(time.time_ns() - changed < MOMENT * 1e9 for _, _, changed in found.values()):
        return dg.SkipReason("a file is still being written")
    state = "\n".join(f"{path} {look}" for path, look in sorted(found.items()))
    return dg.RunRequest(run_key=hashlib.sha256(state.encode(errors="surrogateescape")).hexdigest())
