"""The one gate that every query of a person passes, of the command and of the page: one SELECT, on tables alone.

DuckDB's own parser says what the text is; the tree it gives is looked through. What is not known to only read tables
does not pass: other statements, also inside of a CTE or an EXPLAIN; functions that read files, list folders or tell
where anything is on this machine, also under their name as a view. Knows no table of ours and runs nothing.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE", "RECURSIVE_CTE_NODE"}
"""What a query may be made of; DuckDB knows COPY, INSERT, UPDATE and DELETE as nodes of a query, too."""

_TABLE_FUNCTIONS = {
    "range", "generate_series", "generate_subscripts", "unnest", "repeat", "repeat_row", "regexp_split_to_table",
    "json_each", "json_tree", "summary", "histogram", "histogram_values", "icu_calendar_names", "pg_timezone_names",
    "duckdb_columns", "duckdb_constraints", "duckdb_functions", "duckdb_keywords", "duckdb_schemas", "duckdb_tables",
    "duckdb_types", "duckdb_views", "pragma_show", "pragma_table_info", "pragma_version",
}  # fmt: skip
"""Functions that may stand in FROM. The others read files, open what a text names, or tell of this machine."""

_NO_FUNCTIONS = {"current_setting", "getvariable", "json_serialize_plan", "write_log"}
_NO_VIEWS = {"duckdb_databases", "duckdb_logs", "pg_settings", "pg_tablespace", "pragma_database_list"}

_COMMENT = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
_EXPLAIN = re.compile(rf"{_COMMENT}explain\b{_COMMENT}(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_EXECUTES = re.compile(r"analy[sz]e\b|\(", re.IGNORECASE)

_BY_TEXT = {
    "read-only mode": "forbidden",
    "has been locked": "forbidden",
    "not found in FROM clause": "unknown",
    # No function that reads a file has passed: a table that does not exist was looked for among files.
    "File system LocalFileSystem has been disabled": "unknown",
}
_BY_CAUSE: dict[type[duckdb.Error], str] = {
    duckdb.OutOfMemoryException: "memory",
    duckdb.ParserException: "syntax",
    duckdb.PermissionException: "forbidden",
    duckdb.ConversionException: "conversion",
    duckdb.CatalogException: "unknown",
}


class GateError(Exception):
    """A query that is not run."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind = kind
        """empty, several, pivot, not_select or forbidden."""
        self.detail = detail


def let_through(con: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    """The one statement of a text: a SELECT, or EXPLAIN of one, which runs nothing.

    Args:
        con: Any connection: its parser is asked, nothing is run.
        sql: From anyone.

    Raises:
        GateError: when it is anything else.
        duckdb.ParserException: when it is no SQL.
    """
    statement = _single(con, sql)
    if statement.type == duckdb.StatementType.EXPLAIN:
        found = _EXPLAIN.fullmatch(statement.query)
        if found is None or _EXECUTES.match(found["rest"]):
            raise GateError("not_select", "EXPLAIN ANALYZE")
        _look_through(con, _single(con, found["rest"]))
    else:
        _look_through(con, statement)
    return statement


def kind_of(error: duckdb.Error) -> str:
    """What kind of error a query met: memory, syntax, forbidden, conversion, unknown or other."""
    text = str(error)
    kind = next((kind for words, kind in _BY_TEXT.items() if words in text), None)
    return kind or next((kind for cause, kind in _BY_CAUSE.items() if isinstance(error, cause)), "other")


def words_of(error: duckdb.Error, database: Path) -> str:
    """DuckDB's own words, without where anything is on this machine."""
    text = str(error)
    if "LocalFileSystem" in text:
        return "Catalog Error: Table does not exist"
    for path in (str(database), str(database.parent)):
        text = text.replace(path, database.name)
    return text


def _single(con: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    statements = con.extract_statements(sql)
    if not statements:
        raise GateError("empty")
    if len(statements) > 1:
        raise GateError("several", str(len(statements)))
    return statements[0]


def _look_through(con: duckdb.DuckDBPyConnection, statement: duckdb.Statement) -> None:
    if statement.type == duckdb.StatementType.MULTI:
        raise GateError("pivot")
    if statement.type != duckdb.StatementType.SELECT:
        raise GateError("not_select", statement.type.name)
    tree = json.loads(con.execute("select json_serialize_sql($1::varchar)", [statement.query]).fetchall()[0][0])
    if tree["error"]:
        raise GateError("not_select", tree.get("error_message", ""))
    for part in _parts(tree["statements"]):
        _judge(part)


def _parts(tree: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Every object of the tree. Not by recursion: a query may be nested deeper than Python allows."""
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


def _judge(part: dict[str, Any]) -> None:
    kind = part.get("type")
    if isinstance(kind, str) and kind.endswith("_NODE") and kind not in _NODES:
        raise GateError("forbidden", kind.removesuffix("_NODE").removesuffix("_QUERY"))
    if kind == "TABLE_FUNCTION" and (name := _name(part["function"])) not in _TABLE_FUNCTIONS:
        raise GateError("forbidden", name)
    if kind == "FUNCTION" and (name := _name(part)) in _NO_FUNCTIONS:
        raise GateError("forbidden", name)
    if kind in ("BASE_TABLE", "SHOW_REF") and (name := str(part.get("table_name", "")).strip('"').lower()) in _NO_VIEWS:
        raise GateError("forbidden", name)


def _name(function: dict[str, Any]) -> str:
    return str(function.get("function_name", "")).lower()
