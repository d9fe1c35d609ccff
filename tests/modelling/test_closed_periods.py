"""A closed period: published numbers stay, waiting files stand beside them with what they would change.

Two streets, one community each. Employment of October 2010 by hand: 80 and 90 of 100 when it was closed.
"""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.modelling.build import Build
from pipelines.modelling.checks import CHECKS, run_check
from pipelines.modelling.refresh import build_as_known, refresh
from pipelines.periods import Period
from tests.modelling.conftest import SHANGHAI, District, Values
from tests.modelling.test_build import content
from tests.modelling.test_values import (
    LIANGANTIAN,
    PINGDI,
    PINGDI_STREET,
    PINGHU_STREET,
    case,
    company,
    employment,
)
from warehouse.closings import Closings
from warehouse.publications import Publications


def close(district: District, period: str, day: int = 12) -> None:
    when = Period.parse(period)
    at = datetime(2010, 11, day, tzinfo=SHANGHAI)
    Closings(district.settings.home).close(when.cadence.value, when.end, by="王", at=at, reason="月报已定")


def reopen(district: District, period: str, day: int = 20) -> None:
    when = Period.parse(period)
    at = datetime(2010, 11, day, tzinfo=SHANGHAI)
    Closings(district.settings.home).reopen(when.cadence.value, when.end, by="王", at=at, reason="更正")


def october(district: District, first: int, second: int, day: int) -> None:
    district.hand_in(
        "employment",
        "2010-10",
        [employment(LIANGANTIAN, 100, first), employment(PINGDI, 100, second)],
        received_at=datetime(2010, 11, day, tzinfo=SHANGHAI),
    )


def published(district: District) -> Values:
    refresh(district.settings)
    current = Publications(district.settings.home).current()
    assert current
    return Values(current.path)


@pytest.fixture
def two_streets(district: District) -> District:
    district.register(
        "2010", (LIANGANTIAN, "良安田社区", "2009-01-01", None, ""), (PINGDI, "坪地社区", "2009-01-01", None, "")
    )
    for month in ("2010-09", "2010-10"):
        for community in (LIANGANTIAN, PINGDI):
            if (month, community) != ("2010-10", PINGDI):
                district.hand_in("illegal_construction", month, [case(community, 1)], streets=[community[:9]])
    district.hand_in("employment", "2010-09", [employment(LIANGANTIAN, 100, 70), employment(PINGDI, 100, 70)])
    october(district, 80, 90, day=5)
    return district


def test_late_files_wait_and_what_they_would_change_stands_beside(two_streets: District) -> None:
    close(two_streets, "2010-10")
    october(two_streets, 60, 90, day=13)  # replaced by an even later one
    october(two_streets, 50, 90, day=14)
    two_streets.hand_in(
        "illegal_construction", "2010-10", [case(PINGDI, 3)], streets=[PINGDI_STREET],
        received_at=datetime(2010, 11, 15, tzinfo=SHANGHAI),
    )  # fmt: skip
    values = published(two_streets)
    assert values.value("employment_rate", "440307", "2010-10") == (170, 200, 0.85, "ok", 1, 1)
    assert values.value("new_illegal_homes", PINGDI_STREET, "2010-10") == (None, None, None, "not_handed_in", 0, 1)
    assert values.rows("select submission_id, status from submissions where period_end = '2010-10-31' order by 1") == [
        ("000004", "active"),
        ("000006", "active"),
        ("000007", "superseded"),
        ("000008", "superseded"),
        ("000009", "superseded"),
    ]
    assert values.rows(
        "select submission_id, period_type, period_end::varchar from waiting_submissions order by 1"
    ) == [
        ("000008", "month", "2010-10-31"),
        ("000009", "month", "2010-10-31"),
    ]
    assert values.rows(
        "select number, action, period_end::varchar, reason, done_by, last_submission_id from closings"
    ) == [(1, "close", "2010-10-31", "月报已定", "王", "000006")]
    # By hand: 50 + 90 of 200; the third case makes 4 in the district, where one of two streets had reported.
    shown = """select indicator_id, area_code, round(value, 4), status, round(would_be_value, 4), would_be_status
        from closed_would_be where period_type = 'month' and map = 'then'
            and indicator_id in ('employment_rate', 'new_illegal_homes') order by all"""
    assert values.rows(shown) == [
        ("employment_rate", "440307", 0.85, "ok", 0.7, "ok"),
        ("employment_rate", PINGHU_STREET, 0.8, "ok", 0.5, "ok"),
        ("new_illegal_homes", "440307", 1, "ok", 4, "ok"),
        ("new_illegal_homes", PINGDI_STREET, None, "not_handed_in", 3, "ok"),
    ]
    # The quarter takes the last month inside it, and adds cases up.
    assert values.rows(
        """select indicator_id, round(value, 4), round(would_be_value, 4) from closed_would_be
        where period_type = 'quarter' and map = 'then' and area_code = '440307'
            and indicator_id in ('employment_rate', 'new_illegal_homes') order by all"""
    ) == [("employment_rate", 0.85, 0.7), ("new_illegal_homes", 1, 4)]


def test_what_would_be_is_what_is_published_after_reopening(two_streets: District) -> None:
    every = "select indicator_id, area_code, period_type, period_end, map, {} from {} order by all"
    close(two_streets, "2010-10")
    october(two_streets, 50, 95, day=14)
    before = published(two_streets)
    told = before.rows(every.format("value, status, would_be_value, would_be_status", "closed_would_be"))
    values_before = set(before.rows(every.format("value, status", "indicator_values where level <> 'community'")))
    reopen(two_streets, "2010-10")
    after = published(two_streets)
    values_after = set(after.rows(every.format("value, status", "indicator_values where level <> 'community'")))
    assert {row[:7] for row in told} == values_before - values_after
    assert {(*row[:5], *row[7:]) for row in told} == values_after - values_before
    assert after.rows("from closed_would_be") == after.rows("from waiting_submissions") == []


def test_after_reopening_the_warehouse_is_as_if_it_had_never_been_closed(two_streets: District, tmp_path: Path) -> None:
    close(two_streets, "2010-10")
    published(two_streets)
    october(two_streets, 50, 95, day=14)
    two_streets.hand_in("illegal_construction", "2010-10", [case(PINGDI, 3)], streets=[PINGDI_STREET])
    published(two_streets)
    reopen(two_streets, "2010-10")
    step_by_step = content(two_streets.build().path)
    never = Build(two_streets.settings, tmp_path / "never.duckdb", acts=())
    never.run()
    assert content(never.path) == step_by_step


def test_the_trial_leaves_no_other_table_changed(two_streets: District, tmp_path: Path) -> None:
    close(two_streets, "2010-10")
    october(two_streets, 50, 95, day=14)
    told = content(two_streets.build().path)
    # The same lake without what waits.
    receipts = [one for one in two_streets.lake.receipts() if one.submission_id != "000007"]
    without = Build(two_streets.settings, tmp_path / "without.duckdb", receipts)
    without.run()
    assert content(without.path) == told
    assert Build(two_streets.settings).prepare().exports == ()


def test_a_register_that_waits_moves_no_area(two_streets: District) -> None:
    # Only a year that is over can be closed.
    at = datetime(2011, 1, 12, tzinfo=SHANGHAI)
    Closings(two_streets.settings.home).close("year", Period.parse("2010").end, by="王", at=at)
    two_streets.register("2010", (LIANGANTIAN, "良安田社区", "2009-01-01", None, ""))
    values = published(two_streets)
    assert values.rows("select count(*) from areas where level = 'community'") == [(2,)]
    # The street it drops would have no value any more.
    assert values.rows(
        """select round(value, 4), status, would_be_value, would_be_status from closed_would_be
        where indicator_id = 'employment_rate' and area_code = ? and period_type = 'month' and map = 'then'
            and period_end = '2010-10-31'""",
        PINGDI_STREET,
    ) == [(0.9, "ok", None, None)]


def test_closing_a_quarter_leaves_its_months_open(two_streets: District) -> None:
    two_streets.hand_in("stock_cooperatives", "2010-Q3", [company("A", LIANGANTIAN, 100)])
    close(two_streets, "2010-Q3")
    two_streets.hand_in("employment", "2010-09", [employment(LIANGANTIAN, 100, 10), employment(PINGDI, 100, 10)])
    two_streets.hand_in("stock_cooperatives", "2010-Q3", [company("A", LIANGANTIAN, 900)])
    values = published(two_streets)
    assert values.value("employment_rate", "440307", "2010-09") == (20, 200, 0.1, "ok", 1, 1)
    assert values.value("dividend_per_shareholder", "440307", "2010-Q3") == (100, 100, 1, "ok", 1, 1)
    assert values.rows("select submission_id from waiting_submissions") == [("000009",)]


def test_the_past_is_known_as_it_was(two_streets: District, tmp_path: Path) -> None:
    close(two_streets, "2010-10", day=12)
    october(two_streets, 50, 90, day=14)
    reopen(two_streets, "2010-10", day=20)
    for day, employed, acts in ((8, 170, 0), (13, 170, 1), (16, 170, 1), (21, 140, 2)):
        moment = datetime(2010, 11, day, tzinfo=SHANGHAI)
        known = Values(build_as_known(two_streets.settings, moment, tmp_path / f"{day}.duckdb").path)
        assert known.value("employment_rate", "440307", "2010-10") == (employed, 200, employed / 200, "ok", 1, 1)
        assert known.rows("select count(*) from closings") == [(acts,)]


def test_closing_is_published_and_every_check_passes(two_streets: District) -> None:
    first = refresh(two_streets.settings).publication
    close(two_streets, "2010-10")
    again = refresh(two_streets.settings)
    assert again.is_new and again.publication and first and again.publication.number == first.number + 1
    assert not refresh(two_streets.settings).is_new
    october(two_streets, 50, 90, day=14)
    published(two_streets)
    build = Build(two_streets.settings)
    with duckdb.connect(build.path) as con:
        for name in CHECKS:
            assert run_check(con, name, build.contracts).passed, name
