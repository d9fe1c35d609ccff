"""What was probably meant: said beside the fault, or warned of; and silence where numbers are merely uneven."""

import pytest

from tests.intake.conftest import COOPERATIVES, DISPUTES, Office, employment, good, many, only

COMMUNITIES = ("新木社区", "平湖社区", "布吉社区", "龙岗社区", "南联社区")


def company(at: int, income: float, **changed: object) -> list[object]:
    """A company whose income is rent and services by halves, in 万元."""
    row = {
        "code": f"A{at:03d}", "name": f"公司{at}",
        "community": COMMUNITIES[at % 5], "people": 300 + at,
        "rent": income / 2, "investment": 0, "service": income / 2, "management": 0, "other": 0,
        "total": income, "profit": income / 4, "dividends": income / 8,
        "decisions": 4, "reviewed": 4, "modern": "是", "managers": "否",
    }  # fmt: skip
    return list({**row, **changed}.values())


def companies(*incomes: float) -> list[list[object]]:
    return [COOPERATIVES, *(company(at, income) for at, income in enumerate(incomes))]


UNEVEN = (120, 80, 200, 90, 2_000, 150, 60, 3, 400, 110)


def test_a_part_larger_than_its_whole_was_probably_swapped(office: Office) -> None:
    rows = employment(*many(4), good("南联社区", labour_force=90, employed=100))
    assert only(office.submit("就业2010年3月.xlsx", rows)).message.endswith(
        "“已就业人数”和“户籍劳动力人数”两栏的数可能填反了。"
    )


def test_no_swap_is_supposed_where_it_would_break_another_rule(office: Office) -> None:
    header = ["社区", "下派社区工作事项数", "经准入事项数", "落实经费事项数"]
    rest = {"应召开议事协调会次数": 1, "实际召开次数": 1, "居民小组数": 5, "已建党支部居民小组数": 1,
            "党员承诺事项数": 1, "已兑现承诺数": 1, "达到六好标准": "是"}  # fmt: skip
    rows = [[name, 9, 5, 3, *rest.values()] for name in ("新木社区", "平湖社区")]
    # 5 admitted of 4 assigned; exchanged, 4 would be admitted and 5 of them funded.
    table = [[*header, *rest], *rows, ["南联社区", 4, 5, 5, *rest.values()]]
    (fault,) = office.submit("社区治理月报2010年3月.xlsx", table).faults
    assert "填反" not in fault.message


def test_two_whole_columns_swapped_are_told_so(office: Office) -> None:
    rows = employment(*(good(name, labour_force=90, employed=100) for name in COMMUNITIES))
    messages = {fault.message[-40:] for fault in office.submit("就业2010年3月.xlsx", rows).faults}
    assert all("多数行都是这样，“已就业人数”和“户籍劳动力人数”两列可能整列填反了。" in message for message in messages)


def test_a_wrong_total_that_was_swapped_with_a_part(office: Office) -> None:
    rows = companies(*UNEVEN)
    rows[3][COOPERATIVES.index("总收入")], rows[3][COOPERATIVES.index("服务收入")] = 100, 200
    fault = only(office.submit("股份合作公司2010年第1季度.xlsx", rows))
    assert fault.rule == "sum"
    assert fault.message.endswith("“总收入”和“服务收入”两栏的数可能填反了。")


def test_cells_of_different_kinds_that_were_swapped(office: Office) -> None:
    rows = [DISPUTES, *([name, "劳资", 3, 2] for name in COMMUNITIES), ["邻里", "新木社区", 3, 2]]
    found = office.submit("矛盾纠纷2010年3月.xlsx", rows).faults
    assert {fault.field for fault in found} == {"community", "kind"}
    assert all("“社区”和“纠纷类别”两栏可能填反了。" in fault.message for fault in found)


def test_yuan_among_ten_thousands_of_yuan_is_a_warning(office: Office) -> None:
    rows = companies(*UNEVEN)
    rows[4][COOPERATIVES.index("净利润")] = 90 / 4 * 10_000
    outcome = office.submit("股份合作公司2010年第1季度.xlsx", rows)
    assert outcome.status == "active"
    warning = only(outcome)
    assert (warning.severity, warning.rule, warning.cell) == ("warning", "unit_slip", "K5")
    assert warning.message.startswith("净利润填的是“225000”，约为本表其他各行的一万倍，可能是单位（如元与万元")


def test_a_total_that_one_part_in_another_unit_makes_wrong(office: Office) -> None:
    rows = companies(*UNEVEN)
    rows[3][COOPERATIVES.index("服务收入")] = 100 * 10_000
    fault = next(f for f in office.submit("股份合作公司2010年第1季度.xlsx", rows).faults if f.severity == "fault")
    assert fault.rule == "sum"
    assert fault.message.endswith("“服务收入”缩小一万倍就相符，可能是单位（如元与万元）填错了。")


def test_ten_thousands_of_people_where_people_are_counted(office: Office) -> None:
    rows = companies(*UNEVEN)
    for at, row in enumerate(rows[1:]):
        row[3] = 20_000 + 500 * at
    rows[6][3] = 2.3
    fault = only(office.submit("股份合作公司2010年第1季度.xlsx", rows))
    assert (fault.rule, fault.cell) == ("type", "D7")
    assert fault.message == (
        "股民人数填的是“2.3”，应为整数。此数约为本表其他各行的万分之一，可能是单位（如元与万元、人与万人）填错了。"
    )


@pytest.mark.parametrize(
    "incomes",
    [
        UNEVEN,
        (1, 10, 100, 1_000, 10_000, 100_000, 3, 30, 300, 3_000),  # Spread over five decades: nothing is usual.
        (100, 100, 100, 100, 100, 100, 100, 100, 100, 8_000),  # Large, but not ten thousand times.
        (1, 1_000_000, 1),  # Too few to tell.
        (*(2_000 + at for at in range(30)), 100, 20, 5, 1),  # Small ones all the way down.
    ],
)
def test_uneven_numbers_are_no_slips(office: Office, incomes: tuple[float, ...]) -> None:
    outcome = office.submit("股份合作公司2010年第1季度.xlsx", companies(*incomes))
    assert outcome.faults == ()
