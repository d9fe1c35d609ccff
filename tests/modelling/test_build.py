"""The warehouse is a function: built bit by bit or at once, it is the same; and only what changed is computed again."""

import ast
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.modelling import marks
from pipelines.modelling.build import Build
from pipelines.settings import ROOT
from tests.modelling.conftest import SHANGHAI, District
from tests.modelling.test_values import LIANGANTIAN, PINGDI, PINGHU_STREET, XINMU, case, company, employment

TABLES = (
    "indicator_values",
    "attainment",
    "hand_ins",
    "assessment_scores",
    "assessment_totals",
    "areas",
    "orphans",
    "exports.employment",
    "units.employment",
    "build.sums",
)


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(path, read_only=True) as con:
        return {table: con.execute(f"select * from {table} order by all").fetchall() for table in TABLES}


@pytest.fixture
def grown(district: District) -> District:
    """A home that was built after every hand-in."""
    district.register(
        "2010", (LIANGANTIAN, "良安田社区", "2009-01-01", None, ""), (XINMU, "新木社区", "2009-01-01", None, "")
    )
    district.hand_in("stock_cooperatives", "2009-Q4", [company("A", LIANGANTIAN, 100)])
    district.hand_in("employment", "2010-02", [employment(LIANGANTIAN, 100, 80), employment(XINMU, 100, 70)])
    district.build()
    district.hand_in("employment", "2009-12", [employment(LIANGANTIAN, 100, 60)])
    district.hand_in("illegal_construction", "2010-01", [case(XINMU, 1)], streets=[PINGHU_STREET])
    district.build()
    district.register(
        "2011",
        (LIANGANTIAN, "良安田社区", "2009-01-01", None, ""),
        (XINMU, "新木社区", "2009-01-01", None, ""),
        (PINGDI, "坪地社区", "2009-01-01", None, ""),
    )
    district.hand_in("employment", "2010-02", [employment(LIANGANTIAN, 100, 90), employment(XINMU, 100, 70)])
    district.hand_in("stock_cooperatives", "2010-Q4", [company("A", LIANGANTIAN, 130)])
    return district


def test_built_step_by_step_or_at_once_it_is_the_same(grown: District) -> None:
    step_by_step = content(grown.build().path)
    (grown.settings.home / "warehouse" / "guben.duckdb").unlink()
    assert content(grown.build().path) == step_by_step


def test_a_corrected_month_leaves_the_others_alone(grown: District) -> None:
    grown.build()
    grown.hand_in("employment", "2009-12", [employment(LIANGANTIAN, 100, 61)])
    pending = Build(grown.settings).prepare()
    assert pending.exports == ("employment",)
    assert pending.units == ("employment",)
    assert [str(end) for end in pending.periods] == ["2009-12-31"]
    values = grown.build()
    assert values.value("employment_rate", "440307", "2009-12") == (61, 100, 0.61, "ok", 1, 1)
    assert values.value("employment_rate", "440307", "2010-02") == (160, 200, 0.8, "ok", 1, 1)


def test_nothing_new_is_nothing_to_do(grown: District) -> None:
    grown.build()
    pending = Build(grown.settings).prepare()
    assert (pending.exports, pending.units) == ((), ())


def test_the_one_received_last_counts_not_the_one_that_came_last(district: District) -> None:
    district.register("2010", (LIANGANTIAN, "良安田社区", "2009-01-01", None, ""))
    late = datetime(2010, 3, 5, tzinfo=SHANGHAI)
    district.hand_in("employment", "2010-02", [employment(LIANGANTIAN, 100, 90)], received_at=late)
    district.hand_in("employment", "2010-02", [employment(LIANGANTIAN, 100, 10)], received_at=late.replace(day=4))
    values = district.build()
    assert values.value("employment_rate", "440307", "2010-02") == (90, 100, 0.9, "ok", 1, 1)
    assert values.rows("select submission_id, status from submissions order by all") == [
        ("000001", "active"),
        ("000002", "active"),
        ("000003", "superseded"),
    ]


def test_a_file_of_two_streets_is_replaced_street_by_street(district: District) -> None:
    district.register(
        "2010", (LIANGANTIAN, "良安田社区", "2009-01-01", None, ""), (PINGDI, "坪地社区", "2009-01-01", None, "")
    )
    both = [PINGHU_STREET, "440307006"]
    district.hand_in("illegal_construction", "2010-01", [case(LIANGANTIAN, 1), case(PINGDI, 2)], streets=both)
    district.hand_in("illegal_construction", "2010-01", [case(LIANGANTIAN, 4)], streets=[PINGHU_STREET])
    values = district.build()
    assert values.value("new_illegal_homes", "440307", "2010-01") == (6, None, 6.0, "ok", 2, 2)
    assert values.rows("select _submission, community, new_cases from exports.illegal_construction order by all") == [
        ("000002", PINGDI, 2),
        ("000003", LIANGANTIAN, 4),
    ]


def test_whatever_code_the_warehouse_is_computed_with_decides_that_it_is_built_again() -> None:
    # What these modules import of ours, directly, is among the files whose change has everything built again.
    folder = Path(marks.__file__).parent
    imported = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("pipelines", "warehouse"):
                imported |= {str(node.module), *(f"{node.module}.{name.name}" for name in node.names)}
    # Intake and publishing go before and after; settings name folders, whose content counts.
    computing = [name for name in imported if not name.startswith("pipelines.intake")]
    files = {path for name in computing if (path := ROOT / f"{name.replace('.', '/')}.py").exists()}
    assert files - {ROOT / "pipelines/settings.py", ROOT / "warehouse/publications.py"} <= set(marks.CODE)
    assert ROOT / "warehouse" / "scoring.py" in marks.CODE
