"""Commands that bring files in, explain them and give originals back: sample, submit, submission."""

import json
import re
import sys
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from pipelines.cli.receipts import STATUS, doubts_of, receipt_text
from pipelines.cli.terminal import REFUSED, WRONG_USE, misuse, period_or_misuse, progress_bar, refuse, tell
from pipelines.contracts.schema import load_contracts
from pipelines.periods import Cadence, Period
from pipelines.settings import Settings
from warehouse.closings import Closings, what_counts
from warehouse.lake import Lake, period_label, statuses, write_durably
from warehouse.notes import NoteError, Notes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipelines.intake.receive import Handover, Outcome

_TRIES = 4
"""How often a password is asked for, and tried."""
SHANGHAI = ZoneInfo("Asia/Shanghai")

Files = Annotated[list[Path], typer.Argument(metavar="FILE…")]
submission = typer.Typer(help="List what was handed in, note, open what is sealed.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(sample)
    app.command()(submit)
    app.add_typer(submission, name="submission")


def sample(
    out: Annotated[Path, typer.Option(help="Folder to write the files into.")] = Path("sample"),
    months: Annotated[int, typer.Option(min=1, help="How many months.")] = 24,
    until: Annotated[str | None, typer.Option(help="Last month, as 2010-03; default: the last complete one.")] = None,
    scale: Annotated[float, typer.Option(min=0.001, help="Size; 1 is a real district.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
    submit: Annotated[bool, typer.Option("--submit", help="Hand the files in with their dates of receipt.")] = False,
) -> None:
    """Make sample exports as departments would send them."""
    written = make(out, months, until, scale, seed)
    typer.echo(f"{len(written)} files in {out}")
    if submit:
        typer.echo(tally(hand_over(Settings(), written)))


def make(out: Path, months: int, until: str | None, scale: float, seed: int) -> "list[Handover]":
    """Write sample files, with a progress bar; returns them with their dates of receipt."""
    from pipelines.intake.receive import Handover
    from pipelines.sample import make_sample

    today = datetime.now(SHANGHAI).date()
    last = Period.containing(today, Cadence.MONTH).shifted(-1)
    if until is not None:
        last = period_or_misuse(until, "--until")
        if last.cadence is not Cadence.MONTH:
            raise typer.BadParameter("a month is wanted, as 2010-03", param_hint="--until")
    with progress_bar("making sample exports") as bar:
        # In the first days of a month the last month's files are not all in yet; none may come from the future.
        now = datetime.now(SHANGHAI)
        try:
            files = make_sample(out, months=months, until=last, scale=scale, seed=seed, not_after=now, progress=bar)
        except FileExistsError as error:
            raise misuse(str(error)) from error
    return [Handover(file.path, file.received_at) for file in files]


def made_before(out: Path) -> "list[Handover]":
    """The files of a sample made earlier, none when there is none."""
    from pipelines.intake.receive import Handover
    from pipelines.sample import deliveries

    try:
        return [Handover(file.path, file.received_at) for file in deliveries(out)]
    except FileNotFoundError:
        return []


def hand_over(settings: Settings, handovers: "Sequence[Handover]", *, trial: bool = False) -> "list[Outcome]":
    """Receive files, or say what would become of them, with a progress bar."""
    from pipelines.intake.receive import receive

    with progress_bar("judging files" if trial else "taking files in") as bar:
        try:
            return receive(settings, handovers, trial=trial, progress=bar)
        except ValueError as error:
            raise misuse(str(error)) from error


def tally(outcomes: "Sequence[Outcome]") -> str:
    """How many files ended how, in one line."""
    counts = {status: sum(o.status == status for o in outcomes) for status in STATUS}
    waiting = f"，因关账暂不计入 {counts['waiting']}" if counts["waiting"] else ""
    return (
        f"收到 {len(outcomes)} 份：接收 {counts['active']}，被取代 {counts['superseded']}，"
        f"退回 {counts['refused']}{waiting}"
    )


def submit(
    files: Files,
    period: Annotated[str | None, typer.Option(help="The period of the files: 2010-03, 2010-Q1 or 2010.")] = None,
    street: Annotated[
        list[str] | None, typer.Option(help="The street they speak for; repeat or join by commas.")
    ] = None,
    received_at: Annotated[str | None, typer.Option(help="When they were received: 2010-04-06 or with a time.")] = None,
    by: Annotated[str | None, typer.Option(help="The office that hands them in; stays on the receipt.")] = None,
    password_file: Annotated[
        Path | None,
        typer.Option(help="File with the password of locked workbooks; without it a terminal asks."),
    ] = None,
    trial: Annotated[
        bool, typer.Option("--trial", help="Only say what would become of them; nothing is handed in.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print receipts as JSON.")] = False,
) -> None:
    """Hand files in and print their receipts."""
    from pipelines.intake.receive import Handover, plain_name, unreadable
    from pipelines.modelling.plausibility import implausible

    settings = Settings()
    said = str(period_or_misuse(period)) if period else None
    moment = _moment(received_at)
    streets = tuple(name for part in street or () for name in re.split(r"[,，、\s]+", part) if name)
    problems = {path: problem for path in files if (problem := unreadable(path))}
    for path, problem in problems.items():
        tell(f"未收：{plain_name(str(path))}：{problem}")
    handovers = [Handover(path, moment, said, streets, by, "command") for path in files if path not in problems]
    handovers = [with_password(settings, one, password_file) for one in handovers]
    outcomes = hand_over(settings, handovers, trial=trial) if handovers else []
    # What is only tried leaves no rows to be compared with the past.
    doubts = [] if trial else implausible(settings, [o.receipt for o in outcomes])
    if as_json:
        told = [{**o.to_public(), "doubts": [asdict(d) for d in doubts_of(o, doubts)]} for o in outcomes]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1, default=str))
    elif outcomes:
        contracts = load_contracts(settings.contracts_dir)
        typer.echo("\n\n".join(receipt_text(o, contracts, doubts_of(o, doubts)) for o in outcomes))
    refused = [o.receipt for o in outcomes if o.status == "refused"]
    for receipt in refused:
        tell(f"退回：{receipt.file_name}：{receipt.refusal}")
    if problems:
        raise typer.Exit(WRONG_USE)
    if refused:
        raise typer.Exit(REFUSED)


def with_password(settings: Settings, handover: "Handover", password_file: Path | None) -> "Handover":
    """The file with its password where it is locked: as the file says, else as is answered at the terminal."""
    from pipelines.intake.receive import is_compound, receive

    if not is_compound(handover.path):
        return handover
    if password_file is not None:
        return replace(handover, password=password_file.read_text(encoding="utf-8").strip("\r\n"))
    for _ in range(_TRIES):
        told = receive(settings, [handover], trial=True)[0].receipt.refusal or ""
        if "打开密码" not in told or not sys.stdin.isatty():
            break
        tell(f"{handover.file_name}：{told}")
        said = typer.prompt(
            "打开密码（不显示，直接回车则放弃）", default="", hide_input=True, show_default=False, err=True
        )
        if not said:
            break
        handover = replace(handover, password=said)
    return handover


@submission.command("original")
def original(
    submission_id: Annotated[str, typer.Argument(metavar="ID", help="The number on the receipt.")],
    out: Annotated[Path, typer.Option(help="File to write the original to.")],
) -> None:
    """Open a sealed original and write it to a file."""
    from pipelines.intake.sealing import open_original, true_name

    _write_out(out, lambda: open_original(Settings(), submission_id))
    typer.echo(f"原文件名：{true_name(Settings(), submission_id)}")


@submission.command("annotated")
def annotated(
    submission_id: Annotated[str, typer.Argument(metavar="ID", help="The number on the receipt.")],
    out: Annotated[Path, typer.Option(help="File to write the workbook to: an .xlsx.")],
) -> None:
    """Open the workbook with marked faults and write it to a file."""
    from pipelines.intake.sealing import annotated_workbook

    _write_out(out, lambda: annotated_workbook(Settings(), submission_id))


def _write_out(out: Path, opened: "Callable[[], bytes]") -> None:
    """Write what is sealed to a new file that only its owner reads."""
    if out.exists():
        raise misuse(f"{out} is there already; name a new file")
    try:
        content = opened()
    except LookupError as error:
        raise misuse(str(error)) from error
    except ValueError as error:
        raise refuse(str(error)) from error
    write_durably(out, content, mode=0o600)
    typer.echo(f"{out}  {len(content)} bytes")


@submission.command("note")
def note(
    submission_id: Annotated[str, typer.Argument(metavar="ID", help="The number on the receipt.")],
    text: Annotated[str, typer.Argument(help="Why the figures are right all the same, or what was done.")],
    rule: Annotated[
        str | None,
        typer.Option(help="The kind of doubt: jump, resized, repeated, beyond, cumulative, orphans, closed."),
    ] = None,
) -> None:
    """Answer what is doubtful in a submission; the note is kept beside it and published."""
    try:
        added = Notes(Settings().home).add(submission_id.zfill(6), text, datetime.now(SHANGHAI), rule)
    except NoteError as error:
        raise refuse(str(error)) from error
    typer.echo(f"回执 {added.submission_id} 的第 {added.number} 条说明已记下，下次刷新后公布。")


@submission.command("list")
def list_submissions(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List everything handed in, in order of arrival."""
    home = Settings().home
    receipts = Lake(home).receipts()
    status = statuses(receipts, what_counts(Closings(home).acts()))
    rows = [
        {
            "submission_id": r.submission_id,
            "status": status[r.submission_id],
            "export": r.export,
            "period": period_label(r) if r.period_end else None,
            "submitter": r.submitter,
            "received_at": r.received_at.isoformat(),
            "file_name": r.file_name,
            "handed_in_by": r.handed_in_by,
            "channel": r.channel,
        }
        for r in receipts
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        typer.echo("  ".join(str(value or "-") for value in row.values()))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"not a time: {text!r}; expected 2010-04-06 or 2010-04-06T10:30"
        raise typer.BadParameter(message, param_hint="--received-at") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
