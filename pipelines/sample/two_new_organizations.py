"""The roster of the “two new” organizations: made-up enterprises and societies that persist from month to month.

Everything about a unit is drawn once; a month only moves thresholds, so that a unit changes at most now and then:
it is founded or closed, gets a branch, a union, one member more. The branches it names are in `party_organizations`.
"""

from functools import lru_cache

import polars as pl

from pipelines.periods import Period
from pipelines.sample import names
from pipelines.sample.district import District
from pipelines.sample.draws import whole

_ORGANIZED_PER_TIME = 0.16
_ALONE_PER_TIME = 0.14

ALONE, JOINT, COMMUNITY, DISSOLVED = 1, 2, 3, 9
"""The digit in a party organization's code that says what sort it is; 4 to 8 are those of other sectors."""


@lru_cache(maxsize=1)
def units(district: District) -> pl.DataFrame:
    """Every two-new unit of the story, with the moments (in `District.time`) at which things happen to it."""
    draws, count = district.draws, max(round(6150 * district.scale), 1)
    weights = district.places["residents"].cum_sum()
    place = weights.search_sorted(draws.uniform(count, "unit", "place") * weights[-1]).cast(pl.UInt32)
    is_society = draws.uniform(count, "unit", "kind") < 0.08
    employees = (draws.normal(count, "unit", "employees") * 1.15 + 2.45).exp().clip(2, 2400).round()
    latent = {name: draws.uniform(count, "unit", name) for name in _LATENTS}
    return (
        pl.DataFrame({"place": place, "employees": employees, **latent})
        .with_row_index("number")
        .with_columns(
            unit_code=pl.format("91440307MAF{}", (pl.col("number") * 13 + 7).cast(pl.String).str.zfill(7)),
            kind=pl.when(is_society).then(pl.lit("社会组织")).otherwise(pl.lit("非公企业")),
            unit_name=pl.when(is_society).then(names.societies(draws, count)).otherwise(names.companies(draws, count)),
            above_scale=pl.col("employees") >= 45,
            members=whole(pl.col("employees") * 0.05 * (0.3 + 1.4 * pl.col("u_members")) + 0.25, pl.col("u_round")),
            born=pl.when(pl.col("u_born") < 0.07).then(pl.col("u_born") / 0.07).otherwise(-9.0),
            closed=pl.when(pl.col("u_closed") < 0.03).then(pl.col("u_closed") / 0.03).otherwise(9.0),
        )
        .join(district.places.drop("code"), on="place", maintain_order="left")
        .with_columns(
            grid_number=(pl.col("u_grid") * (pl.col("residents") / 3500).clip(3, 15).floor()).floor().cast(pl.Int64) + 1
        )
        .with_columns(
            organized_at=(pl.col("u_organized") - _organized_level(district.quality("party"))) / _ORGANIZED_PER_TIME,
            alone_at=(pl.col("u_alone") - 0.74) / _ALONE_PER_TIME,
        )
    )


_LATENTS = (
    *("u_members", "u_round", "u_born", "u_closed", "u_grid", "u_joined", "u_stable", "u_membership", "u_candidate"),
    *("u_organized", "u_alone", "u_sent", "u_union", "u_youth", "u_women", "u_militia", "u_cross", "u_appeal"),
    "u_orphan",
)


def _organized_level(quality: pl.Expr) -> pl.Expr:
    """Share of units like this one that have a branch at time 0: large ones and those with members first."""
    size = pl.when("above_scale").then(0.14).otherwise(0.0)
    members = pl.when(pl.col("members") > 0).then(0.05).otherwise(-0.10)
    return 0.615 + 0.07 * quality + size + members


@lru_cache(maxsize=2)
def units_at(district: District, period: Period) -> pl.DataFrame:
    """The units there are at the end of a month, with everything the roster says of them."""
    quality = district.quality("groups")
    time = district.time(period)
    festival = {1: 0.97, 2: 0.90}.get(period.end.month, 1.0)
    alive = units(district).filter((pl.col("born") <= time) & (pl.col("closed") > time))
    joined = (pl.col("u_joined") < 0.06 * max(time, 0)).cast(pl.Int64)
    is_eligible = pl.col("stable_operation") & pl.col("stable_membership") & pl.col("has_candidate")
    is_organized = pl.col("organized_at") <= time
    return (
        district.locate(alive, period.end)
        .with_columns(
            employees=(pl.col("employees") * festival * (1 + 0.04 * time * pl.col("u_members"))).round().cast(pl.Int64),
            party_members=pl.col("members") + joined,
            stable_operation=pl.col("u_stable") < 0.92,
            stable_membership=pl.col("u_membership") < 0.88,
            has_candidate=pl.col("u_candidate") < 0.66 + 0.1 * time,
        )
        .with_columns(is_alone=is_eligible & (pl.col("party_members") >= 3) & (pl.col("alone_at") <= time))
        .with_columns(
            coverage=pl.when(is_organized & pl.col("is_alone"))
            .then(pl.lit("单独组建"))
            .when(is_organized)
            .then(pl.lit("联合组建"))
            .when(pl.col("u_sent") < 0.45 + 0.25 * time)
            .then(pl.lit("派驻指导员"))
            .otherwise(pl.lit("未覆盖")),
        )
        .with_columns(
            branch=pl.when(pl.col("coverage") == "单独组建")
            .then(code(ALONE, pl.col("number")))
            .when(pl.col("coverage") == "联合组建")
            .then(code(JOINT, joint_number())),
            has_union=pl.col("u_union") < 0.70 + 0.06 * quality + 0.14 * time,
            has_youth_league=pl.col("u_youth") < 0.58 + 0.05 * quality + 0.14 * time,
            has_womens_federation=pl.col("u_women") < 0.56 + 0.05 * quality + 0.14 * time,
            has_militia=pl.col("u_militia") < 0.14 + 0.02 * quality + 0.05 * time,
            cross_appointed=is_organized & (pl.col("u_cross") < 0.58 + 0.05 * quality + 0.18 * time),
            has_appeal_centre=pl.col("u_appeal")
            < pl.when("above_scale").then(0.64 + 0.07 * quality + 0.2 * time).otherwise(0.08),
        )
    )


def joint_number() -> pl.Expr:
    """Three neighbouring grids share a joint branch."""
    return pl.col("place") * 10 + (pl.col("grid_number") - 1) // 3


def code(sort: int, number: pl.Expr) -> pl.Expr:
    """The code of a party organization of a sort."""
    return pl.format(f"440307{sort}{{}}", number.cast(pl.String).str.zfill(6))


def two_new_organizations(district: District, period: Period) -> pl.DataFrame:
    """The two-new units of the district at the end of a month, in order of their communities and grids."""
    is_orphan = (pl.col("u_orphan") < 0.0015) & pl.col("branch").is_not_null()
    return (
        units_at(district, period)
        .with_columns(
            grid=pl.col("community") + pl.col("grid_number").cast(pl.String).str.zfill(3),
            # A few clerks still give the code of a branch that was dissolved long ago.
            org_code=pl.when(is_orphan).then(code(DISSOLVED, pl.col("number"))).otherwise("branch"),
        )
        .sort("community", "grid", "number")
        .select(
            *("unit_code", "unit_name", "kind", "community", "grid", "above_scale", "employees", "party_members"),
            *("stable_operation", "stable_membership", "has_candidate", "coverage", "org_code", "has_union"),
            *("has_youth_league", "has_womens_federation", "has_militia", "cross_appointed", "has_appeal_centre"),
        )
    )
