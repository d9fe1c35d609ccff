"""Commands that serve: dashboards, dagster, up (both), demo (the sample, then both)."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from pipelines import serve
from pipelines.cli.build import rebuild
from pipelines.cli.hand_in import hand_over, made_before, make, tally
from pipelines.cli.terminal import REFUSED, tell
from pipelines.settings import Settings

DEMO_MONTHS = 24


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(dashboards)
    app.command()(dagster)
    app.command()(up)
    app.command()(demo)


def dashboards() -> None:
    """Serve the dashboards until Ctrl-C."""
    _serve((serve.dashboards,))


def dagster() -> None:
    """Serve Dagster, with schedules and sensors, until Ctrl-C."""
    _serve((serve.dagster,))


def up() -> None:
    """Serve the dashboards and Dagster until Ctrl-C."""
    _serve((serve.dashboards, serve.dagster))


def demo(
    scale: Annotated[float, typer.Option(min=0.001, help="Size; 1 is a real district.")] = 1.0,
    months: Annotated[int, typer.Option(min=1, help="How many months.")] = DEMO_MONTHS,
    prepare_only: Annotated[bool, typer.Option("--prepare-only", help="Make and publish, serve nothing.")] = False,
) -> None:
    """Make the sample, publish it, serve it."""
    settings = Settings()
    prepare(settings, months, scale)
    if not prepare_only:
        up()


def prepare(settings: Settings, months: int, scale: float) -> None:
    """Fill an empty home with the sample and publish it; each step that was done before is left out."""
    from warehouse.publications import Publications

    if Publications(settings.home).current() is not None:
        return
    tell("making two years of sample exports; this happens once")
    folder = settings.home / "sample"
    files = made_before(folder) or make(folder, months, None, scale, seed=1)
    typer.echo(tally(hand_over(settings, files)))
    rebuild(settings)


def _serve(servers: Sequence[Callable[[Settings, int], serve.Server]]) -> None:
    try:
        serve.serve(Settings(), servers, typer.echo)
    except serve.ServerError as error:
        tell(str(error))
        raise typer.Exit(REFUSED) from error
