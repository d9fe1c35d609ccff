"""Commands that build and publish, and say how things stand: refresh, status, publications."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from pipelines.cli.terminal import misuse, period_or_misuse, progress_bar, refuse, tell
from pipelines.settings import Settings
from warehouse.closings import Closings, what_counts
from warehouse.lake import Lake, Status, statuses

publications = typer.Typer(help="List publications; go back to an earlier one.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(refresh)
    app.command()(status)
    app.add_typer(publications, name="publications")


def refresh(
    period: Annotated[str | None, typer.Option(help="Build only this period again: 2010-03, 2010-Q1, 2010.")] = None,
) -> None:
    """Take in the inbox, build, check, publish."""
    rebuild(Settings(), str(period_or_misuse(period)) if period else None)


def rebuild(settings: Settings, period: str | None = None) -> None:
    """Refresh with a progress bar; ends the command when a check refuses the result."""
    from pipelines.refreshing import RefusedError
    from pipelines.refreshing import refresh as run

    _say_what_is_damaged(settings)
    try:
        with progress_bar("building the warehouse") as bar:
            done = run(settings, period, progress=bar)
    except RefusedError as error:
        tell("没有发布：检查未通过，看到的仍是原来的数据。")
        raise refuse("\n".join(f"  {reason}" for reason in error.reasons)) from error
    for outcome in done.received:
        if outcome.status == "refused":
            tell(f"退回：{outcome.receipt.file_name}：{outcome.receipt.refusal}")
    if done.number is None:
        raise refuse("还没有收到任何文件。请先交入文件（guben submit），再运行 guben refresh。")
    received = f"收件箱 {len(done.received)} 份；" if done.received else ""
    typer.echo(f"{received}第 {done.number} 版" + ("已发布" if done.is_new else "仍是最新，没有变化"))


def _say_what_is_damaged(settings: Settings) -> None:
    from warehouse.publications import Publications

    current = Publications(settings.home).current()
    trouble = current.trouble() if current else None
    if current and trouble:
        tell(f"第 {current.number} 版的文件不能用（{trouble}），将重新发布。")


def status() -> None:
    """What is published, how old it is, what waits."""
    from pipelines.intake.inbox import NOT_TAKEN, TOO_LARGE, waiting
    from warehouse.publications import Publications

    settings = Settings()
    receipts = Lake(settings.home).receipts()
    counts = Counter(statuses(receipts, what_counts(Closings(settings.home).acts())).values())
    current = Publications(settings.home).current()
    aside = [path for name in (NOT_TAKEN, TOO_LARGE) for path in (settings.inbox / name).glob("*")]
    typer.echo(f"文件夹  {settings.home}")
    if current is None:
        typer.echo("发布    还没有")
    else:
        typer.echo(f"发布    第 {current.number} 版  {current.path}")
        if trouble := current.trouble():
            typer.echo(f"        不能用：{trouble}。请运行 guben refresh 重新发布")
    typer.echo(f"文件    {len(receipts)} 份：{_counted(counts)}")
    if settings.inbox.is_dir():
        typer.echo(f"待收    {len(waiting(settings.inbox))} 份在 {settings.inbox}")
    else:
        typer.echo(f"待收    没有收件箱（{settings.inbox} 不存在；下次 guben refresh 时建立）")
    for path in aside:
        typer.echo(f"未收    {path}")


def _counted(counts: Mapping[Status, int]) -> str:
    names: dict[Status, str] = {
        "active": "有效",
        "superseded": "被取代",
        "refused": "退回",
        "waiting": "因关账暂不计入",
    }
    return "，".join(
        f"{name} {counts.get(key, 0)}" for key, name in names.items() if counts.get(key) or key != "waiting"
    )


@publications.command("list")
def list_publications() -> None:
    """List the publications that are kept, the current one marked."""
    from warehouse.publications import Publications

    known = Publications(Settings().home)
    current = known.current()
    for publication in known.all():
        mark = "*" if current is not None and publication.number == current.number else " "
        typer.echo(f"{mark} {publication.number:06d}  {_built(publication.manifest)}")


@publications.command("roll-back")
def roll_back(number: Annotated[int, typer.Argument(help="Number of the publication to go back to.")]) -> None:
    """Make an earlier publication the current one."""
    from warehouse.publications import Publications

    try:
        Publications(Settings().home).roll_back(number)
    except LookupError as error:
        raise misuse(f"there is no publication {number}; see: guben publications list") from error
    typer.echo(f"{number:06d}")


def _built(manifest: dict[str, object]) -> str:
    built = manifest.get("published_at")
    return (
        datetime.fromisoformat(built).astimezone(ZoneInfo("Asia/Shanghai")).isoformat(" ", "minutes")
        if isinstance(built, str)
        else ""
    )
