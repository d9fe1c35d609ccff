"""A .zip with several files: what is in it, whether it is safe, and its files one by one.

Run as `python -m pipelines.intake.archive FILE FOLDER UNPACKED_BYTES MEMORY_MB`, it writes the files into the folder as
0000, 0001, … and prints their names as JSON; under a limit of memory, since the file comes from outside. Looks into no
member. Imports nothing but the standard library.
"""

import io
import json
import resource
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_SIGNATURE = b"PK\x03\x04"
_END_OF_DIRECTORY = b"PK\x05\x06"
_DOCUMENTS = (
    b"xl/workbook.", b"xl\\workbook.", b"[content_types].xml", b"word/document.xml", b"meta-inf/manifest.xml",
    b"index/document.iwa", b"index.zip", b"ofd.xml",
)  # fmt: skip
"""What shows that a zip is one document and no archive."""
_BESIDE = ("__macosx", ".ds_store", "thumbs.db", "desktop.ini")
"""What operating systems put beside the files."""
_MOST_ENTRIES = 10_000
_MOST_FILES = 1_000
_PIECE = 2**20
_AGAIN = "请重新压缩成普通的 .zip（不设密码），或直接报送里面的表格。"
NESTED = "压缩包里还有压缩包，不予打开。请把里面的表格直接放进一个 .zip，或逐个报送。"
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, OSError, RuntimeError)


class ArchiveError(Exception):
    """An archive that is not opened. The text is for the clerk: what was found, and what to do."""


def is_archive(file: BinaryIO) -> bool:
    """Whether a file is a zip of files: told by its directory, which is not unpacked for it."""
    if file.read(4) != _SIGNATURE:
        return False
    size = file.seek(0, io.SEEK_END)
    file.seek(max(size - 2**16 - 22, 0))
    tail = file.read()
    at = tail.rfind(_END_OF_DIRECTORY)
    if at < 0 or at + 22 > len(tail):
        return False
    length, offset = struct.unpack_from("<II", tail, at + 12)
    file.seek(min(offset, size))
    directory = file.read(length).lower()
    return not any(mark in directory for mark in _DOCUMENTS)


def is_package(data: bytes) -> bool:
    """Whether a file is a zip that is one document."""
    return data.startswith(_SIGNATURE) and not is_archive(io.BytesIO(data))


def refusal(data: bytes, unpacked_bytes: int) -> str:
    """Why an archive is not opened."""
    try:
        _members(io.BytesIO(data), unpacked_bytes)
    except ArchiveError as error:
        return str(error)
    return f"压缩包无法展开，或展开用时过长。{_AGAIN}"


def tampering(entries: list[zipfile.ZipInfo]) -> str | None:
    """What shows that a zip was made to do harm: too many entries, paths that lead out of it, entries that overlap."""
    if len(entries) > _MOST_ENTRIES:
        return f"含有 {len(entries)} 个条目"
    end = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        path = entry.orig_filename.replace("\\", "/")
        if path.startswith("/") or ".." in path.split("/") or ":" in path.split("/", 1)[0] or "\0" in path:
            return "有文件名指向压缩包以外的路径"
        if entry.header_offset < end:
            return "有文件相互重叠"
        end = entry.header_offset + 30 + entry.compress_size
    return None


def _members(file: BinaryIO, unpacked_bytes: int) -> tuple[zipfile.ZipFile, list[tuple[zipfile.ZipInfo, str]]]:
    """The files of an archive with their names."""
    try:
        opened = zipfile.ZipFile(file)
    except _BROKEN:
        raise ArchiveError(f"压缩包不完整或已损坏，无法打开。{_AGAIN}") from None
    entries = opened.infolist()
    if problem := tampering(entries):
        raise ArchiveError(f"压缩包结构异常（{problem}），为安全起见不予打开。{_AGAIN}")
    files = [(entry, name) for entry in entries if not entry.is_dir() and not _is_beside(name := _name(entry))]
    if any(entry.flag_bits & 1 for entry, _ in files):
        raise ArchiveError(f"压缩包设有密码，无法打开。{_AGAIN}")
    if sum(entry.file_size for entry, _ in files) > unpacked_bytes:
        raise ArchiveError(_too_large(unpacked_bytes))
    if not files:
        raise ArchiveError("压缩包里没有文件。请核对后重新报送。")
    if len(files) > _MOST_FILES:
        raise ArchiveError(f"压缩包里有 {len(files)} 个文件，一次最多 {_MOST_FILES} 个。请分成几个压缩包报送。")
    return opened, files


def _too_large(limit: int) -> str:
    return f"压缩包解压后超过 {limit // 2**20} MB，不予打开。请分成几个压缩包报送。"


def _name(entry: zipfile.ZipInfo) -> str:
    """The path of a member as its author saw it: without the mark of UTF-8 it is mostly in the Chinese code page."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _is_beside(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return any(part.lower() in _BESIDE for part in parts) or parts[-1].startswith(("~$", "."))


def unpack(path: Path, folder: Path, unpacked_bytes: int) -> list[str]:
    """Write the files of an archive into a folder as 0000, 0001, …; returns their paths in the archive.

    Raises:
        ArchiveError: when it is damaged, locked, too large, empty, or made to do harm.
    """
    left = unpacked_bytes
    with path.open("rb") as file:
        opened, files = _members(file, unpacked_bytes)
        for number, (entry, _) in enumerate(files):
            with (folder / f"{number:04d}").open("wb") as target:
                for piece in _pieces(opened, entry):
                    left -= len(piece)
                    if left < 0:
                        raise ArchiveError(
                            f"压缩包解压后超过 {unpacked_bytes // 2**20} MB，不予打开。请分成几个压缩包报送。"
                        )
                    target.write(piece)
    return [name.replace("\\", "/") for _, name in files]


def _pieces(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with opened.open(entry) as member:
            while piece := member.read(_PIECE):
                yield piece
    except _BROKEN:
        raise ArchiveError(f"压缩包里的“{_name(entry)}”已损坏，无法解压。{_AGAIN}") from None


def unpack_aside(path: Path, folder: Path, unpacked_bytes: int, memory_mb: int, seconds: int) -> list[str]:
    """The same in a process of its own, under limits of memory and time.

    Returns:
        The paths in the archive; none when it could not be opened: then nothing of it is used.
    """
    arguments = [str(path), str(folder), str(unpacked_bytes), str(memory_mb)]
    try:
        run = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-I", __file__, *arguments], capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return []
    names: list[str] = json.loads(run.stdout) if run.returncode == 0 else []
    return names


def main() -> None:
    """Unpack one archive."""
    path, folder, unpacked_bytes, memory_mb = sys.argv[1:]
    limit = int(memory_mb) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        names = unpack(Path(path), Path(folder), int(unpacked_bytes))
    except ArchiveError:
        raise SystemExit(1) from None
    sys.stdout.write(json.dumps(names))


if __name__ == "__main__":
    main()
