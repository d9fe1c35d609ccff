"""Given these rows, expect these values: every indicator of the policy, worked out by hand, one file per chapter.

`cases/chapter_N.yaml` says under `rows` what was handed in - by period, and by street where streets hand in - and under
`expect` what each indicator is then, per period and area:

    8/10 = 0.75 in_progress    numerator / denominator = value, to four decimals; status ok unless another is named
    5                          a plain total
    3/0 nothing_to_count       numerator kept, no value
    not_handed_in              no figures at all
    absent                     no row: the indicator has no value of that length of period, or not yet
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.contracts.schema import FieldType
from tests.modelling.conftest import District, Values

CASES = Path(__file__).parent / "cases"
PLACES = {
    "良安田": "440307003002",
    "新木": "440307003004",
    "坪地": "440307006001",
    "平湖街道": "440307003",
    "坪地街道": "440307006",
    "龙岗区": "440307",
}
EXPECTED = re.compile(
    r"(?P<numerator>-?\d+)(/(?P<denominator>\d+))?( = (?P<value>-?[\d.]+))?( (?P<status>in_progress|nothing_to_count))?"
)


class _Loader(yaml.SafeLoader):
    """Leaves periods and dates as they are written: 2010 is a key, not a number."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [
            (tag, pattern) for tag, pattern in resolvers if tag in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:null")
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def read_rows(text: str) -> dict[str, Any]:
    """What a case says in YAML."""
    said: dict[str, Any] = yaml.load(text, Loader=_Loader)
    return said


@cache
def load_case(chapter: int) -> dict[str, Any]:
    """The case file of a chapter."""
    return read_rows((CASES / f"chapter_{chapter}.yaml").read_text(encoding="utf-8"))


def indicators_with_cases() -> list[tuple[int, str]]:
    """Chapter and name of every indicator that has a case."""
    chapters = sorted(int(path.stem.removeprefix("chapter_")) for path in CASES.glob("chapter_*.yaml"))
    return [(chapter, name) for chapter in chapters for name in load_case(chapter)["expect"]]


def register_three(district: District) -> None:
    """Hand in the register of the three communities."""
    names = {"良安田": "良安田社区", "新木": "新木社区", "坪地": "坪地社区"}
    district.register("2009", *((PLACES[short], name, "2009-01-01", None, "") for short, name in names.items()))


def hand_in_rows(district: District, rows: Mapping[str, Any]) -> None:
    """Hand in what the rows of a case say; a place that has no name here is written as its code."""
    for export, said in rows.items():
        columns, always = said["columns"], said.get("always", {})
        for period, handed_in in said.items():
            if period in ("columns", "always"):
                continue
            by_street = handed_in if isinstance(handed_in, dict) else {None: handed_in}
            for street, lines in by_street.items():
                units = [dict(zip(columns, line, strict=True)) | always for line in lines]
                typed = [{n: _typed(district, export, n, v) for n, v in unit.items()} for unit in units]
                district.hand_in(export, period, typed, streets=[PLACES.get(street, street)] if street else [])


def _typed(district: District, export: str, field: str, text: str | bool | None) -> object:
    kind = district.contracts[export].fields[field].type
    if text is None or isinstance(text, bool):
        return text
    if kind in (FieldType.DATE, FieldType.MONTH):
        return date.fromisoformat(text)
    if kind is FieldType.DECIMAL:
        return Decimal(text)
    if kind is FieldType.INT:
        return int(text)
    return PLACES.get(text, text) if kind is FieldType.COMMUNITY else text


@pytest.fixture(scope="session")
def chapters(tmp_path_factory: pytest.TempPathFactory) -> "Chapters":
    return Chapters(tmp_path_factory)


class Chapters:
    """The builds of the case files, each made when it is first asked for."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._built: dict[int, Values] = {}

    def values(self, chapter: int) -> Values:
        """What the build of a chapter's rows says."""
        if chapter not in self._built:
            district = District(self._folders.mktemp(f"chapter_{chapter}"))
            register_three(district)
            hand_in_rows(district, load_case(chapter)["rows"])
            self._built[chapter] = district.build()
        return self._built[chapter]


@pytest.mark.parametrize(("chapter", "indicator"), indicators_with_cases())
def test_the_values_are_those_worked_out_by_hand(chapters: Chapters, chapter: int, indicator: str) -> None:
    values = chapters.values(chapter)
    expected = list(expectations(chapter, indicator))
    found = {(period, area): figures(values, indicator, area, period) for period, area, _ in expected}
    assert found == {(period, area): wanted for period, area, wanted in expected}


def expectations(chapter: int, indicator: str) -> Iterator[tuple[str, str, object]]:
    """Period, area and (numerator, denominator, value, status) of everything a case says of an indicator."""
    for period, areas in load_case(chapter)["expect"][indicator].items():
        for area, text in areas.items():
            yield period, area, read_expectation(text)


def read_expectation(text: str) -> object:
    """The four figures of an expectation; None when there is to be no row."""
    if text == "absent":
        return None
    if text == "not_handed_in":
        return (None, None, None, text)
    match = EXPECTED.fullmatch(text)
    assert match, f"not an expectation: {text}"
    status = match["status"] or "ok"
    numerator, denominator = int(match["numerator"]), match["denominator"] and int(match["denominator"])
    assert (denominator == 0) == (status == "nothing_to_count"), text
    value = None if denominator == 0 else float(match["value"] if denominator else numerator)
    return (numerator, denominator, value, status)


def figures(values: Values, indicator: str, area: str, period: str) -> object:
    """The four figures of the build, the value to four decimals; None when there is no row."""
    row = values.value(indicator, PLACES[area], period)
    if row is None:
        return None
    value = row[2]
    assert value is None or isinstance(value, float)
    return (row[0], row[1], None if value is None else round(value, 4), row[3])
