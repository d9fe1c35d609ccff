"""The roster of the party's organizations: of communities and offices, and of the “two new” units that have one.

A branch for every one that `two_new_organizations` of the same month names. Secretaries are drawn once, without names.
"""

from functools import lru_cache

import polars as pl

from pipelines.periods import Period
from pipelines.sample.district import District, read_register
from pipelines.sample.draws import stepped
from pipelines.sample.two_new_organizations import COMMUNITY, code, joint_number, units, units_at

_OTHER_SECTORS = {"居民小组": 240, "机关": 120, "事业单位": 130, "国有企业": 80}
"""Organizations at scale 1, beside one per community and those in the two-new units."""


def party_organizations(district: District, period: Period) -> pl.DataFrame:
    """The party's organizations at the end of a month: of communities and offices, and of the units that have one."""
    people = _secretaries(district, period)
    return (
        organizations(district, period)
        .join(people, on="who", how="left", maintain_order="left")
        .with_columns(
            parent_code=pl.when(pl.col("sector") != "社区").then(code(COMMUNITY, pl.col("place"))),
            is_weak=(pl.col("sector") == "社区") & (pl.col("u_weak") < 0.08),
        )
        .with_columns(
            rectified_on=pl.when(pl.col("is_weak") & (pl.col("u_weak") / 0.08 < 0.35 + 0.4 * district.time(period)))
            .then(_month_day(district, pl.col("u_weak") / 0.08 * 2.5 - 0.9, pl.lit(18)))
            .otherwise(None)
        )
        .sort("community", "org_code")
        .select(
            *("org_code", "org_name", "org_type", "sector", "community", "parent_code", "established_on"),
            *("member_count", "secretary_birth_month", "secretary_education", "secretary_origin", "secretary_trained"),
            *("selection_method", "is_weak", "rectified_on", "discloses_affairs", "team_appraised"),
        )
    )


@lru_cache(maxsize=2)
def organizations(district: District, period: Period) -> pl.DataFrame:
    """All there are at the end of a month, without their secretaries; `place` and `who` name the same ones for ever."""
    found = pl.concat([_of_communities(district, period), _elsewhere(district, period), *_of_units(district, period)])
    return found.sort("community", "org_code")


def members(district: District, period: Period) -> pl.Expr:
    """How many members all the organizations of a community have, to be used on a frame with a column `community`."""
    counted = organizations(district, period).group_by("community").agg(pl.col("member_count").sum())
    return pl.col("community").replace_strict(
        counted["community"], counted["member_count"], default=0, return_dtype=pl.Int64
    )


_COLUMNS = ("org_code", "org_name", "org_type", "sector", "community", "place", "established_on", "member_count", "who")


def _of_communities(district: District, period: Period) -> pl.DataFrame:
    """One per community, in charge of all others there."""
    level = (0.7 + 0.6 * district.chance("members")) * (1 + 0.02 * district.time(period)) * max(district.scale, 0.05)
    members = (pl.col("registered") / 105 * level).round().clip(lower_bound=5).cast(pl.Int64)
    return (
        district.communities(period.end)
        .with_columns(member_count=members)
        .join(_short_names(), on="community")
        .with_columns(org_type=pl.when(pl.col("member_count") >= 90).then(pl.lit("党委")).otherwise(pl.lit("党总支")))
        .select(
            org_code=code(COMMUNITY, pl.col("place") + 1000 * pl.col("twin")),
            org_name=pl.format("{}社区{}", "short", "org_type"),
            org_type="org_type",
            sector=pl.lit("社区"),
            community="community",
            place="place",
            established_on=_month_day(district, -3 - 4 * district.chance("founded"), pl.lit(1)),
            member_count="member_count",
            who=pl.col("place").cast(pl.Int64),
        )
    )


def _elsewhere(district: District, period: Period) -> pl.DataFrame:
    """Of residents' groups, offices, institutions and state-owned enterprises."""
    frames = []
    for sort, (sector, full) in enumerate(_OTHER_SECTORS.items(), start=4):
        count = max(round(full * district.scale), 1)
        draws = district.draws
        things = pl.DataFrame(
            {
                "place": draws.generator(sector).choices(district.places["place"].to_list(), k=count),
                "size": draws.uniform(count, sector, "size"),
                "founded": draws.uniform(count, sector, "founded"),
            },
            schema_overrides={"place": pl.UInt32},
        ).with_row_index("number")
        serial = (pl.col("number") + 1).cast(pl.String)
        frames.append(
            district.locate(things, period.end)
            .join(_short_names(), on="community", maintain_order="left")
            .select(
                org_code=code(sort, pl.col("number")),
                org_name=pl.format(f"{{}}{_NAMED[sector]}第{{}}党支部", "short", serial),
                org_type=pl.lit("党支部"),
                sector=pl.lit(sector),
                community="community",
                place="place",
                established_on=_month_day(district, -1 - 5 * pl.col("founded"), pl.lit(1)),
                member_count=(8 + 34 * pl.col("size")).round().cast(pl.Int64),
                who=pl.col("number").cast(pl.Int64) + sort * 1_000_000,
            )
        )
    return pl.concat(frames)


_NAMED = {"居民小组": "居民小组", "机关": "片区机关", "事业单位": "片区学校医院", "国有企业": "片区国有企业"}


def _of_units(district: District, period: Period) -> list[pl.DataFrame]:
    """Of single units, and the joint ones of neighbouring grids: all that the month's roster of units refers to."""
    now = units_at(district, period)
    members = pl.col("party_members")
    alone = now.filter(pl.col("coverage") == "单独组建").select(
        org_code="branch",
        org_name=pl.format("{}党支部", "unit_name"),
        org_type=pl.when(members >= 50).then(pl.lit("党总支")).otherwise(pl.lit("党支部")),
        sector="kind",
        community="community",
        place="place",
        established_on=_month_day(
            district, pl.max_horizontal("organized_at", "alone_at", "born"), 1 + pl.col("number") % 28
        ),
        member_count=members,
        who=pl.col("number").cast(pl.Int64) + 1_000_000,
    )
    joint = (
        now.filter(pl.col("coverage") == "联合组建")
        .with_columns(joint=joint_number(), part=(pl.col("grid_number") - 1) // 3 + 1)
        .group_by("joint", "branch", "part")
        .agg(pl.col("community", "place").first(), pl.col("party_members").sum())
        .join(_short_names(), on="community")
        .select(
            org_code="branch",
            org_name=pl.format("{}社区“两新”组织第{}联合党支部", "short", "part"),
            org_type=pl.lit("联合党支部"),
            sector=pl.lit("非公企业"),
            community="community",
            place="place",
            established_on=_month_day(district, -0.3 - (pl.col("joint") % 37) / 12, 1 + pl.col("joint") % 28),
            member_count=members.clip(lower_bound=3),
            who=pl.col("joint").cast(pl.Int64) + 2_000_000,
        )
    )
    return [alone.select(_COLUMNS), joint.select(_COLUMNS)]


@lru_cache(maxsize=1)
def _people(district: District) -> pl.DataFrame:
    """What is drawn once of the secretary of every organization there can be; `who` names the organization."""
    last = district.places.height
    who = list(range(last)) + [1_000_000 + number for number in units(district)["number"]]
    who += [2_000_000 + place * 10 + part for place in range(last) for part in range(5)]
    for sort, full in enumerate(_OTHER_SECTORS.values(), start=4):
        who += [sort * 1_000_000 + number for number in range(max(round(full * district.scale), 1))]
    drawn = {
        f"u_{name}": district.draws.uniform(len(who), "secretary", name)
        for name in ("age", "month", "education", "origin", "trained", "chosen", "weak", "open", "appraised", "vacant")
    }
    return pl.DataFrame({"who": pl.Series(who, dtype=pl.Int64), **drawn})


def _secretaries(district: District, period: Period) -> pl.DataFrame:
    """The secretaries at the end of a month; a vacant post says nothing but whether affairs are disclosed."""
    time = district.time(period)
    is_two_new = pl.col("who").is_between(1_000_000, 2_999_999)
    age = pl.when(is_two_new).then(30 + 26 * pl.col("u_age")).otherwise(34 + 23 * pl.col("u_age"))
    born = pl.date(district.until.end.year - age.floor().cast(pl.Int32), (pl.col("u_month") * 12).floor() + 1, 1)
    origins = {True: [(0.54 + 0.05 * time, "中高层管理人员"), (0.85, "一般员工"), (0.95, "上级选派"), (1.0, "其他")]}
    origins[False] = [(0.72, "社区干部"), (0.92, "上级选派"), (1.0, "其他")]
    education = [
        (0.04, "初中及以下"),
        (0.27 - 0.09 * time, "高中中专"),
        (0.62, "大专"),
        (0.96, "本科"),
        (1.0, "研究生"),
    ]
    chosen = {True: [(0.22 + 0.08 * time, "公推直选"), (0.90, "党员大会选举"), (1.0, "上级委任")]}
    chosen[False] = [(0.27 + 0.05 * time, "公推直选"), (0.75, "党员大会选举"), (1.0, "上级委任")]
    filled = _people(district).with_columns(
        secretary_birth_month=born,
        secretary_education=stepped(pl.col("u_education"), education),
        secretary_origin=pl.when(is_two_new)
        .then(stepped(pl.col("u_origin"), origins[True]))
        .otherwise(stepped(pl.col("u_origin"), origins[False])),
        selection_method=pl.when(is_two_new)
        .then(stepped(pl.col("u_chosen"), chosen[True]))
        .otherwise(stepped(pl.col("u_chosen"), chosen[False])),
        # The year's training starts anew each January.
        secretary_trained=pl.col("u_trained") < 0.06 + 0.077 * period.end.month,
        discloses_affairs=pl.col("u_open") < 0.88 + 0.08 * time,
        team_appraised=pl.col("u_appraised") < 0.81 + 0.1 * time,
    )
    theirs = ["secretary_birth_month", "secretary_education", "secretary_origin", "selection_method"]
    return filled.with_columns(pl.when(pl.col("u_vacant") > 0.012).then(pl.col(theirs)))


def _month_day(district: District, time: pl.Expr, day: pl.Expr) -> pl.Expr:
    """The date of a moment of the story: never after a month in which that moment has come."""
    until = district.until.end
    months = until.year * 12 + until.month - 1 - 23 + (time.clip(-7, 1) * 23).floor().cast(pl.Int32)
    return pl.date(months // 12, months % 12 + 1, day)


def _short_names() -> pl.DataFrame:
    """Community codes with their names without 社区 at the end."""
    return read_register().select(community="community_code", short=pl.col("community_name").str.strip_suffix("社区"))
