"""The arithmetic of an assessment: the same as published for the adopted schemes, and by hand for others."""

import duckdb
import polars as pl
import pytest

from tests.modelling.conftest import District, Values
from tests.modelling.test_assessment import values  # noqa: F401 - fixture
from tests.modelling.test_cases import hand_in_rows, load_case, register_three
from warehouse.locks import published_schemes
from warehouse.scoring import INPUTS, Scheme, SchemeError, firmness, sheets, totals

GRADES = [[90, "优秀"], [80, "良好"], [60, "合格"], [0, "不合格"]]


def scheme(dimensions: dict[str, object], vetoes: tuple[dict[str, str], ...] = ()) -> Scheme:
    return Scheme({"scheme": "s", "grades": GRADES, "dimensions": dimensions, "vetoes": vetoes})


def inputs(*rows: tuple[str, str, float | None]) -> pl.DataFrame:
    full = [(*row, "nothing_to_count" if row[2] is None else "ok") for row in rows]
    return pl.DataFrame(full, schema=INPUTS, orient="row")


A_AND_B = scheme(
    {
        "甲": {"weight": 60, "indicators": {"a": {"weight": 100, "floor": 0.0, "target": 1.0}}},
        "乙": {"weight": 40, "indicators": {"b": {"weight": 100, "floor": 0.0, "target": 1.0}}},
    }
)


@pytest.fixture(scope="module")
def whole_policy(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """The case files of all chapters in one district: both assessments have results."""
    district = District(tmp_path_factory.mktemp("home"))
    register_three(district)
    for chapter in range(1, 7):
        hand_in_rows(district, load_case(chapter)["rows"])
    return district.build()


@pytest.mark.parametrize(("fixture", "name"), [("values", "street_leadership"), ("whole_policy", "party_building")])
def test_the_adopted_scheme_gives_exactly_what_is_published(
    request: pytest.FixtureRequest, fixture: str, name: str
) -> None:
    built: Values = request.getfixturevalue(fixture)
    with duckdb.connect(built.path, read_only=True) as con:
        summed = con.sql(f"select * from assessment_totals where scheme = '{name}'").pl()
        assert summed.height >= 2
        for year in summed["year"].unique():
            adopted = next(Scheme(d) for d in published_schemes(con, year) if d["scheme"] == name)
            published = con.sql(f"select * from assessment_scores where scheme = '{name}' and year = {year}").pl()
            given = con.sql(
                f"""select area_code as street_code, indicator_id, value, status from indicator_values
                where level = 'street' and map = 'then' and period_type = 'year' and year(period_end) = {year}"""
            ).pl()
            of_year = summed.filter(year=year)
            own = sheets(adopted, given, of_year["street_code"])
            both = own.join(published, on=["street_code", "indicator_id"], validate="1:1", suffix="_published")
            assert both.height == published.height == adopted.lines.height * of_year.height
            for column in ("score", "weight", "points"):
                assert both[column].is_null().to_list() == both[f"{column}_published"].is_null().to_list()
                assert (both[column] - both[f"{column}_published"]).abs().max() < 1e-9
            columns = ["street_code", "total", "grade", "rank", "veto"]
            assert sorted(totals(adopted, own, given).select(columns).rows()) == sorted(
                of_year.with_columns(pl.col("total").cast(pl.Float64)).select(columns).rows()
            )


def test_the_weight_of_a_dimension_without_scores_goes_to_the_others() -> None:
    given = inputs(("X", "a", 0.5), ("X", "b", None))
    rows = sheets(A_AND_B, given, pl.Series(["X"]))
    assert rows.select("indicator_id", "score", "weight", "points").rows() == [("a", 50, 100, 50), ("b", None, 0, 0)]
    assert totals(A_AND_B, rows, given).rows() == [("X", 50.0, "不合格", 1, None)]


def test_what_was_not_handed_in_earns_nothing_and_keeps_its_weight() -> None:
    given = inputs(("X", "a", 1.0))
    rows = sheets(A_AND_B, given, pl.Series(["X"]))
    assert rows.select("indicator_id", "score", "weight", "points").rows() == [("a", 100, 60, 60), ("b", 0, 40, 0)]


def test_equal_totals_share_a_rank_and_halves_go_up() -> None:
    # 0.60 x 83.3416… = 50.005: rounded up to 50.01; Z is behind both.
    given = inputs(
        ("X", "a", 0.50005 / 0.6),
        ("X", "b", 0),
        ("Y", "a", 0.5001 / 0.6),
        ("Y", "b", 0),
        ("Z", "a", 0.5),
        ("Z", "b", 0),
    )
    rows = sheets(A_AND_B, given, pl.Series(["X", "Y", "Z"]))
    assert totals(A_AND_B, rows, given).select("street_code", "total", "rank").rows() == [
        ("X", 50.01, 1),
        ("Y", 50.01, 1),
        ("Z", 30.0, 3),
    ]


def test_the_lower_of_two_caps_holds_with_both_reasons() -> None:
    vetoed = scheme(
        {"甲": {"weight": 100, "indicators": {"a": {"weight": 100, "floor": 0.0, "target": 1.0}}}},
        (
            {"when": "b > 0", "cap": "良好", "because": "违建"},
            {"when": "c >= 3", "cap": "合格", "because": "事故"},
        ),
    )
    given = inputs(("X", "a", 1.0), ("X", "b", 1), ("X", "c", 3), ("Y", "a", 1.0), ("Y", "b", 0), ("Y", "c", 2))
    rows = sheets(vetoed, given, pl.Series(["X", "Y"]))
    assert totals(vetoed, rows, given).rows() == [("X", 100.0, "合格", 1, "违建；事故"), ("Y", 100.0, "优秀", 1, None)]


def test_a_count_of_cases_never_falls_below_zero() -> None:
    cases = scheme({"甲": {"weight": 100, "indicators": {"a": {"weight": 100, "per_case": 10}}}})
    rows = sheets(cases, inputs(("X", "a", 3), ("Y", "a", 11)), pl.Series(["X", "Y"]))
    assert rows["score"].to_list() == [70, 0]


def test_a_scheme_that_cannot_be_computed_is_refused() -> None:
    with pytest.raises(SchemeError, match="底线与目标相同"):
        scheme({"甲": {"weight": 100, "indicators": {"a": {"weight": 100, "floor": 1.0, "target": 1.0}}}})
    with pytest.raises(SchemeError, match="不能全部为零"):
        scheme({"甲": {"weight": 100, "indicators": {"a": {"weight": 0, "floor": 0.0, "target": 1.0}}}})


def test_a_rank_is_firm_when_no_weighting_changes_it() -> None:
    # X has the better of everything. Y (100, 0) and Z (0, 100) differ by the weights of 甲 and 乙 alone: Y has 60,
    # Z 40; at most 0.8 x 60 = 48 stand against 1.2 x 40 = 48.
    given = inputs(("X", "a", 1), ("X", "b", 1), ("Y", "a", 1), ("Y", "b", 0), ("Z", "a", 0), ("Z", "b", 1))
    firm = firmness(sheets(A_AND_B, given, pl.Series(["X", "Y", "Z"])))
    assert firm.rows() == [("X", 1, 1.0, 1, 1), ("Y", 2, 1.0, 2, 2), ("Z", 3, 1.0, 3, 3)]


def test_a_rank_that_hangs_on_the_weights_is_not_firm() -> None:
    # Equal weights: whether Y or Z is ahead is the toss of a coin.
    even = scheme(
        {
            "甲": {"weight": 51, "indicators": {"a": {"weight": 100, "floor": 0.0, "target": 1.0}}},
            "乙": {"weight": 49, "indicators": {"b": {"weight": 100, "floor": 0.0, "target": 1.0}}},
        }
    )
    given = inputs(("Y", "a", 1), ("Y", "b", 0), ("Z", "a", 0), ("Z", "b", 1))
    rows = sheets(even, given, pl.Series(["Y", "Z"]))
    firm = firmness(rows)
    assert firm.select("rank", "best", "worst").rows() == [(1, 1, 2), (2, 1, 2)]
    # Weights 51u and 49v with u and v uniform on 0.8…1.2: 51u > 49v in about 60 of 100 cases.
    assert firm["kept"].to_list() == [pytest.approx(0.60, abs=0.03)] * 2
    assert firm.equals(firmness(rows))
