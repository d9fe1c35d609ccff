"""The street of a row and the period, which any file may have: found at any height of a header, in any layout."""

from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest

from pipelines.intake.header import _OWN, PERIOD, STREET
from tests.intake.conftest import EMPLOYMENT, Office, csv_text, workbook

FIGURES = EMPLOYMENT[1:]
ROWS = [
    ["凤凰社区", "平湖街道", "2010年3月", 100, 90, 5, 0, 3],
    ["凤凰社区", "布吉街道", "2010年3月", 200, 150, 9, 1, 4],
]
"""Two communities of one name: only the street tells which is which, and only the column which period it is."""
RIGHT = [("440307003901", 90), ("440307014014", 150)]

# Each header by the texts of its rows; a text stands over what follows to its right, and its own cell may reach down.
OF_ONE = [["社区", "街道", "统计期", *FIGURES]]
UNDER_A_PARENT = [["基本情况", None, None, "就业情况", *[None] * 4], ["社区", "街道", "统计期", *FIGURES]]
BESIDE_PARENTS = [["社区", "街道", "统计期", "就业情况", *[None] * 4], [None, None, None, *FIGURES]]
PARTLY = [["社区", "属地", None, "就业情况", *[None] * 4], [None, "街道", "统计期", *FIGURES]]
OF_THREE = [
    ["基本情况", None, None, "就业", *[None] * 4],
    ["区划", None, "统计期", "就业情况", *[None] * 4],
    ["社区", "街道", None, *FIGURES],
]
OF_FOUR = [
    ["报表", *[None] * 7],
    ["基本情况", None, None, "就业", *[None] * 4],
    ["社区", "街道", "统计期", "就业情况", *[None] * 4],
    [None, None, None, *FIGURES],
]
MERGED = {
    "beside parents": ("A1:A2", "B1:B2", "C1:C2", "D1:H1"),
    "under a parent": ("A1:C1", "D1:H1"),
    "partly": ("A1:A2", "B1:C1", "D1:H1"),
    "of three": ("A1:C1", "D1:H1", "A2:B2", "C2:C3", "D2:H2"),
}
HEADERS = {
    "of one": OF_ONE, "under a parent": UNDER_A_PARENT, "beside parents": BESIDE_PARENTS, "partly": PARTLY,
    "of three": OF_THREE, "of four": OF_FOUR[1:],
}  # fmt: skip


def found(office: Office, outcome: Any) -> list[tuple[str, int]]:
    assert outcome.status == "active", (outcome.receipt.refusal, outcome.faults)
    assert outcome.receipt.period_end.isoformat() == "2010-03-31"
    rows = office.accepted(outcome).select("community", "employed").rows()
    return sorted(rows)


def table(rows: Sequence[Sequence[Any]]) -> bytes:
    lines = "".join("<tr>" + "".join(f"<td>{'' if c is None else c}</td>" for c in row) + "</tr>" for row in rows)
    return f'<html><meta charset="utf-8"><table>{lines}</table></html>'.encode()


@pytest.mark.parametrize("kind", ["merged", "xlsx", "csv", "html"])
@pytest.mark.parametrize("height", HEADERS)
def test_street_and_period_are_found_at_any_height(office: Office, height: str, kind: str) -> None:
    rows = [*HEADERS[height], *ROWS]
    content = {
        "merged": lambda: workbook({"就业": rows}, merged=MERGED.get(height, ())),
        "xlsx": lambda: workbook({"就业": rows}),
        "csv": lambda: csv_text([["" if c is None else c for c in row] for row in rows]).encode(),
        "html": lambda: table(rows),
    }[kind]()
    name = {"csv": "就业.csv", "html": "就业.xls"}.get(kind, "就业.xlsx")
    assert found(office, office.submit(name, content)) == RIGHT


@pytest.mark.parametrize(("own", "name"), [(own, name) for own, names in _OWN.items() for name in names])
def test_every_name_of_them_is_known_under_a_parent(office: Office, own: str, name: str) -> None:
    at = {STREET: 1, PERIOD: 2}[own]
    header = [list(row) for row in UNDER_A_PARENT]
    header[1][at] = name
    assert found(office, office.submit("就业.xlsx", [*header, *ROWS])) == RIGHT


@pytest.mark.parametrize("header", HEADERS.values(), ids=list(HEADERS))
def test_a_street_that_contradicts_the_community_is_a_fault(office: Office, header: Any) -> None:
    wrong = [["新木社区", "布吉街道", "2010年3月", 100, 90, 5, 0, 3]]
    outcome = office.submit("就业.xlsx", [*header, *wrong])
    assert (outcome.status, [fault.rule for fault in outcome.faults]) == ("refused", ["street_contradicts"])


def test_a_period_that_contradicts_the_name_refuses_the_file(office: Office) -> None:
    outcome = office.submit("就业2010年4月.xlsx", [*BESIDE_PARENTS, *ROWS])
    assert outcome.receipt.refusal.startswith("统计期互相矛盾")


MONTHS = ["2010年1月", "2010年2月"]
SAFETY = ["应整改隐患数", "按期整改隐患数", "生产安全事故起数", "事故死亡人数"]
WIDE = [
    [["社区", "街道", *[month for month in MONTHS for _ in SAFETY]], [None, None, *SAFETY * 2]],
    [["区划", None, *[m if not at else None for m in MONTHS for at in range(4)]], ["社区", "街道", *SAFETY * 2]],
]


@pytest.mark.parametrize("header", WIDE)
def test_a_table_with_columns_for_months_knows_the_street(office: Office, header: Any) -> None:
    rows = [["凤凰社区", "平湖街道", 9, 8, 0, 0, 7, 6, 0, 0], ["凤凰社区", "布吉街道", 5, 4, 0, 0, 3, 2, 0, 0]]
    outcome = office.submit("安全生产月报.xlsx", [*header, *rows], period="2010-01")
    assert outcome.status == "active", (outcome.receipt.refusal, outcome.faults)
    assert sorted(office.accepted(outcome).select("community", "hazards_due").rows()) == [
        ("440307003901", 9), ("440307014014", 5),
    ]  # fmt: skip


def test_a_table_with_a_row_for_each_field_knows_the_street(office: Office) -> None:
    rows = [
        [community, street, field, at, at + 10]
        for community, street, first in (("凤凰社区", "平湖街道", 20), ("凤凰社区", "布吉街道", 40))
        for field, at in zip(SAFETY, (first, first - 5, 0, 0), strict=True)
    ]
    outcome = office.submit("安全生产月报.xlsx", [["社区", "街道", "指标", *MONTHS], *rows], period="2010-01")
    assert outcome.status == "active", (outcome.receipt.refusal, outcome.faults)
    assert sorted(office.accepted(outcome).select("community", "hazards_due").rows()) == [
        ("440307003901", 20), ("440307014014", 40),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "above",
    [
        [["指标", "凤凰社区", "凤凰社区"], ["街道", "平湖街道", "布吉街道"], ["统计期", "2010年3月", "2010年3月"]],
        [["街道", "平湖街道", "布吉街道"], ["统计期", "2010年3月", "2010年3月"], ["指标", "凤凰社区", "凤凰社区"]],
        [["社区", "凤凰社区", "凤凰社区"], ["街道", "平湖街道", "布吉街道"], ["统计期", "2010年3月", "2010年3月"]],
    ],
)
def test_a_table_on_its_side_knows_street_and_period(office: Office, above: Any) -> None:
    figures = [[name, one, other] for name, one, other in zip(SAFETY, (9, 8, 0, 0), (5, 4, 0, 0), strict=True)]
    outcome = office.submit("安全生产月报.xlsx", [*above, *figures])
    assert outcome.status == "active", (outcome.receipt.refusal, outcome.faults)
    assert outcome.receipt.period_end.isoformat() == "2010-03-31"
    assert sorted(office.accepted(outcome).select("community", "hazards_due").rows()) == [
        ("440307003901", 9), ("440307014014", 5),
    ]  # fmt: skip


def test_a_table_on_its_side_with_streets_merged_over_communities(office: Office) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [["街道", "平湖街道", None, "布吉街道"], ["指标", "新木社区", "平湖社区", "布吉社区"]]:
        sheet.append(row)
    for name, figures in zip(SAFETY, ((9, 8, 7), (6, 5, 4), (0, 0, 0), (0, 0, 0)), strict=True):
        sheet.append([name, *figures])
    sheet.merge_cells("B1:C1")
    path = office.outside / "安全生产月报2010年3月.xlsx"
    book.save(path)
    outcome = office.submit(path.name, path.read_bytes())
    assert outcome.status == "active", (outcome.receipt.refusal, outcome.faults)
    assert office.accepted(outcome)["hazards_due"].to_list() == [9, 8, 7]
