"""What party organizations do in a month: activities, and the four duties of those in the two-new units."""

import polars as pl

from pipelines.periods import Period
from pipelines.sample.district import District
from pipelines.sample.draws import part, whole
from pipelines.sample.members import TWO_NEW
from pipelines.sample.party_organizations import organizations
from pipelines.sample.two_new_organizations import DISSOLVED, code

_PER_MONTH = 0.72
_LATENTS = ("held", "kind", "day", "luck", "promoted", "orphan", "a", "b", "c", "d")


def party_activities(district: District, period: Period) -> pl.DataFrame:
    """Activities: of an organization one in most months, two of some; with the community of the organization."""
    level = (_PER_MONTH + 0.12 * district.quality("activities") + 0.1 * district.time(period)) * (
        0.7 if period.end.month == 2 else 1.0
    )
    shared = ["主题实践", "志愿服务", "党员责任区", "党员示范岗", "送服务下基层"]
    economic = ["技术创新", "双培双推"]
    is_economic = pl.col("sector").is_in(TWO_NEW) & (pl.col("u_kind") < 0.22)
    economic_kind, shared_kind = _one_of(economic, pl.col("u_kind") / 0.22), _one_of(shared, pl.col("u_kind"))
    return (
        _with_luck(district, period, "activity")
        .with_columns(count=whole(level, pl.col("u_held")).clip(0, 2))
        .with_columns(serial=pl.int_ranges("count"))
        .explode("serial", empty_as_null=False)
        .with_columns(
            kind=pl.when(is_economic).then(economic_kind).otherwise(shared_kind),
            eligible=pl.col("member_count").clip(lower_bound=1),
            date=period.start
            + pl.duration(
                days=((pl.col("u_day") + 0.37 * pl.col("serial")) % 1 * period.end.day).floor().cast(pl.Int64)
            ),
        )
        .with_columns(
            participants=part("eligible", district.reached("practice", 0.50, 0.90, period), pl.col("u_luck")),
            promoted=pl.when(pl.col("kind") == "双培双推").then((pl.col("u_promoted") * 4).floor().cast(pl.Int64)),
        )
        .sort("community", "date", "org_code", "serial")
        .with_columns(number=(pl.int_range(pl.len()) + 1).cast(pl.String).str.zfill(5))
        .select(
            pl.format(f"HD{period.end:%Y%m}{{}}", "number").alias("activity_no"),
            *("org_code", "date", "kind", "eligible", "participants", "promoted", "community"),
        )
    )


def four_duties(district: District, period: Period) -> pl.DataFrame:
    """Policies explained, hazards reported, disputes settled, appeals taken up by the branches of the two-new units."""
    levels = {"publicity_sessions": 1.1, "hazards_reported": 0.9, "disputes_taken": 0.45, "appeals_taken": 0.6}
    rates = {
        ("hazards_resolved", "hazards_reported"): (0.70, 0.98),
        ("disputes_settled", "disputes_taken"): (0.65, 0.93),
        ("appeals_closed", "appeals_taken"): (0.70, 0.98),
    }
    taken = {
        name: whole(2 * level * pl.col(f"u_{at}"), pl.col("u_held"))
        for (name, level), at in zip(levels.items(), "abcd", strict=True)
    }
    done = {
        name: part(of, district.reached(name, floor, target, period), (pl.col("u_luck") + pl.col(f"u_{at}")) % 1)
        for ((name, of), (floor, target)), at in zip(rates.items(), "abc", strict=True)
    }
    return (
        _with_luck(district, period, "duties")
        .filter(pl.col("sector").is_in(TWO_NEW))
        .with_columns(**taken)
        .with_columns(**done)
        .sort("community", "org_code")
        .select(
            *("org_code", "publicity_sessions", "hazards_reported", "hazards_resolved", "disputes_taken"),
            *("disputes_settled", "appeals_taken", "appeals_closed", "community"),
        )
    )


def _with_luck(district: District, period: Period, name: str) -> pl.DataFrame:
    """The organizations of a month with what is drawn of them; a few give the code of one dissolved long ago."""
    known = organizations(district, period).sort("org_code")
    luck = {f"u_{latent}": district.draws.uniform(known.height, name, period, latent) for latent in _LATENTS}
    is_orphan = pl.col("u_orphan") < 0.0015
    return (
        known.with_columns(pl.DataFrame(luck))
        .join(district.places.select("place", "street", "quality"), on="place", maintain_order="left")
        .with_columns(org_code=pl.when(is_orphan).then(code(DISSOLVED, pl.int_range(pl.len()))).otherwise("org_code"))
    )


def _one_of(options: list[str], draw: pl.Expr) -> pl.Expr:
    """The option that a number in [0, 1) stands for."""
    number = (draw * len(options)).floor().cast(pl.Int64).clip(0, len(options) - 1)
    return number.replace_strict(dict(enumerate(options)), return_dtype=pl.String)
