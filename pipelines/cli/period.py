"""Commands that close and reopen a period: period close, reopen, status."""

import os
import pwd
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from pipelines.cli.terminal import period_or_misuse, refuse
from pipelines.periods import Cadence, Period
from pipelines.settings import Settings

if TYPE_CHECKING:
    from warehouse.closings import Act

period = typer.Typer(help="Close a period, reopen it, say what is closed and what waits.", no_args_is_help=True)

Label = Annotated[str, typer.Argument(metavar="PERIOD", help="2025-10, 2025-Q3 or 2025: exports of that cadence only.")]
By = Annotated[str | None, typer.Option(help="Who does it; default: the name of this login. Stays on record.")]

_ACTIONS = {"close": "关账", "reopen": "重新开账"}
_ZONE = ZoneInfo("Asia/Shanghai")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(period, name="period")


@period.command("close")
def close(
    label: Label,
    reason: Annotated[str, typer.Option(help="Why; stays on record.")] = "",
    by: By = None,
) -> None:
    """Freeze a period: what comes in for it later is kept, and counts only after it was reopened."""
    from warehouse.closings import ClosingError, Closings

    which = period_or_misuse(label, "PERIOD")
    try:
        act = Closings(Settings().home).close(
            which.cadence.value, which.end, by=by or _login(), at=datetime.now(_ZONE), reason=reason
        )
    except ClosingError as error:
        raise refuse(str(error)) from error
    typer.echo(
        f"{which.chinese}已关账（第 {act.number} 次记录），管{_WHAT[which.cadence]}。"
        "此后收到的本期文件收存而不计入；运行 guben refresh 后，页面会并列它们会带来的变化。"
    )


@period.command("reopen")
def reopen(
    label: Label,
    reason: Annotated[str, typer.Option(help="Why; stays on record.")],
    by: By = None,
) -> None:
    """Let everything that came in for a period count from the next refresh on; the closing stays on record."""
    from warehouse.closings import ClosingError, Closings

    which = period_or_misuse(label, "PERIOD")
    try:
        act = Closings(Settings().home).reopen(
            which.cadence.value, which.end, by=by or _login(), at=datetime.now(_ZONE), reason=reason
        )
    except ClosingError as error:
        raise refuse(str(error)) from error
    typer.echo(f"{which.chinese}已重新开账（第 {act.number} 次记录）。运行 guben refresh 后，收存的文件计入各项指标。")


@period.command("status")
def status() -> None:
    """Say which periods are closed, which files wait, and every act on record."""
    from warehouse.closings import Closings, closed_periods, what_counts
    from warehouse.lake import Lake, statuses

    settings = Settings()
    receipts = Lake(settings.home).receipts()
    acts = Closings(settings.home).acts()
    if not acts:
        typer.echo("没有关过账。")
        return
    closed = closed_periods(acts)
    waiting = {number for number, state in statuses(receipts, what_counts(acts)).items() if state == "waiting"}
    for key in sorted({(act.period_type, act.period_end) for act in acts}, key=lambda key: key[::-1], reverse=True):
        late = [r for r in receipts if r.submission_id in waiting and (r.period_type, r.period_end) == key]
        kept = f"，{len(late)} 份文件收存而未计入" if late else ""
        typer.echo(f"{_period(*key)}  {'已关账' if key in closed else '未关账'}{kept}")
        for act in acts:
            if (act.period_type, act.period_end) == key:
                typer.echo(f"  {_line(act)}")
        for receipt in late:
            typer.echo(f"  待计入  {receipt.submission_id}  {receipt.export}  {receipt.submitter}  {receipt.file_name}")


_WHAT = {Cadence.MONTH: "这个月的月报", Cadence.QUARTER: "这个季度的季报", Cadence.YEAR: "这一年的年报"}


def _line(act: "Act") -> str:
    at = act.at.astimezone(_ZONE).isoformat(" ", "minutes")
    return f"{act.number}  {_ACTIONS[act.action]}  {at}  {act.by}  {act.reason or '（未说明原因）'}"


def _period(period_type: str, end: date) -> str:
    return Period(end, Cadence(period_type)).chinese


def _login() -> str:
    """The name of the user this process runs as, else its number."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
