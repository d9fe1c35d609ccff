"""Commands that lock and unlock a year of the assessments: assessment lock, unlock, status."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from pipelines.cli.terminal import refuse
from pipelines.settings import Settings

assessment = typer.Typer(help="Lock a year of the assessments, unlock it, say what is locked.", no_args_is_help=True)

Year = Annotated[int, typer.Argument(help="Year of the assessment: 2025.", min=1900, max=9999)]
Reason = Annotated[str, typer.Option(help="Why; stays on record.")]

NOTHING_PUBLISHED = "还没有发布过考核结果。请先运行 guben refresh。"
_ACTIONS = {"lock": "锁定", "unlock": "解锁"}
_ZONE = ZoneInfo("Asia/Shanghai")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(assessment, name="assessment")


@assessment.command("lock")
def lock(year: Year, reason: Reason) -> None:
    """Freeze the schemes, inputs and scores of a year as they are published."""
    import duckdb

    from warehouse.database import build_lock, open_for_reading
    from warehouse.locks import LockError, Locks
    from warehouse.publications import Publications

    settings = Settings()
    with build_lock(settings.home / "warehouse" / "refresh"):
        current = Publications(settings.home).current()
        if current is None:
            raise refuse(NOTHING_PUBLISHED)
        try:
            with open_for_reading(current.path) as con:
                record = Locks(settings.home).add_lock(year, reason, datetime.now(_ZONE), (current.number, con))
        except duckdb.CatalogException as error:  # published by an earlier version
            raise refuse(NOTHING_PUBLISHED) from error
        except LockError as error:
            raise refuse(str(error)) from error
    typer.echo(
        f"{year}年度已按第 {current.number} 版锁定（该年度第 {record.number} 次记录）。"
        "此后的更正不再改变得分；运行 guben refresh 后，页面会并列更正会带来的变化。"
    )


@assessment.command("unlock")
def unlock(year: Year, reason: Reason) -> None:
    """Let corrections count again from the next refresh on; the lock stays on record."""
    from warehouse.database import build_lock
    from warehouse.locks import LockError, Locks
    from warehouse.publications import Publications

    settings = Settings()
    with build_lock(settings.home / "warehouse" / "refresh"):
        current = Publications(settings.home).current()
        try:
            number = current.number if current else 0
            record = Locks(settings.home).add_unlock(year, reason, datetime.now(_ZONE), number)
        except LockError as error:
            raise refuse(str(error)) from error
    typer.echo(f"{year}年度已解锁（该年度第 {record.number} 次记录）。运行 guben refresh 后按现有数据重新计分。")


@assessment.command("status")
def status() -> None:
    """Say which years are locked, and every act on record."""
    from warehouse.locks import Locks, locked

    records = Locks(Settings().home).records()
    if not records:
        typer.echo("没有锁定过任何年度。")
        return
    held = locked(records)
    for year in sorted({record.year for record in records}, reverse=True):
        typer.echo(f"{year}年度  {'已锁定' if year in held else '未锁定'}")
        for record in records:
            if record.year == year:
                at = record.at.astimezone(_ZONE).isoformat(" ", "minutes")
                typer.echo(
                    f"  {record.number}  {_ACTIONS[record.action]}  {at}  第 {record.publication} 版  {record.reason}"
                )
