"""What files made to do harm, or grown out of all bounds, are told; and that each limit is a setting that acts."""

import io
import logging
import struct
import time
import zipfile

import pytest

from pipelines.intake.read import Limits, sheets
from pipelines.intake.receive import receive
from tests.intake.biff_file import xls
from tests.intake.conftest import Office, csv_text, employment, good, many, workbook
from tests.intake.test_read import BOOK, LIMITS, SHEET, inline, refusal, with_sheet

BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;">]>'


def with_part(name: str, content: bytes) -> bytes:
    """The workbook with one part added or in the place of another."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, content)
    return result.getvalue()


def lying() -> bytes:
    """A workbook whose strings are larger than its directory says."""
    data = bytearray(with_part("xl/sharedStrings.xml", b" " * 2**25))
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 100)
    return bytes(data)


def overlapping() -> bytes:
    """A workbook with two entries over the same bytes."""
    data = bytearray(with_part("xl/z.xml", b"<a/>"))
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 42, 0)
    return bytes(data)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lying(), "不完整或已损坏"),
        (overlapping(), "相互重叠"),
        (with_part("../../xl/evil.xml", b"<a/>"), "压缩包以外的路径"),
        (with_part("/etc/passwd", b"a"), "压缩包以外的路径"),
        (with_part("xl/sharedStrings.xml", f"{BOMB}<sst>&c;</sst>".encode()), "XML 中定义了实体"),
        (with_part("xl/workbook.xml", f"{BOMB}<workbook/>".encode()), "XML 中定义了实体"),
        (with_part("xl/workbook.xml", f"{BOMB}<workbook/>".encode("utf-16")), "XML 中定义了实体"),
        (with_part("xl/externalLinks/externalLink1.xml", b"<externalLink/>"), "指向其他文件的链接"),
        (xls({"数据": employment(good())}, linked=True), "指向其他文件的链接"),
        (b"<table>" + b"<tr><td colspan=1000>a" * 100_000, "大得不合常理"),
        (b"<table><tr>" + b"<td colspan=1000>a" * 20, "大得不合常理"),
        (b"," * 20_000, "大得不合常理"),
        (b"a\n" * 100_000 + b"," * 10_000, "大得不合常理"),
        (b'"a"\n' * 100_000 + b'"' + b"," * 10 + b'",' * 10_000, "大得不合常理"),
        (b"Rar!\x1a\x07\x00", "这是RAR 压缩包，不能打开"),
        (b"7z\xbc\xaf\x27\x1c", "这是7z 压缩包，不能打开"),
    ],
)
def test_what_is_made_to_do_harm_is_refused_and_says_why(content: bytes, words: str) -> None:
    start = time.process_time()
    assert words in refusal(content)
    assert time.process_time() - start < 5


def test_a_far_cell_is_named(office: Office) -> None:
    stray = inline([*employment(good())]) + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    words = refusal(with_sheet(BOOK, SHEET.format(dimension="A1:F2", rows=stray)))
    assert "XFD1048576 单元格有内容" in words


def test_a_lying_dimension_costs_nothing(office: Office) -> None:
    content = with_sheet(BOOK, SHEET.format(dimension="A1:XFD1048576", rows=inline([*employment(*many(2))])))
    outcome = office.submit("就业2010年3月.xlsx", content)
    assert (outcome.status, outcome.receipt.rows_accepted) == ("active", 2)
    short = with_sheet(BOOK, SHEET.format(dimension="A1", rows=inline([*employment(*many(3))])))
    assert office.submit("就业2010年4月.xlsx", short).receipt.rows_accepted == 3


def test_cells_that_hold_nothing_may_stand_anywhere(office: Office) -> None:
    rows = inline([*employment(good())]) + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    outcome = office.submit("就业2010年3月.xlsx", with_sheet(BOOK, SHEET.format(dimension="A1", rows=rows)))
    assert outcome.receipt.rows_accepted == 1


def test_the_largest_file_is_a_setting(office: Office) -> None:
    settings = office.settings.model_copy(update={"max_file_mb": 1})
    large = office.handover("就业2010年3月.csv", csv_text(employment(good())).encode() + b" " * 2**20)
    assert "超过 1 MB" in str(receive(settings, [large])[0].receipt.refusal)


def test_the_largest_unpacked_size_is_a_setting(real_office: Office) -> None:
    from tests.intake.conftest import REGISTER, REGISTER_HEADER

    settings = real_office.settings.model_copy(update={"max_unpacked_mb": 1, "max_rows": 12, "readers": 1})
    bomb = with_sheet(BOOK, SHEET.format(dimension="A1", rows=" " * 2**21))
    long = csv_text(employment(*[good()] * 20)).encode()
    files = [
        real_office.handover("社区名录2010年.xlsx", [REGISTER_HEADER, *REGISTER]),
        real_office.handover("就业2010年3月.xlsx", bomb),
        real_office.handover("就业2010年4月.csv", long),
        real_office.handover("就业2010年5月.csv", csv_text(employment(good())).encode()),
    ]
    found = receive(settings, files)
    assert [one.status for one in found] == ["active", "refused", "refused", "active"]
    assert "解压后超过 1 MB" in str(found[1].receipt.refusal)
    assert "超过一次可报送的 12 行" in str(found[2].receipt.refusal)


def test_the_memory_of_the_reader_is_a_setting(real_office: Office, caplog: pytest.LogCaptureFixture) -> None:
    settings = real_office.settings.model_copy(update={"reader_memory_mb": 64, "readers": 1})
    caplog.set_level(logging.WARNING)
    found = receive(settings, [real_office.handover("就业2010年3月.csv", csv_text(employment(good())).encode())])
    assert "无法读取" in str(found[0].receipt.refusal)
    assert "died" in caplog.text


def test_the_path_in_a_files_name_leads_nowhere(office: Office) -> None:
    from dataclasses import replace

    handover = replace(office.handover("a.xlsx", employment(good())), name="../../就业2010年3月.xlsx")
    outcome = receive(office.settings, [handover])[0]
    assert outcome.status == "active"
    assert sorted(path.name for path in office.settings.home.parent.iterdir()) == ["home", "outside"]


def test_macros_are_not_looked_at() -> None:
    content = with_part("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + b"x" * 1000)
    assert sheets(content, "就业.xlsm", LIMITS)[0].cells.height == 2


def test_rows_are_counted_in_every_format() -> None:
    limits = Limits(2**20, 3)
    for content in (b"a,b\n" * 4, b"<table>" + b"<tr><td>a" * 4, workbook({"a": [["b"]] * 4}), xls({"a": [["b"]] * 4})):
        with pytest.raises(Exception, match="超过一次可报送的 3 行"):
            sheets(content, "a", limits)


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_a_large_file_that_is_none_of_ours_is_refused_before_all_of_it_is_read(
    office: Office, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.intake import case, peek

    lines = [["地区", "产值", "时间"], *[["甲", number, "2009年"] for number in range(300)]]
    content = workbook({"数据": lines}) if name == "a.xlsx" else csv_text(lines).replace('"', "").encode("gb18030")
    monkeypatch.setattr(case, "LARGE", 1)
    monkeypatch.setattr(case, "sheets", None)
    assert "第 1 行的列是“地区、产值、时间”" in str(office.submit(name, content).receipt.refusal)
    assert peek.LARGE == 2**21


def test_the_first_rows_tell_the_same_as_all_of_them() -> None:
    from pipelines.intake.header import index_of
    from pipelines.intake.peek import first_rows
    from pipelines.intake.recognise import refuse_alien
    from pipelines.sample.content import EXPORTS
    from tests.intake.shapes import SHAPES, plain
    from tests.intake.test_shapes import JUDGE

    index = index_of(JUDGE.contracts.values())
    for name, shape in SHAPES.items():
        for export in EXPORTS:
            made = shape(plain(export))
            if made is not None:
                refuse_alien(first_rows(made[1], name, LIMITS), JUDGE.contracts, index)
