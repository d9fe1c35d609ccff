"""Publications: immutable, numbered DuckDB files, and the link that says which one readers see.

    publications/000042/guben.duckdb    read-only, complete: for other programs
    publications/000042/pages.duckdb    read-only, without what may not be shown: for the pages
    publications/000042/manifest.json   what it was made from, its size and hash
    publications/current -> 000042
    publications/previous -> 000041     what readers saw before
    last-publication                    the highest number ever given: beside the folder, which somebody may delete

Knows no table and no check: whoever publishes has made sure that it may be published.
"""

import json
import shutil
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from warehouse.database import UntrustedPublicationError, file_hash, log_of, verify
from warehouse.lake import sync, write_durably

DATABASE = "guben.duckdb"
PAGES = "pages.duckdb"
MANIFEST = "manifest.json"
LAST = "last-publication"


@dataclass(frozen=True)
class Publication:
    """One published warehouse."""

    number: int
    path: Path
    """The DuckDB file, links resolved: it names one content for ever and serves as a cache key."""
    manifest: dict[str, Any]

    @property
    def pages(self) -> Path:
        """The same without what may not be shown to readers: what pages open."""
        return self.path.with_name(PAGES)

    def is_intact(self) -> bool:
        """Whether both files are those that were published."""
        return self.trouble() is None

    def trouble(self) -> str | None:
        """What is wrong with it, in Chinese; None when both files are those that were published and say its number."""
        for file in (self.path, self.pages):
            try:
                verify(file)
                with duckdb.connect(file, read_only=True) as con:
                    found = con.execute("select number from publication").fetchall()
            except duckdb.ConnectionException:
                continue  # Open in this process with other settings: it was asked then.
            except (OSError, UntrustedPublicationError, duckdb.Error) as error:
                return f"{file.name} {_told(error)}"
            if found != [(self.number,)]:
                return f"{file.name} 的内容不是第 {self.number} 版的"
        return None


class NothingPublishedError(LookupError):
    """There is no publication yet."""


Opened = TypeVar("Opened")


class Publications:
    """The publications of one Guben home."""

    def __init__(self, home: Path) -> None:
        self.root = home / "publications"
        self._last = home / LAST

    def current(self) -> Publication | None:
        """The one that readers see; None before the first."""
        return self._at("current") or self._at("current")  # Looked up once more when it went away meanwhile.

    def open_current(self, open_file: Callable[[Path], Opened], *, complete: bool = False) -> tuple[Opened, Path]:
        """Open the current one; once more, when it was deleted between looking it up and opening it.

        Args:
            open_file: Opens the file of a path.
            complete: Whether the complete file is meant, and not that of the readers.

        Raises:
            NothingPublishedError: when there is none.
            UntrustedPublicationError: when it is not what was published, or its file is not there.
        """
        for _ in range(2):
            found = self.current()
            if found is None:
                raise NothingPublishedError
            path = found.path if complete else found.pages
            try:
                return open_file(path), path
            except (OSError, duckdb.IOException) as error:
                cause = error
        raise UntrustedPublicationError(f"{path.name} 打不开或不在了") from cause

    def all(self) -> list[Publication]:
        """Every one that is kept, the oldest first."""
        return [self._read(folder) for folder in sorted(self.root.glob("[0-9]*")) if (folder / MANIFEST).exists()]

    def next_number(self) -> int:
        """The number after the last one given, also when its folder was deleted meanwhile."""
        folders = (int(folder.name) for folder in self.root.glob("[0-9]*") if folder.name.isdecimal())
        return max([self._last_given(), *folders]) + 1

    def publish(self, number: int, about: dict[str, Any], write: Callable[[Path, Path], None]) -> Publication:
        """Make two files and have readers see them: wholly, or not at all.

        Args:
            number: From `next_number`.
            about: Further entries of the manifest; must be JSON.
            write: Makes the complete file and that of the readers, closed and read back when it returns.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        self._clear_leftovers()
        staged = Path(tempfile.mkdtemp(prefix=".staged-", dir=self.root))
        try:
            files = (staged / DATABASE, staged / PAGES)
            write(*files)
            self._seal(staged, number, about)
            self._give(number)
            folder = self.root / f"{number:06d}"
            staged.rename(folder)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
        folder.chmod(0o555)
        self._point_at(folder)
        return self._read(folder)

    def roll_back(self, number: int) -> Publication:
        """Let readers see an earlier one again.

        Raises:
            KeyError: when it is not kept.
        """
        folder = self.root / f"{number:06d}"
        if not (folder / MANIFEST).exists():
            raise KeyError(number)
        self._point_at(folder)
        return self._read(folder)

    def prune(self, keep: int) -> list[int]:
        """Delete all but the latest ones, the current one and the one before it, which somebody may still be opening.

        Returns:
            The numbers deleted.
        """
        spared = {found.number for found in (self._at("current"), self._at("previous")) if found is not None}
        gone = [publication for publication in self.all()[:-keep] if publication.number not in spared]
        for publication in gone:
            folder = publication.path.parent
            folder.chmod(stat.S_IRWXU)
            # Away at once, and whoever is interrupted here leaves no half of it under its name.
            folder.rename(self.root / f".gone-{folder.name}")
        self._clear_leftovers()
        return [publication.number for publication in gone]

    def _seal(self, staged: Path, number: int, about: dict[str, Any]) -> None:
        """Write the manifest of two files that are done with, and wait until all is on the disk."""
        files = (staged / DATABASE, staged / PAGES)
        for file in files:
            if log_of(file).exists():
                raise UntrustedPublicationError(
                    f"{file.name} was not checkpointed: there is a write-ahead log beside it"
                )
        manifest = {
            "number": number,
            "published_at": datetime.now().astimezone().isoformat(timespec="seconds"),
            "size": files[0].stat().st_size,
            "sha256": file_hash(files[0]),
            "pages_size": files[1].stat().st_size,
            "pages_sha256": file_hash(files[1]),
            **about,
        }
        write_durably(staged / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode(), 0o444)
        for file in files:
            file.chmod(0o444)
            sync(file)
        sync(staged)

    def _last_given(self) -> int:
        try:
            return int(self._last.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0

    def _give(self, number: int) -> None:
        """Remember a number for good, before a folder has it."""
        aside = self._last.with_name(f".{LAST}")
        aside.unlink(missing_ok=True)
        write_durably(aside, f"{max(number, self._last_given())}\n".encode())
        aside.replace(self._last)
        sync(self._last.parent)

    def _at(self, link: str) -> Publication | None:
        try:
            return self._read((self.root / link).resolve(strict=True))
        except FileNotFoundError:
            return None

    def _point_at(self, folder: Path) -> None:
        """Have readers see a folder, and remember what they saw before."""
        before = self._at("current")
        if before is not None and before.path.parent.name != folder.name:
            self._link("previous", before.path.parent)
        self._link("current", folder)

    def _link(self, name: str, folder: Path) -> None:
        link = self.root / f".{name}"
        link.unlink(missing_ok=True)
        link.symlink_to(folder.name)
        link.replace(self.root / name)
        sync(self.root)

    def _clear_leftovers(self) -> None:
        for leftover in (*self.root.glob(".staged-*"), *self.root.glob(".gone-*")):
            if leftover.is_dir():
                leftover.chmod(stat.S_IRWXU)
                shutil.rmtree(leftover, ignore_errors=True)
            else:
                leftover.unlink(missing_ok=True)

    def _read(self, folder: Path) -> Publication:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        return Publication(manifest["number"], folder / DATABASE, manifest)


def _told(error: Exception) -> str:
    if isinstance(error, UntrustedPublicationError):
        return str(error)
    return "不在了" if isinstance(error, FileNotFoundError) else "打不开"
