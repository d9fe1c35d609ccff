"""Adds up what stands in the files, over communities and time, and writes the values."""

import sys
from pathlib import Path

import duckdb
import polars as pl

from benchmarks.plain.files import EXPORTS, read_files
from benchmarks.plain.indicators import IN_USE, INDICATORS, YEARLY

# Rows that are wrong in themselves, in the files that have two of them.
GOOD = {
    "disputes": "settled <= found and kind in ('劳资','邻里','物业','土地','其他')",
    "employment": "employed <= labour_force",
    "party_organizations": "org_type in ('党委','党总支','党支部','联合党支部') and members is not null",
    "petitions": "on_time <= due and channel in ('来信','来访','专线电话','网络信箱','领导接访')",
    "training": "attended <= invited and kind in ('中心组学习','集中培训','读书活动','网络学习')",
    "work_safety": "hazards_fixed <= hazards_due",
}

# A community is a code or a name; of two with one name the street decides. What is none of them is no data row.
PLACED = """
    select r.* exclude (community), p.code as community
    from _rows r
    join places p
        on p.written = r.community and p.valid_from <= r.period_end
        and coalesce(p.valid_to > r.period_end, true) and coalesce(p.street_name = r.street, true)
    where {good}"""
# Without a community, that of the organization in the latest roster of the period.
ROSTERED = """
    select r.*, o.community, o.sector
    from _rows r
    join (select date_trunc('{cadence}', period_end) as start, max(period_end) as roster_end
          from party_organizations group by all) l on l.start = date_trunc('{cadence}', r.period_end)
    join party_organizations o on o.period_end = l.roster_end and o.org_code = r.org_code"""

# Which hand-ins count in a period.
MODES = {"sum": "s.is_here", "last": "s.is_last", "now": "s.has_earlier", "before": "s.is_earlier"}


def main(sample: Path, out: Path) -> None:
    """Read the sample's files and write the values of all indicators."""
    con = duckdb.connect()
    tables, handed_in = read_files(sample)
    con.register("_register", tables.pop("communities"))
    con.register("_handed_in", handed_in)
    indicators = [
        (name, above[0], (below or above)[0] or above[0],
         below is not None, above[1] == "now", below == IN_USE, name in YEARLY)
        for name, (above, below) in INDICATORS.items()
    ]  # fmt: skip
    columns = ["indicator", "export", "other", "is_ratio", "is_growth", "is_of_communities", "is_yearly"]
    con.register("_indicators", pl.DataFrame(indicators, schema=columns, orient="row"))
    con.execute(PREPARED)
    for export, rows in sorted(tables.items(), key=lambda one: one[0] != "party_organizations"):
        con.register("_rows", rows)
        query = PLACED if "community" in rows.columns else ROSTERED
        query = query.format(good=GOOD.get(export, "true"), cadence=EXPORTS[export][1])
        if export == "party_organizations":
            con.execute(f"create table party_organizations as {query}")
            query = "from party_organizations"
        add_up(con, export, query)
    con.execute(VALUES)
    con.execute(f"copy values_ to '{out}' (format parquet)")


def add_up(con: duckdb.DuckDBPyConnection, export: str, query: str) -> None:
    """Both sums of every indicator over one export: by community first, then by area and period."""
    sums: dict[tuple[str, str], str] = {}
    totals = []
    for indicator, parts in INDICATORS.items():
        both = " and o.export is not null" if len({part[0] for part in parts if part and part[0]}) > 1 else ""
        for name, part in zip("nd", parts, strict=True):
            if part and part[0] == export:
                _, mode, amount, where = part
                added = sums.setdefault((amount.replace("any", "1"), where), f"s{len(sums)}")
                total = f"sum({added})"
                if amount == "any":
                    total = f"count(distinct case when {added} > 0 then community end)"
                totals.append(f'cast({total} filter ({MODES[mode]}{both}) as decimal(38,4)) as "{indicator}:{name}"')
    added_up = ", ".join(
        f"coalesce(sum(cast(({amount}) as decimal(18,4))) filter ({where}), 0) as {name}"
        for (amount, where), name in sums.items()
    )
    con.execute(f"""insert into amounts
        with sums as (select period_end, community, {added_up} from ({query}) group by all)
        select split_part(name, ':', 1), split_part(name, ':', 2), period_type, period_end, area, amount
        from (unpivot (
            select s.period_type, s.period_end, a.area, {", ".join(totals)}
            from sums u
            join above a using (community)
            join spans s on s.export = '{export}' and s.base_end = u.period_end and s.submitter in (a.street, '440307')
            left join others o on (o.export, o.period_type, o.period_end, o.street)
                = (s.export, s.period_type, s.period_end, a.street)
            group by all)
        on columns(* exclude (period_type, period_end, area)) into name name value amount)""")


PREPARED = """
create table register as
select code, name, street, street_name, valid_from, valid_to
from _register where regexp_full_match(code, '\\d{12}')
qualify row_number() over (partition by code order by period_end desc) = 1;

create table places as
select distinct unnest([code, name, name || '居委会', regexp_replace(name, '社区$', '')]) as written,
    code, street_name, valid_from, valid_to
from register;

create table above as
select code as community, street, unnest([code, street, '440307']) as area from register;

create table areas as
select code as area, 'community' as level, valid_from, valid_to from register
union all
select street, 'street', min(valid_from), case when count(*) = count(valid_to) then max(valid_to) end
from register group by street
union all
select '440307', 'district', min(valid_from), null from register;

create table today as select max(base_end) as day from _handed_in where cadence = 'month';

create table handed_in as
select h.export, h.cadence, h.base_end, coalesce(n.street, '440307') as submitter,
    not h.needs_roster or date_trunc(h.cadence, h.base_end) in (
        select date_trunc(h.cadence, o.base_end) from _handed_in o where o.export = 'party_organizations') as counts
from _handed_in h
left join (select distinct street, street_name from register) n on n.street_name = h.street;

-- Every period of an export from its first to today, or handed in ahead, with the longer ones that contain it.
create table periods as
with due as (
    select export, cadence, last_day(cast(first + to_months(cast(k as integer)) as date)) as base_end
    from (select export, cadence, min(base_end) as first from handed_in group by all), range(0, 1200, 1) t(k), today
    where k % case cadence when 'month' then 1 when 'quarter' then 3 else 12 end = 0 and base_end <= day
    union
    select export, cadence, base_end from handed_in
)
select export, base_end, cadence as period_type, base_end as period_end from due
union all
select export, base_end, 'quarter', last_day(make_date(year(base_end), 3 * quarter(base_end), 1))
from due where cadence = 'month'
union all
select export, base_end, 'year', make_date(year(base_end), 12, 31) from due where cadence <> 'year';

create table spans as
with here as (
    select p.*, h.submitter, e.base_end as earlier,
        p.base_end = max(p.base_end) over (partition by export, h.submitter, p.period_type, p.period_end) as is_last
    from periods p
    join handed_in h using (export, base_end)
    left join handed_in e
        on e.export = p.export and e.submitter = h.submitter
        and e.base_end = last_day(cast(p.base_end - interval 12 month as date))
    where h.counts
)
select export, submitter, base_end, period_type, period_end,
    true as is_here, is_last, earlier is not null as has_earlier, false as is_earlier
from here
union all
select export, submitter, earlier, period_type, period_end, false, false, false, true
from here where earlier is not null;

-- The streets that handed in, and of those of indicators over two exports, the ones that handed in the other one.
create table there as
select distinct export, period_type, period_end, a.street
from spans s join (select distinct street from above) a on s.submitter in (a.street, '440307')
where is_here;

create table others as
with pairs as (from (select export, other from _indicators union select other, export from _indicators))
select p.export, t.period_type, t.period_end, t.street
from pairs p join there t on t.export = p.other
where p.export <> p.other;

create table amounts (
    indicator text, part text, period_type text, period_end date, area text, amount decimal(38,4));
"""

VALUES = """
insert into amounts
select i.indicator, 'd', p.period_type, p.period_end, a.area, count(*)
from _indicators i
join (select distinct export, period_type, period_end from periods) p using (export)
cross join today t
join register r
    on r.valid_from <= least(p.period_end, t.day) and coalesce(r.valid_to > least(p.period_end, t.day), true)
join above a on a.community = r.code
where i.is_of_communities
group by all;

create table values_ as
with handed as (
    select distinct export, period_type, period_end, area from there join above using (street)
),
places as (
    select p.*, e.other, a.level, a.area, m.map, h.area is not null and o.area is not null as is_there
    from (select distinct export, other from _indicators) e
    join (select distinct export, period_type, period_end from periods) p using (export)
    semi join periods q on (q.export, q.period_type, q.period_end) = (e.other, p.period_type, p.period_end)
    cross join today t
    cross join (values ('then'), ('now')) m(map)
    join areas a
        on case when m.map = 'then'
            then a.valid_from <= p.period_end and coalesce(a.valid_to > date_trunc(p.period_type, p.period_end), true)
            else a.level <> 'community' and a.valid_from <= t.day and coalesce(a.valid_to > t.day, true) end
    left join handed h on (h.export, h.period_type, h.period_end, h.area)
        = (e.export, p.period_type, p.period_end, a.area)
    left join handed o on (o.export, o.period_type, o.period_end, o.area)
        = (e.other, p.period_type, p.period_end, a.area)
),
filled as (
    select p.* exclude (export, other), i.*,
        case when is_there then coalesce(n.amount, 0) end as numerator,
        case when is_there and is_ratio then coalesce(d.amount, 0) end as denominator
    from places p
    join _indicators i on i.export = p.export and i.other = p.other and (p.period_type = 'year' or not i.is_yearly)
    left join (from amounts where part = 'n') n using (indicator, period_type, period_end, area)
    left join (from amounts where part = 'd') d using (indicator, period_type, period_end, area)
)
select indicator as indicator_id, level, area as area_code, period_type, period_end, map, numerator, denominator,
    case when is_ratio then numerator / nullif(denominator, 0) - case when is_growth then 1 else 0 end
        else cast(numerator as double) end as value
from filled
"""


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
