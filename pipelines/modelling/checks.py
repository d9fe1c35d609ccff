"""What must be true before anything is published. Reads the build file; changes nothing.

Every check returns the offending rows as sentences, so that whoever reads of a failure knows what to look at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import duckdb

from pipelines.contracts.schema import Contract
from pipelines.modelling.tables import TABLES
from warehouse.lake import label

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
    """Both sums of a street are those of its communities, and those of the district are its streets'.

    Growth apart, where an area below is gone since the year before: what it had then is still counted above. So are
    figures of a community that was closed, without a follower, before their period.
    """
    rows = con.execute(
        """with gone as (
            select p.period_type, p.period_end, a.level, true as is_gone
            from (select distinct period_type, period_end from indicator_values) p
            join areas a on a.valid_to <= p.period_end
                and a.valid_to > date_trunc(p.period_type, cast(p.period_end - to_months(12) as date))
            group by all
        ),
        lone as (
            -- Closed for good before the period, and yet with figures of it.
            select distinct s.unit, s.period_end, r.street_code
            from build.sums s
            join build.register r on r.community_code = s.community
            join contracts c on c.export = s.unit
            where r.valid_to <= date_trunc(c.cadence, s.period_end) and len(r.successor_codes) = 0
        ),
        parents as (
            select v.indicator_id, v.period_type, v.period_end, a.parent_code as area_code,
                sum(coalesce(v.numerator, 0)) as numerator, sum(coalesce(v.denominator, 0)) as denominator
            from indicator_values v
            join areas a on a.area_code = v.area_code
            join indicators i on i.indicator_id = v.indicator_id
            join contracts c on c.export = i.unit_table
            left join build.indicator_shapes d on d.indicator_id = v.indicator_id
            left join gone g on g.period_type = v.period_type and g.period_end = v.period_end and g.level = v.level
            -- Over longer periods the stock of a closed community counts for its follower, perhaps in another street.
            where v.map = 'then' and not (d.is_growth and g.is_gone is not null)
                and (v.level = 'street' or v.level = 'community' and v.period_type = c.cadence)
            group by all
        )
        select i.name, a.area_name, v.period_type, v.period_end, v.numerator, v.denominator, p.numerator, p.denominator
        from indicator_values v
        join parents p using (indicator_id, period_type, period_end, area_code)
        join indicators i using (indicator_id)
        join areas a using (area_code)
        where v.map = 'then'
            and not exists (
                select 1 from lone l
                where l.unit = i.unit_table and l.street_code = v.area_code
                    and l.period_end between date_trunc(v.period_type, v.period_end) and v.period_end
            )
            and (coalesce(v.numerator, 0) <> p.numerator or coalesce(v.denominator, 0) <> p.denominator)
        order by all limit 20"""
    ).fetchall()
    return [
        f"{name}：{area} {label(t, e)} 的分子、分母 {own}、{base}，下级相加 {parts}、{bases}"
        for name, area, t, e, own, base, parts, bases in rows
    ]


def few_orphans(con: duckdb.DuckDBPyConnection, _: Contracts) -> list[str]:
    """Every submission of which more than 5 % of the rows name somebody that no roster knows is told of as doubtful."""
    rows = con.execute(
        f"""select s.submission_id, c.title, count(distinct (o.sheet, o.row)) as orphans, s.rows_accepted
        from orphans o
        join submissions s using (submission_id)
        join contracts c using (export)
        group by all
        having orphans > 1 and orphans > {ORPHAN_SHARE} * s.rows_accepted
            and s.submission_id not in (select submission_id from plausibility where rule = 'orphans')
        order by all"""
    ).fetchall()
    return [f"{title}：报送 {s} 的 {total} 行中有 {n} 行在名册中找不到，却没有提出存疑" for s, title, n, total in rows]


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
            -- In the first months an export that it also needs may not have come.
            and not exists (
                select 1 from build.indicator_parts p
                where p.indicator_id = i.indicator_id and p.export not in (select export from build.parts)
            )
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
