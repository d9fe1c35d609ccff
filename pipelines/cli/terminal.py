"""What all commands share: exit codes, progress bars, periods, and the last resort for the unexpected.

Exit codes: 0 done, 1 refused by the data (the reasons on stderr), 2 wrong use, 70 something unexpected (logged).
"""

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import typer
from typer.core import TyperGroup

from pipelines.periods import Period
from pipelines.settings import Settings

REFUSED = 1
WRONG_USE = 2
UNEXPECTED = 70

Progress = Callable[[int, int], None]
"""How far a long step is: done, total."""


class Commands(TyperGroup):
    """The commands; an unexpected exception becomes one line and a log file, never a bare traceback."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - Typer's own signature
        """Run the command; see the class."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if isinstance(error, typer.Abort | BrokenPipeError) or hasattr(error, "exit_code"):
                raise
            name = ctx.invoked_subcommand or "guben"
            tell(f"guben {name}: {type(error).__name__}: {_first_line(error)}\nDetails: {_logged(name)}")
            raise typer.Exit(UNEXPECTED) from error


def tell(message: str) -> None:
    """Say something on stderr."""
    typer.echo(message, err=True)


def refuse(message: str) -> typer.Exit:
    """Say why the data do not allow it; raise what this returns."""
    tell(message)
    return typer.Exit(REFUSED)


def misuse(message: str) -> typer.Exit:
    """Say what is wrong with the command; raise what this returns."""
    tell(message)
    return typer.Exit(WRONG_USE)


def period_or_misuse(text: str, option: str = "--period") -> Period:
    """A period as it is written in Guben, or an end of the command that says how to write it."""
    try:
        return Period.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """A bar on stderr while something long runs; nothing at all when stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or "no message").splitlines()[0]


def _logged(name: str) -> str:
    """Write the traceback into the home's logs; returns where."""
    folder = Settings().home / "logs"
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{name}.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(traceback.format_exc(), encoding="utf-8")
    except OSError as error:
        return f"could not be written to {path}: {error}"
    return str(path)
