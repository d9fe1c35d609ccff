"""Files that are hard or impossible to read, judged in real child processes; and being killed at any moment."""

import shutil
import signal
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from pipelines.intake.draft import RefusalError
from pipelines.intake.read import Limits, letter, sheets
from pipelines.intake.receive import receive
from pipelines.settings import ROOT, Settings
from tests.intake.conftest import EMPLOYMENT, REGISTER, REGISTER_HEADER, Office, employment, good, workbook
from warehouse.lake import ORIGINAL, RECEIPT, Lake

LIMITS = Limits(unpacked_bytes=2**24, rows=1_100_000)
SHEET = """<?xml version="1.0" encoding="UTF-8"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<dimension ref="{dimension}"/><sheetData>{rows}</sheetData></worksheet>"""


def with_sheet(content: bytes, xml: str) -> bytes:
    """The same workbook with other XML for its first sheet."""
    result = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            is_sheet = entry.filename == "xl/worksheets/sheet1.xml"
            new.writestr(entry, xml if is_sheet else old.read(entry))
    return result.getvalue()


def inline(rows: list[list[object]], first: int = 1) -> str:
    """Rows as XML with their texts inside."""
    lines = []
    for at, row in enumerate(rows, first):
        cells = "".join(
            f'<c r="{letter(column)}{at}" t="inlineStr"><is><t>{value}</t></is></c>' for column, value in enumerate(row)
        )
        lines.append(f'<row r="{at}">{cells}</row>')
    return "".join(lines)


def refusal(content: bytes, name: str = "a.xlsx") -> str:
    with pytest.raises(RefusalError) as caught:
        sheets(content, name, LIMITS)
    return str(caught.value)


BOOK = workbook({"Sheet1": employment(good())})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"),
        (BOOK[: len(BOOK) // 2], "不完整或已损坏"),
        (b"PK\x03\x04" + b"x" * 500, "不完整或已损坏"),
        (b"%PDF-1.4\n...", "这是PDF 文件，不能直接读取"),
        (b"<html><p>a</p></html>", "里面没有表格"),
        (b"\x89PNG\r\n\x1a\n\0\0", "这是图片，不能直接读取"),
        (b"\xff\xd8\xff\xe0\xff\xff\xff", "这是图片，不能直接读取"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "密码"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "不完整或已损坏"),
        (b"\n\n  \n", "没有任何内容"),
        (workbook({"空": []}), "没有任何内容"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(content: bytes, words: str) -> None:
    assert words in refusal(content)


def test_a_word_document_is_no_spreadsheet() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("word/document.xml", "<w/>")
    assert "这是Word 文档（.docx），不能直接读取" in refusal(buffer.getvalue(), "报表.xlsx")


def test_a_zip_bomb_is_not_unpacked() -> None:
    bomb = with_sheet(BOOK, SHEET.format(dimension="A1", rows=" " * (2**24 + 1)))
    assert len(bomb) < 2**20
    assert "解压后超过 16 MB" in refusal(bomb)


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(RefusalError, match="超过一次可报送的 2 行"):
        sheets(b"a\nb\nc\n", "a.csv", Limits(2**20, 2))


def test_bytes_count_and_not_the_extension() -> None:
    assert sheets(BOOK, "报表.csv", LIMITS)[0].cells.shape == (2, 6)
    assert sheets("社区,数\n甲,1\n".encode(), "报表.xls", LIMITS)[0].cells.rows() == [("社区", "数"), ("甲", "1")]


def test_a_csv_keeps_its_row_numbers_over_blank_lines_and_ragged_ones() -> None:
    found = sheets('标题\n\n甲,乙,丙\n1,2\n"a\nb",3,4,5\n'.encode(), "a.csv", LIMITS)[0].cells
    assert found.rows() == [
        ("标题", None, None, None),
        (None, None, None, None),
        ("甲", "乙", "丙", None),
        ("1", "2", None, None),
        ("a\nb", "3", "4", "5"),
    ]
    assert sheets("甲\t乙\n1\t2,3\n".encode(), "a.csv", LIMITS)[0].cells.row(1) == ("1", "2,3")


def test_columns_are_named_as_the_program_shows_them() -> None:
    assert [letter(at) for at in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]


def test_a_million_declared_rows_with_a_few_filled_are_taken_normally(office: Office) -> None:
    rows = inline([EMPLOYMENT, good("新木"), good("平湖")]) + '<row r="1048576"><c r="F1048576" s="0"/></row>'
    content = with_sheet(BOOK, SHEET.format(dimension="A1:X1048576", rows=rows))
    outcome = office.submit("就业2010年3月.xlsx", content)
    assert (outcome.status, outcome.receipt.rows_read, outcome.receipt.rows_accepted) == ("active", 3, 2)


def test_a_file_that_takes_the_reader_down_is_refused_and_disturbs_nothing(real_office: Office) -> None:
    stray = inline([EMPLOYMENT, good()]) + '<row r="1048576"><c\tr="XFD1048576"><v>1</v></c></row>'
    bomb = with_sheet(BOOK, SHEET.format(dimension="A1:F2", rows=stray))
    register = real_office.handover("社区名录2010年.xlsx", [REGISTER_HEADER, *REGISTER])
    files = [
        real_office.handover("就业2010年1月.xlsx", employment(good())),
        real_office.handover("就业2010年2月.xlsx", bomb),
        real_office.handover("就业2010年3月.xlsx", employment(good())),
    ]
    outcomes = receive(real_office.settings, [*files, register])
    assert [one.status for one in outcomes] == ["active", "refused", "active", "active"]
    assert "文件无法读取" in str(outcomes[1].receipt.refusal)
    assert [one.receipt.submission_id for one in outcomes] == ["000002", "000003", "000004", "000001"]


def test_a_file_that_takes_too_long_is_refused(real_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.intake import readers

    monkeypatch.setattr(readers, "_START_SECONDS", -10)
    settings = real_office.settings.model_copy(update={"reader_seconds": 1, "readers": 1})
    outcome = receive(settings, [real_office.handover("就业2010年3月.xlsx", employment(good()))])[0]
    assert outcome.status == "refused"
    assert "没有读完" in str(outcome.receipt.refusal)


_KILLED = """
import os, sys
from pathlib import Path
from pipelines.intake import receive as door
from pipelines.settings import Settings
from tests.intake.conftest import ReadersHere

stop, calls = int(sys.argv[3]), 0

def counted(real):
    def wrapper(*args, **kwargs):
        global calls
        calls += 1
        if calls == stop:
            os.kill(os.getpid(), 9)
        return real(*args, **kwargs)
    return wrapper

os.fsync, os.rename, os.unlink = counted(os.fsync), counted(os.rename), counted(os.unlink)
door.Readers = ReadersHere
door.receive(Settings(home=Path(sys.argv[1])), [door.Handover(Path(sys.argv[2]))])
print(calls)
"""


def test_killed_at_any_moment_leaves_no_submission_or_a_whole_one(office: Office, tmp_path: Path) -> None:
    path = office.handover("就业2010年3月.xlsx", employment(good())).path

    def added(name: str, stop: int) -> tuple[int, int, Path]:
        """How many submissions there are more after a run that kills itself at its stop-th step, and its steps."""
        home = tmp_path / name
        shutil.copytree(office.settings.home, home)
        command = [sys.executable, "-c", _KILLED, str(home), str(path), str(stop)]
        run = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        assert run.returncode == (-signal.SIGKILL if stop else 0), run.stderr
        folders = list(Lake(home).submissions.glob("*/*/*"))
        assert all((folder / ORIGINAL).exists() and (folder / RECEIPT).exists() for folder in folders)
        return len(folders) - 1, int(run.stdout or 0), home

    count, steps, _ = added("undisturbed", 0)
    assert count == 1
    ends = [added(f"killed{stop}", stop) for stop in (1, steps // 2, steps - 1, steps)]
    assert {count for count, _, _ in ends} == {0, 1}
    after = Settings(home=ends[0][2])
    outcome = receive(after, [office.handover(path.name, employment(good()))])[0]
    assert outcome.status == "active"
    assert not list(Lake(after.home).staging.iterdir())
