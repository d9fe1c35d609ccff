"""What is behind a number: the rows add up to it, down to file, sheet and row."""

from datetime import date
from decimal import Decimal

import pytest

from pipelines.modelling.refresh import refresh
from pipelines.periods import Period
from tests.modelling.conftest import District, Values
from tests.modelling.test_split import BUJI, DAFEN, JIHUA, NEW_SANLIAN, OLD_SANLIAN, split_district
from tests.modelling.test_values import company, employment
from warehouse.database import UntrustedPublicationError, open_for_reading
from warehouse.explain import UnknownNumberError, explain


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> District:
    district = split_district(tmp_path_factory.mktemp("home"))
    district.hand_in(
        "employment", "2016-11", [employment(DAFEN, 100, 80, newly=1), employment(OLD_SANLIAN, 200, 100, newly=2)]
    )
    district.hand_in(
        "employment", "2016-12", [employment(DAFEN, 100, 90, newly=4), employment(NEW_SANLIAN, 200, 150, newly=8)]
    )
    district.hand_in("stock_cooperatives", "2015-Q4", [company("A", DAFEN, 100)])
    district.hand_in("stock_cooperatives", "2016-Q4", [company("A", DAFEN, 130)])
    refresh(district.settings)
    return district


def con(district: District):  # type: ignore[no-untyped-def]
    return open_for_reading(district.settings.home.resolve() / "publications" / "000001" / "guben.duckdb")


def test_a_number_names_its_definition_and_its_rows(district: District) -> None:
    found = explain(con(district), "newly_employed", JIHUA, ("year", date(2016, 12, 31)), "now")
    assert (found.numerator, found.denominator, found.value) == (Decimal(10), None, 10.0)
    assert found.clause == 13 and "户籍居民就业" in found.clause_text
    rows = found.rows.select("file_name", "sheet", "row", "community", "numerator").rows()
    assert rows == [
        ("employment-2016-11.xlsx", "Sheet1", 3, OLD_SANLIAN, Decimal(2)),
        ("employment-2016-12.xlsx", "Sheet1", 3, NEW_SANLIAN, Decimal(8)),
    ]


def test_flow_and_stock_of_one_number_come_from_their_own_rows(district: District) -> None:
    found = explain(con(district), "dividend_growth", BUJI, ("year", date(2016, 12, 31)))
    assert (found.numerator, found.denominator) == (130, 100)
    rows = found.rows.select("file_name", "numerator", "denominator").rows()
    assert rows == [
        ("stock_cooperatives-2015-Q4.xlsx", None, Decimal(100)),
        ("stock_cooperatives-2016-Q4.xlsx", Decimal(130), None),
    ]


def test_the_rows_behind_add_up_to_every_number(district: District) -> None:
    publication = con(district)
    keys = publication.execute(
        """select indicator_id, area_code, period_type, period_end, map, numerator, denominator from indicator_values
        where indicator_id in ('employment_rate', 'newly_employed', 'dividend_growth', 'dividend_per_shareholder')
            and status <> 'not_handed_in'"""
    ).fetchall()
    assert len(keys) > 100
    for indicator, area, kind, end, area_map, numerator, denominator in keys:
        rows = explain(publication, indicator, area, (kind, end), area_map, limit=None).rows
        assert sum(value or 0 for value in rows["numerator"]) == numerator, (indicator, area, kind, end, area_map)
        if denominator is not None:
            assert sum(value or 0 for value in rows["denominator"]) == denominator, (
                indicator,
                area,
                kind,
                end,
                area_map,
            )


def test_the_limit_cuts_the_list_and_says_so(district: District) -> None:
    found = explain(con(district), "newly_employed", "440307", ("year", date(2016, 12, 31)), limit=3)
    assert (found.rows.height, found.total_rows) == (3, 4)


def test_an_unknown_number_is_said_to_be_unknown(district: District) -> None:
    with pytest.raises(UnknownNumberError, match="no value of newly_employed for 440307999"):
        explain(con(district), "newly_employed", "440307999", ("year", Period.parse("2016").end))


def test_a_publication_somebody_wrote_beside_is_not_opened(district: District) -> None:
    path = district.settings.home / "publications" / "000001" / "guben.duckdb"
    path.parent.chmod(0o755)
    wal = path.with_name("guben.duckdb.wal")
    wal.write_bytes(b"x")
    try:
        with pytest.raises(UntrustedPublicationError):
            open_for_reading(path)
    finally:
        wal.unlink()
    assert Values(path).rows("select count(*) from publication") == [(1,)]
