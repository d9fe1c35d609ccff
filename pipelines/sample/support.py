"""What party work stands on: money, venues, inspections, and the agencies that communities authorize."""

import polars as pl

from pipelines.periods import Cadence, Period
from pipelines.sample.cadres import first_of_street
from pipelines.sample.district import District
from pipelines.sample.draws import part, whole
from pipelines.sample.party_organizations import members

_FUND = "党员教育培训和活动经费"


def party_budgets(district: District, period: Period) -> pl.DataFrame:
    """A year's budget of every community, in 万元: some 450 yuan a member, and lump sums.

    That of the year still running is handed in at its start, when nothing is spent.
    """
    start = Period.containing(period.start, Cadence.MONTH)
    is_over = period.end <= district.until.end
    here = district.communities(period.end).with_columns(members=members(district, start))
    per_member = (district.reached("education fund", 250, 500, period) / 5).round() * 5
    lump = 0.6 + 0.8 * district.chance("budget", period)
    amounts = {
        "固本强基经费": 12 * lump,
        "党群共建经费": 6 * lump,
        _FUND: pl.col("members") * per_member / 10_000,
        "困难党员关爱资金": 0.4 + pl.col("members") * 0.006,
    }
    frames = [
        here.with_columns(fund=pl.lit(fund), budgeted=amount.round(2), order=pl.lit(order))
        for order, (fund, amount) in enumerate(amounts.items())
    ]
    spent = district.reached("spending", 0.80, 0.98, period) + 0.04 * (district.chance("spent", period) - 0.5)
    return (
        pl.concat(frames)
        .sort("community", "order")
        .select(
            "community",
            "fund",
            "members",
            "budgeted",
            spent=(pl.col("budgeted") * spent.clip(0, 1)).round(2) if is_over else pl.lit(0.0),
        )
    )


def party_venues(district: District, period: Period) -> pl.DataFrame:
    """Centres of streets, communities and two-new units at the end of a year, some built and not yet opened."""
    here = district.communities(period.end)
    built = pl.col("place") + 1000 * pl.col("twin")
    centre = district.reached("venues", 0.50, 1.0, period)
    chance = district.chance("venue")
    kinds = [
        ("J", "街道党员管理服务中心", first_of_street(here), 700, pl.lit(value=True)),
        ("S", "社区党群活动中心", here.filter(chance < centre + 0.06), 380, chance < centre),
        ("X", "两新党群活动中心", here.filter(district.chance("two-new venue") < 0.45), 220, pl.lit(value=True)),
    ]
    return pl.concat(
        found.select(
            pl.format(f"ZD{letter}{{}}", built.cast(pl.String).str.zfill(4)).alias("venue_no"),
            "community",
            kind=pl.lit(kind),
            floor_area=(size * (0.5 + district.chance("floor", kind))).round(1),
            in_use=in_use,
        )
        for letter, kind, found, size, in_use in kinds
    ).sort("community", "venue_no")


def party_inspections(district: District, period: Period) -> pl.DataFrame:
    """A quarter's inspections: most communities once in a year, a few never. The first sets out the year's work."""
    here, year, quarter = district.communities(period.end), period.end.year, period.end.month // 3
    is_seen = district.chance("inspected", year) < district.reached(
        "inspections", 0.50, 1.0, period.within(Cadence.YEAR)
    )
    turn = (district.chance("turn", year) * 4).floor() + 1
    is_chosen = is_seen & ((turn == quarter) | (district.chance("again", period) < 0.12))
    is_checked = district.chance("kind", period) < 0.4
    visits = [
        here.filter(is_chosen).with_columns(
            kind=pl.when(is_checked).then(pl.lit("随机抽查")).otherwise(pl.lit("巡回检查")),
            findings=district.count(pl.lit(2.2), "findings", period),
        )
    ]
    if quarter == 1:
        is_set_out = district.chance("set out", year) < 0.95 + 0.04 * district.quality("set out")
        visits.append(here.filter(is_set_out).with_columns(kind=pl.lit("年度部署"), findings=pl.lit(0, pl.Int64)))
    days = (period.end - period.start).days + 1
    return (
        pl.concat(visits)
        .with_columns(
            date=period.start
            + pl.duration(days=(district.chance("inspection day", period) * days).floor().cast(pl.Int64)),
            rectified=part(
                "findings", district.reached("rectified", 0.75, 1.0, period), district.chance("put right", period)
            ),
        )
        .sort("date", "community", "kind")
        .with_row_index("number", offset=1)
        .select(
            pl.format(f"DC{year}{quarter}{{}}", pl.col("number").cast(pl.String).str.zfill(3)).alias("inspection_no"),
            *("community", "kind", "date", "findings", "rectified"),
        )
    )


_FUNCTIONS = [
    "居家养老服务",
    "物业与环境管理",
    "青少年服务",
    "社区矫正帮扶",
    "文体活动组织",
    "外来人口服务",
    "家庭综合服务",
]
_AGENCIES = {"物业与环境管理": "物业管理公司", "文体活动组织": "其他", "外来人口服务": "其他"}


def social_authorizations(district: District, period: Period) -> pl.DataFrame:
    """What communities have authorized agencies to do at the end of a quarter: one to three things each."""
    quality, time = district.quality("authorizations"), district.time(period)
    first = 0.66 + 0.1 * quality + 0.1 * time
    count = whole(3 * first - 1.2, district.chance("authorizations")).clip(1, 3)
    here = district.communities(period.end).filter(district.chance("authorized") < first)
    number = (pl.col("place") * 3 + pl.col("serial")) % len(_FUNCTIONS)
    return (
        here.with_columns(serial=pl.int_ranges(count))
        .explode("serial", empty_as_null=False)
        .with_columns(
            function=number.replace_strict(dict(enumerate(_FUNCTIONS)), return_dtype=pl.String),
            owner=((pl.col("place") + 1000 * pl.col("twin")) * 10 + pl.col("serial")).cast(pl.String).str.zfill(5),
        )
        .select(
            pl.format("SQ{}", "owner").alias("authorization_no"),
            "community",
            agency_kind=pl.col("function").replace_strict(_AGENCIES, default="社工中心", return_dtype=pl.String),
            function="function",
            authorized_on=pl.date(
                district.since.end.year - 1 - (district.chance("since") * 4).floor().cast(pl.Int32),
                1 + (pl.col("place") + pl.col("serial")) % 12,
                15,
            ),
            annual_fee=(8 + 50 * district.chance("fee") / (1 + pl.col("serial"))).round(1),
        )
    )
