"""Completeness and timeliness: the state of every hand-in, told by files alone, and rates by department and street.

September and October 2010, due on 10 October and 10 November; two streets. By hand:

                          September                        October
    illegal  平湖          on time, then corrected          refused only
    illegal  坪地          late, on 20 October              nothing
    services 平湖          on time                          late, with two rows rejected
    services 坪地          on time                          on time; closed, and a correction waits
    employment (district)  on time                          closed before anything came, one waits
    cooperatives (3rd quarter, due on 15 October): on the last day
"""

from datetime import datetime

import duckdb
import pytest

from pipelines.contracts.schema import load_contracts
from pipelines.periods import Period
from pipelines.settings import Settings
from tests.modelling.conftest import SHANGHAI, District, Values
from tests.modelling.test_values import (
    LIANGANTIAN,
    PINGDI,
    PINGDI_STREET,
    PINGHU_STREET,
    case,
    company,
    employment,
    services,
)
from warehouse.closings import Closings

OLD, NEW = "440307014021", "440307018001"


def on(month: int, day: int) -> datetime:
    return datetime(2010, month, day, 9, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Values:
    district = District(tmp_path_factory.mktemp("home"))
    district.register(
        "2010", (LIANGANTIAN, "良安田社区", "2009-01-01", None, ""), (PINGDI, "坪地社区", "2009-01-01", None, "")
    )

    def both(community: str, *, october: bool = True) -> None:
        for month in (9, 10) if october else (9,):
            district.hand_in(
                "community_services",
                f"2010-{month:02d}",
                [services(community, True)],
                streets=[community[:9]],
                received_at=on(month + 1, 5),
            )

    def illegal(month: int, community: str, received_at: datetime, refusal: str | None = None) -> None:
        rows = [] if refusal else [case(community, 1)]
        district.hand_in(
            "illegal_construction",
            f"2010-{month:02d}",
            rows,
            streets=[community[:9]],
            received_at=received_at,
            refusal=refusal,
        )

    illegal(9, LIANGANTIAN, on(10, 10))
    illegal(9, LIANGANTIAN, on(10, 30))
    illegal(9, PINGDI, on(10, 20))
    illegal(10, LIANGANTIAN, on(11, 3), refusal="列不全")
    both(LIANGANTIAN, october=False)
    both(PINGDI)
    district.hand_in(
        "community_services",
        "2010-10",
        [services(LIANGANTIAN, True)],
        streets=[PINGHU_STREET],
        received_at=on(11, 12),
        rejected=2,
    )
    district.hand_in("stock_cooperatives", "2010-Q3", [company("A", LIANGANTIAN, 1)], received_at=on(10, 15))
    district.hand_in("employment", "2010-09", [employment(LIANGANTIAN, 10, 9)], received_at=on(10, 5))
    Closings(district.settings.home).close("month", Period.parse("2010-10").end, by="王", at=on(11, 15))
    district.hand_in("employment", "2010-10", [employment(LIANGANTIAN, 10, 9)], received_at=on(11, 16))
    # Its date of receipt is before the closing, its arrival after it: it changes nothing, not even who was on time.
    district.hand_in(
        "community_services", "2010-10", [services(PINGDI, False)], streets=[PINGDI_STREET], received_at=on(11, 6)
    )
    return published_at(district, on(11, 20))


def published_at(district: District, moment: datetime) -> Values:
    """The build file, as if it had been published at a moment."""
    values = district.build()
    with duckdb.connect(values.path) as con:
        con.execute("delete from publication")
        con.execute("insert into publication select 1, $1, day, 0 from build.today", [moment])
    return values


def states(values: Values, export: str) -> list[tuple[object, ...]]:
    return values.rows(
        """select month(period_end), submitter, state, is_due, is_reported, is_late, is_missing, is_faulty,
            is_corrected, is_waiting from hand_in_states where export = ? order by 1, 2""",
        export,
    )


YES, NO = True, False


def test_every_hand_in_has_its_state(values: Values) -> None:
    assert states(values, "illegal_construction") == [
        (9, PINGHU_STREET, "corrected", YES, YES, NO, NO, NO, YES, NO),
        (9, PINGDI_STREET, "late", YES, YES, YES, NO, NO, NO, NO),
        (10, PINGHU_STREET, "faulty", YES, NO, NO, NO, YES, NO, NO),
        (10, PINGDI_STREET, "missing", YES, NO, NO, YES, NO, NO, NO),
    ]
    assert states(values, "community_services") == [
        (9, PINGHU_STREET, "on_time", YES, YES, NO, NO, NO, NO, NO),
        (9, PINGDI_STREET, "on_time", YES, YES, NO, NO, NO, NO, NO),
        (10, PINGHU_STREET, "faulty", YES, YES, YES, NO, YES, NO, NO),
        (10, PINGDI_STREET, "waiting", YES, YES, NO, NO, NO, NO, YES),
    ]
    # The last day itself is on time.
    assert states(values, "stock_cooperatives") == [(9, "440307", "on_time", YES, YES, NO, NO, NO, NO, NO)]


def test_what_only_waits_is_neither_reported_nor_missing(values: Values) -> None:
    assert states(values, "employment") == [
        (9, "440307", "on_time", YES, YES, NO, NO, NO, NO, NO),
        (10, "440307", "waiting", YES, NO, NO, NO, NO, NO, YES),
    ]


RATES = """select name, due, reported, on_time, late, missing, faulty, corrected, waiting,
    round(completeness, 3), round(timeliness, 3), round(faulty_share, 3), round(corrected_share, 3)
    from hand_in_rates where level = ? and {} order by name"""


def test_rates_of_departments_and_streets(values: Values) -> None:
    assert values.rows(RATES.format("period_end is null"), "department") == [
        ("区人力资源局", 2, 1, 1, 0, 0, 0, 0, 1, 0.5, 0.5, 0, 0),
        ("区查违办", 4, 2, 1, 1, 1, 1, 1, 0, 0.5, 0.25, 0.25, 0.25),
        ("区民政局", 4, 4, 3, 1, 0, 1, 0, 1, 1, 0.75, 0.25, 0),
        ("区集体资产管理办公室", 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0),
    ]
    assert values.rows(RATES.format("period_end is null"), "street") == [
        ("坪地街道", 4, 3, 2, 1, 1, 0, 0, 1, 0.75, 0.5, 0, 0),
        ("平湖街道", 4, 3, 2, 1, 0, 2, 1, 0, 0.75, 0.5, 0.5, 0.25),
    ]
    assert values.rows(RATES.format("period_end = '2010-10-31'"), "street") == [
        ("坪地街道", 2, 1, 1, 0, 1, 0, 0, 1, 0.5, 0.5, 0, 0),
        ("平湖街道", 2, 1, 0, 1, 0, 2, 0, 0, 0.5, 0, 1, 0),
    ]


def test_what_is_not_due_yet_is_not_missing_and_in_no_rate(district: District) -> None:
    district.register(
        "2010", (LIANGANTIAN, "良安田社区", "2009-01-01", None, ""), (PINGDI, "坪地社区", "2009-01-01", None, "")
    )
    for month in ("2010-09", "2010-10"):
        district.hand_in("illegal_construction", month, [case(LIANGANTIAN, 1)], streets=[PINGHU_STREET])
    shown = "select state, is_due from hand_in_states where submitter = ? and period_end = '2010-10-31'"
    # Nothing is published: judged on the last day of its data.
    assert district.build().rows(shown, PINGDI_STREET) == [("not_due", False)]
    due = "select due, missing from hand_in_rates where code = ? and period_end is null"
    for day, state, is_due, rates in (
        (datetime(2010, 11, 10, 23, 59, tzinfo=SHANGHAI), "not_due", False, (1, 1)),
        (datetime(2010, 11, 11, 0, 1, tzinfo=SHANGHAI), "missing", True, (2, 2)),
    ):
        values = published_at(district, day)
        assert values.rows(shown, PINGDI_STREET) == [(state, is_due)]
        assert values.rows(shown, PINGHU_STREET) == [("on_time", is_due)]
        assert values.rows(due, PINGDI_STREET) == [rates]


def test_a_new_street_is_due_from_the_first_period_at_whose_end_it_is_in_use(district: District) -> None:
    district.register("2016", (OLD, "大芬社区", "2009-01-01", None, ""), (NEW, "丽湖社区", "2016-12-26", None, ""))
    for month in ("2016-11", "2016-12"):
        district.hand_in("illegal_construction", month, [case(OLD, 1)], streets=[OLD[:9]])
    values = published_at(district, datetime(2017, 2, 1, tzinfo=SHANGHAI))
    assert values.rows("select month(period_end), submitter, state from hand_in_states order by 1, 2") == [
        (11, OLD[:9], "on_time"),
        (12, OLD[:9], "on_time"),
        (12, NEW[:9], "missing"),
    ]
    assert values.rows(
        "select name, due, reported from hand_in_rates where period_end is null order by level, name"
    ) == [
        ("区查违办", 3, 2),
        ("吉华街道", 1, 0),
        ("布吉街道", 2, 2),
    ]


def test_each_of_the_26_exports_is_due_a_fitting_time_after_its_period() -> None:
    contracts = load_contracts(Settings().contracts_dir)
    found = {(contract.cadence.value, contract.due_day) for contract in contracts.values()}
    # The 10th of the next month; the 15th after a quarter; the end of January.
    assert len(contracts) == 26
    assert found == {("month", 10), ("quarter", 15), ("year", 31)}
