"""Nothing of the policy is left over: fields are used, indicators have cases, clauses indicators, pages tests."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from pipelines.contracts.schema import Contract, FieldType, load_contracts
from pipelines.modelling.catalogue import load_catalogue
from pipelines.modelling.models import load_models
from pipelines.modelling.people import STRUCTURES
from pipelines.periods import Cadence, Period
from pipelines.settings import ROOT, Settings
from tests.modelling.conftest import District
from tests.modelling.test_cases import PLACES, hand_in_rows, indicators_with_cases, load_case, register_three

CONTRACTS = load_contracts(Settings().contracts_dir)
CATALOGUE = load_catalogue(Settings().sql_dir)
MODELS = load_models(Settings().sql_dir)
LEVELS = {12: "community", 9: "street", 6: "district"}
# The entry of the pages draws when it is imported: its list is read as text.
PAGES = (ROOT / "dashboards" / "app.py").read_text(encoding="utf-8").split("PAGES = (")[1].split("\n)")[0]

READ_ONLY: dict[str, dict[str, tuple[str, ...]]] = {
    "names, for whoever reads the rows behind a value": {
        "party_organizations": ("org_name",),
        "stock_cooperatives": ("company_name",),
        "two_new_organizations": ("unit_name", "grid"),
    },
    "what kind of thing a row is, for queries; no indicator asks for it": {
        "major_decisions": ("kind",),
        "party_organizations": ("org_type", "parent_code", "established_on"),
        "social_authorizations": ("agency_kind", "function", "authorized_on"),
        "two_new_organizations": ("kind",),
    },
    "size of what is counted, for queries; no indicator divides by it": {
        "communities": ("resident_population",),
        "illegal_construction": ("new_area", "demolished_area"),
        "party_venues": ("floor_area",),
        "social_authorizations": ("annual_fee",),
        "two_new_organizations": ("employees",),
    },
    "a figure beside the one that is measured: the policy sets no target for it": {
        "employment": ("registered_unemployed",),
        "member_care": ("aided",),
        "petitions": ("received",),
        "stock_cooperatives": ("net_profit", "hired_managers"),
        "work_safety": ("accidents",),
    },
    "personal; counted by street in member_care, never from the roster": {
        "party_members": ("in_difficulty",),
    },
}
"""Fields that nothing counts or checks, by the reason why they are handed in all the same."""


def columns(sql: str) -> Iterator[tuple[str, str]]:
    """Table as the query calls it (empty when it does not say) and name of every column in an expression or query."""
    for column in sqlglot.parse_one(sql, read="duckdb").find_all(exp.Column):
        yield column.table, column.name


def counted_fields() -> set[tuple[str, str]]:
    """Export and field of all that indicators and the structure of people count."""
    sums = [s for indicator_id, i in CATALOGUE.indicators.items() for s in i.sums(indicator_id)]
    used = {(s.unit, name) for s in sums for sql in (s.where, s.amount) for _, name in columns(sql)}
    for export, dimensions in STRUCTURES.items():
        used |= {(export, name) for d in dimensions.values() for sql in (d.sql, d.where) for _, name in columns(sql)}
    return used


def modelled_fields() -> set[tuple[str, str]]:
    """Export and field of all that the SQL of units and areas names."""
    used = set()
    for model in MODELS.values():
        tables = {
            table.alias_or_name: table.name
            for table in sqlglot.parse_one(model.query, read="duckdb").find_all(exp.Table)
            if table.db == "rows"
        }
        for table, name in columns(model.query):
            used |= {(tables[table], name)} if table in tables else {(e, name) for e in tables.values() if not table}
    return used


def judged_fields(contract: Contract) -> Iterable[str]:
    """Fields that identify a row, say where it lies, or take part in a check of the contract."""
    yield from contract.key
    for name, spec in contract.fields.items():
        if spec.references or spec.type is FieldType.COMMUNITY or spec.at_most:
            yield name
        if spec.at_most:
            yield spec.at_most
        # A date of a flow must lie inside the period.
        if spec.type is FieldType.DATE and contract.kind == "flow":
            yield name
    for rule in contract.sums:
        yield from (rule.total, *rule.parts)
    for required in contract.required_when:
        yield from (required.field, required.when)


def test_every_field_of_a_contract_is_used_or_said_to_be_for_reading() -> None:
    used = counted_fields() | modelled_fields() | {(e, n) for e, c in CONTRACTS.items() for n in judged_fields(c)}
    used |= {side for e, c in CONTRACTS.items() for b in c.plausible for side in ((e, b.field), b.other)}
    unused = {(e, name) for e, c in CONTRACTS.items() for name in c.fields} - used
    stated = [(e, name) for exports in READ_ONLY.values() for e, names in exports.items() for name in names]
    assert sorted(unused) == sorted(stated)


def test_every_indicator_has_a_case_in_the_file_of_its_chapter() -> None:
    expected = [(c.chapter, name) for c in CATALOGUE.chapters for name in c.indicators]
    assert sorted(indicators_with_cases()) == sorted(expected)
    assert len(expected) == 94


@pytest.mark.parametrize("indicator", CATALOGUE.indicators)
def test_a_case_looks_at_every_level_and_length_of_period(indicator: str) -> None:
    definition = CATALOGUE.indicators[indicator]
    chapter = next(c.chapter for c in CATALOGUE.chapters if indicator in c.indicators)
    longest = max(CONTRACTS[export].cadence.months for export in definition.exports)
    lengths = [c for c in Cadence if c.months >= longest and definition.period in (None, c)]
    looked_at = {
        (Period.parse(period).cadence, LEVELS[len(PLACES[area])])
        for period, areas in load_case(chapter)["expect"][indicator].items()
        for area, text in areas.items()
        if " = " in text or text.isdigit()
    }
    assert {(length, level) for length in lengths for level in LEVELS.values()} <= looked_at


def test_every_clause_has_an_indicator() -> None:
    measured = {i.clause for i in CATALOGUE.indicators.values()}
    clauses = [clause for chapter in CATALOGUE.chapters for clause in chapter.clauses]
    assert sorted(clauses) == list(range(1, 30))
    assert measured == set(clauses)


def test_every_published_table_and_column_has_a_comment(tmp_path: Path) -> None:
    district = District(tmp_path)
    register_three(district)
    hand_in_rows(district, load_case(4)["rows"])
    values = district.build()
    public = "not internal and schema_name in ('main', 'exports', 'units')"
    silent = values.rows(
        f"""select schema_name || '.' || table_name || '.' || column_name from duckdb_columns()
        where {public} and coalesce(trim(comment), '') = ''
        union all select schema_name || '.' || table_name from duckdb_tables()
        where {public} and coalesce(trim(comment), '') = ''"""
    )
    assert silent == []
    published = [name for name, contract in CONTRACTS.items() if not contract.personal]
    tables = values.rows("select table_name from duckdb_tables() where schema_name = 'exports' order by 1")
    assert [name for (name,) in tables] == published


def test_every_page_has_a_test_of_its_own() -> None:
    listed = set(re.findall(r'\("(?:[^"]*", ")?(\w+)", "[^"]*", "[^"]*"\)', PAGES))
    files = {path.stem for path in (ROOT / "dashboards" / "app_pages").glob("*.py")} - {"__init__"}
    assert listed == files
    tests = {path.stem for path in (ROOT / "tests" / "app").glob("test_*.py")}
    # A file of tests whose name is taken elsewhere says that it is of the page.
    assert [name for name in sorted(listed) if not {f"test_{name}", f"test_{name}_page"} & tests] == []
