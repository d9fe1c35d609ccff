"""Commands that ask the current publication: sql, explain. They read it and change nothing."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from pipelines.cli import tables
from pipelines.cli.terminal import WRONG_USE, misuse, refuse, tell
from pipelines.periods import Period
from pipelines.settings import Settings

if TYPE_CHECKING:
    import duckdb

BATCH = 10_000


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(sql)
    app.command()(explain)


@contextmanager
def current_publication() -> "Iterator[duckdb.DuckDBPyConnection]":
    """The current publication, opened for reading; ends the command when there is none."""
    from warehouse.database import open_for_reading
    from warehouse.publications import Publications

    publication = Publications(Settings().home).current()
    if publication is None:
        raise refuse("还没有发布任何数据。请先交入文件（guben submit），再运行 guben refresh。")
    connection = open_for_reading(publication.path)
    try:
        yield connection
    finally:
        connection.close()


def sql(
    query: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT statement.")],
    output: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = Format.TABLE,
) -> None:
    """Ask the current publication in SQL."""
    import duckdb

    with current_publication() as connection:
        try:
            statements = connection.extract_statements(query)
            if len(statements) != 1:
                raise misuse(f"one statement at a time; this is {len(statements)}")
            if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
                raise misuse(f"only SELECT is possible here; this is {statements[0].type.name}")
            result = connection.execute(statements[0])
            columns = [column[0] for column in result.description or ()]
            write = {Format.TABLE: tables.as_table, Format.CSV: tables.as_csv, Format.JSON: tables.as_json}[output]
            for line in write(columns, _rows(result)):
                typer.echo(line)
        except duckdb.Error as error:
            tell(str(error))
            raise typer.Exit(WRONG_USE) from error


def _rows(result: "duckdb.DuckDBPyConnection") -> Iterator[Sequence[Any]]:
    while batch := result.fetchmany(BATCH):
        yield from batch


def explain(
    indicator: Annotated[str, typer.Argument(metavar="INDICATOR", help="The indicator's id.")],
    area: Annotated[str, typer.Option(help="Code of a community, a street or the district.")],
    period: Annotated[str, typer.Option(help="2010-03, 2010-Q1 or 2010.")],
    on_map: Annotated[Literal["then", "now"], typer.Option("--map", help="Which map of the streets.")] = "then",
    limit: Annotated[int, typer.Option(min=0, help="How many of the rows behind it; 0: all.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """A number, its definition, the rows behind it."""
    from warehouse.explain import explain as explanation_of

    try:
        wanted = Period.parse(period)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--period") from error
    with current_publication() as connection:
        try:
            found = explanation_of(
                connection, indicator, area, (wanted.cadence.value, wanted.end), map=on_map, limit=limit or None
            )
        except LookupError as error:
            raise misuse(str(error.args[0] if error.args else error)) from error
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1, default=str) if as_json else str(found))
