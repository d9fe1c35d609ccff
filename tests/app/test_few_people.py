"""On no page, in no chart, in no download stands a count of people in difficulty that is too small to be shown."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import streamlit as st

from tests.app.conftest import Visit
from tests.modelling.test_small_counts import STREET, A, B, few_people
from warehouse.database import open_for_reading
from warehouse.publications import Publication, Publications

SENSITIVE = (
    "hardship_visit_rate",
    "hardship_aid_per_member",
    "member_reemployment_rate",
    "unqualified_handled_rate",
    "appraisal_qualified_share",
    "appraisal_participation",
)
PERIODS = {"month": "2026-01", "quarter": "2026-Q1", "year": "2026"}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return few_people(tmp_path_factory.mktemp("few")).settings.home


@pytest.fixture
def downloads(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the buttons of the pages visited hand out."""
    monkeypatch.setenv("GUBEN_HOME", str(home))
    handed_out: list[bytes] = []
    button: Callable[..., Any] = st.download_button

    def pressed(label: str, data: Any, *others: Any, **named: Any) -> Any:
        content = data() if callable(data) else data
        handed_out.append(content if isinstance(content, bytes) else str(content).encode())
        return button(label, content, *others, **named)

    monkeypatch.setattr(st, "download_button", pressed)
    return handed_out


@pytest.fixture(scope="session")
def forbidden(home: Path) -> set[str]:
    """How what is hidden would be written: shares, means and yuan; not those that others have, too."""
    published = current(home)
    with open_for_reading(published.path) as con:
        rows = con.execute(
            """select v.value, v.numerator, i.unit, s.area_code is not null
            from indicator_values v
            join indicators i using (indicator_id)
            left join small_counts s using (indicator_id, area_code, period_type, period_end)
            where v.value is not null and v.value not in (0, 1)"""
        ).fetchall()
    written: dict[bool, set[str]] = {True: set(), False: set()}
    for value, numerator, unit, is_hidden in rows:
        if unit == "比例":
            written[is_hidden] |= {f"{100 * value:.1f}%", repr(value)[:7], repr(100 * value)[:7]}
        else:
            written[is_hidden] |= {f"{value:,.0f}元", repr(value)[:7]}
        if numerator >= 500:
            written[is_hidden] |= {
                f"{numerator:,.2f}".rstrip("0").rstrip("."),
                f"{numerator:f}".rstrip("0").rstrip("."),
            }
    found = {text for text in written[True] - written[False] if len(text) > 4}
    # 甲 in January: 1 of 3 visited, 3,703.70 yuan for three.
    assert {"33.3%", "0.33333", "3,703.7", "3703.7", "1,235元"} <= found
    return found


def current(home: Path) -> Publication:
    found = Publications(home).current()
    assert found is not None
    return found


def content(page: Visit) -> Iterator[str]:
    """All that a page shows: texts, tables, charts with what they say when pointed at, lists to choose from."""
    for kind in ("html", "markdown", "caption", "selectbox", "page_link", "alert", "code"):
        yield from (str(element.proto) for element in page.app.get(kind))
    for chart in page.app.get("plotly_chart"):
        yield json.dumps(without_look(json.loads(chart.proto.spec)), ensure_ascii=False)
    for table in page.app.dataframe:
        yield table.value.to_csv()


def without_look(part: Any) -> Any:
    """A chart without its colours, which are numbers, too."""
    if isinstance(part, dict):
        return {key: without_look(value) for key, value in part.items() if key not in ("colorscale", "template")}
    return [without_look(value) for value in part] if isinstance(part, list) else part


def told(handed_out: list[bytes]) -> Iterator[str]:
    """What is in files handed out."""
    for file in handed_out:
        if file.startswith(b"PK"):
            for row in openpyxl.load_workbook(io.BytesIO(file)).worksheets[0].iter_rows(values_only=True):
                yield " ".join(map(str, row))
        else:
            yield file.decode("utf-8-sig")


def told_of(page: Visit, handed_out: list[bytes], forbidden: set[str]) -> set[str]:
    """What of the forbidden stands on a page or in its downloads."""
    texts = "\n".join((*content(page), *told(handed_out)))
    return {text for text in forbidden if text in texts}


@pytest.mark.parametrize("indicator", SENSITIVE)
def test_an_indicator_keeps_it_back(indicator: str, downloads: list[bytes], forbidden: set[str]) -> None:
    kinds = ("year",) if "apprais" in indicator or "handled" in indicator else tuple(PERIODS)
    for kind in kinds:
        period = PERIODS[kind] if len(kinds) > 1 else "2025"
        for area in (A, STREET, "440307"):
            page = Visit("indicator", {"indicator": indicator, "area": area, "period": period})
            assert told_of(page, downloads, forbidden) == set(), (kind, area)


def test_what_is_not_shown_says_so(downloads: list[bytes]) -> None:
    view = {"indicator": "hardship_visit_rate", "period": "2026-01"}
    page = Visit("indicator", {**view, "area": A})
    assert "2026年1月，甲社区困难党员走访率：&lt;5，涉及的人不足5人，或可据以推算出来，不展示。" in page.markup
    assert "走访困难党员人数</td><td class='gb-num'>&lt;5</td>" in page.markup
    page = Visit("indicator", {**view, "area": STREET})
    rows = {row["社区"]: (row["计入分子"], row["计入分母"]) for row in page.rows()}
    assert rows["甲社区"] == rows["乙社区"] == ("<5", "<5") and rows["丁社区"] == ("10", "20")
    assert "* &lt;5：社区一级" in page.markup
    assert any("甲社区,<5,<5" in text for text in told(downloads))


@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        ("overview", {}),
        ("policy", {"month": "2026-02"}),
        *(("chapter", {"chapter": "5", "view": view}) for view in ("clauses", "streets", "members", "development")),
        ("street", {"street": STREET}),
        ("assessment", {"scheme": "party_building"}),
        ("economy", {}),
        ("two_new", {}),
        ("dictionary", {}),
        ("query", {}),
    ],
)
def test_no_other_page_tells(
    page: str, parameters: dict[str, str], downloads: list[bytes], forbidden: set[str]
) -> None:
    assert told_of(Visit(page, parameters), downloads, forbidden) == set()


@pytest.mark.parametrize(
    "sql",
    [
        "select * from indicator_values where level = 'community'",
        "select * from main.indicator_values where area_code like '440307003%' and value is not null",
        "select * from attainment",
        "select * from build.sums",
        "select max(numerator), min(value) from indicator_values where indicator_id = 'hardship_aid_per_member' and level = 'community' and period_end = '2026-01-31' and area_code < '440307003003'",  # noqa: E501
    ],
)
def test_no_query_of_a_reader_tells(sql: str, downloads: list[bytes], forbidden: set[str]) -> None:
    page = Visit("query", {"sql": sql})
    assert page.app.dataframe
    assert told_of(page, downloads, forbidden) == set()


@pytest.mark.parametrize("table", ["exports.member_care", "units.member_care", "rows.member_appraisals"])
def test_the_rows_of_the_export_are_not_there_to_be_queried(table: str, downloads: list[bytes]) -> None:
    page = Visit("query", {"sql": f"select * from {table}"})
    assert "找不到表、列或函数" in page.words


def test_the_complete_file_would_have_told(home: Path, forbidden: set[str]) -> None:
    with open_for_reading(current(home).path) as con:
        rows = con.execute("select value, numerator from indicator_values where area_code in (?, ?)", [A, B]).fetchall()
    assert any(text in str(rows) for text in forbidden)
