"""Receipts, contracts, clauses, indicators and assessments as rows of their tables. Reads no row of a submission."""

import json
from collections.abc import Iterable, Mapping, Sequence

import duckdb
import polars as pl

from pipelines.contracts.schema import DISTRICT, Contract
from pipelines.modelling.catalogue import Catalogue, Indicator, Scheme
from pipelines.modelling.tables import TABLES
from warehouse.lake import FAULTS, Lake, Receipt, statuses

DISTRICT_NAME = "龙岗区"


def replace_rows(
    con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Put these rows in the place of all rows of a table."""
    con.execute(f"delete from {table}")
    values = list(rows)
    if values:
        frame = pl.DataFrame(values, schema=list(columns), orient="row", infer_schema_length=None)
        con.register("_incoming", frame)
        con.execute(f"insert into {table} by name select * from _incoming")
        con.unregister("_incoming")


def fill_submissions(con: duckdb.DuckDBPyConnection, lake: Lake, receipts: Sequence[Receipt]) -> None:
    """Write the receipts of all submissions, why some were refused, and their faults into their tables."""
    status = statuses(receipts)
    replace_rows(
        con,
        "submissions",
        list(TABLES["submissions"][1]),
        [
            [
                r.submission_id, r.export, r.period_type, r.period_end, r.submitter or None, r.file_name, r.sha256,
                r.received_at, status[r.submission_id], r.rows_read, r.rows_accepted, r.rows_rejected,
                r.rows_skipped, r.handed_in_by, r.channel,
            ]
            for r in receipts
        ],
    )  # fmt: skip
    replace_rows(
        con,
        "build.scopes",
        ["export", "period_end", "submitter", "received_at", "outcome"],
        [[r.export, r.period_end, code, r.received_at, r.outcome] for r in receipts for code in r.scope],
    )
    refused = [[r.submission_id, r.refusal] for r in receipts if r.refusal]
    replace_rows(con, "refusals", ["submission_id", "reason"], refused)
    con.execute("delete from faults")
    files = [str(lake.folder(r) / FAULTS) for r in receipts if r.faults or r.warnings]
    if files:
        con.execute(
            """insert into faults by name
            select parse_path(filename)[-2] as submission_id, * exclude (filename)
            from read_parquet($1, filename = true, union_by_name = true)""",
            [files],
        )


def fill_catalogue(con: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract], catalogue: Catalogue) -> None:
    """Write contracts, clauses, indicators and assessment schemes into their tables."""
    _fill_contracts(con, contracts)
    _fill_indicators(con, contracts, catalogue)
    _fill_schemes(con, contracts, catalogue)


def _fill_contracts(con: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract]) -> None:
    con.execute("create or replace table build.district (district_code varchar, district_name varchar)")
    con.execute("insert into build.district values (?, ?)", [DISTRICT, DISTRICT_NAME])
    con.execute("create or replace table build.rosters (export varchar, roster varchar)")
    rosters = [[name, c.roster] for name, c in contracts.items() if c.roster]
    replace_rows(con, "build.rosters", ["export", "roster"], rosters)
    con.execute("create or replace table build.registers (export varchar)")
    replace_rows(con, "build.registers", ["export"], [[name] for name, c in contracts.items() if c.is_register])
    replace_rows(
        con,
        "contracts",
        ["export", "title", "description", "department", "kind", "cadence", "submitted_by", "due_day"],
        [
            [n, c.title, c.description, c.department, c.kind, c.cadence.value, c.by, c.due_day]
            for n, c in contracts.items()
        ],
    )
    replace_rows(
        con,
        "contract_fields",
        ["export", "field", "ordinal", "header", "type", "required", "unit", "description"],
        [
            [export, name, ordinal, spec.header, spec.type.value, spec.required, spec.unit, spec.description]
            for export, contract in contracts.items()
            for ordinal, (name, spec) in enumerate(contract.fields.items(), 1)
        ],
    )


def _fill_indicators(con: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract], catalogue: Catalogue) -> None:
    replace_rows(
        con,
        "clauses",
        ["clause", "chapter", "chapter_title", "clause_title", "text"],
        [[n, ch.chapter, ch.title, c.title, c.text] for ch in catalogue.chapters for n, c in ch.clauses.items()],
    )
    indicators = [(chapter, name, i) for chapter in catalogue.chapters for name, i in chapter.indicators.items()]
    replace_rows(
        con,
        "indicators",
        list(TABLES["indicators"][1]),
        [
            [
                name, i.name, i.clause, chapter.clauses[i.clause].title, chapter.chapter, chapter.title, i.unit,
                i.better, i.target, i.target_level, i.target_period and i.target_period.value, *i.texts,
                i.description, contracts[i.counts].department, i.counts, i.headline, ordinal, i.sensitive,
            ]
            for ordinal, (chapter, name, i) in enumerate(indicators, 1)
        ],
    )  # fmt: skip
    con.execute(
        """create or replace table build.indicator_parts
        (indicator_id varchar, part varchar, sum_id varchar, export varchar, mode varchar)"""
    )
    replace_rows(
        con,
        "build.indicator_parts",
        ["indicator_id", "part", "sum_id", "export", "mode"],
        [[name, *path] for name, i in catalogue.indicators.items() for path in i.paths(name)],
    )
    con.execute(
        """create or replace table build.indicator_shapes
        (indicator_id varchar, has_denominator boolean, is_growth boolean, period varchar, exports integer)"""
    )
    replace_rows(
        con,
        "build.indicator_shapes",
        ["indicator_id", "has_denominator", "is_growth", "period", "exports"],
        [
            [name, i.has_denominator, i.growth is not None, i.period and i.period.value, len(i.exports)]
            for name, i in catalogue.indicators.items()
        ],
    )
    con.execute(
        """create or replace table build.definitions
        (sum_id varchar, unit varchar, condition varchar, amount varchar)"""
    )
    replace_rows(
        con,
        "build.definitions",
        ["sum_id", "unit", "condition", "amount"],
        [[s.sum_id, s.unit, s.where, s.amount] for name, i in catalogue.indicators.items() for s in i.sums(name)],
    )


def _fill_schemes(con: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract], catalogue: Catalogue) -> None:
    con.execute("create or replace table build.scheme_exports (scheme varchar, export varchar)")
    con.execute(
        """create or replace table build.scheme_indicators (scheme varchar, dimension varchar, dimension_weight double,
        indicator_id varchar, weight double, floor double, target double, per_case double, ordinal integer,
        export_title varchar)"""
    )
    con.execute("create or replace table build.scheme_grades (scheme varchar, minimum double, grade varchar)")
    con.execute(
        """create or replace table build.scheme_vetoes (scheme varchar, ordinal integer, indicator_id varchar,
        includes_threshold boolean, threshold double, cap_minimum double, because varchar)"""
    )
    known = catalogue.indicators
    replace_rows(
        con,
        "build.scheme_exports",
        ["scheme", "export"],
        [
            [s.scheme, export]
            for s in catalogue.schemes
            for export in sorted(
                {path[2] for d in s.dimensions.values() for name in d.indicators for path in known[name].paths(name)}
            )
        ],
    )
    replace_rows(
        con,
        "build.scheme_indicators",
        [
            "scheme",
            "dimension",
            "dimension_weight",
            "indicator_id",
            "weight",
            "floor",
            "target",
            "per_case",
            "ordinal",
            "export_title",
        ],
        [row for s in catalogue.schemes for row in _scheme_rows(s, contracts, known)],
    )
    replace_rows(
        con,
        "build.scheme_grades",
        ["scheme", "minimum", "grade"],
        [[s.scheme, minimum, grade] for s in catalogue.schemes for minimum, grade in s.grades],
    )
    replace_rows(
        con,
        "build.scheme_vetoes",
        ["scheme", "ordinal", "indicator_id", "includes_threshold", "threshold", "cap_minimum", "because"],
        [
            [
                s.scheme,
                ordinal,
                *veto.condition,
                {grade: minimum for minimum, grade in s.grades}[veto.cap],
                veto.because,
            ]
            for s in catalogue.schemes
            for ordinal, veto in enumerate(s.vetoes)
        ],
    )


def _scheme_rows(
    scheme: Scheme, contracts: Mapping[str, Contract], known: Mapping[str, Indicator]
) -> list[list[object]]:
    rows: list[list[object]] = []
    for dimension, d in scheme.dimensions.items():
        for name, i in d.indicators.items():
            titles = "、".join(sorted({contracts[path[2]].title for path in known[name].paths(name)}))
            rows.append(
                [scheme.scheme, dimension, d.weight, name, i.weight, i.floor, i.target, i.per_case, len(rows), titles]
            )
    return rows


def catalogue_text(catalogue: Catalogue) -> str:
    """The catalogue as one text, for telling whether it changed."""
    return json.dumps(
        [c.model_dump(mode="json") for c in (*catalogue.chapters, *catalogue.schemes)], ensure_ascii=False
    )
