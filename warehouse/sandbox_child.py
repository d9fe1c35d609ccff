"""The processes in which strangers' queries run: a nursery that forks, and a child per query that confines itself.

Started by `sandbox` as a program, with the number of a socket over which it is handed one connection per query.
The child answers on its connection with a line of JSON, followed by the rows as an Arrow stream.
"""

import io
import json
import os
import re
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import TypedDict

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]

from warehouse import confinement
from warehouse.database import UntrustedPublicationError, open_for_reading
from warehouse.gate import GateError, kind_of, let_through, words_of

RESULT_MB = 64
"""Largest result handed over."""
_DETAIL_CHARACTERS = 1500
_NUMBERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT"}
_LINES_ADDED = 2
"""Lines that DuckDB puts before a query it wraps, and counts in the place of an error."""
_ODD_DATE = "date outside the calendar"
_KEPT = _NUMBERS | {"FLOAT", "DOUBLE", "BOOLEAN", "VARCHAR", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}


class Request(TypedDict):
    """What to ask, and the limits."""

    database: str
    sql: str
    seconds: float
    rows: int
    memory_mb: int


class Answer(TypedDict):
    """How it went: `rows`, or the kind of the error with what a message needs to say."""

    kind: str
    detail: str


class _RefusalError(Exception):
    """A query that is not run, or not handed over."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind)
        self.answer = Answer(kind=kind, detail=detail)


def serve(line: socket.socket) -> None:
    """Fork a child for every connection that comes over the line, until its other end is closed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    confinement.leave_network()
    while True:
        message, handles, _, _ = socket.recv_fds(line, 1, 1)
        if not message:
            return
        if os.fork() == 0:
            try:
                line.close()
                _answer(socket.socket(fileno=handles[0]))
            finally:
                os._exit(0)
        os.close(handles[0])


def _answer(connection: socket.socket) -> None:
    """Read one request, answer it. The process ends at the time limit, whatever it is doing."""
    with connection:
        request: Request = json.loads(_everything(connection))
        # Without a handler the kernel ends the process itself; no function of DuckDB can put it off.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, request["seconds"])
        body = b""
        try:
            body = _rows(request)
            answer = Answer(kind="rows", detail="")
        except _RefusalError as refusal:
            answer = refusal.answer
        except GateError as refusal:
            answer = Answer(kind=refusal.kind, detail=refusal.detail)
        except (MemoryError, pa.ArrowMemoryError):
            answer = Answer(kind="memory", detail=str(request["memory_mb"]))
        except duckdb.Error as error:
            answer = _explained(error, request)
        signal.setitimer(signal.ITIMER_REAL, 0)
        connection.sendall(json.dumps(answer).encode() + b"\n" + body)


def _rows(request: Request) -> bytes:
    path = Path(request["database"])
    try:
        limits: dict[str, str | int] = {"threads": 2, "memory_limit": f"{request['memory_mb'] * 4 // 5}MB"}
        connection = open_for_reading(path, limits, confinement.see_nothing)
    except (duckdb.IOException, UntrustedPublicationError) as error:
        raise _RefusalError("missing") from error
    confine(request["memory_mb"])
    relation = connection.sql(let_through(connection, request["sql"]))
    columns = ", ".join(
        f"{_shown(f'#{i}', str(kind))} as {_quoted(name)}"
        for i, (name, kind) in enumerate(zip(_distinct(relation.columns), relation.types, strict=True), start=1)
    )
    # One row more than asked for tells whether there are more.
    table = relation.project(columns).limit(request["rows"] + 1).to_arrow_table()
    if table.nbytes > RESULT_MB << 20:
        raise _RefusalError("large", str(RESULT_MB))
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def confine(memory_mb: int) -> None:
    """Give up, for this process and for good: more memory than it has now and this, writing, priority, being root."""
    in_use = int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
    confinement.limit(in_use, memory_mb)
    confinement.become_nobody()


def _explained(error: duckdb.Error, request: Request) -> Answer:
    text = words_of(error, Path(request["database"]))[:_DETAIL_CHARACTERS]
    kind = "dates" if _ODD_DATE in text else kind_of(error)
    if kind == "memory":
        return Answer(kind=kind, detail=str(request["memory_mb"]))
    if kind == "syntax":  # The only errors that are found before a query is wrapped.
        return Answer(kind=kind, detail=text)
    place = re.compile(r"(?<=^LINE )\d+", re.MULTILINE)
    return Answer(kind=kind, detail=place.sub(lambda line: str(max(1, int(line[0]) - _LINES_ADDED)), text))


def _shown(column: str, kind: str) -> str:
    """The column as it can be handed over: Polars panics at dates that no calendar has, and knows fewer types."""
    if kind.startswith(("DATE", "TIMESTAMP")) and kind in _KEPT:
        return f"if({column} is null or year({column}) between 1 and 9999, {column}, error('{_ODD_DATE}'))"
    return column if kind in _KEPT or kind.startswith("DECIMAL") else f"cast({column} as varchar)"


def _distinct(names: list[str]) -> list[str]:
    """Names made distinct, as a frame needs them: a, a_1."""
    result: list[str] = []
    for name in names:
        candidate, count = name, 0
        while candidate in result:
            count += 1
            candidate = f"{name}_{count}"
        result.append(candidate)
    return result


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _everything(connection: socket.socket) -> bytes:
    chunks = list[bytes]()
    while chunk := connection.recv(1 << 16):
        chunks.append(chunk)
    return b"".join(chunks)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
