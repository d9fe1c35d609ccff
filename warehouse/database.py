"""DuckDB: open the build file for writing, open a publication for reading. Knows no table."""

import fcntl
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import duckdb

TIME_ZONE = "Asia/Shanghai"


class UntrustedPublicationError(RuntimeError):
    """A publication that something has written to since it was published."""


def open_for_building(path: Path) -> duckdb.DuckDBPyConnection:
    """The build file, made when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(path)
    con.execute(f"set TimeZone = '{TIME_ZONE}'")
    return con


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """All of what is done inside happens, or nothing."""
    con.execute("begin")
    try:
        yield con
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")


def open_for_reading(
    path: Path, limits: Mapping[str, str | int] | None = None, confine: Callable[[], object] | None = None
) -> duckdb.DuckDBPyConnection:
    """A publication, read-only and cut off from files, network and further settings.

    Args:
        path: The publication's own file, links resolved.
        limits: DuckDB's settings of memory and threads, where its own are not meant.
        confine: What the calling thread gives up when the file is open: threads that DuckDB starts take it over.
            Whoever confines itself has had the file verified by another process.

    Raises:
        UntrustedPublicationError: when it is not what was published, or a write-ahead log lies beside it.
    """
    config = dict(limits or {})
    threads = config.pop("threads", None)
    if confine is None:
        verify(path)
    else:
        _refuse_log(path)
    con = duckdb.connect(path, read_only=True, config={**config, "threads": 1} if confine else dict(limits or {}))
    if confine is not None:
        confine()
    if threads is not None:
        con.execute(f"set threads = {int(threads)}")
    for setting in (
        f"set TimeZone = '{TIME_ZONE}'",
        "set autoinstall_known_extensions = false",
        "set autoload_known_extensions = false",
        "set allow_community_extensions = false",
        "set allow_persistent_secrets = false",
        "set python_enable_replacements = false",
        "set temp_directory = ''",
        "set secret_directory = ''",
        "set enable_external_access = false",
        # The file is open already; no other can be opened from here on, nor this one's bytes be read.
        "set disabled_filesystems = 'LocalFileSystem'",
        "set lock_configuration = true",
    ):
        con.execute(setting)
    return con


def log_of(path: Path) -> Path:
    """The write-ahead log beside a database, which is replayed on opening."""
    return path.with_name(path.name + ".wal")


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(path: Path) -> None:
    """Make sure that a publication's file is the one that was published, by the manifest beside it.

    Its bytes are read once for each process; after that only what the file system says of it is looked at.

    Raises:
        UntrustedPublicationError: when it is not, or when there is a write-ahead log beside it. Says why, in Chinese.
        FileNotFoundError: when it is gone.
    """
    _refuse_log(path)
    manifest = path.with_name("manifest.json")
    if manifest.exists():
        about = json.loads(manifest.read_bytes())
        seen = path.stat()
        published = about.get("sha256" if path.name == "guben.duckdb" else f"{path.stem}_sha256")
        if published is not None and published != _hash_of(
            path, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino
        ):
            raise UntrustedPublicationError("与发布时的文件不一致，已损坏或被改动")


def _refuse_log(path: Path) -> None:
    if log_of(path).exists():
        raise UntrustedPublicationError(f"旁边有未合并的日志 {log_of(path).name}，发布后被写入过")


@lru_cache(maxsize=64)
def _hash_of(path: Path, *_seen: int) -> str:
    return file_hash(path)


@contextmanager
def build_lock(path: Path) -> Iterator[None]:
    """Be the only one who refreshes this home; waits for whoever is at it, in whatever process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
