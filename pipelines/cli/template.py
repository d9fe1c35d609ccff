"""The command that makes blank workbooks: template."""

from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from pipelines.cli.terminal import misuse, period_or_misuse
from pipelines.contracts.schema import load_contracts
from pipelines.settings import Settings


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(template)


def template(
    export: Annotated[str, typer.Argument(metavar="EXPORT", help="Name of the export, as employment.")],
    out: Annotated[Path | None, typer.Option(help="File to write; default: named for the export and period.")] = None,
    period: Annotated[str | None, typer.Option(help="Period the name suggests; default: the one due next.")] = None,
) -> None:
    """Write the blank workbook of an export."""
    from pipelines.intake.template import areas_in_use, template_name, usual_period
    from pipelines.intake.template import template as made
    from warehouse.lake import write_durably

    settings = Settings()
    contracts = load_contracts(settings.contracts_dir)
    contract = contracts.get(export)
    if contract is None:
        raise misuse(f"no such export: {export}; known are {', '.join(contracts)}")
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    of_period = period_or_misuse(period) if period else usual_period(contract, today)
    if of_period.cadence is not contract.cadence:
        raise misuse(f"{export} is handed in by {contract.cadence.value}, and {of_period} is none")
    path = out or Path(template_name(contract, of_period))
    if path.exists():
        raise misuse(f"{path} is there already; name a new file")
    write_durably(path, made(contract, contracts, areas_in_use(settings, of_period.end), of_period))
    typer.echo(str(path))
