"""The command that writes the data dictionary."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.settings import Settings

NAME = "数据字典"


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("dictionary")(write)


def write(
    out: Annotated[Path, typer.Option(help="Folder to write into; made when it is not there.", file_okay=False)],
) -> None:
    """Write the data dictionary as Markdown and Excel."""
    from pipelines.contracts.schema import load_contracts
    from pipelines.dictionary import as_markdown, as_workbook, dictionary
    from pipelines.modelling.catalogue import load_catalogue

    settings = Settings()
    tables = dictionary(load_contracts(settings.contracts_dir), load_catalogue(settings.sql_dir))
    out.mkdir(parents=True, exist_ok=True)
    for path, content in (
        (out / f"{NAME}.md", as_markdown(tables).encode()),
        (out / f"{NAME}.xlsx", as_workbook(tables)),
    ):
        path.write_bytes(content)
        typer.echo(str(path))
    typer.echo("，".join(f"{table.title} {len(table.rows)}" for table in tables))
