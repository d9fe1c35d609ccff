"""The yardstick: all 39 indicators from the sample's files by one plain script, without anything around it.

What somebody would write by hand who knows these files: Polars reads them, DuckDB adds up. It knows from the list of
deliveries which files are bad, takes the export and the period from the file's name, drops the rows it cannot read,
and keeps nothing: no contracts, receipts, faults, original, provenance, status, checks, assessment or publication.
It shares no code with the pipelines, so its values are also a second opinion on theirs.

    python -m benchmarks.plain SAMPLE_FOLDER VALUES.parquet

It leaves out what the sample's years do not need: communities that close (the last did in 2016), parts of the rules on
units, and names it has never seen.
"""

import csv
import io
import re
import sys
from pathlib import Path

import duckdb
import fastexcel
import polars as pl

REFUSED = {"wrong_period", "swapped_columns", "column_missing", "damaged"}

Columns = dict[str, tuple[str, ...]]

# Export: the title in the file's name, its cadence, and its columns: field, kind, headers.
EXPORTS: dict[str, tuple[str, str, Columns]] = {
    "communities": ("社区名录", "year", {
        "code": ("text", "社区编码", "社区代码"), "name": ("text", "社区名称", "社区", "社区居委会"),
        "street": ("text", "街道编码", "街道代码"), "street_name": ("text", "街道名称", "街道"),
        "valid_from": ("date", "启用日期"), "valid_to": ("date", "停用日期"),
    }),
    "community_services": ("社区服务月报", "month", {
        "community": ("text", "社区"), "has_one_stop": ("bool", "设立一站式服务大厅"),
        "items_required": ("int", "应提供服务事项数"), "items_provided": ("int", "已提供服务事项数"),
        "requests_due": ("int", "应办结服务件数"), "requests_on_time": ("int", "按时办结件数"),
    }),
    "disputes": ("矛盾纠纷排查调解月报", "month", {
        "community": ("text", "社区"), "kind": ("text", "纠纷类别"), "found": ("int", "排查受理数"),
        "settled": ("int", "调解成功数"),
    }),
    "employment": ("户籍居民就业情况月报", "month", {
        "community": ("text", "社区"), "labour_force": ("int", "户籍劳动力人数", "有就业愿望户籍劳动力"),
        "employed": ("int", "已就业人数"), "registered_unemployed": ("int", "登记失业人数"),
        "zero_households": ("int", "零就业家庭户数"), "newly_employed": ("int", "本月新增就业人数"),
    }),
    "illegal_construction": ("违法建筑查处月报", "month", {
        "community": ("text", "社区"), "kind": ("text", "违建类别"), "new_cases": ("int", "新增宗数"),
    }),
    "party_organizations": ("党组织名册", "month", {
        "community": ("text", "所在社区", "社区"), "org_type": ("text", "组织类型"),
        "sector": ("text", "所属领域", "领域类别"), "members": ("int", "党员人数", "党员数"),
        "birth_month": ("date", "书记出生年月"), "education": ("text", "书记学历"), "origin": ("text", "书记来源"),
        "trained": ("bool", "书记本年度参加集中培训"), "selection": ("text", "书记产生方式"),
        "is_weak": ("bool", "软弱涣散", "是否软弱班子"), "rectified_on": ("date", "整顿完成日期"),
        "discloses": ("bool", "实行党务公开"), "appraised": ("bool", "班子接受党员评议"),
    }),
    "petitions": ("群众来信来访办理月报", "month", {
        "community": ("text", "社区"), "channel": ("text", "渠道"), "received": ("int", "受理件数"),
        "due": ("int", "应办结件数"), "on_time": ("int", "按期办结件数"),
    }),
    "stock_cooperatives": ("社区股份合作公司经营情况表", "quarter", {
        "community": ("text", "所在社区", "社区"), "shareholders": ("int", "股民人数", "股东人数"),
        "rental": ("money", "物业租赁收入"), "total": ("money", "总收入"),
        "dividends": ("money", "分红总额", "股份分红"),
        "decisions": ("int", "重大经营决策数"), "reviewed": ("int", "经社区党组织审议数"),
        "modern": ("bool", "建立现代企业制度"),
    }),
    "two_new_organizations": ("“两新”组织名册", "month", {
        "community": ("text", "所在社区", "社区"), "above_scale": ("bool", "规模以上", "是否规模以上"),
        "members": ("int", "党员人数", "党员数"), "stable_operation": ("bool", "生产经营稳定"),
        "stable_membership": ("bool", "党员队伍稳定"), "has_candidate": ("bool", "有合适书记人选"),
        "coverage": ("text", "组建方式", "党组织组建方式"), "union_": ("bool", "建立工会", "工会"),
        "league": ("bool", "建立团组织", "团组织"), "women": ("bool", "建立妇女组织", "妇联"),
        "militia": ("bool", "建立民兵组织", "民兵"), "cross_appointed": ("bool", "党群交叉任职"),
        "appeal_centre": ("bool", "设立诉求服务中心"),
    }),
    "work_safety": ("安全生产月报", "month", {
        "community": ("text", "社区"), "hazards_due": ("int", "应整改隐患数"),
        "hazards_fixed": ("int", "按期整改隐患数"), "deaths": ("int", "事故死亡人数"),
    }),
}  # fmt: skip

# Rows that are wrong in themselves, in the files that have two of them.
GOOD = {
    "disputes": "settled <= found and kind in ('劳资','邻里','物业','土地','其他')",
    "employment": "employed <= labour_force and labour_force is not null and registered_unemployed is not null",
    "party_organizations": "org_type in ('党委','党总支','党支部','联合党支部') and members is not null",
    "petitions": (
        "on_time <= due and channel in ('来信','来访','专线电话','网络信箱','领导接访') and received is not null"
    ),
    "work_safety": "hazards_fixed <= hazards_due",
}

SECRETARY_AGE = (
    "year(period_end) - year(birth_month) - case when month(period_end) < month(birth_month) then 1 else 0 end"
)
ALONE = "(stable_operation and stable_membership and has_candidate and members >= 3)"
ORGANIZED = "coverage in ('单独组建', '联合组建')"
TWO_NEW = "sector in ('非公企业','社会组织')"

# Indicator: export, which rows, above the line and how over time, below the line and how over time.
INDICATORS = {
    "petition_on_time_rate": ("petitions", "true", "on_time", "sum", "due", "sum"),
    "secretary_college_share": ("party_organizations", "sector = '社区' and education is not null",
                                "education in ('大专','本科','研究生')", "last", "1", "last"),
    "secretary_under_45_share": ("party_organizations", "sector = '社区' and birth_month is not null",
                                 f"{SECRETARY_AGE} <= 45", "last", "1", "last"),
    "secretary_trained_rate": ("party_organizations", "sector = '社区'", "trained", "last", "1", "last"),
    "weak_team_rectified_rate": ("party_organizations", "sector = '社区' and is_weak", "rectified_on is not null",
                                 "last", "1", "last"),
    "rental_income_share": ("stock_cooperatives", "true", "rental", "sum", "total", "sum"),
    "collective_income_growth": ("stock_cooperatives", "true", "total", "now", "total", "before"),
    "decision_supervision_rate": ("stock_cooperatives", "true", "reviewed", "sum", "decisions", "sum"),
    "modern_governance_share": ("stock_cooperatives", "true", "modern", "last", "1", "last"),
    "one_stop_coverage": ("community_services", "true", "has_one_stop", "last", "1", "last"),
    "service_item_coverage": ("community_services", "true", "items_provided", "last", "items_required", "last"),
    "service_on_time_rate": ("community_services", "true", "requests_on_time", "sum", "requests_due", "sum"),
    "hazard_fixed_rate": ("work_safety", "true", "hazards_fixed", "sum", "hazards_due", "sum"),
    "accident_deaths": ("work_safety", "true", "deaths", "sum", None, None),
    "dispute_settled_rate": ("disputes", "true", "settled", "sum", "found", "sum"),
    "labour_dispute_settled_rate": ("disputes", "kind = '劳资'", "settled", "sum", "found", "sum"),
    "dividend_per_shareholder": ("stock_cooperatives", "true", "dividends", "sum", "shareholders", "last"),
    "dividend_growth": ("stock_cooperatives", "true", "dividends", "now", "dividends", "before"),
    "employment_rate": ("employment", "true", "employed", "last", "labour_force", "last"),
    "newly_employed": ("employment", "true", "newly_employed", "sum", None, None),
    "zero_employment_households": ("employment", "true", "zero_households", "last", None, None),
    "new_illegal_plants": ("illegal_construction", "kind = '社区集体厂房'", "new_cases", "sum", None, None),
    "new_illegal_homes": ("illegal_construction", "kind = '居民'", "new_cases", "sum", None, None),
    "two_new_org_coverage": ("two_new_organizations", "true", ORGANIZED, "last", "1", "last"),
    "two_new_work_coverage": ("two_new_organizations", "true", f"{ORGANIZED} or coverage = '派驻指导员'", "last",
                              "1", "last"),
    "above_scale_coverage": ("two_new_organizations", "above_scale", ORGANIZED, "last", "1", "last"),
    "due_alone_established_rate": ("two_new_organizations", ALONE, "coverage = '单独组建'", "last", "1", "last"),
    "joint_branch_rate": ("two_new_organizations", f"not {ALONE} and members > 0", ORGANIZED, "last", "1", "last"),
    "direct_election_share": ("party_organizations", f"{TWO_NEW} and selection is not null",
                              "selection = '公推直选'", "last", "1", "last"),
    "management_secretary_share": ("party_organizations", f"{TWO_NEW} and origin is not null",
                                   "origin = '中高层管理人员'", "last", "1", "last"),
    "appeal_centre_coverage": ("two_new_organizations", "above_scale", "appeal_centre", "last", "1", "last"),
    "union_coverage": ("two_new_organizations", "true", "union_", "last", "1", "last"),
    "youth_league_coverage": ("two_new_organizations", "true", "league", "last", "1", "last"),
    "womens_federation_coverage": ("two_new_organizations", "true", "women", "last", "1", "last"),
    "militia_coverage": ("two_new_organizations", "true", "militia", "last", "1", "last"),
    "cross_appointment_rate": ("two_new_organizations", ORGANIZED, "cross_appointed", "last", "1", "last"),
    "office_direct_election_share": ("party_organizations", "sector = '机关' and selection is not null",
                                     "selection = '公推直选'", "last", "1", "last"),
    "affairs_disclosure_rate": ("party_organizations", "true", "discloses", "last", "1", "last"),
    "team_appraised_rate": ("party_organizations", "true", "appraised", "last", "1", "last"),
}  # fmt: skip


def main(sample: Path, out: Path) -> None:
    """Read the sample's files and write the values of all indicators."""
    con = duckdb.connect()
    tables, handed_in = read_files(sample)
    register = typed(tables.pop("communities"), EXPORTS["communities"][2])
    con.register("_register", register)
    con.execute("""create table register as
        select code, name, street, valid_from, valid_to, regexp_replace(name, '社区$', '') as short
        from _register where regexp_full_match(code, '\\d{12}')
        qualify row_number() over (partition by code order by period_end desc) = 1""")
    con.register("handed_in", handed_in)
    for export, raw in tables.items():
        con.register("_rows", typed(raw, EXPORTS[export][2]))
        # A community is a code or a name; of two with one name the street decides. What is none of them is no data row.
        con.execute(f"""create table {export} as
            select r.* exclude (community, street), c.code as community
            from (select *, regexp_replace(community, '(社区居委会|社区)$', '') as short from _rows) r
            join register c
                on (c.code = r.community or c.short = r.short)
                and c.valid_from <= r.period_end and (c.valid_to is null or c.valid_to > r.period_end)
                and (r.street is null or c.street = r.street)
            where {GOOD.get(export, "true")}""")
    con.execute("""create table sums (
        indicator text, part text, export text, period_end date, community text, amount decimal(38,4))""")
    for export in tables:
        add_up(con, export)
    roll_up(con, out)


def read_files(sample: Path) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The cells of the files that count, by export, all text; and what was handed in."""
    latest: dict[tuple[str, str, str], Path] = {}
    with (sample / "deliveries.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            if row["remark"] not in REFUSED and knows(Path(row["file"]).name):
                latest[what_it_is(Path(row["file"]).name)] = sample / row["file"]
    streets = {"": ""}
    frames: dict[str, list[pl.DataFrame]] = {}
    for (export, period_end, street), path in latest.items():
        frame = cells(path, EXPORTS[export][2])
        if export == "communities":
            streets |= dict(frame.select("street_name", "street").iter_rows())
        else:
            own = (
                [pl.lit(street)]
                if street
                else [pl.col("street")]
                if "street" in frame.columns
                else [pl.lit(None, pl.String)]
            )
            frame = frame.with_columns(street=own[0])
        frames.setdefault(export, []).append(frame.with_columns(period_end=pl.lit(period_end).str.to_date()))
    names = pl.DataFrame({"street": list(streets), "code": list(streets.values())})
    tables = {export: pl.concat(some, how="diagonal") for export, some in frames.items()}
    for export in tables.keys() - {"communities"}:
        joined = tables[export].join(names, on="street", how="left", maintain_order="left")
        tables[export] = joined.drop("street").rename({"code": "street"})
    handed_in = pl.DataFrame(
        [
            (export, EXPORTS[export][1], end, streets[street] or "440307")
            for export, end, street in latest
            if export != "communities"
        ],
        schema=["export", "cadence", "base_end", "submitter"],
        orient="row",
    ).with_columns(pl.col("base_end").str.to_date())
    return tables, handed_in


def knows(name: str) -> bool:
    """Whether this script reads files of that name; the others are left out of the comparison on both sides."""
    return any(title in name for title, *_ in EXPORTS.values())


def what_it_is(name: str) -> tuple[str, str, str]:
    """Export, last day of the period, street, by a file's name."""
    export = next(key for key, (title, *_) in EXPORTS.items() if title in name)
    rest = name.replace(EXPORTS[export][0], " ")
    year = int(re.search(r"\d{4}", rest)[0])
    if EXPORTS[export][1] == "month":
        month = int(re.search(r"\d{4}(?:年|-)(\d{1,2})", rest)[1])
    elif EXPORTS[export][1] == "quarter":
        month = 3 * int(re.search(r"年第?(.)季度", rest)[1].translate(str.maketrans("一二三四", "1234")))
    else:
        month = 12
    days = [31, 29 if year % 4 == 0 else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    street = re.search(r"[\u4e00-\u9fff]{2}街道", rest.replace("年", " ").replace("月", " "))
    return export, f"{year}-{month:02d}-{days[month - 1]}", street[0] if street else ""


def cells(path: Path, columns: Columns) -> pl.DataFrame:
    """The rows below the header, the columns by field, as text."""
    if path.suffix == ".xlsx":
        table = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string").to_polars()
    else:
        raw = path.read_bytes()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("gb18030")
        table = pl.read_csv(io.StringIO(text), has_header=False, infer_schema=False)
    fields = {header: field for field, (_, *headers) in columns.items() for header in headers} | {"所属街道": "street"}
    rows = [[re.sub(r"\s|（.*?）", "", cell or "") for cell in row] for row in table.head(8).rows()]
    top = next(i for i, row in enumerate(rows) if sum(cell in fields for cell in row) >= 3)
    height = 2 if sum(cell in fields for cell in rows[top + 1]) >= 1 and "" in rows[top + 1] else 1
    names = {}
    for position in range(table.width):
        for row in rows[top : top + height]:
            if row[position] in fields:
                names[table.columns[position]] = fields[row[position]]
    return table[top + height :].select(pl.col(column).alias(field) for column, field in names.items())


def typed(raw: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Text to what it means; null where it means nothing."""

    def number(field: str) -> pl.Expr:
        return pl.col(field).str.replace_all("[,人]", "")

    def date(field: str) -> pl.Expr:
        found = pl.col(field).str.extract_groups(r"^(\d{4})\D+(\d{1,2})(?:\D+(\d{1,2}))?").struct
        year, month, day = (found.field(group).cast(pl.Int32) for group in "123")
        return pl.date(year, month, day.fill_null(1))

    kinds = {
        "text": lambda f: pl.col(f).str.strip_chars().replace("", None),
        "int": lambda f: number(f).cast(pl.Float64, strict=False).cast(pl.Int64),
        "money": lambda f: number(f).cast(pl.Decimal(20, 4), strict=False) * 10000,
        "bool": lambda f: pl.col(f).is_in(["是", "√", "Y"]),
        "date": date,
    }
    return raw.with_columns(kinds[kind](field).alias(field) for field, (kind, *_) in columns.items())


def add_up(con: duckdb.DuckDBPyConnection, export: str) -> None:
    """Both sums of every indicator over one export, by period and community, in one pass."""
    sums = {}
    for indicator, (counted, where, above, _, below, _) in INDICATORS.items():
        if counted == export:
            sums[f"{indicator}:n"] = (where, above)
            if below:
                sums[f"{indicator}:d"] = (where, below)
    columns = ", ".join(
        f'coalesce(sum(cast(({amount}) as decimal(18,4))) filter (where {where}), 0) as "{name}"'
        for name, (where, amount) in sums.items()
    )
    con.execute(f"""insert into sums
        select split_part(name, ':', 1), split_part(name, ':', 2), '{export}', period_end, community, amount
        from (unpivot (select period_end, community, {columns} from {export} group by all)
              on columns(* exclude (period_end, community)) into name name value amount)""")


def roll_up(con: duckdb.DuckDBPyConnection, out: Path) -> None:
    """Months to quarters and years, communities to streets and the district, on both maps."""
    parts = [
        (indicator, export, part, mode, below is not None)
        for indicator, (export, _, _, over, below, under) in INDICATORS.items()
        for part, mode in (("n", over), ("d", under))
        if mode
    ]
    con.register("parts", pl.DataFrame(parts, schema=["indicator", "export", "part", "mode", "is_ratio"], orient="row"))
    con.execute("""
        create table today as select max(base_end) as day from handed_in where cadence = 'month';
        create table paths as
        with spans as (
            select *, base_end as period_end, cadence as period_type from handed_in
            union all
            select *, last_day(make_date(year(base_end), 3 * quarter(base_end), 1)), 'quarter'
            from handed_in where cadence = 'month'
            union all
            select *, make_date(year(base_end), 12, 31), 'year' from handed_in
        ),
        earlier as (
            select s.* replace (e.base_end as base_end), s.base_end as this
            from spans s
            join handed_in e on e.export = s.export and e.submitter = s.submitter
                and e.base_end = last_day(cast(s.base_end - interval 12 month as date))
        )
        select export, submitter, base_end, period_type, period_end, 'sum' as mode from spans
        union all
        (select export, submitter, base_end, period_type, period_end, 'last' from spans
         qualify base_end = max(base_end) over (partition by export, submitter, period_type, period_end))
        union all
        select export, submitter, this, period_type, period_end, 'now' from earlier
        union all
        select export, submitter, base_end, period_type, period_end, 'before' from earlier;

        create table areas as
        select code as area, 'community' as level, street, valid_from, valid_to from register
        union all
        select street, 'street', street, min(valid_from), case when count(*) = count(valid_to) then max(valid_to) end
        from register group by street
        union all
        select '440307', 'district', null, min(valid_from), null from register;

        create table by_community as
        select p.indicator, h.period_type, h.period_end, s.community, c.street,
            coalesce(sum(s.amount) filter (where p.part = 'n'), 0) as n,
            coalesce(sum(s.amount) filter (where p.part = 'd'), 0) as d
        from parts p
        join sums s using (indicator, part)
        join register c on c.code = s.community
        join paths h on h.export = p.export and h.mode = p.mode and h.base_end = s.period_end
            and h.submitter in (c.street, '440307')
        group by all;

        create table amounts as
        select indicator, period_type, period_end, 'community' as level, community as area, n, d from by_community
        union all
        select indicator, period_type, period_end, 'street', street, sum(n), sum(d) from by_community group by all
        union all
        select indicator, period_type, period_end, 'district', '440307', sum(n), sum(d) from by_community group by all;

        create table periods as
        with firsts as (
            select export, cadence, min(base_end) as first from handed_in group by all
        ),
        months as (
            select f.export, f.cadence, last_day(cast(f.first + to_months(cast(k as integer)) as date)) as month_end
            from firsts f, range(0, 1200) t(k), today
            where month_end <= today.day and (f.cadence = 'month' or month(month_end) % 3 = 0)
        )
        select distinct export, 'month' as period_type, month_end as period_end,
            cast(date_trunc('month', month_end) as date) as starts
        from months where cadence = 'month'
        union
        select distinct export, 'quarter', last_day(make_date(year(month_end), 3 * quarter(month_end), 1)),
            cast(date_trunc('quarter', month_end) as date)
        from months
        union
        select distinct export, 'year', make_date(year(month_end), 12, 31), cast(date_trunc('year', month_end) as date)
        from months;

        create table values_ as
        with wanted as (
            select i.indicator, i.is_ratio, i.is_growth, i.export, p.period_type, p.period_end,
                a.level, a.area, a.street, m.map
            from (select indicator, export, is_ratio, bool_or(mode = 'now') as is_growth from parts group by all) i
            join periods p using (export)
            cross join today t
            cross join (values ('then'), ('now')) m(map)
            join areas a
                on case when m.map = 'then' then a.valid_from <= p.period_end and coalesce(a.valid_to > p.starts, true)
                    else a.level <> 'community' and a.valid_from <= t.day and coalesce(a.valid_to > t.day, true) end
        ),
        reported as (
            select distinct export, period_type, period_end, submitter from paths where mode = 'sum'
        ),
        filled as (
            select w.*, coalesce(x.n, 0) as n, coalesce(x.d, 0) as d
            from wanted w
            left join amounts x using (indicator, period_type, period_end, level, area)
            semi join reported r
                on r.export = w.export and r.period_type = w.period_type and r.period_end = w.period_end
                and (w.level = 'district' or r.submitter in (w.street, '440307'))
        )
        select w.indicator as indicator_id, w.level, w.area as area_code, w.period_type, w.period_end, w.map,
            cast(f.n as decimal(38,4)) as numerator,
            case when w.is_ratio then cast(f.d as decimal(38,4)) end as denominator,
            case when w.is_ratio then f.n / nullif(f.d, 0) - case when w.is_growth then 1 else 0 end
                else cast(f.n as double) end as value
        from wanted w
        left join filled f using (indicator, period_type, period_end, level, area, map)""")
    con.execute(f"copy values_ to '{out}' (format parquet)")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
