"""The command `guben`: what a person or a program can ask for at a terminal.

- `terminal`    exit codes, progress bars, what happens when something unexpected does
- `receipts`    how a receipt reads, in Chinese and as JSON
- `hand_in`     sample, submit, submission
- `template`    template
- `build`       refresh, status, publications
- `period`      period close, reopen, status
- `assessment`  assessment lock, unlock, status
- `ask`         sql, explain
- `dictionary`  dictionary
- `serve`       dashboards, dagster, up, demo

Everything slow to import (Polars, DuckDB, Dagster, Streamlit) is imported by the command that needs it.
"""

import typer

from pipelines.cli import ask, assessment, build, dictionary, hand_in, period, serve, template
from pipelines.cli.terminal import Commands

app = typer.Typer(
    cls=Commands,
    help="Guben 固本: departmental spreadsheets in, explained indicators out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (hand_in, template, build, period, assessment, ask, dictionary, serve):
    group.register(app)
