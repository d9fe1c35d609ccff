"""The party's members: the roster, those on their way in, and the yearly appraisal of all by organization.

A member has a number and no name. What is drawn of one stays; organizations win and lose members one by one.
"""

from functools import lru_cache

import polars as pl

from pipelines.periods import Cadence, Period
from pipelines.sample.district import District
from pipelines.sample.draws import part, stepped
from pipelines.sample.party_organizations import organizations
from pipelines.sample.two_new_organizations import COMMUNITY, DISSOLVED, code, units_at

TWO_NEW = ["非公企业", "社会组织"]
_POOL = 20_011
_LATENTS = ("age", "month", "gender", "education", "joined", "category", "sort", "occupation", "care", "helps", "moved")
_EDUCATION = [(0.2, "初中及以下"), (0.58, "高中中专"), (0.8, "大专"), (0.99, "本科"), (1.0, "研究生")]


def party_members(district: District, period: Period) -> pl.DataFrame:
    """Every member at the end of a month, with the community of the organization."""
    time = district.time(period)
    is_two_new = pl.col("sector").is_in(TWO_NEW)
    age = pl.when(is_two_new).then(23 + 34 * pl.col("u_age")).otherwise(24 + 52 * pl.col("u_age")).floor()
    born = district.until.end.year - age.cast(pl.Int32)
    joined = pl.min_horizontal(
        born + 19 + (14 * pl.col("u_joined")).floor().cast(pl.Int32), district.since.end.year - 2
    )
    # Some leave their office for the community they live in; a few stand under a branch dissolved long ago.
    has_moved = (pl.col("u_moved") < 0.03 * time) & ~is_two_new & (pl.col("sector") != "社区")
    is_orphan = pl.col("u_moved") > 0.9992
    education = pl.col("u_education") + 0.12 * is_two_new + 0.02 * time
    return (
        _everybody(district, period)
        .join(_pool(district), on="drawn", maintain_order="left")
        .join(district.places.select("place", "street", "quality"), on="place", maintain_order="left")
        .sort("community", "org_code", "member_no")
        .select(
            "member_no",
            org_code=pl.when(is_orphan)
            .then(code(DISSOLVED, pl.col("drawn")))
            .when(has_moved)
            .then(code(COMMUNITY, pl.col("place")))
            .otherwise("org_code"),
            gender=pl.when(pl.col("u_gender") < 0.31).then(pl.lit("女")).otherwise(pl.lit("男")),
            birth_month=pl.date(born, (pl.col("u_month") * 12).floor() + 1, 1),
            education=pl.when(pl.col("u_month") > 0.006).then(stepped(education, _EDUCATION)),
            joined_on=pl.date(joined, (pl.col("u_joined") * 12).floor() + 1, 1 + pl.col("drawn") % 28),
            category=pl.when(pl.col("u_category") < 0.955 + 0.03 * time).then(_category()),
            occupation=_occupation(),
            in_difficulty=pl.col("u_care") < 0.035,
            is_volunteer=pl.col("u_helps") < district.reached("volunteers", 0.3, 0.62, period),
            community="community",
        )
    )


def _everybody(district: District, period: Period) -> pl.DataFrame:
    """A row per member: number, organization, and which of the drawn people it is."""
    elsewhere = (
        organizations(district, period)
        .filter(~pl.col("sector").is_in(TWO_NEW))
        .with_columns(owner=pl.col("org_code").str.tail(7).cast(pl.Int64))
    )
    units = (
        units_at(district, period)
        .filter(pl.col("branch").is_not_null())
        .select(
            *("place", "community"),
            sector="kind",
            org_code="branch",
            owner=pl.col("number").cast(pl.Int64) + 1_000_000,
            member_count="party_members",
        )
    )
    return (
        pl.concat([elsewhere.select(units.columns), units])
        .with_columns(serial=pl.int_ranges("member_count"))
        .explode("serial", empty_as_null=False)
        .with_columns(
            member_no=pl.format(
                "LG{}{}",
                pl.col("owner").cast(pl.String).str.zfill(7),
                pl.col("serial").cast(pl.String).str.zfill(4),
            ),
            drawn=(pl.col("owner") * 611 + pl.col("serial")) % _POOL,
        )
    )


@lru_cache(maxsize=1)
def _pool(district: District) -> pl.DataFrame:
    """So many people that it is not seen that there are no more."""
    drawn = {f"u_{name}": district.draws.uniform(_POOL, "member", name) for name in _LATENTS}
    return pl.DataFrame(drawn).with_columns(drawn=pl.int_range(pl.len(), dtype=pl.Int64))


def _category() -> pl.Expr:
    local = (
        pl.when(pl.col("u_sort") < 0.16)
        .then(pl.lit("社区工作人员"))
        .when(pl.col("u_age") > 0.7)
        .then(pl.lit("离退休"))
        .otherwise(pl.lit("居民"))
    )
    fixed = {"机关": "机关", "事业单位": "企事业单位", "国有企业": "企事业单位"} | dict.fromkeys(TWO_NEW, "两新组织")
    own = pl.col("sector").replace_strict(fixed, default=None, return_dtype=pl.String)
    return pl.when(pl.col("u_sort") > 0.97).then(pl.lit("流动")).otherwise(pl.coalesce(own, local))


def _occupation() -> pl.Expr:
    draw, sector = pl.col("u_occupation"), pl.col("sector")
    return (
        pl.when(sector.is_in(TWO_NEW))
        .then(pl.when(draw < 0.3).then(pl.lit("两新组织中高层")).otherwise(pl.lit("两新组织员工")))
        .when(sector == "机关")
        .then(pl.lit("公务员"))
        .when(sector.is_in(["事业单位", "国有企业"]))
        .then(pl.lit("专业技术人员"))
        .when(draw < 0.08)
        .then(pl.lit("社区干部"))
        .when(draw < 0.13)
        .then(pl.lit("居民小组长"))
        .otherwise(pl.lit("其他"))
    )


def member_development(district: District, period: Period) -> pl.DataFrame:
    """A month's steps towards membership: who became an applicant, a candidate, a member on probation, a full one."""
    draws, words = district.draws, ("development", period)
    count = max(round((80 + 40 * draws.one(*words)) * district.scale), 4)
    known = organizations(district, period)
    chosen = (draws.uniform(count, *words, "org") * known.height).floor().cast(pl.UInt32)
    columns = {name: draws.uniform(count, *words, name) for name in ("stage", "day", "key", "other", "vote", "orphan")}
    is_key = pl.col("key") < district.reached("recruits", 0.10, 0.40, period)
    by_sector = {"机关": "公务员", "事业单位": "专业技术人员", "国有企业": "专业技术人员"}
    by_sector |= dict.fromkeys(TWO_NEW, "两新组织员工")
    keys = (
        pl.when(pl.col("sector").is_in(TWO_NEW))
        .then(pl.lit("两新组织中高层"))
        .when(pl.col("other") < 0.6)
        .then(pl.lit("社区干部"))
        .otherwise(pl.lit("居民小组长"))
    )
    is_vote = pl.col("vote") < district.reached("votes", 0.7, 1.0, period)
    return (
        known[chosen]
        .with_columns(pl.DataFrame(columns))
        .with_row_index("serial")
        .join(district.places.select("place", "street", "quality"), on="place", maintain_order="left")
        .with_columns(
            stage=pl.when(pl.col("stage") < 0.36)
            .then(pl.lit("入党积极分子"))
            .when(pl.col("stage") < 0.6)
            .then(pl.lit("发展对象"))
            .when(pl.col("stage") < 0.82)
            .then(pl.lit("预备党员"))
            .otherwise(pl.lit("转正"))
        )
        .select(
            applicant_no=pl.format(f"FZ{period.end:%Y%m}{{}}", pl.col("serial").cast(pl.String).str.zfill(4)),
            org_code=pl.when(pl.col("orphan") < 0.002).then(code(DISSOLVED, pl.col("serial"))).otherwise("org_code"),
            stage="stage",
            date=period.start + pl.duration(days=(pl.col("day") * period.end.day).floor().cast(pl.Int64)),
            occupation=pl.when(is_key)
            .then(keys)
            .otherwise(pl.col("sector").replace_strict(by_sector, default="其他", return_dtype=pl.String)),
            by_competitive_vote=pl.when(pl.col("stage").is_in(["入党积极分子", "发展对象"])).then(is_vote),
            community="community",
        )
        .sort("date", "applicant_no")
    )


def member_appraisals(district: District, period: Period) -> pl.DataFrame:
    """A year's appraisal, organization by organization as they stand at its end; the four grades add up."""
    known = organizations(district, period.within(Cadence.YEAR).within(Cadence.MONTH))
    chance = {
        name: district.draws.uniform(known.height, "appraisal", period, name)
        for name in ("appraised", "unqualified", "basically", "excellent", "handled")
    }
    rate = district.reached("appraisals", 0.80, 0.98, period)
    return (
        known.join(district.places.select("place", "street", "quality"), on="place", maintain_order="left")
        .sort("community", "org_code")
        .with_columns(due="member_count")
        .with_columns(appraised=part("due", rate, pl.lit(chance["appraised"])))
        .with_columns(unqualified=part("appraised", pl.lit(0.004), pl.lit(chance["unqualified"])))
        .with_columns(_left=pl.col("appraised") - pl.col("unqualified"))
        .with_columns(basically_qualified=part("_left", pl.lit(0.025), pl.lit(chance["basically"])))
        .with_columns(_left=pl.col("_left") - pl.col("basically_qualified"))
        .with_columns(excellent=part("_left", pl.lit(0.27), pl.lit(chance["excellent"])))
        .with_columns(
            qualified=pl.col("_left") - pl.col("excellent"),
            handled=part("unqualified", pl.lit(0.92), pl.lit(chance["handled"])),
        )
        .select(
            *("org_code", "due", "appraised", "excellent", "qualified", "basically_qualified", "unqualified"),
            *("handled", "community"),
        )
    )
