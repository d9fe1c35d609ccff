"""A .zip with several files: each becomes a submission, and what is made to do harm is refused."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from pipelines.intake import archive
from pipelines.intake.receive import receive
from tests.intake.conftest import Office, csv_text, employment, many, workbook

JANUARY, FEBRUARY = (workbook({"Sheet1": employment(*many(n))}) for n in (2, 3))


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return buffer.getvalue()


def _unmarked(files: dict[str, bytes], encoding: str) -> bytes:
    """A .zip whose names have no mark of UTF-8, as Chinese Windows writes it."""
    local, central = b"", b""
    for name, content in files.items():
        raw, crc = name.encode(encoding), zipfile.crc32(content)
        common = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, crc, len(content), len(content), len(raw), 0)
        central += b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, len(local)) + raw
        local += b"PK\x03\x04" + common + raw + content
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(central), len(local), 0)
    return local + central + b"PK\x05\x06" + end


def outcomes(office: Office, name: str, data: bytes) -> dict[str, str]:
    found = receive(office.settings, [office.handover(name, data)])
    return {one.receipt.file_name: str(one.receipt.refusal or one.receipt.period_end) for one in found}


def test_each_file_of_an_archive_becomes_a_submission(office: Office) -> None:
    data = zipped({
        "就业2010年1月.xlsx": JANUARY,
        "区人力资源局/2010年2月/就业.csv": csv_text(employment(*many(3))).encode("gb18030"),
        "__MACOSX/._就业2010年1月.xlsx": b"\0\5\x16\7",
        "区人力资源局/.DS_Store": b"x",
        "~$就业2010年1月.xlsx": b"x",
        "区人力资源局/": b"",
        "说明.txt": "请查收".encode(),
    })  # fmt: skip
    found = receive(office.settings, [office.handover("报送.zip", data)])
    assert [(one.receipt.file_name, one.status, one.receipt.rows_accepted) for one in found] == [
        ("报送.zip/就业2010年1月.xlsx", "active", 2),
        ("报送.zip/区人力资源局/2010年2月/就业.csv", "active", 3),
        ("报送.zip/说明.txt", "refused", 0),
    ]
    assert [str(one.receipt.period_end) for one in found[:2]] == ["2010-01-31", "2010-02-28"]
    assert len({one.receipt.sha256 for one in found}) == 3
    assert {one.place for one in found} == {0}
    assert not list((office.settings.home / "lake" / "staging").iterdir())


def test_the_name_of_the_archive_says_what_its_files_do_not(office: Office) -> None:
    assert outcomes(
        office, "2010年1月报送.zip", zipped({"就业.xlsx": JANUARY, "2月/就业2010年2月.xlsx": FEBRUARY})
    ) == {
        "2010年1月报送.zip/就业.xlsx": "2010-01-31",
        "2010年1月报送.zip/2月/就业2010年2月.xlsx": "2010-02-28",
    }


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_names_without_the_mark_of_utf_8_are_read(office: Office, encoding: str) -> None:
    found = outcomes(office, "报送.zip", _unmarked({"就业2010年1月.xlsx": JANUARY}, encoding))
    assert found == {"报送.zip/就业2010年1月.xlsx": "2010-01-31"}


def test_an_archive_in_an_archive_is_refused_and_the_others_are_taken(office: Office) -> None:
    found = outcomes(office, "报送.zip", zipped({"就业2010年1月.xlsx": JANUARY, "更多.zip": zipped({"a.csv": b"1"})}))
    assert found["报送.zip/就业2010年1月.xlsx"] == "2010-01-31"
    assert "压缩包里还有压缩包" in found["报送.zip/更多.zip"]


def _encrypted() -> bytes:
    data = bytearray(_unmarked({"a.xlsx": JANUARY}, "utf-8"))
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _lying() -> bytes:
    """An entry that says it is smaller than it is."""
    data = bytearray(zipped({"a.csv": b"1," * 2**20}))
    at = data.rfind(b"PK\x01\x02")
    data[22:26] = data[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(data)


def _overlapping() -> bytes:
    """Two entries over the same bytes."""
    data = bytearray(zipped({"a.csv": b"1,2" * 1000, "b.csv": b"1,2" * 1000}))
    at = data.rfind(b"PK\x01\x02")
    data[at + 42 : at + 46] = struct.pack("<I", 0)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zipped({"../../etc/a.csv": b"1"}), "压缩包以外的路径"),
        (zipped({"/tmp/a.csv": b"1"}), "压缩包以外的路径"),
        (zipped({"C:\\a.csv": b"1"}), "压缩包以外的路径"),
        (zipped({"..\\a.csv": b"1"}), "压缩包以外的路径"),
        (zipped({"a.csv": b"0" * (2**20 * 17)}), "解压后超过 16 MB"),
        (_encrypted(), "设有密码"),
        (_lying(), "无法展开"),
        (_overlapping(), "相互重叠"),
        (zipped({"__MACOSX/a": b""}), "没有文件"),
        (zipped({f"{n}.csv": b"1" for n in range(1001)}), "有 1001 个文件"),
    ],
)
def test_an_archive_that_cannot_be_opened_is_one_refused_submission(
    office: Office, data: bytes, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = office.settings.model_copy(update={"max_unpacked_mb": 16})
    before = set(office.settings.home.parent.rglob("*"))
    found = receive(settings, [office.handover("报送.zip", data)])
    assert [one.receipt.file_name for one in found] == ["报送.zip"]
    assert words in str(found[0].receipt.refusal)
    assert "an archive could not be opened" in caplog.text
    new = set(office.settings.home.parent.rglob("*")) - before
    assert not [path for path in new if path.suffix == ".csv"]


def test_a_file_of_an_archive_that_is_too_large_is_refused(office: Office) -> None:
    settings = office.settings.model_copy(update={"max_file_mb": 1})
    data = zipped({"就业2010年1月.xlsx": JANUARY, "就业2010年2月.csv": b"0" * (2**20 + 1)})
    found = receive(settings, [office.handover("报送.zip", data)])
    assert found[0].status == "active"
    assert "超过 1 MB" in str(found[1].receipt.refusal)


def test_a_workbook_is_no_archive() -> None:
    assert not archive.is_archive(io.BytesIO(JANUARY))
    assert not archive.is_archive(io.BytesIO(JANUARY[:100]))
    assert archive.is_archive(io.BytesIO(zipped({"a.xlsx": JANUARY})))


def test_unpacking_is_bounded_in_memory_and_time(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"a.csv": b"1"}))
    assert archive.unpack_aside(path, tmp_path, 10, 1024, 20) == ["a.csv"]
    assert archive.unpack_aside(path, tmp_path, 10, 1024, 0) == []
    assert archive.unpack_aside(path, tmp_path, 0, 1024, 20) == []


def test_archives_in_the_inbox_are_removed_once_received(office: Office) -> None:
    from pipelines.intake.inbox import take_inbox

    office.settings.inbox.mkdir(parents=True)
    (office.settings.inbox / "报送.zip").write_bytes(zipped({"就业2010年1月.xlsx": JANUARY, "a.txt": b"x"}))
    found = take_inbox(office.settings)
    assert [one.status for one in found] == ["active", "refused"]
    assert not [path for path in office.settings.inbox.rglob("*") if path.is_file()]
