"""Repeats, rows without a key, and how many faulty rows a file may have."""

import pytest

from tests.intake.conftest import ILLEGAL, Office, employment, good


def with_communities(office: Office, count: int) -> list[str]:
    """The codes of so many communities, which are registered."""
    codes = [f"440307003{number:03d}" for number in range(1, count + 1)]
    office.register([["440307003", "平湖街道", code, f"第{code[-3:]}社区", "2009-01-01", None, None] for code in codes])
    return codes


def test_rows_without_their_key_are_no_repeats_of_one_another(office: Office) -> None:
    """As from a workbook with merged communities: only the first of two rows names its community."""
    rows = [
        row
        for name in ("新木社区", "平湖社区", "布吉社区")
        for row in ([name, "社区集体厂房", 1, 100, 0], [None, "居民", 1, 50, 0])
    ]
    outcome = office.submit("违法建筑查处2010年3月.xlsx", [ILLEGAL, *rows])
    assert outcome.receipt.skipped == {"header": 1}
    assert outcome.receipt.rows_rejected == 3
    assert outcome.receipt.refusal.startswith("6 行数据中有 3 行有错误，超过 5%")


def test_whole_rows_that_come_again_are_repeats(office: Office) -> None:
    rows = [["新木社区", "居民", 1, 10, 0]] * 3 + [["平湖社区", "居民", 1, 10, 0]]
    outcome = office.submit("违法建筑查处2010年3月.xlsx", [ILLEGAL, *rows])
    assert (outcome.receipt.rows_accepted, outcome.receipt.skipped) == (2, {"header": 1, "repeat": 2})


@pytest.mark.parametrize("nothing", ["-", "—", " / ", "无数据", "N/A", "－", None])
def test_rows_that_differ_in_how_nothing_is_written_are_repeats(office: Office, nothing: str | None) -> None:
    header = ["社区编码", "社区名称", "街道编码", "街道名称", "启用日期", "停用日期", "并入社区编码"]
    row = ["440307003004", "新木社区", "440307003", "平湖街道", "2009-01-01"]
    outcome = office.submit("社区名录2011年.xlsx", [header, [*row, None, None], [*row, nothing, None]])
    assert (outcome.status, outcome.receipt.rows_accepted, outcome.receipt.skipped["repeat"]) == ("active", 1, 1)


@pytest.mark.parametrize(
    ("count", "faulty", "status"),
    [
        (20, 1, "active"),
        (20, 2, "refused"),
        (40, 2, "active"),
        (39, 2, "refused"),
        (60, 3, "active"),
        (59, 3, "refused"),
    ],
)
def test_one_row_in_twenty_may_be_faulty_and_no_more(office: Office, count: int, faulty: int, status: str) -> None:
    rows = [good(code) for code in with_communities(office, count)]
    for row in rows[:faulty]:
        row[0] = None
    outcome = office.submit("就业2010年3月.xlsx", employment(*rows))
    assert (outcome.status, outcome.receipt.rows_rejected) == (status, faulty)
