"""Publications: immutable, numbered DuckDB files, and the link that says which one readers see.

    publications/000042/guben.duckdb    read-only, complete: for other programs
    publications/000042/pages.duckdb    read-only, without what may not be shown: for the pages
    publications/000042/manifest.json   what it was made from, its size and hash
    publications/current -> 000042

Knows no table and no check: whoever publishes has made sure that it may be published.
"""

import hashlib
import json
import shutil
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from warehouse.lake import sync, write_durably

DATABASE = "guben.duckdb"
PAGES = "pages.duckdb"
MANIFEST = "manifest.json"


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
        return (file_hash(self.path), file_hash(self.pages)) == (self.manifest["sha256"], self.manifest["pages_sha256"])


class Publications:
    """The publications of one Guben home."""

    def __init__(self, home: Path) -> None:
        self.root = home / "publications"

    def current(self) -> Publication | None:
        """The one that readers see; None before the first."""
        link = self.root / "current"
        return self._read(link.resolve()) if link.exists() else None

    def all(self) -> list[Publication]:
        """Every one that is kept, the oldest first."""
        return [self._read(folder) for folder in sorted(self.root.glob("[0-9]*")) if (folder / MANIFEST).exists()]

    def next_number(self) -> int:
        """The number after the last one given."""
        return max((publication.number for publication in self.all()), default=0) + 1

    def publish(
        self, database: Path, number: int, about: dict[str, Any], for_pages: Callable[[Path, Path], None]
    ) -> Publication:
        """Make a copy of a closed database the current publication: wholly, or not at all.

        Args:
            database: The file, checkpointed and closed.
            number: From `next_number`.
            about: Further entries of the manifest; must be JSON.
            for_pages: Makes the copy for the pages, from the first file to the second.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        self._clear_leftovers()
        staged = Path(tempfile.mkdtemp(prefix=".staged-", dir=self.root))
        shutil.copyfile(database, staged / DATABASE)
        for_pages(database, staged / PAGES)
        files = (staged / DATABASE, staged / PAGES)
        manifest = {
            "number": number,
            "published_at": datetime.now().astimezone().isoformat(timespec="seconds"),
            "size": files[0].stat().st_size,
            "sha256": file_hash(files[0]),
            "pages_sha256": file_hash(files[1]),
            **about,
        }
        write_durably(staged / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode(), 0o444)
        for file in files:
            file.chmod(0o444)
            sync(file)
        sync(staged)
        folder = self.root / f"{number:06d}"
        staged.rename(folder)
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
        """Delete all but the latest ones and the current one; returns the numbers deleted."""
        current = self.current()
        gone = [p for p in self.all()[:-keep] if current is None or p.number != current.number]
        for publication in gone:
            publication.path.parent.chmod(stat.S_IRWXU)
            shutil.rmtree(publication.path.parent)
        return [publication.number for publication in gone]

    def _point_at(self, folder: Path) -> None:
        link = self.root / ".current"
        link.unlink(missing_ok=True)
        link.symlink_to(folder.name)
        link.replace(self.root / "current")
        sync(self.root)

    def _clear_leftovers(self) -> None:
        for leftover in self.root.glob(".staged-*"):
            shutil.rmtree(leftover, ignore_errors=True)

    def _read(self, folder: Path) -> Publication:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        return Publication(manifest["number"], folder / DATABASE, manifest)


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
