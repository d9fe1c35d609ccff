"""Publications: numbers, the file that goes away, the one that is not what was published."""

import shutil
from pathlib import Path

import duckdb
import pytest

from warehouse.database import UntrustedPublicationError, open_for_reading
from warehouse.publications import NothingPublishedError, Publications


def publish(publications: Publications, value: int = 0) -> int:
    """Publish a number; returns which publication it is."""
    number = publications.next_number()

    def both(*files: Path) -> None:
        for file in files:
            with duckdb.connect(file) as con:
                con.execute(f"create table publication as select {number} as number, {value} as value")

    return publications.publish(number, {"receipts": value}, both).number


@pytest.fixture
def publications(tmp_path: Path) -> Publications:
    return Publications(tmp_path)


def value_of(path: Path) -> int:
    with open_for_reading(path) as con:
        return int(con.execute("select value from publication").fetchall()[0][0])


def remove(folder: Path) -> None:
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def test_a_number_is_never_given_twice_also_when_its_folder_was_deleted(publications: Publications) -> None:
    assert [publish(publications) for _ in range(3)] == [1, 2, 3]
    for number in (2, 3):
        remove(publications.root / f"{number:06d}")
    assert publish(publications) == 4
    for folder in list(publications.root.glob("0*")):
        remove(folder)
    assert publications.current() is None
    assert publications.next_number() == 5
    shutil.rmtree(publications.root)
    assert publish(publications) == 5


def test_the_one_that_was_current_a_moment_ago_is_spared(publications: Publications) -> None:
    for _ in range(6):
        publish(publications)
    publications.roll_back(1)
    publish(publications)  # 7; before it, 1 was current
    assert publications.prune(2) == [2, 3, 4, 5]
    assert [p.number for p in publications.all()] == [1, 6, 7]
    publish(publications)
    assert publications.prune(2) == [1, 6]
    assert not [path for path in publications.root.iterdir() if path.name.startswith(".gone")]


def test_a_reader_whose_file_goes_away_opens_the_current_one_once_more(publications: Publications) -> None:
    publish(publications, 10)
    tried: list[Path] = []

    def open_late(path: Path) -> int:
        tried.append(path)
        if len(tried) == 1:  # Between looking it up and opening it, the next one is published and this one deleted.
            publish(publications, 20)
            remove(path.parent)
        return value_of(path)

    assert publications.open_current(open_late)[0] == 20
    assert [path.parent.name for path in tried] == ["000001", "000002"]


def test_one_that_is_not_there_or_was_never_made_says_so(publications: Publications) -> None:
    with pytest.raises(NothingPublishedError):
        publications.open_current(value_of)
    publish(publications)
    current = publications.current()
    assert current is not None
    current.path.parent.chmod(0o755)
    current.pages.unlink()
    with pytest.raises(UntrustedPublicationError, match=r"pages.duckdb"):
        publications.open_current(value_of)


@pytest.mark.parametrize("damage", ["truncated", "altered", "emptied", "replaced", "written beside"])
def test_what_was_done_to_it_is_noticed_before_it_is_opened(publications: Publications, damage: str) -> None:
    publish(publications, 1)
    publish(publications, 2)
    earlier, current = publications.all()
    assert current.is_intact() and value_of(current.pages) == 2
    current.path.parent.chmod(0o755)
    current.pages.chmod(0o644)
    content = current.pages.read_bytes()
    changed = {
        "truncated": content[:-1000],
        "altered": content[:-100] + bytes([content[-100] ^ 1]) + content[-99:],
        "emptied": b"",
        "replaced": earlier.pages.read_bytes(),
        "written beside": content,
    }[damage]
    current.pages.write_bytes(changed)
    if damage == "written beside":
        current.pages.with_name("pages.duckdb.wal").write_bytes(b"replay me")
    with pytest.raises(UntrustedPublicationError):
        value_of(current.pages)
    assert not current.is_intact()
    assert "pages.duckdb" in (current.trouble() or "")
    assert earlier.is_intact()


def test_a_file_of_another_number_is_not_what_the_manifest_says(publications: Publications) -> None:
    def of_three(*files: Path) -> None:
        for file in files:
            with duckdb.connect(file) as con:
                con.execute("create table publication as select 3 as number")

    published = publications.publish(4, {}, of_three)
    assert published.trouble() == "guben.duckdb 的内容不是第 4 版的"


def test_nothing_is_published_beside_a_log_and_nothing_is_left_behind(publications: Publications) -> None:
    publish(publications, 1)

    def unfinished(*files: Path) -> None:
        for file in files:
            file.write_bytes(b"x")
        files[0].with_name(files[0].name + ".wal").write_bytes(b"the last commit")

    with pytest.raises(UntrustedPublicationError, match="write-ahead log"):
        publications.publish(2, {}, unfinished)
    current = publications.current()
    assert current is not None and current.number == 1
    assert sorted(path.name for path in publications.root.iterdir()) == ["000001", "current"]


def test_a_publication_cannot_be_written_to(publications: Publications) -> None:
    publish(publications)
    current = publications.current()
    assert current is not None
    folder = current.path.parent
    assert folder.stat().st_mode & 0o777 == 0o555
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o444}
