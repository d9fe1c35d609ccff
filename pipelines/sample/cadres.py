"""Cadres and their successors, and the sessions in which members and cadres are taught."""

from functools import lru_cache

import polars as pl

from pipelines.periods import Period
from pipelines.sample.district import District
from pipelines.sample.draws import part, stepped
from pipelines.sample.party_organizations import members

_LEADERS = 7
_EDUCATION = [(0.1, "高中中专"), (0.45, "大专"), (0.97, "本科"), (1.0, "研究生")]
_POOL = 4_001
_LATENTS = ("age", "month", "gender", "education", "party", "exchange", "elite")
_LEADER, _RESERVE, _STREET, _DISTRICT = "社区领导班子成员", "社区后备干部", "街道干部", "区直机关干部"
_AT_SEAT = {_STREET: 24, _DISTRICT: 10}
"""Cadres who have their desk in the first community of a street."""


def cadres(district: District, period: Period) -> pl.DataFrame:
    """The cadres at the end of a quarter: seven leaders a community, those to follow them, and those of offices."""
    time = district.time(period)
    here = district.communities(period.end)
    reserve = (_LEADERS * district.reached("reserve", 0.30, 1.0, period)).round().clip(1, _LEADERS + 1).cast(pl.Int64)
    seats = first_of_street(here)
    posts = [
        here.with_columns(role=pl.lit(_LEADER), posts=pl.lit(_LEADERS, pl.Int64), sort=pl.lit(1)),
        here.with_columns(role=pl.lit(_RESERVE), posts=reserve, sort=pl.lit(2)),
    ]
    posts += [
        seats.with_columns(role=pl.lit(role), posts=pl.lit(count, pl.Int64), sort=pl.lit(sort))
        for sort, (role, count) in enumerate(_AT_SEAT.items(), start=3)
    ]
    is_reserve, is_office = pl.col("role") == _RESERVE, pl.col("role").is_in(list(_AT_SEAT))
    age = pl.when(is_reserve).then(24 + 13.5 * pl.col("u_age")).otherwise(28 + 29 * pl.col("u_age")).floor()
    education = pl.col("u_education") + 0.1 * is_office + 0.08 * is_reserve + 0.03 * time
    return (
        pl.concat(posts)
        .with_columns(serial=pl.int_ranges("posts"))
        .explode("serial", empty_as_null=False)
        .with_columns(owner=pl.col("sort") * 100_000 + (pl.col("place") + 1000 * pl.col("twin")).cast(pl.Int64))
        .with_columns(drawn=(pl.col("owner") * 37 + pl.col("serial")) % _POOL)
        .join(_pool(district), on="drawn", maintain_order="left")
        .sort("community", "sort", "serial")
        .select(
            cadre_no=pl.format("GB{}{}", "owner", pl.col("serial").cast(pl.String).str.zfill(2)),
            community="community",
            role="role",
            gender=pl.when(pl.col("u_gender") < 0.22 + 0.02 * time).then(pl.lit("女")).otherwise(pl.lit("男")),
            birth_month=pl.date(district.until.end.year - age.cast(pl.Int32), (pl.col("u_month") * 12).floor() + 1, 1),
            education=stepped(education, _EDUCATION),
            is_party_member=pl.col("u_party") > pl.when(is_office).then(0.085).otherwise(0.03),
            on_exchange=is_office & (pl.col("u_exchange") < 0.07 + 0.03 * time),
            elite_trained=~is_office & (pl.col("u_elite") < 0.027 + 0.012 * time),
        )
    )


def first_of_street(communities: pl.DataFrame) -> pl.DataFrame:
    """In each street the community where its offices are."""
    return communities.sort("community").group_by("street", maintain_order=True).first().select(communities.columns)


@lru_cache(maxsize=1)
def _pool(district: District) -> pl.DataFrame:
    drawn = {f"u_{name}": district.draws.uniform(_POOL, "cadre", name) for name in _LATENTS}
    return pl.DataFrame(drawn).with_columns(drawn=pl.int_range(pl.len(), dtype=pl.Int64))


def training(district: District, period: Period) -> pl.DataFrame:
    """A month's sessions: all members of a community once in three months, the leaders of each street every month."""
    here = district.communities(period.end).with_columns(members=members(district, period))
    month = period.end.month
    kinds = {0: "集中培训", 1: "读书活动", 2: "集中培训", 3: "网络学习"}
    own = here.filter(pl.col("place") % 3 == month % 3).with_columns(
        kind=pl.lit(kinds[month // 3 % 4]),
        audience=pl.lit("党员"),
        hours=5.0 + (district.chance("hours", period) * 5).floor() * 0.5 + 1,
        invited=(pl.col("members") * 0.95).round().cast(pl.Int64),
        rate=district.reached("member training", 0.60, 0.90, period),
    )
    groups = [own]
    seats = first_of_street(here)
    plans = [("中心组学习", "一把手", 14, 3.0), ("中心组学习", "社区班子成员", 40, 3.0)]
    plans += [[("集中培训", "两新党组织书记", 45, 6.0)], [("集中培训", "后备干部", 35, 8.0)], []][month % 3]
    for kind, audience, size, hours in plans:
        # Each street's group meets every other month, the heads every month.
        is_due = pl.lit(audience == "一把手") | (pl.col("place") % 2 == month % 2)
        floor, target = (0.60, 0.95) if kind == "中心组学习" else (0.60, 1.0)
        groups.append(
            seats.filter(is_due).with_columns(
                kind=pl.lit(kind),
                audience=pl.lit(audience),
                hours=pl.lit(hours),
                invited=district.count(pl.lit(float(size)), audience, period).clip(lower_bound=5),
                rate=district.reached(kind + audience, floor, target, period),
            )
        )
    found = pl.concat([group.select(own.columns) for group in groups])
    day, luck = (pl.lit(district.draws.uniform(found.height, "training", period, name)) for name in ("day", "luck"))
    return (
        found.with_columns(date=period.start + pl.duration(days=(day * period.end.day).floor().cast(pl.Int64)))
        .with_columns(attended=part("invited", pl.col("rate"), luck))
        .sort("date", "community", "audience")
        .with_row_index("serial", offset=1)
        .select(
            pl.format(f"PX{period.end:%Y%m}{{}}", pl.col("serial").cast(pl.String).str.zfill(3)).alias("session_no"),
            *("kind", "audience", "community", "date", "hours", "invited", "attended"),
        )
    )
