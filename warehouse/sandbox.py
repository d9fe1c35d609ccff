"""A stranger's query on a publication: one SELECT, in a process of its own, within limits of time, memory and rows.

DuckDB alone is no sandbox: its own memory limit and `interrupt` do not stop every function, and a read-only database
can still be changed through a write-ahead log beside it. So the operating system holds the limits
(`sandbox_child`), and a process that exceeds them is gone. Knows no table and no page.
"""

import contextlib
import io
import json
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from warehouse.database import UntrustedPublicationError, verify
from warehouse.sandbox_child import Answer, Request

_AT_ONCE = 2
"""Queries at work side by side; more would starve the pages."""
_GRACE = 3.0
"""Seconds between the moment a query must have ended and the moment nobody listens any more."""

_HINTS = {
    "empty": "请先写一条查询语句。",
    "several": "一次只能运行一条语句，这里有 {detail} 条。请只留一条，去掉分号后面的内容。",
    "not_select": "这里只能查询，不能执行 {detail}。请改用 SELECT 语句。",
    "pivot": "这里的 PIVOT 要写明列值，例如 PIVOT t ON kind IN ('甲', '乙') USING sum(amount)。",
    "syntax": "语法有误，请看下面标出的位置；逗号、括号和引号要用英文半角。",
    "unknown": "找不到表、列或函数，请对照数据字典里的名称。",
    "forbidden": "这里不能读写文件、访问网络或更改设置，只能查询已发布的表。",
    "conversion": "类型转换失败：有的值不是所要的类型。可改用 try_cast，它遇到这样的值得空值。",
    "dates": "结果里有公元 1 年至 9999 年之外的日期，无法显示。请用 cast(… as varchar) 转成文字，或加条件排除。",
    "time": "查询超过 {detail} 秒，已停止。请缩小范围（例如限定 period_end 或 indicator_id），或先汇总再连接。",
    "memory": "查询所需内存超过 {detail} MB，已停止。请少取几列、加上条件，或先汇总再连接。",
    "large": "结果超过 {detail} MB，没有取回。请少取几列，或截短过长的文字。",
    "busy": "同时运行的查询太多，请过几秒再试。",
    "missing": "这一期发布的数据打不开，请刷新页面后再试。",
    "other": "查询没有成功，原因见下。",
}


@dataclass(frozen=True)
class QueryResult:
    """What a query gave."""

    frame: pl.DataFrame
    """At most the rows asked for; types without a counterpart in a spreadsheet are text."""
    truncated: bool
    """Whether there were more rows."""
    seconds: float
    """From asking to having the rows."""


class QueryError(Exception):
    """A query that gave nothing; its text, in Chinese, says what to do."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(_HINTS[kind].format(detail=detail))
        self.kind = kind
        self.detail = detail if kind in {"syntax", "unknown", "forbidden", "conversion", "other"} else ""
        """DuckDB's own words, with the place in the text; empty where they would not help."""


def run_query(database: Path, sql: str, *, seconds: float, rows: int, memory_mb: int) -> QueryResult:
    """Run one SELECT on a publication.

    Args:
        database: The publication's own file, links resolved.
        sql: The query, from anyone.
        seconds: After so long its process is killed.
        rows: Rows taken at most.
        memory_mb: Memory its process may use beside what it needs to start.

    Raises:
        QueryError: for everything that can go wrong.
    """
    started = time.monotonic()
    try:
        verify(database)
    except (UntrustedPublicationError, OSError) as error:
        raise QueryError("missing") from error
    if not _slots.acquire(timeout=seconds):
        raise QueryError("busy")
    try:
        received = _ask(
            {"database": str(database), "sql": sql, "seconds": seconds, "rows": rows, "memory_mb": memory_mb}
        )
    finally:
        _slots.release()
    took = time.monotonic() - started
    head, _, body = received.partition(b"\n")
    answer: Answer = json.loads(head)
    if answer["kind"] != "rows":
        raise QueryError(answer["kind"], answer["detail"])
    frame = pl.read_ipc_stream(io.BytesIO(body))
    return QueryResult(frame.head(rows), frame.height > rows, took)


def warm_up() -> None:
    """Start what the first query would have to wait for; returns at once."""
    _nursery.start()


class _Nursery:
    """The process that children are forked from, DuckDB already imported: a fork costs 10 ms, a start 700."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def start(self) -> None:
        """Start it unless it is alive."""
        with self._lock:
            self._start()

    def connect(self) -> socket.socket:
        """A connection to a fresh child."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            try:
                socket.send_fds(self._start(), [b"."], [theirs.fileno()])
            except OSError:
                self._stop()
                socket.send_fds(self._start(), [b"."], [theirs.fileno()])
        return ours

    def _start(self) -> socket.socket:
        if self._line is not None and self._process is not None and self._process.poll() is None:
            return self._line
        self._stop()
        ours, theirs = socket.socketpair()
        # No environment: a query has no business with it. It ends by itself when this process has gone.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-I", "-m", "warehouse.sandbox_child", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"},
        )
        theirs.close()
        self._line = ours
        return ours

    def _stop(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._line = self._process = None


_nursery = _Nursery()
_slots = threading.BoundedSemaphore(_AT_ONCE)


def _ask(request: Request) -> bytes:
    """Everything a child has to say.

    Raises:
        QueryError: when it was ended before it could say anything.
    """
    asked = time.monotonic()
    heard = bytearray()
    with _nursery.connect() as connection, contextlib.suppress(ConnectionError, TimeoutError):
        connection.settimeout(request["seconds"] + _GRACE)
        connection.sendall(json.dumps(request).encode())
        connection.shutdown(socket.SHUT_WR)
        while chunk := connection.recv(1 << 20):
            heard += chunk
    if b"\n" in heard:
        return bytes(heard)
    if time.monotonic() - asked >= request["seconds"]:
        raise QueryError("time", f"{request['seconds']:g}")
    raise QueryError("memory", str(request["memory_mb"]))
