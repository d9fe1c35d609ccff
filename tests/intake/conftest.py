"""A small district to hand files in to: ten communities, with 凤凰社区 in two streets in 2010."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from pipelines.contracts.schema import load_contracts
from pipelines.intake import receive as door
from pipelines.intake.annotate import annotated
from pipelines.intake.draft import Draft, Fault, Marking, Task
from pipelines.intake.judge import Judge
from pipelines.intake.read import Limits
from pipelines.intake.receive import Handover, Outcome, receive
from pipelines.settings import Settings
from warehouse.lake import ACCEPTED, Lake

Cells = Sequence[Sequence[Any]]

REGISTER_HEADER = ["街道编码", "街道名称", "社区编码", "社区名称", "启用日期", "停用日期", "并入社区编码"]
REGISTER: list[list[Any]] = [
    ["440307003", "平湖街道", "440307003004", "新木社区", "2009-01-01", None, None],
    ["440307003", "平湖街道", "440307003007", "平湖社区", "2009-01-01", None, None],
    ["440307003", "平湖街道", "440307003901", "凤凰社区", "2009-01-01", "2011-01-01", "440307003012"],
    ["440307003", "平湖街道", "440307003012", "凤凰社区平湖墟社区", "2011-01-01", None, None],
    ["440307013", "坂田街道", "440307013016", "杨美社区嘉丽园社区", "2009-01-01", None, None],
    ["440307014", "布吉街道", "440307014014", "凤凰社区", "2009-01-01", None, None],
    ["440307014", "布吉街道", "440307014018", "布吉社区", "2009-01-01", None, None],
    ["440307016", "龙岗街道", "440307016002", "龙岗社区", "2009-01-01", None, None],
    ["440307016", "龙岗街道", "440307016006", "南联社区", "2009-01-01", None, None],
    ["440307018", "吉华街道", "440307018001", "丽湖社区", "2016-12-26", None, None],
]
EMPLOYMENT = ["社区", "户籍劳动力人数", "已就业人数", "登记失业人数", "零就业家庭户数", "本月新增就业人数"]
SERVICES = ["社区", "设立一站式服务大厅", "应提供服务事项数", "已提供服务事项数", "应办结服务件数", "按时办结件数"]
ILLEGAL = ["社区", "违建类别", "新增宗数", "新增面积（平方米）", "拆除面积（平方米）"]
DISPUTES = ["社区", "纠纷类别", "排查受理数", "调解成功数"]
COOPERATIVES = [
    "公司代码", "公司名称", "所在社区", "股民人数", "物业租赁收入", "投资收入", "服务收入", "管理收入", "其他收入",
    "总收入", "净利润", "分红总额", "重大经营决策数", "经社区党组织审议数", "建立现代企业制度", "引进职业经理人",
]  # fmt: skip


def workbook(sheets: dict[str, Cells], merged: Iterable[str] = (), hidden: Iterable[str] = ()) -> bytes:
    """An .xlsx of these sheets. A tuple ("formula", shown) is a formula; merged ranges are of every sheet."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, tuple):
                    sheet.write_formula(at, column, "=1/0", None, value[1])
                elif value is not None:
                    sheet.write(at, column, value)
        for area in merged:
            sheet.merge_range(area, "")
    book.close()
    return buffer.getvalue()


def csv_text(rows: Cells) -> str:
    """Rows as lines of comma-separated cells."""
    return "".join(",".join("" if cell is None else f'"{cell}"' for cell in row) + "\r\n" for row in rows)


@dataclass
class Office:
    """Where files are handed in, one home per test."""

    settings: Settings
    outside: Path

    def submit(
        self,
        name: str,
        content: bytes | Cells,
        *,
        period: str | None = None,
        streets: tuple[str, ...] = (),
        at: str = "2030-01-05T09:00",
    ) -> Outcome:
        """Hand in one file: bytes, or rows that become the only sheet of a workbook."""
        return receive(self.settings, [self.handover(name, content, period=period, streets=streets, at=at)])[0]

    def handover(
        self,
        name: str,
        content: bytes | Cells,
        *,
        period: str | None = None,
        streets: tuple[str, ...] = (),
        at: str = "2030-01-05T09:00",
    ) -> Handover:
        path = self.outside / name
        path.write_bytes(content if isinstance(content, bytes) else workbook({"Sheet1": content}))
        return Handover(path, datetime.fromisoformat(at), period, streets)

    def register(self, rows: Cells = REGISTER, year: int = 2010) -> Outcome:
        return self.submit(f"社区名录{year}年.xlsx", [REGISTER_HEADER, *rows], at=f"{year}-01-05T09:00")

    def accepted(self, outcome: Outcome) -> pl.DataFrame:
        return pl.read_parquet(Lake(self.settings.home).folder(outcome.receipt) / ACCEPTED)


class ReadersHere:
    """Judges in the test's own process: the same judgement without the seconds a child takes to start."""

    def __init__(self, settings: Settings) -> None:
        limits = Limits(settings.max_unpacked_mb * 2**20, settings.max_rows)
        self.judge = Judge(load_contracts(settings.contracts_dir), limits)

    def __enter__(self) -> "ReadersHere":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def drafts(self, tasks: Iterable[Task]) -> Iterator[tuple[int, Draft]]:
        for place, task in enumerate(tasks):
            yield place, self.judge.drafts([task])[0]

    def annotated(self, marking: Marking) -> bytes:
        return annotated(marking, self.judge.limits)


@pytest.fixture
def empty_office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A home without anything, judging in this process."""
    monkeypatch.setattr(door, "Readers", ReadersHere)
    (tmp_path / "outside").mkdir()
    return Office(Settings(home=tmp_path / "home"), tmp_path / "outside")


@pytest.fixture
def office(empty_office: Office) -> Office:
    """A home with the register of 2010."""
    assert empty_office.register().status == "active"
    return empty_office


@pytest.fixture
def real_office(tmp_path: Path) -> Office:
    """A home that judges in child processes, as in real life."""
    (tmp_path / "outside").mkdir()
    return Office(Settings(home=tmp_path / "home"), tmp_path / "outside")


def faults(outcome: Outcome) -> list[tuple[str | None, str]]:
    """Cell and rule of every fault, warnings left out."""
    return [(fault.cell, fault.rule) for fault in outcome.faults if fault.severity == "fault"]


def only(outcome: Outcome) -> Fault:
    """The one fault there is."""
    assert len(outcome.faults) == 1, outcome.faults
    return outcome.faults[0]


def employment(*rows: Sequence[Any]) -> list[Sequence[Any]]:
    """A plain report on employment."""
    return [EMPLOYMENT, *rows]


Filled = Callable[..., list[Any]]


def good(community: str = "新木社区", **changed: Any) -> list[Any]:
    """A row that keeps the contract of `employment`, with cells changed by the field's name."""
    row: dict[str, Any] = {
        "community": community,
        "labour_force": 100,
        "employed": 90,
        "registered_unemployed": 5,
        "zero_employment_households": 0,
        "newly_employed": 3,
    }
    assert not set(changed) - set(row)
    return list({**row, **changed}.values())


def many(count: int = 4) -> list[list[Any]]:
    """Good rows of different communities whose names are not ambiguous in 2010."""
    return [good(name) for name in ("新木社区", "平湖社区", "布吉社区", "龙岗社区", "南联社区")[:count]]
