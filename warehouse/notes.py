"""What submitters say of doubtful figures. Notes are added, never changed: a submission's folder is not touched.

    lake/notes/<submission>/<number>.json

A note is a file that is wholly there or not there. What is doubtful is found elsewhere.
"""

import fcntl
import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from warehouse.lake import Lake, sync, write_durably

RULES = {
    "jump": "合计突变",
    "resized": "名册骤变",
    "repeated": "与前期雷同",
    "beyond": "超出另表",
    "cumulative": "像是累计数",
    "orphans": "名册中找不到",
    "closed": "社区已停用",
}
"""The kinds of doubt, and what they are called."""
LONGEST = 500
"""Characters of a note."""
_PARTED = re.compile(r"(?<=\d)[\W_]{1,2}(?=[\dXx])")
_PERSONAL = re.compile(
    r"[1-6]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]"
    r"|(?<!\d)(?:\d{17}[\dXx]|[1-6]\d{5}[1-9]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}|(?:0*86)?1[3-9]\d{9})(?!\d)"
)


def _names_a_number(text: str) -> bool:
    """Whether the number of an identity card or a mobile phone stands in a text, in any width, parted or not."""
    plain = unicodedata.normalize("NFKC", text)
    return any(_PERSONAL.search(one) for one in (plain, _PARTED.sub("", plain)))


class NoteError(ValueError):
    """A note that cannot be taken; says why, in Chinese."""


class Note(BaseModel):
    """What was said of one submission. Written once, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    submission_id: str
    number: int
    """Counts the notes of a submission, from 1."""
    rule: str | None = None
    """What kind of doubt it answers; None: all of them."""
    text: str
    at: datetime
    """When it was said, with its zone."""


class Notes:
    """The notes of one Guben home."""

    def __init__(self, home: Path) -> None:
        self.lake = Lake(home)
        self.root = self.lake.root / "notes"

    def all(self) -> list[Note]:
        """Every note, by submission and number."""
        return self._read("[0-9]*/[0-9]*.json")

    def of(self, submission_id: str) -> list[Note]:
        """The notes of one submission, the oldest first."""
        return self._read(f"{submission_id}/[0-9]*.json") if submission_id.isdecimal() else []

    def add(self, submission_id: str, text: str, at: datetime, rule: str | None = None) -> Note:
        """Write a note down.

        Args:
            submission_id: Of an accepted submission.
            text: What is said; no numbers of identity cards or mobile phones.
            at: When, with its zone.
            rule: What kind of doubt it answers; None: all of them.

        Raises:
            NoteError: when it is empty, too long, names a person's number, or rule or accepted submission are unknown.
        """
        clean = " ".join(text.split())
        if not clean:
            raise NoteError("说明是空的。请写明原因。")
        if len(clean) > LONGEST:
            raise NoteError(f"说明有 {len(clean)} 个字，最多 {LONGEST} 个。请写短一些。")
        if rule is not None and rule not in RULES:
            raise NoteError(f"没有“{rule}”这一类。可选：{'、'.join(RULES)}。")
        if _names_a_number(clean):
            raise NoteError("说明里有身份证号或手机号。说明会公布，请删去后再交。")
        with self._held():
            if not any(r.submission_id == submission_id and r.outcome == "accepted" for r in self.lake.receipts()):
                raise NoteError(f"没有被采用的报送 {submission_id}。请核对回执号。")
            known = self.of(submission_id)
            number = known[-1].number + 1 if known else 1
            note = Note(submission_id=submission_id, number=number, rule=rule, text=clean, at=at)
            self._write(note)
        return note

    def _read(self, pattern: str) -> list[Note]:
        found = [Note.model_validate_json(path.read_bytes()) for path in self.root.glob(pattern)]
        return sorted(found, key=lambda note: (int(note.submission_id), note.number))

    def _write(self, note: Note) -> None:
        """Write it aside, wait until it is on the disk, and put it in its place with one rename."""
        staged = self.root / f".staged-{os.getpid()}"
        staged.unlink(missing_ok=True)
        write_durably(staged, note.model_dump_json(indent=1).encode(), 0o444)
        folder = self.root / note.submission_id
        folder.mkdir(exist_ok=True)
        sync(self.root)
        staged.rename(folder / f"{note.number:06d}.json")
        sync(folder)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Be the only one who adds notes."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
