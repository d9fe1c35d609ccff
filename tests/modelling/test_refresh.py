"""A refresh: all or nothing, numbered, and the past as it was known."""

import json
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.modelling import files
from pipelines.modelling import refresh as steps
from pipelines.modelling.build import Build
from pipelines.modelling.checks import CHECKS, run_check
from pipelines.modelling.files import Digest, PublicationDiffersError, read_back
from pipelines.modelling.refresh import CheckFailedError, build_as_known, refresh
from tests.modelling.conftest import SHANGHAI, District, Values
from tests.modelling.test_values import LIANGANTIAN, PINGDI, PINGHU_STREET, XINMU, employment
from warehouse.publications import Publications


@pytest.fixture
def small(district: District) -> District:
    district.register(
        "2010", (LIANGANTIAN, "良安田社区", "2009-01-01", None, ""), (PINGDI, "坪地社区", "2009-01-01", None, "")
    )
    district.hand_in(
        "employment", "2010-01", [employment(LIANGANTIAN, 100, 80)], received_at=datetime(2010, 2, 5, tzinfo=SHANGHAI)
    )
    return district


def test_a_refresh_publishes_and_a_second_one_finds_nothing_new(small: District) -> None:
    first = refresh(small.settings)
    assert first.is_new and first.publication and first.publication.number == 1
    assert first.publication.is_intact()
    assert first.publication.manifest["now"] == "2010-01-31"
    second = refresh(small.settings)
    assert not second.is_new and second.publication and second.publication.number == 1


def test_readers_keep_what_they_opened_while_a_new_one_is_published(small: District) -> None:
    first = refresh(small.settings).publication
    assert first
    with duckdb.connect(first.path, read_only=True) as reader:
        small.hand_in("employment", "2010-01", [employment(LIANGANTIAN, 100, 90)])
        second = refresh(small.settings).publication
        assert second and second.number == 2
        assert Values(first.path).value("employment_rate", "440307", "2010-01") == (80, 100, 0.8, "ok", 1, 1)
        assert reader.execute("select number from publication").fetchall() == [(1,)]
    assert Values(second.path).value("employment_rate", "440307", "2010-01") == (90, 100, 0.9, "ok", 1, 1)


def test_a_log_left_beside_the_build_file_does_not_make_the_publication_old(small: District) -> None:
    refresh(small.settings)
    path = Build(small.settings).path
    # Another connection of the process with a transaction open: what is committed stays in the log when it is closed.
    with duckdb.connect(path) as other:
        other.execute("begin")
        other.execute("from publication")
        small.hand_in("employment", "2010-01", [employment(LIANGANTIAN, 100, 90)])
        second = refresh(small.settings).publication
        assert path.with_name(path.name + ".wal").exists()
    assert second and second.number == 2 and second.is_intact()
    for file in (second.path, second.pages):
        assert Values(file).value("employment_rate", "440307", "2010-01") == (90, 100, 0.9, "ok", 1, 1)
        assert Values(file).rows("select number, receipts from publication") == [(2, 3)]
    assert not refresh(small.settings).is_new


@pytest.mark.parametrize("damage", ["truncated", "altered", "gone", "of another number"])
def test_a_damaged_publication_is_published_again(small: District, damage: str) -> None:
    refresh(small.settings)
    small.hand_in("employment", "2010-01", [employment(LIANGANTIAN, 100, 90)])
    second = refresh(small.settings).publication
    assert second
    first = Publications(small.settings.home).all()[0]
    second.path.parent.chmod(0o755)
    second.path.chmod(0o644)
    content = second.path.read_bytes()
    if damage == "truncated":
        second.path.write_bytes(content[: len(content) // 2])
    elif damage == "altered":
        second.path.write_bytes(content[:-10] + bytes(byte ^ 1 for byte in content[-10:]))
    elif damage == "gone":
        second.pages.unlink()
    else:  # As a version published it that took the build file without its log: the manifest agrees with the file.
        second.path.write_bytes(first.path.read_bytes())
        manifest = second.path.with_name("manifest.json")
        manifest.chmod(0o644)
        manifest.write_text(json.dumps({**second.manifest, "sha256": first.manifest["sha256"]}))
    third = refresh(small.settings)
    assert third.is_new and third.publication and third.publication.number == 3
    assert Values(third.publication.path).value("employment_rate", "440307", "2010-01")[:3] == (90, 100, 0.9)
    assert not refresh(small.settings).is_new


def test_what_is_read_back_differently_is_not_published(small: District, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh(small.settings)
    small.hand_in("employment", "2010-01", [employment(LIANGANTIAN, 100, 90)])

    def without_the_last(path: Path, expected: Digest) -> None:
        path.chmod(0o644)
        with duckdb.connect(path) as con:
            con.execute("update build.sums set amount = amount - 1 where unit = 'employment'")
        read_back(path, expected)

    with monkeypatch.context() as patched:
        patched.setattr(files, "read_back", without_the_last)
        with pytest.raises(PublicationDiffersError, match=r"build\.sums"):
            refresh(small.settings)
    current = Publications(small.settings.home).current()
    assert current and current.number == 1 and current.is_intact()
    done = refresh(small.settings)
    assert done.is_new and done.publication and done.publication.number == 2


def test_a_failed_check_publishes_nothing_and_says_why(small: District) -> None:
    refresh(small.settings)
    small.hand_in(
        "petitions", "2010-01", [{"community": LIANGANTIAN, "kind": "来信", "received": 1, "resolved": 1}] * 2
    )
    with pytest.raises(CheckFailedError) as caught:
        refresh(small.settings)
    assert [check.name for check in caught.value.failed] == ["unique_keys"]
    assert "的第 2、3 行主键相同" in str(caught.value)
    current = Publications(small.settings.home).current()
    assert current and current.number == 1
    small.hand_in("petitions", "2010-01", [{"community": LIANGANTIAN, "kind": "来信", "received": 1, "resolved": 1}])
    assert refresh(small.settings).is_new


def test_codes_that_no_roster_knows_are_told_of_and_stop_nobody(small: District) -> None:
    units = [
        {"unit_code": f"U{at}", "community": LIANGANTIAN, "coverage": "单独组建", "org_code": code}
        for at, code in enumerate(["P1", "P1", "X8", "X9"])
    ]
    small.hand_in("party_organizations", "2010-01", [{"org_code": "P1", "sector": "社区", "community": LIANGANTIAN}])
    late = small.hand_in("two_new_organizations", "2010-01", units, streets=[PINGHU_STREET])
    assert refresh(small.settings).is_new
    with duckdb.connect(Publications(small.settings.home).current().path, read_only=True) as con:
        told = con.execute(
            "select submission_id, rule, found, message from plausibility where rule = 'orphans'"
        ).fetchall()
    assert told == [
        (
            late.submission_id,
            "orphans",
            2.0,
            "4行中有2行的“党组织编码”在本期名册中找不到，超过5%，相关的数可能不全。请核对编码，或补报名册。",
        )
    ]


def test_a_roster_not_handed_in_makes_nothing_an_orphan(small: District) -> None:
    small.hand_in(
        "two_new_organizations",
        "2010-01",
        [{"unit_code": "U1", "community": LIANGANTIAN, "coverage": "单独组建", "org_code": "X9"}],
        streets=[PINGHU_STREET],
    )
    values = small.build()
    assert values.rows("select count(*) from orphans") == [(0,)]
    assert values.value("two_new_org_coverage", PINGHU_STREET, "2010-01") == (1, 1, 1.0, "ok", 1, 1)


def test_an_orphan_is_listed_with_its_place_and_still_counted(small: District) -> None:
    small.hand_in("party_organizations", "2010-01", [{"org_code": "P1", "sector": "社区", "community": LIANGANTIAN}])
    units = [
        {"unit_code": f"U{n}", "community": LIANGANTIAN, "coverage": "单独组建", "org_code": "P1" if n else "X9"}
        for n in range(20)
    ]
    receipt = small.hand_in("two_new_organizations", "2010-01", units, streets=[PINGHU_STREET])
    refresh(small.settings)
    values = Values(Build(small.settings).path)
    assert values.rows("from orphans") == [(receipt.submission_id, "Sheet1", 2, "org_code", "X9")]
    assert values.value("two_new_org_coverage", PINGHU_STREET, "2010-01") == (20, 20, 1.0, "ok", 1, 1)


def test_every_check_passes_on_a_sound_build_and_fails_on_a_broken_one(small: District) -> None:
    small.build()
    build = Build(small.settings)
    breakages = {
        "accounting_identity": "update submissions set rows_read = rows_read + 1 where submission_id = '000002'",
        "unique_keys": "insert into exports.employment select * from exports.employment",
        "streets_are_their_communities": "update indicator_values set numerator = 81 where area_code = '440307003'",
        "is_complete": "comment on column indicator_values.value is null",
    }
    for name in CHECKS:
        with duckdb.connect(build.path) as con:
            assert run_check(con, name, build.contracts).passed, name
            if name in breakages:
                con.execute("begin")
                con.execute(breakages[name])
                assert not run_check(con, name, build.contracts).passed, name
                con.execute("rollback")


def test_the_past_is_what_had_been_received_by_then(small: District, tmp_path: Path) -> None:
    small.hand_in(
        "employment",
        "2010-01",
        [employment(LIANGANTIAN, 100, 95)],
        received_at=datetime(2010, 7, 5, 12, tzinfo=SHANGHAI),
    )
    before = build_as_known(small.settings, datetime(2010, 7, 5, tzinfo=SHANGHAI), tmp_path / "before.duckdb")
    after = build_as_known(small.settings, datetime(2010, 7, 6, tzinfo=SHANGHAI), tmp_path / "after.duckdb")
    assert Values(before.path).value("employment_rate", "440307", "2010-01") == (80, 100, 0.8, "ok", 1, 1)
    assert Values(after.path).value("employment_rate", "440307", "2010-01") == (95, 100, 0.95, "ok", 1, 1)


def test_a_refresh_cut_off_in_the_middle_goes_on_where_it_stopped(
    small: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh(small.settings)
    small.hand_in("employment", "2010-02", [employment(LIANGANTIAN, 100, 70), employment(PINGDI, 50, 50)])

    def cut_off(self: Build) -> dict[str, int]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Build, "roll_up", cut_off)
        with pytest.raises(KeyboardInterrupt):
            refresh(small.settings)
    current = Publications(small.settings.home).current()
    assert current and current.number == 1
    refreshed = refresh(small.settings)
    assert refreshed.publication
    assert Values(refreshed.publication.path).value("employment_rate", "440307", "2010-02") == (
        120,
        150,
        0.8,
        "ok",
        1,
        1,
    )


def test_old_publications_are_pruned_but_never_the_current_one(small: District) -> None:
    for employed in range(4):
        small.hand_in("employment", "2010-01", [employment(XINMU if employed > 5 else LIANGANTIAN, 100, employed)])
        refresh(small.settings)
    publications = Publications(small.settings.home)
    publications.roll_back(1)
    assert publications.prune(2) == [2]
    assert [p.number for p in publications.all()] == [1, 3, 4]
    current = publications.current()
    assert current and current.number == 1
    assert steps.Publications(small.settings.home).next_number() == 5
