"""The figures departments report of communities: one function per export, a frame of the contract's fields each.

Levels are set so that most indicators lie a little below their targets and rise slowly; a street's quality moves all
of them. Money is in the unit of the contract. How a file looks is in `layout`.
"""

import polars as pl

from pipelines.periods import Period
from pipelines.sample import names
from pipelines.sample.district import ACCIDENT, ILLEGAL_BUILDERS, RENTIER, District, in_use, read_register
from pipelines.sample.draws import part, whole

_FESTIVAL = {1: 0.3, 2: 1.0, 3: 0.5}
"""How much of Spring Festival is felt in a month: people are away, and come back to new jobs."""


def communities(district: District, period: Period) -> pl.DataFrame:
    """The register as it stands in a year, closed communities and those that followed them included."""
    day = period.end
    people = district.communities(day).select(
        community_code="community",
        registered_population=(pl.col("registered") * (1 + 0.01 * district.time(period))).round().cast(pl.Int64),
        resident_population=(pl.col("residents") * (1 + 0.005 * district.time(period)) / 10).round().cast(pl.Int64)
        * 10,
    )
    closed = pl.col("valid_to") <= day
    known = read_register().filter(pl.col("valid_from") <= day)
    return (
        known.with_columns(pl.when(closed).then(pl.col("valid_to", "successor_codes")))
        .join(people, on="community_code", how="left", maintain_order="left")
        .sort("street_code", ~in_use(day), "community_code")
    )


def employment(district: District, period: Period) -> pl.DataFrame:
    """Registered residents at work: a dip at Spring Festival, new jobs after it."""
    quality = district.quality("employment")
    time, festival = district.time(period), _FESTIVAL.get(period.end.month, 0.0)
    noise = district.chance("employment", period, "rate") - 0.5
    rate = 0.957 + 0.014 * quality + 0.006 * time - 0.010 * festival + 0.002 * noise
    households = (0.55 - 0.35 * quality - 0.1 * time).clip(0.05, 1.2) * (0.3 + 1.7 * district.chance("zero", "level"))
    return (
        district.communities(period.end)
        .with_columns(labour_force=(pl.col("registered") * 0.52 * (1 + 0.02 * time)).round().cast(pl.Int64))
        .with_columns(employed=(pl.col("labour_force") * rate.clip(0.85, 0.995)).round().cast(pl.Int64))
        .select(
            "community",
            "labour_force",
            "employed",
            registered_unemployed=whole(
                (pl.col("labour_force") - pl.col("employed")) * 0.6, district.chance("unemployed", period)
            ),
            zero_employment_households=whole(households, district.chance("zero", "round"))
            + (district.chance("zero", period) > 0.97).cast(pl.Int64),
            newly_employed=district.count(
                pl.col("labour_force") * 0.006 * (1 + (0.8 if period.end.month in (3, 4, 7) else -0.6 * festival)),
                "newly",
                period,
            ),
        )
    )


def work_safety(district: District, period: Period) -> pl.DataFrame:
    """Hazards, more of them in summer; few accidents, and one grave one in the story."""
    quality = district.quality("safety")
    time, month = district.time(period), period.end.month
    summer = 1.3 if month in (6, 7, 8, 9) else 1.0
    rate = 0.943 + 0.026 * quality + 0.016 * time - (0.008 if summer > 1 else 0.0)
    is_grave = pl.lit(period.end == district.until.shifted(-16).end) & (pl.col("rank").round(1) == ACCIDENT)
    is_grave &= pl.col("residents") == pl.col("residents").max().over("rank")
    accident = district.chance("accident", period) / (pl.col("residents") * 1.2e-6 * summer)
    return (
        district.communities(period.end)
        .with_columns(
            hazards_due=district.count(pl.col("residents") * 0.0011 * summer, "hazards", period),
            accidents=(accident < 1).cast(pl.Int64),
            is_grave=is_grave,
        )
        .select(
            "community",
            "hazards_due",
            hazards_fixed=part("hazards_due", rate, district.chance("hazards", period, "fixed")),
            accidents=pl.max_horizontal("accidents", pl.col("is_grave").cast(pl.Int64)),
            deaths=pl.when("is_grave").then(3).otherwise((accident < 0.05).cast(pl.Int64)),
        )
    )


def disputes(district: District, period: Period) -> pl.DataFrame:
    """Disputes by kind, wages above all before Spring Festival; kinds without a case are left out."""
    quality = district.quality("disputes")
    levels = {"劳资": 1.7, "邻里": 2.2, "物业": 1.2, "土地": 0.4, "其他": 1.0}
    if period.end.month in (12, 1, 2):
        levels["劳资"] *= 1.7
    time = district.time(period)
    frames = [
        district.communities(period.end)
        .with_columns(
            kind=pl.lit(kind),
            found=district.count(pl.col("residents") / 30_000 * level, "disputes", kind, period),
        )
        .with_columns(settled=part("found", 0.90 + 0.05 * quality + 0.02 * time, district.chance(kind, period, "ok")))
        .filter(pl.col("found") > 0)
        for kind, level in levels.items()
    ]
    order = pl.col("kind").replace_strict({kind: number for number, kind in enumerate(levels)})
    return pl.concat(frames).sort("community", order).select("community", "kind", "found", "settled")


def petitions(district: District, period: Period) -> pl.DataFrame:
    """Letters, visits, calls: what came in, what was due, what was answered in time."""
    quality = district.quality("petitions")
    levels = {"来信": 1.5, "来访": 2.4, "专线电话": 6.0, "网络信箱": 4.0, "领导接访": 0.8}
    rate = 0.905 + 0.05 * quality + 0.02 * district.time(period)
    frames = [
        district.communities(period.end)
        .with_columns(
            channel=pl.lit(channel),
            received=district.count(pl.col("residents") / 30_000 * level, "petitions", channel, period),
        )
        .with_columns(due=whole(pl.col("received") * 0.93 + 0.2, district.chance("petitions", channel, period, "due")))
        .with_columns(answered_on_time=part("due", rate, district.chance("petitions", channel, period, "ok")))
        for channel, level in levels.items()
    ]
    order = pl.col("channel").replace_strict({channel: number for number, channel in enumerate(levels)})
    columns = ["community", "channel", "received", "due", "answered_on_time"]
    return pl.concat(frames).sort("community", order).select(columns)


def illegal_construction(district: District, period: Period) -> pl.DataFrame:
    """New illegal buildings in a few streets, demolition of old ones in all."""
    here = district.communities(period.end)
    rank = pl.col("rank").round(1)
    frames = []
    for position, kind in ((1, "社区集体厂房"), (0, "居民")):
        yearly = {street: numbers[position] for street, numbers in ILLEGAL_BUILDERS.items()}
        level = rank.replace_strict(yearly, default=0.0, return_dtype=pl.Float64) / 12 / pl.len().over("rank")
        demolished = district.chance("demolished", kind, period)
        frames.append(
            here.with_columns(
                kind=pl.lit(kind),
                new_cases=whole(level, district.chance("illegal", kind, period)),
            ).with_columns(
                new_area=(pl.col("new_cases") * (70 + 260 * district.chance("area", kind, period))).round(1),
                demolished_area=pl.when(demolished > 0.8).then((demolished - 0.79) * 4000).otherwise(0.0).round(1),
            )
        )
    columns = ["community", "kind", "new_cases", "new_area", "demolished_area"]
    return pl.concat(frames).sort("community", pl.col("kind") == "居民").select(columns)


def community_services(district: District, period: Period) -> pl.DataFrame:
    """One-stop halls, the items of service offered, and requests answered in time."""
    quality = district.quality("services")
    time = district.time(period)
    quiet = 1 - 0.5 * _FESTIVAL.get(period.end.month, 0.0)
    offered = 0.90 + 0.05 * quality + 0.05 * time + 0.04 * (district.chance("items") - 0.5)
    return (
        district.communities(period.end)
        .with_columns(requests_due=district.count(pl.col("residents") * 0.004 * quiet, "requests", period))
        .select(
            "community",
            has_one_stop=district.chance("one-stop") < 0.82 + 0.12 * quality + 0.10 * time,
            items_required=pl.lit(45),
            items_provided=(45 * offered).round().clip(20, 45).cast(pl.Int64),
            requests_due="requests_due",
            requests_on_time=part(
                "requests_due", 0.945 + 0.028 * quality + 0.012 * time, district.chance("requests", period, "ok")
            ),
        )
    )


def stock_cooperatives(district: District, period: Period) -> pl.DataFrame:
    """A quarter of the companies: rent is most of the income, dividends are paid around the turn of the year."""
    quality = district.quality("economy")
    time, quarter = district.time(period), period.end.month // 3
    years = (time - 1) * 23 / 12
    growth = 0.052 + 0.034 * quality
    dividend_share = {1: 0.40, 2: 0.09, 3: 0.08, 4: 0.43}[quarter]
    parts = ["rental_income", "investment_income", "service_income", "management_income", "other_income"]
    rental = 0.74 - 0.09 * quality + 0.12 * (district.chance("rental") - 0.5) - 0.02 * time
    rental += 0.15 * (pl.col("rank").round(1) == RENTIER).cast(pl.Float64)
    noise = {name: 0.98 + 0.04 * district.chance("coop", name, period) for name in ("income", "dividends")}
    income = 2.4 * (0.7 + 0.6 * district.chance("coop", "income")) * (0.235 + 0.01 * quarter) * noise["income"]
    dividends = 1.18 * (0.8 + 0.4 * district.chance("coop", "dividends")) * noise["dividends"]
    shares = [rental.clip(0.35, 0.97)]
    rest = [0.2 + district.chance("coop", part) for part in parts[1:]]
    shares += [(1 - shares[0]) * share / pl.sum_horizontal(rest) for share in rest]
    companies = _cooperatives(district)
    return (
        district.locate(companies, period.end)
        .with_columns(shareholders=(pl.col("shareholders") * (1 + 0.01 * time)).round().cast(pl.Int64))
        .with_columns(income=pl.col("shareholders") * income * (1 + 0.1 * quality) * (1 + growth) ** years)
        .with_columns(
            (pl.col("income") * share).round(2).alias(part) for part, share in zip(parts, shares, strict=True)
        )
        .with_columns(
            total_income=pl.sum_horizontal(parts).round(2),
            dividends=(
                pl.col("shareholders") * dividends * (1 + 0.27 * quality) * dividend_share * (1 + growth) ** years
            ).round(2),
            major_decisions=district.count(pl.lit(1.9), "decisions", period),
        )
        .select(
            "company_code",
            "company_name",
            "community",
            "shareholders",
            *parts,
            "total_income",
            net_profit=(pl.col("total_income") * (0.62 * district.chance("coop", "profit", period) - 0.02)).round(2),
            dividends="dividends",
            major_decisions="major_decisions",
            reviewed_decisions=part(
                "major_decisions", 0.90 + 0.06 * quality + 0.04 * time, district.chance("reviewed", period)
            ),
            modern_governance=district.chance("modern") < 0.68 + 0.1 * quality + 0.12 * time,
            hired_managers=district.chance("managers") < 0.25 + 0.08 * time,
        )
    )


def _cooperatives(district: District) -> pl.DataFrame:
    """One company per place, except the smallest places: those are housing estates without common land."""
    places = district.places.with_columns(company_name=names.cooperatives(district.draws, district.places.height))
    return places.filter(pl.col("registered") > pl.col("registered").quantile(0.12)).with_columns(
        number=pl.lit(0),
        company_code=pl.format("91440307MAC{}", pl.col("place").cast(pl.String).str.zfill(5)) + "00",
        shareholders=pl.col("registered") * 0.12 * (0.5 + district.chance("coop", "shareholders")),
    )
