"""The two files of a publication, written anew from queries to the build: the complete one and that of the readers.

Nothing is copied. A copy of a database still has what was deleted from it or dropped, in its free blocks and under the
earlier of its two headers, for whoever can read its bytes; a file written anew has what it was given and nothing else.
What goes in are the tables that are documented (`documented`): for the data dictionary, or for the explanations that
are made from them. `readers` says what of it readers get.

Computes no number.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.modelling.inputs import Inputs
from pipelines.modelling.readers import Described, Face, readers_face
from pipelines.modelling.tables import SUPPORT, SUPPORT_COMPLETE, TABLES, comment
from warehouse.database import log_of, transaction

Digest = Mapping[str, list[tuple[object, ...]]]
"""Of each table its number of rows, and of some what they add up to."""


class PublicationDiffersError(RuntimeError):
    """What was read back from a file just written is not what the build file has; it is not published."""


def documented(inputs: Inputs) -> frozenset[str]:
    """The tables and views, with their schema, that a publication may hold: those that are described and no other."""
    models = (model for model in inputs.models.values() if not model.header.internal)
    exports = (contract.export for contract in inputs.contracts.values() if not contract.personal)
    return frozenset(
        [
            *(f"main.{name}" for name in TABLES),
            *(_full(model.table) for model in models),
            *(f"{schema}.{export}" for export in exports for schema in ("exports", "rows")),
            *SUPPORT,
            *(f"build.{model.name}" for model in inputs.models.values() if model.table in SUPPORTING_MODELS),
        ]
    )


SUPPORTING_MODELS = frozenset(
    f"build.{name}"
    for name in (
        "area_paths", "complete_streets", "counted", "counted_communities", "followers", "period_paths", "register",
        "stock_communities", "time_paths",
    )
)  # fmt: skip
"""The internal models that explanations read."""


def write_files(con: duckdb.DuckDBPyConnection, inputs: Inputs, complete: Path, readers: Path) -> None:
    """Write both files of a publication anew, and read them back.

    Args:
        con: The build file, not inside a transaction.
        inputs: What it was built from.
        complete: File to make: all documented tables, and those that a file at the door is compared with.
        readers: File to make: the documented tables without what may not be shown to readers.

    Raises:
        PublicationDiffersError: when a file does not hold what the build file has.
    """
    # All is looked up before the first file is attached: the catalogue functions look into every file, and hold it.
    texts = _texts(con)
    whole = _everything(con, inputs, documented(inputs) | set(SUPPORT_COMPLETE), texts)
    shown = _everything(con, inputs, documented(inputs), texts)
    shown = readers_face(con, shown)
    # Each has a cursor, a transaction and a file of its own: together they take as long as the longer one.
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda job: _write(con.cursor(), *job), [(whole, complete), (shown, readers)]))


def _everything(
    con: duckdb.DuckDBPyConnection, inputs: Inputs, allowed: frozenset[str], texts: Mapping[str, Described]
) -> Face:
    tables = con.execute(
        """select schema_name || '.' || table_name, estimated_size = 0 from duckdb_tables()
        where database_name = current_database() and not internal and not temporary order by table_oid"""
    ).fetchall()
    views = con.execute(
        """select schema_name || '.' || view_name, sql from duckdb_views()
        where database_name = current_database() and not internal and not temporary"""
    ).fetchall()
    order = {_full(table): place for place, table in enumerate(inputs.models)}
    views.sort(key=lambda view: order.get(view[0], -1))
    return Face(
        {name: f"select * from {_quoted(name)}" for name, _ in tables if name in allowed},
        {name: sql for name, sql in views if name in allowed},
        texts,
        _columns(con),
        frozenset(name for name, is_empty in tables if is_empty),
    )


def _columns(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The columns of every table, as CREATE TABLE takes them."""
    return dict(
        con.execute(
            """select schema_name || '.' || table_name,
                string_agg('"' || column_name || '" ' || data_type, ', ' order by column_index)
            from duckdb_columns() where database_name = current_database() and not internal group by all"""
        ).fetchall()
    )


def _texts(con: duckdb.DuckDBPyConnection) -> dict[str, Described]:
    """The description of everything in the build file, and of what is described for publications alone."""
    ours = "database_name = current_database() and not internal"
    columns: dict[str, dict[str, str]] = {}
    for name, column, text in con.execute(
        f"""select schema_name || '.' || table_name, column_name, comment from duckdb_columns()
        where {ours} and comment is not null"""
    ).fetchall():
        columns.setdefault(name, {})[column] = text
    texts = con.execute(
        f"""select schema_name || '.' || table_name, comment from duckdb_tables() where {ours}
        union all select schema_name || '.' || view_name, comment from duckdb_views() where {ours}"""
    ).fetchall()
    return {**{name: (text or "", columns.get(name, {})) for name, text in texts}, **SUPPORT, **SUPPORT_COMPLETE}


def _write(con: duckdb.DuckDBPyConnection, face: Face, path: Path) -> None:
    """Make one file: what describes it, then the rows in one transaction."""
    shell = _shell(path.name, face.key)
    if shell is None:
        shell = _shells[path.name] = (face.key, _make_shell(con, face, path.with_suffix(".shell")))
    path.write_bytes(shell[1])
    with _attached(con, path) as target:
        with transaction(con):
            rows = {
                name: 0 if name in face.empty else _insert(con, f"{target}.{_quoted(name)}", query)
                for name, query in face.tables.items()
            }
        con.execute(f"checkpoint {target}")
        expected = _digest(con, face.tables, rows)
    con.close()
    read_back(path, expected)


def _insert(con: duckdb.DuckDBPyConnection, table: str, query: str) -> int:
    return int(con.execute(f"insert into {table} {query}").fetchall()[0][0])


_BLOCK = 1 << 16
"""A quarter of the usual: as fast, and the many small tables take less room."""

_shells: dict[str, tuple[object, bytes]] = {}
"""Of each file the last one that was made without a row, and what it was made from: describing takes long."""


def _shell(name: str, key: object) -> tuple[object, bytes] | None:
    found = _shells.get(name)
    return found if found is not None and found[0] == key else None


def _make_shell(con: duckdb.DuckDBPyConnection, face: Face, path: Path) -> bytes:
    """A file with all tables, views and comments, and not one row."""
    with _attached(con, path) as target:
        with transaction(con):
            for schema in sorted({name.partition(".")[0] for name in (*face.tables, *face.views)} - {"main"}):
                con.execute(f'create schema {target}."{schema}"')
            for name in face.tables:
                con.execute(f"create table {target}.{_quoted(name)} ({face.columns[name]})")
            con.execute(f"use {target}")
            for statement in face.views.values():
                con.execute(statement)
            for kind, names in (("table", face.tables), ("view", face.views)):
                for name in names:
                    comment(con, _quoted(name), *face.texts[name], kind)
        con.execute(f"checkpoint {target}")
    content = path.read_bytes()
    path.unlink()
    return content


@contextmanager
def _attached(con: duckdb.DuckDBPyConnection, path: Path) -> Iterator[str]:
    """A database beside the build file, under a name of its own; the build file is the one in use again afterwards."""
    source = f'"{con.execute("select current_database()").fetchall()[0][0]}"'
    target = f"face_{path.stem}_{path.suffix.removeprefix('.')}"
    # ATTACH takes no bound parameter.
    con.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as {target} (block_size {_BLOCK})")
    try:
        yield target
    finally:
        con.execute(f"use {source}")
        con.execute(f"detach {target}")


def read_back(path: Path, expected: Digest) -> None:
    """Compare what a file just written holds with what it should hold.

    Raises:
        PublicationDiffersError: when they differ, or when there is a write-ahead log beside it.
    """
    if log_of(path).exists():
        raise PublicationDiffersError(f"{path.name} was not checkpointed: there is a write-ahead log beside it")
    with duckdb.connect(path, read_only=True) as con:
        tables = {name: f"select * from {_quoted(name)}" for name in expected}
        counts = (f"select '{name}', count(*) from {_quoted(name)}" for name in tables)
        counted = dict(con.execute(" union all ".join(counts)).fetchall())
        found = _digest(con, tables, counted)
    differing = [name for name in expected if found[name] != expected[name]]
    if differing:
        told = "; ".join(f"{n}: {found[n][:3]} instead of {expected[n][:3]}" for n in differing[:3])
        raise PublicationDiffersError(f"{path.name} does not hold what was built: {told}")


_SUMS = {
    "main.publication": "from ({query})",
    "main.submissions": "select export, period_end, status, count(*), sum(rows_accepted) from ({query}) group by all",
    "build.sums": "select unit, period_end, count(*), sum(amount) from ({query}) group by all",
}
"""What is compared beside the number of rows: number and receipts, the sums by export and period."""


def _digest(con: duckdb.DuckDBPyConnection, tables: Mapping[str, str], rows: Mapping[str, int]) -> Digest:
    return {
        name: [
            (rows[name],),
            *(con.execute(f"{_SUMS[name].format(query=query)} order by all").fetchall() if name in _SUMS else ()),
        ]
        for name, query in tables.items()
    }


def _full(table: str) -> str:
    return table if "." in table else f"main.{table}"


def _quoted(name: str) -> str:
    schema, _, table = name.partition(".")
    return f'"{schema}"."{table}"'
