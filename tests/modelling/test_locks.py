"""A locked year: nothing moves it, corrections are shown beside it, unlocking lets them count; all on record.

Pinghu earns by employment 2010: 93.5 of 100 in the labour force is half of the way from 90 to 97 %. Everything else is
perfect for both streets, and there is no growth and no labour dispute in the first year: the points of employment are
60 of 80 parts of 25, 18.75 in all.
"""

import json
import shutil
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.modelling.build import Build
from pipelines.modelling.checks import CHECKS, run_check
from pipelines.modelling.refresh import build_as_known, refresh
from tests.modelling.conftest import SHANGHAI, District, Values
from tests.modelling.test_values import case, company, employment, services
from warehouse.locks import AlteredRecordError, LockError, Locks, Record
from warehouse.publications import Publications

A, C = "440307003002", "440307014021"
PINGHU, BUJI = "440307003", "440307014"


@pytest.fixture
def assessed(district: District) -> District:
    """Two streets with a year of one month, December 2010."""
    district.register("2010", (A, "良安田社区", "2009-01-01", None, ""), (C, "大芬社区", "2009-01-01", None, ""))
    for code in (A, C):
        district.hand_in("illegal_construction", "2010-12", [case(code, 0)], streets=[code[:9]])
        best = {**services(code, True), "requests_due": 100, "requests_on_time": 100}
        district.hand_in("community_services", "2010-12", [best], streets=[code[:9]])
    district.hand_in("stock_cooperatives", "2010-Q4", [company(code, code, 12000 * 100) for code in (A, C)])
    hand_in_employment(district, 935)
    rows = [{"community": c, "hazards_due": 1, "hazards_fixed": 1, "accidents": 0, "deaths": 0} for c in (A, C)]
    district.hand_in("work_safety", "2010-12", rows)
    district.hand_in(
        "disputes", "2010-12", [{"community": c, "kind": "邻里", "found": 1, "settled": 1} for c in (A, C)]
    )
    answered = {"channel": "来信", "received": 1, "due": 1, "answered_on_time": 1}
    district.hand_in("petitions", "2010-12", [{"community": c, **answered} for c in (A, C)])
    refresh(district.settings)
    return district


def hand_in_employment(district: District, employed_in_pinghu: int, day: int = 5) -> None:
    district.hand_in(
        "employment",
        "2010-12",
        [employment(A, 1000, employed_in_pinghu), employment(C, 1000, 970)],
        received_at=datetime(2011, 1, day, tzinfo=SHANGHAI),
    )


def lock(district: District, day: int = 6, reason: str = "年度考核已公布") -> Record:
    current = Publications(district.settings.home).current()
    assert current
    with duckdb.connect(current.path, read_only=True) as con:
        at = datetime(2011, 1, day, 9, tzinfo=SHANGHAI)
        return Locks(district.settings.home).add_lock(2010, reason, at, (current.number, con))


def published(district: District) -> Values:
    refresh(district.settings)
    current = Publications(district.settings.home).current()
    assert current
    return Values(current.path)


TOTALS = "select street_code, total, rank, grade from assessment_totals where year = 2010 order by 1"
LOCKED = [(PINGHU, Decimal("90.63"), 2, "优秀"), (BUJI, Decimal("100.00"), 1, "优秀")]
"""100 - 18.75 / 2 = 90.625."""
CORRECTED = [(PINGHU, Decimal("81.25"), 2, "良好"), (BUJI, Decimal("100.00"), 1, "优秀")]
"""Without any points of employment."""


def test_scores_of_a_locked_year_stay_and_corrections_stand_beside_them(assessed: District) -> None:
    assert published(assessed).rows(TOTALS) == LOCKED
    lock(assessed)
    hand_in_employment(assessed, 800, day=8)
    values = published(assessed)
    assert values.rows(TOTALS) == LOCKED
    assert values.rows(
        """select value, round(score, 9), round(points, 9) from assessment_scores
        where street_code = ? and indicator_id = 'employment_rate'""",
        PINGHU,
    ) == [(0.935, 50, 9.375)]
    assert values.value("employment_rate", PINGHU, "2010") == (800, 1000, 0.8, "ok", 1, 1)
    assert values.rows(
        """select street_code, locked_total, total, locked_rank, rank, locked_grade, grade from assessment_would_be
        where scheme = 'street_leadership' and year = 2010 order by 1"""
    ) == [
        (PINGHU, Decimal("90.63"), Decimal("81.25"), 2, 2, "优秀", "良好"),
        (BUJI, Decimal("100.00"), Decimal("100.00"), 1, 1, "优秀", "优秀"),
    ]
    assert values.rows("select year, action, reason, number from assessment_locks") == [
        (2010, "lock", "年度考核已公布", 1)
    ]


def test_after_unlocking_new_scores_count_and_both_acts_are_on_record(assessed: District) -> None:
    lock(assessed)
    hand_in_employment(assessed, 800, day=8)
    refresh(assessed.settings)
    Locks(assessed.settings.home).add_unlock(2010, "就业数据核实有误", datetime(2011, 1, 9, tzinfo=SHANGHAI), 2)
    values = published(assessed)
    assert values.rows(TOTALS) == CORRECTED
    assert values.rows("from assessment_would_be") == []
    assert values.rows("select action, reason, number from assessment_locks order by number") == [
        ("lock", "年度考核已公布", 1),
        ("unlock", "就业数据核实有误", 2),
    ]
    lock(assessed, 10, "更正后重新公布")
    hand_in_employment(assessed, 935, day=11)
    assert published(assessed).rows(TOTALS) == CORRECTED


def test_a_build_from_nothing_keeps_what_is_locked(assessed: District) -> None:
    lock(assessed)
    hand_in_employment(assessed, 800, day=8)
    Build(assessed.settings).path.unlink()
    assert published(assessed).rows(TOTALS) == LOCKED


def test_a_changed_scheme_moves_no_locked_year(assessed: District, tmp_path: Path) -> None:
    lock(assessed)
    changed = tmp_path / "sql"
    shutil.copytree(assessed.settings.sql_dir, changed)
    path = changed / "assessments" / "street_leadership.yaml"
    path.write_text(path.read_text().replace("floor: 0.90, target: 0.97", "floor: 0.50, target: 0.60"))
    settings = assessed.settings.model_copy(update={"sql_dir": changed})
    refresh(settings)
    current = Publications(settings.home).current()
    assert current
    values = Values(current.path)
    assert values.rows(TOTALS) == LOCKED
    # What would be is what the locked scheme gives.
    assert values.rows("select total from assessment_would_be where street_code = ?", PINGHU) == [(Decimal("90.63"),)]
    definition = values.rows("select definition from build.assessment_schemes where year = 2010")[0][0]
    assert json.loads(str(definition))["dimensions"]["居民就业"]["indicators"]["employment_rate"]["floor"] == 0.9


def test_what_was_known_before_the_lock_knows_no_lock(assessed: District, tmp_path: Path) -> None:
    lock(assessed, day=6)
    for day, acts in ((5, 0), (7, 1)):
        moment = datetime(2011, 1, day, 12, tzinfo=SHANGHAI)
        known = build_as_known(assessed.settings, moment, tmp_path / f"known-{day}.duckdb")
        assert Values(known.path).rows("select count(*) from assessment_locks") == [(acts,)]


def test_a_year_can_be_locked_once_and_only_when_it_was_assessed(assessed: District) -> None:
    with pytest.raises(LockError, match="没有锁定"):
        Locks(assessed.settings.home).add_unlock(2010, "错", datetime(2011, 1, 6, tzinfo=SHANGHAI), 1)
    with pytest.raises(LockError, match="说明原因"):
        lock(assessed, reason="  ")
    lock(assessed)
    with pytest.raises(LockError, match="已经锁定"):
        lock(assessed)
    assert [record.number for record in Locks(assessed.settings.home).records()] == [1]


def test_a_year_that_is_not_over_cannot_be_locked(assessed: District) -> None:
    assessed.hand_in("employment", "2011-01", [employment(A, 1000, 900), employment(C, 1000, 900)])
    refresh(assessed.settings)
    current = Publications(assessed.settings.home).current()
    assert current
    at = datetime(2011, 2, 6, tzinfo=SHANGHAI)
    with duckdb.connect(current.path, read_only=True) as con:
        for year, why in ((2011, "还没有结束"), (2009, "没有考核结果")):
            with pytest.raises(LockError, match=why):
                Locks(assessed.settings.home).add_lock(year, "x", at, (current.number, con))


def test_a_record_that_was_written_to_stops_the_refresh(assessed: District) -> None:
    record = lock(assessed)
    path = assessed.settings.home / "locks" / "2010" / "000001" / "totals.parquet"
    assert path.stat().st_mode & 0o222 == 0
    assert set(record.files) == {p.name for p in path.parent.glob("*.parquet")}
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"!")
    with pytest.raises(AlteredRecordError, match=r"totals\.parquet"):
        refresh(assessed.settings)


def test_every_check_passes_on_a_build_with_a_lock(assessed: District) -> None:
    lock(assessed)
    refresh(assessed.settings)
    build = Build(assessed.settings)
    with duckdb.connect(build.path) as con:
        for name in CHECKS:
            assert run_check(con, name, build.contracts).passed, name
