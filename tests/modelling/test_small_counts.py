"""Small counts of people in difficulty: which are hidden with which, and that the file pages read does not have them.

One street of five communities, January and February 2026; nothing is few in February.

    January      in difficulty  visited   aid      unemployed  reemployed
    甲                 3           1     3,703.70       0           0
    乙                11           7     8,811          0           0
    丙                17           2        17          4           0
    丁                20          10       100         30          10
    戊                40          20       200         60          21
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.modelling.refresh import refresh
from tests.modelling.conftest import District
from tests.modelling.test_people import organization
from warehouse.database import open_for_reading
from warehouse.explain import explain
from warehouse.publications import Publication, Publications

STREET = "440307003"
A, B, C, D, E = COMMUNITIES = [f"{STREET}00{n}" for n in range(1, 6)]
JANUARY, FEBRUARY = ("month", date(2026, 1, 31)), ("month", date(2026, 2, 28))
QUARTER, YEAR, YEAR_BEFORE = ("quarter", date(2026, 3, 31)), ("year", date(2026, 12, 31)), ("year", date(2025, 12, 31))
CARE = {
    "2026-01": "3 1 3703.70 0 0, 11 7 8811 0 0, 17 2 17 4 0, 20 10 100 30 10, 40 20 200 60 21",
    "2026-02": "13 6 910 0 0, 12 7 720 0 0, 19 5 19 6 0, 21 11 105 31 11, 41 21 205 61 21",
}
APPRAISALS = "50 20 27 1 2 2, 40 30 10 0 0 0, 80 33 38 2 7 6"
"""Of 甲, 乙 and 丙 in 2025: appraised, excellent, qualified, basically qualified, not qualified, dealt with."""


def told(text: str, *names: str) -> list[dict[str, object]]:
    """Rows of numbers as fields of those names."""
    rows = [[int(cell) if cell.isdigit() else Decimal(cell) for cell in row.split()] for row in text.split(",")]
    return [dict(zip(names, row, strict=True)) for row in rows]


def few_people(home: Path) -> District:
    """Fill a home with that street and publish it."""
    district = District(home)
    names = zip(COMMUNITIES, "甲乙丙丁戊", strict=True)
    district.register("2025", *((code, f"{name}社区", "2009-01-01", None, "") for code, name in names))
    for month, text in CARE.items():
        rows = told(text, "in_difficulty", "visited", "aid_amount", "unemployed", "reemployed")
        said = [{"community": code, "aided": 0, **row} for code, row in zip(COMMUNITIES, rows, strict=True)]
        district.hand_in("member_care", month, said, streets=[STREET])
    roster = [organization(f"O{code}", code) for code in (A, B, C)]
    district.hand_in("party_organizations", "2025-12", roster, streets=[STREET])
    rows = told(APPRAISALS, "appraised", "excellent", "qualified", "basically_qualified", "unqualified", "handled")
    said = [{"org_code": f"O{code}", "due": row["appraised"], **row} for code, row in zip((A, B, C), rows, strict=True)]
    district.hand_in("member_appraisals", "2025", said)
    refresh(district.settings)
    return district


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Publication:
    home = few_people(tmp_path_factory.mktemp("home")).settings.home
    current = Publications(home).current()
    assert current is not None
    return current


@pytest.fixture(scope="module")
def shown(published: Publication) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file that pages read."""
    with open_for_reading(published.pages) as con:
        yield con


def hidden(con: duckdb.DuckDBPyConnection, indicator: str, period: tuple[str, date]) -> list[str]:
    rows = con.execute(
        """select area_code, numerator, denominator, value, status = 'small' from indicator_values
        where indicator_id = ? and level = 'community' and period_type = ? and period_end = ? order by 1""",
        [indicator, *period],
    ).fetchall()
    assert all(is_small == (figures == [None, None, None]) for _, *figures, is_small in rows)
    return [code for code, *_, is_small in rows if is_small]


def test_a_lone_small_count_takes_the_next_smallest_along(shown: duckdb.DuckDBPyConnection) -> None:
    # 3 in difficulty at 甲: 91 of the street less the others would tell, so 乙 with 11 goes along.
    assert hidden(shown, "hardship_aid_per_member", JANUARY) == [A, B]
    # Those two here, too: the same 11 would stand beside the visits. And 丙, of whom 2 were visited.
    assert hidden(shown, "hardship_visit_rate", JANUARY) == [A, B, C]
    # 4 unemployed at 丙, none at 甲 and 乙: 丁 with 30 goes along.
    assert hidden(shown, "member_reemployment_rate", JANUARY) == [C, D]


def test_a_longer_period_hides_what_a_shorter_one_inside_hides(shown: duckdb.DuckDBPyConnection) -> None:
    for indicator in ("hardship_aid_per_member", "hardship_visit_rate", "member_reemployment_rate"):
        assert hidden(shown, indicator, FEBRUARY) == []
        assert hidden(shown, indicator, QUARTER) == hidden(shown, indicator, YEAR) == hidden(shown, indicator, JANUARY)


def test_what_else_the_same_rows_tell_is_hidden_with_them(shown: duckdb.DuckDBPyConnection) -> None:
    # 2 not qualified at 甲, 7 at 丙, none at 乙; 50 - 20 - 27 would say that it is 3 at most.
    for indicator in ("unqualified_handled_rate", "appraisal_qualified_share", "appraisal_participation"):
        assert hidden(shown, indicator, YEAR_BEFORE) == [A, C]


def test_streets_are_shown_and_the_public_face_is_complete(
    published: Publication, shown: duckdb.DuckDBPyConnection
) -> None:
    january = "indicator_id = 'hardship_visit_rate' and period_type = 'month' and period_end = '2026-01-31'"
    query = f"select numerator, denominator from indicator_values where map = 'then' and {january} and area_code = ?"
    assert shown.execute(query, [STREET]).fetchall() == [(40, 91)]
    with open_for_reading(published.path) as complete:
        assert complete.execute(query, [A]).fetchall() == [(1, 3)]
        assert complete.execute("select min(in_difficulty) from exports.member_care").fetchall() == [(3,)]
    assert published.is_intact()


def test_no_table_of_the_file_for_pages_has_what_is_hidden(shown: duckdb.DuckDBPyConnection) -> None:
    found = shown.execute("select schema_name || '.' || table_name from duckdb_tables() where not internal").fetchall()
    tables = [name for (name,) in found]
    assert not [name for name in tables if name.endswith((".member_care", ".member_appraisals"))]
    # What 甲 was given, what 乙 was; the visits of the quarter at 甲, 7 of 16; the share of the qualified at 丙.
    for figure in ("3703.7", "8811.0", "0.4375", "1234.56", "0.8875"):
        for table in tables:
            found = shown.execute(f"select * from {table} t where t::varchar like '%{figure}%'").fetchall()
            assert found == [], (table, figure)


def test_an_explanation_lists_communities_with_their_sums_and_hides_the_same(
    shown: duckdb.DuckDBPyConnection,
) -> None:
    found = explain(shown, "hardship_visit_rate", STREET, JANUARY)
    assert (found.numerator, found.denominator) == (40, 91)
    rows = found.rows.select("file_name", "sheet", "row", "community", "numerator", "denominator").rows()
    file = "member_care-2026-01.xlsx"
    assert rows == [
        *((file, None, None, code, None, None) for code in (A, B, C)),
        (file, None, None, D, 10, 20),
        (file, None, None, E, 20, 40),
    ]
    assert "in_difficulty" not in found.rows.columns
    of_one = explain(shown, "hardship_visit_rate", A, QUARTER)
    assert (of_one.status, of_one.numerator, of_one.value) == ("small", None, None)


def test_every_hidden_count_has_company_in_its_street(shown: duckdb.DuckDBPyConnection) -> None:
    alone = shown.execute(
        """select indicator_id, period_type, period_end from indicator_values
        where level = 'community' and status = 'small' group by all having count(*) < 2"""
    ).fetchall()
    assert alone == []
