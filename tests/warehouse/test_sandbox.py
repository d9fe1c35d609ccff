"""What a stranger's query can do to us: answer, or be refused. Nothing else."""

import hashlib
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.settings import ROOT
from warehouse.sandbox import QueryError, QueryResult, run_query


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of one table of 1,000 rows, as readers find it: read-only, in a read-only folder."""
    path = tmp_path_factory.mktemp("publication") / "guben.duckdb"
    with duckdb.connect(path) as con:
        con.execute("create table t as select i, i % 3 as kind, '甲' || i as name from range(1000) r(i)")
    path.chmod(0o444)
    path.parent.chmod(0o555)
    return path


def ask(database: Path, sql: str, *, seconds: float = 5, rows: int = 100, memory_mb: int = 512) -> QueryResult:
    return run_query(database, sql, seconds=seconds, rows=rows, memory_mb=memory_mb)


def refused(database: Path, sql: str, **limits: float) -> QueryError:
    with pytest.raises(QueryError) as caught:
        ask(database, sql, **limits)  # type: ignore[arg-type]
    return caught.value


def state(database: Path) -> dict[str, str]:
    """Every file in the folder with its hash."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in database.parent.iterdir()}


def test_a_query_gives_its_rows_in_its_order(published: Path) -> None:
    result = ask(published, "select name, i * 2 as twice from t where i < 3 order by i desc")
    assert result.frame.to_dict(as_series=False) == {"name": ["甲2", "甲1", "甲0"], "twice": [4, 2, 0]}
    assert not result.truncated


def test_rows_beyond_the_limit_are_cut_and_it_says_so(published: Path) -> None:
    cut = ask(published, "select i from t order by i desc", rows=10)
    assert cut.frame["i"].to_list() == list(range(999, 989, -1))
    assert cut.truncated
    assert not ask(published, "select i from t limit 10", rows=10).truncated


def test_columns_of_one_name_are_told_apart(published: Path) -> None:
    assert ask(published, 'select 1 as a, 2 as a, 3 as "a""b"').frame.columns == ["a", "a_1", 'a"b']


def test_values_keep_their_types_and_odd_types_become_text(published: Path) -> None:
    row = ask(
        published,
        """select 12.50::decimal(10,2) as money, date '2010-01-31' as day, sum(i) as total, null as nothing,
                  [1, 2] as list, {'a': 1} as struct, 'x'::enum('x', 'y') as word, interval 2 day as span,
                  'x'::blob as raw, 1::union(n int, s varchar) as either
           from t""",
    ).frame.row(0, named=True)
    assert (row["money"], row["day"], row["total"]) == (Decimal("12.50"), date(2010, 1, 31), 499500)
    assert (row["nothing"], row["list"], row["word"], row["span"]) == (None, "[1, 2]", "x", "2 days")
    assert (row["struct"], row["either"]) == ("{'a': 1}", "1")


@pytest.mark.parametrize(
    "sql", ["describe t", "show tables", "from t", "values (1)", "with x as (select 1) select * from x",
            "pivot t on kind in (0, 1) using sum(i)", "select 1 -- ; select 2", "select ';';"]
)  # fmt: skip
def test_every_form_of_reading_is_possible(published: Path, sql: str) -> None:
    assert ask(published, sql).frame.height > 0


@pytest.mark.parametrize(
    ("sql", "kind", "says"),
    [
        ("", "empty", "请先写"),
        ("-- nothing", "empty", "请先写"),
        ("select 1; select 2", "several", "2 条"),
        ("select 1; drop table t", "several", "2 条"),
        ("pivot t on kind using sum(i)", "pivot", "列值"),
        ("select * from (pivot t on kind using sum(i))", "pivot", "列值"),
        ("insert into t values (1, 2, '')", "not_select", "INSERT"),
        ("create temp table x as select 1", "not_select", "CREATE"),
        ("attach '/tmp/other.duckdb'", "not_select", "ATTACH"),
        ("install httpfs", "not_select", "LOAD"),
        ("load httpfs", "not_select", "LOAD"),
        ("set memory_limit = '8GB'", "not_select", "SET"),
        ("pragma memory_limit = '8GB'", "not_select", "不能执行"),
        ("pragma version", "not_select", "PRAGMA"),
        ("call pragma_version()", "not_select", "CALL"),
        ("export database '/tmp/x'", "not_select", "EXPORT"),
        ("explain analyze select 1", "not_select", "EXPLAIN"),
        ("checkpoint", "not_select", "CALL"),
        ("with x as (insert into t values (1, 2, '') returning *) select * from x", "forbidden", "只能查询"),
        ("with x as (delete from t returning *) select * from x", "forbidden", "只能查询"),
        ("select * from read_csv('/etc/passwd')", "forbidden", "读写文件"),
        ("select * from read_text('/etc/passwd')", "forbidden", "读写文件"),
        ("select * from glob('/*')", "forbidden", "读写文件"),
        ("select * from read_parquet('https://example.org/x.parquet')", "forbidden", "访问网络"),
        ("select * from '/etc/passwd'", "unknown", "找不到"),
        ("select length(content) from read_blob('{database}')", "forbidden", "读写文件"),
        ("select * from (select 1) t, lateral (select * from READ_BLOB('{database}'))", "forbidden", "读写文件"),
        ("select (select count(*) from system.main.read_text('{database}'))", "forbidden", "读写文件"),
        ("select 1 union all select count(*) from \"read_blob\"('{database}')", "forbidden", "读写文件"),
        ("describe from read_csv('{database}')", "forbidden", "读写文件"),
        ("from read_duckdb('{database}')", "forbidden", "读写文件"),
        ("from query('from read_blob(''{database}'')')", "forbidden", "读写文件"),
        ("from query_table('duckdb_databases')", "forbidden", "读写文件"),
        ("from parquet_metadata('{database}')", "forbidden", "读写文件"),
        ("from glob('{database}*')", "forbidden", "读写文件"),
        ("from json_execute_serialized_sql('x')", "forbidden", "读写文件"),
        ("from duckdb_databases()", "forbidden", "读写文件"),
        ("from duckdb_databases", "forbidden", "读写文件"),
        ("select path from main.duckdb_databases", "forbidden", "读写文件"),
        ("from pragma_database_list", "forbidden", "读写文件"),
        ("from duckdb_settings()", "forbidden", "读写文件"),
        ("from pg_catalog.pg_settings", "forbidden", "读写文件"),
        ("from duckdb_extensions()", "forbidden", "读写文件"),
        ("select current_setting('secret_directory')", "forbidden", "读写文件"),
        ("select 'secret_directory'.current_setting()", "forbidden", "读写文件"),
        ("with x as (copy t to '{database}.wal') from x", "forbidden", "读写文件"),
        ("explain analyze copy (select unhex('00')) to '{database}.wal' (format blob)", "not_select", "EXPLAIN"),
        ("explain copy (select unhex('00')) to '{database}.wal' (format blob)", "not_select", "COPY"),
        ("explain (analyze) select 1", "not_select", "EXPLAIN"),
        ("explain /* ; */ -- analyze\n analyze select 1", "not_select", "EXPLAIN"),
        ("explain insert into t values (1, 2, '')", "not_select", "INSERT"),
        ("explain from read_blob('{database}')", "forbidden", "读写文件"),
        ("select getenv('HOME')", "unknown", "找不到"),
        ("select * from database", "unknown", "数据字典"),
        ("select nothing from t", "unknown", "数据字典"),
        ("selec 1", "syntax", "半角"),
        ("select name::int from t", "conversion", "try_cast"),
        ("select i, sum(kind) from t", "other", "原因见下"),
        ("select date 'infinity' as day", "dates", "9999"),
        ("select timestamp '-infinity' as moment union all select null", "dates", "9999"),
    ],
)  # fmt: skip
def test_what_is_not_one_select_on_the_tables_is_refused_with_advice(
    published: Path, sql: str, kind: str, says: str
) -> None:
    before = state(published)
    error = refused(published, sql.replace("{database}", str(published)))
    assert (error.kind, says in str(error)) == (kind, True)
    assert str(published.parent) not in str(error) + error.detail.replace(str(published), "")
    assert state(published) == before


def test_an_error_shows_its_place_in_the_query(published: Path) -> None:
    assert "LINE 2:  name::int" in refused(published, "select i,\n name::int\nfrom t").detail
    assert "LINE 2:  from from t" in refused(published, "select i\n from from t").detail


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT unhex('00')) TO '{database}.wal' (FORMAT blob)",
        "COPY (SELECT unhex('00')) TO '{database}' (FORMAT blob)",
        "select 1; COPY (SELECT unhex('00')) TO '{database}.wal' (FORMAT blob)",
        "with x as (select 1) COPY (SELECT unhex('00')) TO '{database}.wal' (FORMAT blob)",
    ],
)
def test_nothing_can_be_written_beside_the_publication(published: Path, sql: str) -> None:
    before = state(published)
    refused(published, sql.format(database=published))
    assert state(published) == before
    assert ask(published, "select count(*) from t").frame.item() == 1000


def test_a_confined_process_writes_no_byte_to_a_file_whatever_statement_gets_through(tmp_path: Path) -> None:
    program = (
        "import duckdb, sys; from warehouse.sandbox_child import confine; con = duckdb.connect(); confine(512)\n"
        "con.execute(f\"copy (select unhex('00')) to '{sys.argv[1]}' (format blob)\")"
    )
    target = tmp_path / "guben.duckdb.wal"
    done = subprocess.run([sys.executable, "-c", program, str(target)], capture_output=True, check=False)
    assert done.returncode != 0
    assert not target.exists() or target.stat().st_size == 0


def test_a_query_runs_as_nobody_without_a_network_and_sees_no_file(published: Path) -> None:
    """Whatever statement got through: the process itself is asked."""
    program = (
        "import os, socket, sys, pathlib\n"
        "from warehouse import confinement\n"
        "from warehouse.database import open_for_reading\n"
        "from warehouse.sandbox_child import confine\n"
        "print(confinement.leave_network())\n"
        "seen = []\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "con = open_for_reading(path, {'threads': 2}, lambda: seen.append(confinement.see_nothing()))\n"
        "confine(512)\n"
        "print(seen[0], os.geteuid())\n"
        "def attempt(what):\n"
        "    try: what(); print('done')\n"
        "    except OSError as error: print(type(error).__name__)\n"
        "attempt(lambda: open(path, 'rb'))\n"
        "attempt(lambda: open('/etc/passwd'))\n"
        "attempt(lambda: os.listdir(path.parent))\n"
        "attempt(lambda: socket.socket().connect(('127.0.0.1', int(sys.argv[2]))))\n"
        "print(con.execute('select sum(i) from t').fetchall())"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        arguments = [str(published), str(server.getsockname()[1])]
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True, cwd=ROOT
        )
    network, rest, *attempts, rows = done.stdout.splitlines()
    sees_nothing, user = rest.split()
    assert rows == "[(499500,)]"
    if os.geteuid() == 0:
        assert user == "65534"
    if sees_nothing == "True":
        assert attempts[:3] == ["PermissionError"] * 3
    if network == "True":
        assert attempts[3] != "done"


def test_a_plan_is_shown_and_nothing_is_run(published: Path) -> None:
    shown = ask(published, "explain select error('it ran') from t").frame
    assert "Table: " in shown["explain_value"][0] and str(published.parent) not in shown["explain_value"][0]


def test_a_publication_with_a_log_beside_it_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "guben.duckdb"
    duckdb.connect(path).close()
    path.with_name("guben.duckdb.wal").write_bytes(b"\0")
    assert refused(path, "select 1").kind == "missing"


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from t a, t b, t c, t d where a.i + b.i + c.i + d.i = 7",
        "select pg_sleep(60)",
        "select levenshtein(repeat('a', 300000), repeat('b', 300000))",
    ],
)
def test_a_query_that_takes_too_long_is_killed(published: Path, sql: str) -> None:
    started = time.monotonic()
    error = refused(published, sql, seconds=0.7)
    assert (error.kind, "0.7 秒" in str(error)) == ("time", True)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "sql",
    [
        "select length(repeat('x', 3000000000))",
        "select list_resize([1], 1000000000)",
        "select string_agg(repeat(a.name, 1000), '') from t a, t b",
    ],
)
def test_a_query_that_takes_too_much_memory_is_stopped(published: Path, sql: str) -> None:
    error = refused(published, sql, memory_mb=256, seconds=10)
    assert (error.kind, "256 MB" in str(error)) == ("memory", True)


def test_a_result_too_large_to_show_is_not_handed_over(published: Path) -> None:
    error = refused(published, "select repeat('x', 1000000) from t", rows=100, memory_mb=1024, seconds=20)
    assert error.kind == "large"


def test_after_a_death_the_next_query_is_answered(published: Path) -> None:
    refused(published, "select length(repeat('x', 3000000000))")
    refused(published, "select pg_sleep(60)", seconds=0.2)
    assert ask(published, "select 1").frame.item() == 1


def test_queries_of_many_people_get_their_own_answers(published: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda n: ask(published, f"select {n} as n").frame.item(), range(24))
    assert list(answers) == list(range(24))


def test_processes_end_with_the_one_that_started_them(published: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from warehouse import sandbox\n"
        "sandbox.run_query(Path(sys.argv[1]), 'select 1', seconds=5, rows=1, memory_mb=512)\n"
        "print(sandbox._nursery._process.pid)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(published)], capture_output=True, text=True, check=True)
    nursery = int(done.stdout)
    deadline = time.monotonic() + 5
    while _is_alive(nursery) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_alive(nursery)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
