"""Names and numbers of persons, put wherever a file can hold them, stand nowhere but in what is sealed."""

import json
import logging
import re
import tempfile
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from itertools import count
from pathlib import Path
from zipfile import ZipFile

import duckdb
import polars as pl
import pytest
import xlsxwriter

from pipelines.contracts.schema import Contract, FieldType, load_contracts
from pipelines.intake.receive import Handover, Outcome, receive
from pipelines.intake.sealing import open_original, true_name
from pipelines.modelling.refresh import refresh
from pipelines.periods import Cadence
from tests.intake.conftest import EMPLOYMENT, REGISTER_HEADER, Office
from warehouse.lake import Lake

_SURNAMES = "林陈黄周吴徐孙胡朱高何郭"
_GIVEN = "霁岚沐珩栩棠屿澈漪蘅翊骁晗琬"
_CANARY = re.compile(rf"[{_SURNAMES}][{_GIVEN}]{{2}}|1380\d{{7}}|44030719900101\d{{4}}")
_PERIODS = {Cadence.MONTH: "2026年3月", Cadence.QUARTER: "2026年第1季度", Cadence.YEAR: "2026年"}


class Canaries:
    """Names and numbers that stand in no other place than where they are put."""

    def __init__(self) -> None:
        self.all: dict[str, str] = {}
        self._next = count()

    def name(self, where: str) -> str:
        number = next(self._next)
        name = _SURNAMES[number % 12] + _GIVEN[number // 12 % 14] + _GIVEN[number // 168]
        self.all[name] = where
        return name

    def phone(self, where: str) -> str:
        phone = f"1380{next(self._next):07d}"
        self.all[phone] = where
        return phone

    def card(self, where: str) -> str:
        card = f"44030719900101{next(self._next):04d}"
        self.all[card] = where
        return card

    def person(self, where: str) -> str:
        return f"{self.name(where)} {self.phone(where)}"


def _refused(contract: Contract, canaries: Canaries) -> tuple[str, bytes]:
    """A file of one export with a row for each field, in which that field holds a person."""
    about = contract.export
    headers = [spec.header for spec in contract.fields.values()]
    lines = [
        [f"{contract.title}（{_PERIODS[contract.cadence]}）填报人：{canaries.person(f'{about} title')}"],
        [*headers, "备注", "联系人姓名", canaries.name(f"{about} header")],
    ]
    for at, (name, spec) in enumerate(contract.fields.items()):
        where = f"{about}.{name}"
        # A text may be any name; numbers of persons are not for it either.
        held = canaries.card(where) if spec.type is FieldType.TEXT else canaries.person(where)
        row = [held if other == at else "1" for other in range(len(headers))]
        lines.append([*row, canaries.person(f"{about} extra"), canaries.name(f"{about} contact")])
    lines.append([f"注：本表由{canaries.person(f'{about} note')}核对"])
    text = "".join(",".join(line) + "\r\n" for line in lines)
    stem = f"{_PERIODS[contract.cadence]}{contract.title}_{canaries.name(f'{about} file name')}"
    return f"{stem}.csv", text.encode("gb18030")


def _register() -> bytes:
    rows = [REGISTER_HEADER[:5]]
    rows += [["440307003", "平湖街道", f"440307003{at:03d}", f"第{at}社区", "2009-01-01"] for at in range(1, 41)]
    return "".join(",".join(row) + "\n" for row in rows).encode()


def _accepted(canaries: Canaries) -> bytes:
    """A workbook that is accepted, with persons in every corner of it."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"author": canaries.name("author"), "comments": canaries.person("comments of the document")})
    sheet = book.add_worksheet(f"就业{canaries.name('sheet name')}")
    sheet.write(0, 0, f"2026年3月就业情况 经办人{canaries.person('title')}")
    sheet.write_row(1, 0, [*EMPLOYMENT, "备注", f"联系方式{canaries.phone('header')}"])
    for at in range(1, 41):
        row = [f"第{at}社区", 100, 90, 5, 0, 3, canaries.person("extra column"), canaries.card("extra column")]
        sheet.write_row(at + 1, 0, row)
    sheet.write(20, 2, canaries.person("asked-for column"))
    sheet.write(43, 0, f"注：{canaries.person('note')}")
    sheet.write_comment(5, 1, canaries.person("comment"))
    sheet.set_row(30, None, None, {"hidden": True})
    hidden = book.add_worksheet(canaries.name("name of a hidden sheet"))
    hidden.hide()
    hidden.write_row(0, 0, ["姓名", "身份证号", canaries.name("hidden sheet")])
    hidden.write_row(1, 0, [canaries.name("hidden sheet"), canaries.card("hidden sheet")])
    book.close()
    return buffer.getvalue()


def _members(canaries: Canaries) -> bytes:
    """A roster of persons that is accepted although two of its rows are shifted by one."""
    rows = [["党员编号", "党组织编码", "性别", "出生年月", "姓名"]]
    rows += [[f"DY{at:04d}", "P1", "女", "1980-01", canaries.name("members, name")] for at in range(60)]
    for at in (7, 9):
        rows[at] = [canaries.name("shifted"), f"DY{at:04d}", canaries.card("shifted"), canaries.person("shifted")]
    return "".join(",".join(row) + "\n" for row in rows).encode()


def _swallowing(canaries: Canaries) -> bytes:
    lines = [",".join([*EMPLOYMENT, "备注", "联系人姓名"])]
    lines += [f"第{at}社区,100,90,5,0,3,无,{canaries.name('behind a quotation mark')}" for at in range(1, 41)]
    lines[9] = lines[9].replace(",90,", ',"90,')
    return "\n".join(lines).encode()


def _contracts(office: Office) -> dict[str, Contract]:
    return dict(load_contracts(office.settings.contracts_dir))


def _handed_in(office: Office, canaries: Canaries) -> list[Handover]:
    archive = BytesIO()
    with ZipFile(archive, "w") as packed:
        text = f"{','.join(EMPLOYMENT)}\n第1社区,{canaries.person('member')},1,1,1,1\n"
        packed.writestr(f"{canaries.name('folder of an archive')}/2026年2月就业.csv", text)
    alien = "\n".join(f"{canaries.name('alien')},备注,{canaries.card('alien')},人数" for _ in range(4))
    files = [
        ("社区名录2026年.csv", _register()),
        (f"2026年3月就业_{canaries.person('file name')}.xlsx", _accepted(canaries)),
        ("2026年3月党员名册.csv", _members(canaries)),
        ("2026年1月就业.csv", _swallowing(canaries)),
        (f"{canaries.name('name of an archive')}.zip", archive.getvalue()),
        (f"{canaries.name('name of an alien file')}.csv", alien.encode()),
        *(_refused(one, canaries) for one in _contracts(office).values()),
    ]
    handovers = []
    for name, content in files:
        path = office.outside / name
        path.write_bytes(content)
        handovers.append(Handover(path, datetime(2030, 1, 5), by=canaries.name("office"), channel="page"))
    return handovers


def _texts(folder: Path) -> Iterator[tuple[Path, str]]:
    """All that can be read in a folder: names, raw bytes in every encoding, Parquet and databases unpacked."""
    for path in folder.rglob("*"):
        yield path, str(path.relative_to(folder))
        if not path.is_file() or path.suffix in (".sealed", ".key"):
            continue
        raw = path.read_bytes()
        for encoding in ("utf-8", "gb18030", "utf-16-le"):
            yield path, raw.decode(encoding, "ignore")
        if path.suffix == ".json":
            yield path, json.dumps(json.loads(raw), ensure_ascii=False)
        if path.suffix == ".parquet":
            yield path, str(pl.read_parquet(path).rows())
        if path.suffix == ".duckdb":
            yield path, "\n".join(_tables(path))


def _tables(path: Path) -> Iterator[str]:
    with duckdb.connect(path, read_only=True) as con:
        for schema, table in con.execute("select schema_name, table_name from duckdb_tables()").fetchall():
            yield str(con.execute(f'select * from "{schema}"."{table}"').fetchall())
        yield str(con.execute("select comment from duckdb_columns() where comment is not null").fetchall())


def _found(canaries: Canaries, texts: Iterator[tuple[Path, str]]) -> set[tuple[str, str, str]]:
    return {
        (canaries.all[one], one, str(path))
        for path, text in texts
        for one in _CANARY.findall(text)
        if one in canaries.all
    }


def test_what_may_tell_of_a_person_stands_nowhere_but_in_what_is_sealed(
    empty_office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    office, canaries, aside = empty_office, Canaries(), tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(aside))
    handovers = _handed_in(office, canaries)
    assert len(canaries.all) > 400
    tried = receive(office.settings, handovers[:4], trial=True)
    assert not _found(canaries, _answers(tried))
    outcomes = receive(office.settings, handovers)
    counted = [(one.receipt.rows_accepted, one.receipt.rows_rejected) for one in outcomes[:4]]
    assert {one.receipt.export for one in outcomes if one.faults} >= set(_contracts(office))
    assert counted == [(40, 0), (39, 1), (58, 2), (39, 1)]
    office.settings.inbox.mkdir(parents=True)
    name = f"2026年2月就业{canaries.name('inbox')}.csv"
    (office.settings.inbox / name).write_text("社区,人数\n1,2\n")
    assert refresh(office.settings).publication is not None
    assert not _found(canaries, _answers(outcomes))
    assert not _found(canaries, _texts(office.settings.home))
    assert not _found(canaries, _texts(aside))
    assert not _found(canaries, iter([(Path("log"), caplog.text)]))
    # The search finds what is there: the sealed originals and names hold nearly all of them.
    sealed = [(receipt.submission_id, receipt.file_name) for receipt in Lake(office.settings.home).receipts()]
    opened = (
        true_name(office.settings, one) + open_original(office.settings, one).decode("gb18030", "ignore")
        for one, _ in sealed
    )
    assert len(_found(canaries, ((Path(), text) for text in opened))) > len(canaries.all) / 2


def _answers(outcomes: list[Outcome]) -> Iterator[tuple[Path, str]]:
    for outcome in outcomes:
        yield Path(outcome.receipt.submission_id), json.dumps(outcome.to_public(), ensure_ascii=False)
