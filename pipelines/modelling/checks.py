"""What must be true before anything is published. Reads the build file; changes nothing.

Every check returns the offending rows as sentences, so that whoever reads of a failure knows what to look at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import duckdb

from pipelines.contracts.schema import Contract
from pipelines.modelling.tables import TABLES

SHOWN = 20
"""Offending rows told of, at most."""

ORPHAN_SHARE = 0.05


@dataclass(frozen=True)
class Check:
    """The result of one check."""

    name: str
    truth: str
    """What holds when it passes, in English, for logs and Dagster."""
    offences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing offends."""
        return not self.offences


Contracts = Mapping[str, Contract]


def accounting_identity(con: duckdb.DuckDBPyConnection, _: Contracts) -> list[str]:
    """Every row read was accepted, rejected or skipped."""
    rows = con.execute(
        """select submission_id, rows_read, rows_accepted, rows_rejected, rows_skipped from submissions
        where rows_read <> rows_accepted + rows_rejected + rows_skipped order by all"""
    ).fetchall()
    return [f"报送 {s}：读到 {n} 行，但采用 {a}、不采用 {r}、略过 {k}，合计不等" for s, n, a, r, k in rows]


def unique_keys(con: duckdb.DuckDBPyConnection, contracts: Contracts) -> list[str]:
    """No two published rows of a submission have one key."""
    offences = []
    for contract in contracts.values():
        if contract.personal:
            continue
        keys = ", ".join(contract.key)
        rows = con.execute(
            f"""select _submission, string_agg(_row::varchar, '、' order by _row) from exports.{contract.export}
            group by _submission, {keys} having count(*) > 1 order by all limit {SHOWN}"""
        ).fetchall()
        offences += [f"{contract.title}：报送 {s} 的第 {lines} 行主键相同" for s, lines in rows]
    return offences


def streets_are_their_communities(con: duckdb.DuckDBPyConnection, _: Contracts) -> list[str]:
    """Both sums of a street are those of its communities, and those of the district are its streets'."""
    rows = con.execute(
        """with parents as (
            select v.indicator_id, v.period_type, v.period_end, a.parent_code as area_code,
                sum(coalesce(v.numerator, 0)) as numerator, sum(coalesce(v.denominator, 0)) as denominator
            from indicator_values v
            join areas a on a.area_code = v.area_code
            join indicators i on i.indicator_id = v.indicator_id
            join contracts c on c.export = i.unit_table
            -- Over longer periods the stock of a closed community counts for its follower, perhaps in another street.
            where v.map = 'then' and (v.level = 'street' or v.level = 'community' and v.period_type = c.cadence)
            group by all
        )
        select i.name, a.area_name, v.period_type, v.period_end, v.numerator, p.numerator
        from indicator_values v
        join parents p using (indicator_id, period_type, period_end, area_code)
        join indicators i using (indicator_id)
        join areas a using (area_code)
        where v.map = 'then'
            and (coalesce(v.numerator, 0) <> p.numerator or coalesce(v.denominator, 0) <> p.denominator)
        order by all limit 20"""
    ).fetchall()
    return [f"{name}：{area} {t} {e} 的合计 {own}，下级相加 {parts}" for name, area, t, e, own, parts in rows]


def few_orphans(con: duckdb.DuckDBPyConnection, contracts: Contracts) -> list[str]:
    """At most 5 % of the references of an export and period are not found."""
    offences = []
    for contract in contracts.values():
        for name, spec in contract.fields.items():
            if spec.references is None:
                continue
            # Rows of persons are not kept: their number is that of the rows accepted.
            rows_of = (
                "select period_end, rows_accepted as total from submissions where export = $1 and status = 'active'"
                if contract.personal
                else f"select period_end, count({name}) as total from rows.{contract.export} where $1 <> '' group by 1"
            )
            rows = con.execute(
                f"""with missing as (
                    select s.period_end, count(*) as orphans from orphans o join submissions s using (submission_id)
                    where s.export = $1 and o.field = $2 group by all
                ),
                totals as (select period_end, sum(total) as total from ({rows_of}) group by all)
                select m.period_end, m.orphans, t.total
                from missing m join totals t using (period_end)
                where m.orphans > {ORPHAN_SHARE} * t.total order by all""",
                [contract.export, name],
            ).fetchall()
            offences += [
                f"{contract.title} {end}：{spec.header} {total} 个中有 {orphans} 个在名册中找不到，超过 5%"
                for end, orphans, total in rows
            ]
    return offences


def is_complete(con: duckdb.DuckDBPyConnection, contracts: Contracts) -> list[str]:
    """All public tables are there, every column has its comment, every export and indicator handed in has rows."""
    offences = []
    found = {
        (schema, table)
        for schema, table in con.execute(
            """select schema_name, table_name from duckdb_tables() where database_name = current_database()
            union all select schema_name, view_name from duckdb_views() where database_name = current_database()"""
        ).fetchall()
    }
    wanted = {("main", name) for name in (*TABLES, *MODELLED)} | {
        ("exports", e) for e, c in contracts.items() if not c.personal
    }
    offences += [f"缺少表 {schema}.{table}" for schema, table in sorted(wanted - found)]
    if offences:
        return offences
    rows = con.execute(
        """select schema_name || '.' || table_name || '.' || column_name from duckdb_columns()
        where not internal and database_name = current_database() and schema_name in ('main', 'exports', 'units')
            and comment is null order by all"""
    ).fetchall()
    offences += [f"列 {column} 没有说明" for (column,) in rows]
    rows = con.execute(
        """select i.indicator_id from indicators i
        where i.unit_table in (select export from build.parts)
            and i.indicator_id not in (select indicator_id from indicator_values) order by all"""
    ).fetchall()
    offences += [f"指标 {name} 有报送而没有值" for (name,) in rows]
    rows = con.execute(
        """select indicator_id, area_code, period_type, period_end, map from indicator_values
        group by all having count(*) > 1 order by all limit 20"""
    ).fetchall()
    return offences + [f"指标值重复：{row}" for row in rows]


MODELLED = (
    "areas",
    "hand_ins",
    "hand_in_states",
    "hand_in_rates",
    "indicator_values",
    "attainment",
    "small_counts",
    "plausibility",
    "assessment_scores",
    "assessment_totals",
)
"""Public tables and views that SQL files make."""

CHECKS: Mapping[str, Callable[[duckdb.DuckDBPyConnection, Contracts], list[str]]] = {
    "accounting_identity": accounting_identity,
    "unique_keys": unique_keys,
    "streets_are_their_communities": streets_are_their_communities,
    "few_orphans": few_orphans,
    "is_complete": is_complete,
}


def run_check(con: duckdb.DuckDBPyConnection, name: str, contracts: Contracts) -> Check:
    """Run one check by its name."""
    function = CHECKS[name]
    return Check(name, (function.__doc__ or "").strip(), tuple(function(con, contracts)[:SHOWN]))
