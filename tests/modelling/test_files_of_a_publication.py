"""What is in the bytes of a publication: what is documented and readers may see, and nothing that ever was there."""

import struct
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.modelling.build import Build
from pipelines.modelling.files import documented
from pipelines.modelling.refresh import refresh
from pipelines.modelling.tables import SUPPORT_COMPLETE
from tests.modelling.conftest import District
from tests.modelling.test_people import organization
from tests.modelling.test_small_counts import STREET, A, few_people
from warehouse.publications import Publication, Publications

WITHDRAWN = "早先报送而后更正掉的党总支"
_HEADER = 4096
"""Bytes of each of the three headers of a DuckDB file: its own, and the two that name a root in turn."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> District:
    """Small counts, published; then a name corrected away, published again."""
    district = few_people(tmp_path_factory.mktemp("home"))
    roster = [organization(f"O{A}{n}", A) | {"org_name": f"{WITHDRAWN}{n}"} for n in range(300)]
    district.hand_in("party_organizations", "2026-01", roster, streets=[STREET])
    refresh(district.settings)
    district.hand_in("party_organizations", "2026-01", [organization(f"O{A}", A)], streets=[STREET])
    refresh(district.settings)
    return district


@pytest.fixture(scope="module")
def published(home: District) -> Publication:
    found = Publications(home.settings.home).current()
    assert found is not None and found.number == 3
    return found


def files(published: Publication) -> list[Path]:
    return [published.path, published.pages]


def everything(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    """Every table of a file, with all its rows as one text."""
    for schema, name in con.execute("select schema_name, table_name from duckdb_tables()").fetchall():
        rows = con.execute(f'select string_agg(t::varchar, chr(10)) from "{schema}"."{name}" t').fetchall()
        yield f"{schema}.{name}", rows[0][0] or ""


def as_stored(amount: int) -> bytes:
    """An amount of DECIMAL(38, 4), as a file has it that compresses nothing."""
    return struct.pack("<qq", amount * 10_000, 0)


def test_what_was_corrected_away_is_nowhere_in_the_bytes(published: Publication) -> None:
    before = next(p for p in Publications(published.path.parents[2]).all() if p.number == 2)
    assert all(WITHDRAWN.encode() in file.read_bytes() for file in files(before))
    assert not any(WITHDRAWN.encode() in file.read_bytes() for file in files(published))


def test_an_earlier_root_leads_to_nothing_that_is_hidden(published: Publication, tmp_path: Path) -> None:
    content = published.pages.read_bytes()
    roots = {n: content[n * _HEADER : (n + 1) * _HEADER] for n in (1, 2)}
    for n, root in roots.items():  # Under both headers the one: whichever DuckDB takes for the later.
        file = tmp_path / f"{n}.duckdb"
        file.write_bytes(content[:_HEADER] + root + root + content[3 * _HEADER :])
        with duckdb.connect(file, read_only=True) as con:
            found = dict(everything(con))
        assert not [name for name, text in found.items() if "3703.7" in text or "8811" in text]
        assert not {name for name in found if name.endswith((".member_care", ".member_appraisals", ".totals"))}


def test_a_hidden_amount_is_not_left_under_the_mask_of_its_null(
    home: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.modelling.files import write_files

    build = Build(home.settings)
    with build.connection() as con:
        con.execute("set force_compression = 'uncompressed'")
        write_files(con, build, tmp_path / "guben.duckdb", tmp_path / "pages.duckdb")
        con.execute("set force_compression = 'auto'")
    # What 乙 was given, 8,811, is the sum of one community alone; the 91 in difficulty of the street are shown.
    assert as_stored(8811) in (tmp_path / "guben.duckdb").read_bytes()
    assert as_stored(91) in (tmp_path / "pages.duckdb").read_bytes()
    assert as_stored(8811) not in (tmp_path / "pages.duckdb").read_bytes()


def test_only_what_is_documented_is_in_it(home: District, published: Publication) -> None:
    allowed = documented(Build(home.settings))
    for file, more in ((published.path, set(SUPPORT_COMPLETE)), (published.pages, set[str]())):
        with duckdb.connect(file, read_only=True) as con:
            found = con.execute(
                """select schema_name || '.' || table_name, comment from duckdb_tables()
                union all select schema_name || '.' || view_name, comment from duckdb_views() where not internal"""
            ).fetchall()
            bare = con.execute(
                """select distinct schema_name || '.' || table_name from duckdb_columns()
                where not internal and comment is null"""
            ).fetchall()
        assert {name for name, _ in found} <= allowed | more
        assert [name for name, text in found if not text] == []
        assert bare == []
    with duckdb.connect(published.pages, read_only=True) as con:
        assert con.execute("select 1 from duckdb_tables() where table_name in ('totals', 'scopes')").fetchall() == []


def test_all_that_is_described_is_in_it(home: District, published: Publication) -> None:
    with duckdb.connect(published.path, read_only=True) as con:
        found = con.execute(
            """select schema_name || '.' || table_name from duckdb_tables()
            union all select schema_name || '.' || view_name from duckdb_views() where not internal"""
        ).fetchall()
    personal = {f"units.{c.export}" for c in home.contracts.values() if c.personal}
    assert documented(Build(home.settings)) - {name for (name,) in found} <= personal
