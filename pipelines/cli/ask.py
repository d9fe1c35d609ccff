"""Commands that ask the current publication: sql, explain. They read it and change nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli import tables
from pipelines.cli.terminal import WRONG_USE, misuse, period_or_misuse, refuse, tell
from pipelines.periods import Period
from pipelines.settings import Settings

if TYPE_CHECKING:
    from decimal import Decimal

    import duckdb

    from warehouse.explain import Explanation

BATCH = 10_000


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class OnMap(StrEnum):
    """The streets as they were in the period, or as they are now."""

    THEN = "then"
    NOW = "now"


DAMAGED = "请运行 guben refresh 重新发布，或用 guben publications roll-back 退回前一版"
SMALL = "<5"
"""What stands where a count is too small to be shown."""
STATUS = {
    "ok": "",
    "in_progress": "（期间未完）",
    "nothing_to_count": "（没有可计的对象）",
    "not_handed_in": "（未报送）",
    "small": "（社区一级不足5人，或可据以推算，不展示）",
}


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(sql)
    app.command()(explain)


@contextmanager
def current_publication(*, complete: bool = True) -> "Iterator[tuple[duckdb.DuckDBPyConnection, Path]]":
    """The current publication or its file for readers, opened for reading; ends the command when there is none."""
    from warehouse.database import UntrustedPublicationError, open_for_reading
    from warehouse.publications import NothingPublishedError, Publications

    publications = Publications(Settings().home)
    try:
        connection, path = publications.open_current(open_for_reading, complete=complete)
    except NothingPublishedError as error:
        raise refuse("还没有发布任何数据。请先交入文件（guben submit），再运行 guben refresh。") from error
    except UntrustedPublicationError as error:
        raise refuse(f"发布的文件不能用：{error}。{DAMAGED}") from error
    try:
        yield connection, path
    finally:
        connection.close()


def sql(
    query: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT statement.")],
    output: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = Format.TABLE,
) -> None:
    """Ask the current publication in SQL."""
    import duckdb

    from warehouse.gate import GateError, let_through, words_of

    with current_publication() as (connection, path):
        try:
            result = connection.execute(let_through(connection, query))
            columns = [column[0] for column in result.description or ()]
            write = {Format.TABLE: tables.as_table, Format.CSV: tables.as_csv, Format.JSON: tables.as_json}[output]
            for line in write(columns, _rows(result)):
                typer.echo(line)
        except GateError as error:
            raise misuse(_NOT_LET_THROUGH[error.kind].format(error.detail)) from error
        except duckdb.Error as error:
            tell(words_of(error, path))
            raise typer.Exit(WRONG_USE) from error


_NOT_LET_THROUGH = {
    "empty": "there is no statement",
    "several": "one statement at a time; this is {}",
    "not_select": "only SELECT is possible here; this is {}",
    "pivot": "PIVOT needs its values here: PIVOT t ON kind IN ('a', 'b') USING sum(amount)",
    "forbidden": "only the published tables can be asked; {} would read, write or tell of something else",
}


def _rows(result: "duckdb.DuckDBPyConnection") -> Iterator[Sequence[Any]]:
    while batch := result.fetchmany(BATCH):
        yield from batch


def explain(
    indicator: Annotated[str, typer.Argument(metavar="INDICATOR", help="The indicator's id.")],
    area: Annotated[str, typer.Option(help="Code of a community, a street or the district.")],
    period: Annotated[str, typer.Option(help="2010-03, 2010-Q1 or 2010.")],
    on_map: Annotated[OnMap, typer.Option("--map", help="Which map of the streets.")] = OnMap.THEN,
    limit: Annotated[int, typer.Option(min=0, help="How many of the rows behind it; 0: all.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """A number, its definition, the rows behind it."""
    from warehouse.explain import explain as explanation_of

    wanted = period_or_misuse(period)
    with current_publication(complete=False) as (connection, _):
        try:
            found = explanation_of(
                connection, indicator, area, (wanted.cadence.value, wanted.end), map=on_map, limit=limit or None
            )
        except LookupError as error:
            raise misuse(str(error)) from error
        if as_json:
            fields = {name: value for name, value in vars(found).items() if name != "rows"}
            typer.echo(tables.literal({**fields, "rows": found.rows.to_dicts()}))
        else:
            typer.echo("\n".join(_explained(found, wanted)))


def _explained(found: "Explanation", period: Period) -> Iterator[str]:
    """The lines of an explanation, in Chinese."""
    on_map = {"then": "当时区划", "now": "现行区划"}[found.map]
    yield f"{found.name}（{found.indicator_id}）  {found.area_name} {found.area_code}  {period.chinese}  {on_map}"
    value = SMALL if found.status == "small" else _shown(found.value, found.unit)
    yield f"  值    {value}{STATUS[found.status]}"
    if found.target is not None:
        yield f"  目标  {_shown(found.target, found.unit)}"
    yield f"  分子  {_sum(found.numerator, found.status)}  {found.numerator_text}"
    if found.denominator_text is not None:
        yield f"  分母  {_sum(found.denominator, found.status)}  {found.denominator_text}"
    yield f"  定义  {found.description}"
    yield f"  条款  第 {found.clause} 条 {found.clause_title}：{found.clause_text}"
    yield f"  报送  应报 {found.expected}，已报 {found.reported}"
    yield f"  依据  共 {found.total_rows} 行，列出 {found.rows.height} 行"
    if found.rows.height:
        yield from tables.as_table(found.rows.columns, map(_told, found.rows.iter_rows(named=True)))


def _told(row: dict[str, Any]) -> Sequence[Any]:
    """A row behind a number; a community whose sums are not there is one whose sums may not be shown."""
    sums = {"numerator", "denominator"} & row.keys()
    if row["row"] is None and all(row[name] is None for name in sums):
        row |= dict.fromkeys(sums, SMALL)
    return list(row.values())


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "—"
    return f"{value:.2%}" if unit == "比例" else f"{value:,.10g} {unit}"


def _sum(value: "Decimal | None", status: str) -> str:
    if status == "small":
        return SMALL
    return "—" if value is None else f"{value.normalize():,f}"
