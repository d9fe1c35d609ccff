"""What streets report of their communities month by month: leaders, councils, offices, decisions, members in need."""

import polars as pl

from pipelines.periods import Period
from pipelines.sample.cadres import first_of_street
from pipelines.sample.district import District
from pipelines.sample.draws import part, stepped, whole
from pipelines.sample.party_organizations import members


def leader_service(district: District, period: Period) -> pl.DataFrame:
    """Leaders who receive people, take up cases, and keep what they promised."""
    return (
        district.communities(period.end)
        .with_columns(
            reception_planned=2 + (district.chance("reception") > 0.7).cast(pl.Int64),
            cases_taken=district.count(pl.lit(1.4), "cases", period),
            works_promised=whole(pl.lit(0.55), district.chance("works", period)),
        )
        .select(
            "community",
            "reception_planned",
            reception_held=part(
                "reception_planned", district.reached("reception", 0.75, 1.0, period), district.chance("held", period)
            ),
            cases_taken="cases_taken",
            cases_closed=part(
                "cases_taken", district.reached("cases", 0.65, 0.93, period), district.chance("closed", period)
            ),
            works_promised="works_promised",
            works_done=part(
                "works_promised", district.reached("works", 0.80, 1.0, period), district.chance("done", period)
            ),
        )
    )


def community_governance(district: District, period: Period) -> pl.DataFrame:
    """Councils held, work handed down with and without its money, residents' groups, promises of members."""
    quality, time = district.quality("governance"), district.time(period)
    branches = district.reached("group branches", 0.50, 0.90, period)
    return (
        district.communities(period.end)
        .with_columns(
            meetings_required=2 + (pl.col("residents") > 40_000).cast(pl.Int64),
            tasks_assigned=district.count(pl.lit(4.0), "tasks", period),
            resident_groups=(3 + pl.col("registered") / 1100).round().cast(pl.Int64),
            commitments_made=district.count(pl.lit(7.0), "commitments", period),
        )
        .with_columns(
            tasks_admitted=part(
                "tasks_assigned", district.reached("admission", 0.70, 1.0, period), district.chance("admitted", period)
            )
        )
        .select(
            "community",
            "meetings_required",
            meetings_held=part(
                "meetings_required", district.reached("meetings", 0.60, 1.0, period), district.chance("met", period)
            ),
            tasks_assigned="tasks_assigned",
            tasks_admitted="tasks_admitted",
            tasks_funded=part(
                "tasks_admitted", district.reached("funds", 0.65, 1.0, period), district.chance("funded", period)
            ),
            resident_groups="resident_groups",
            groups_with_branch=part("resident_groups", branches, district.chance("group branches")),
            commitments_made="commitments_made",
            commitments_kept=part(
                "commitments_made", district.reached("kept", 0.75, 0.98, period), district.chance("kept", period)
            ),
            six_good=district.chance("six good") < 0.66 + 0.14 * quality + 0.1 * time,
        )
    )


def office_style(district: District, period: Period) -> pl.DataFrame:
    """Of the communities where offices are: problems found and put right, meetings and papers against last year."""
    here = district.communities(period.end)
    less = 0.905 - 0.03 * district.quality("style")
    return (
        pl.concat([first_of_street(here), here.filter(district.chance("office") < 0.15)])
        .unique("community")
        .sort("community")
        .with_columns(
            problems_found=district.count(pl.lit(2.6), "problems", period),
            meetings_last_year=district.count(pl.lit(11.0), "meetings", period.end.month),
            documents_last_year=district.count(pl.lit(26.0), "documents", period.end.month),
        )
        .select(
            "community",
            "problems_found",
            problems_fixed=part(
                "problems_found", district.reached("style", 0.80, 1.0, period), district.chance("fixed", period)
            ),
            meetings=whole(pl.col("meetings_last_year") * less, district.chance("meetings", period)),
            meetings_last_year="meetings_last_year",
            documents=whole(pl.col("documents_last_year") * (less + 0.01), district.chance("documents", period)),
            documents_last_year="documents_last_year",
        )
    )


_DECISIONS = [(0.35, "重大决策"), (0.65, "大额度资金使用"), (0.82, "重要干部任免"), (1.0, "重大项目安排")]


def major_decisions(district: District, period: Period) -> pl.DataFrame:
    """Grave decisions of communities, streets, offices, institutions and state-owned enterprises."""
    here = district.communities(period.end)
    seats = first_of_street(here)
    takers = [
        here.filter(district.chance("decision", period) < 0.75).with_columns(sector=pl.lit("社区")),
        seats.with_columns(sector=pl.lit("街道")),
        seats.filter(district.chance("decision", period) < 0.5).with_columns(sector=pl.lit("街道")),
    ]
    takers += [
        here.filter(district.chance("decision", sector, period) < 0.12).with_columns(sector=pl.lit(sector))
        for sector in ("机关", "事业单位", "国有企业")
    ]
    made = pl.concat(takers)
    luck = {
        name: district.draws.uniform(made.height, "decisions", period, name)
        for name in ("kind", "day", "collective", "party", "concerns", "disclosed")
    }
    return (
        made.sort("community", "sector", maintain_order=True)
        .with_columns(pl.DataFrame(luck).select(pl.all().name.prefix("u_")))
        .with_row_index("number", offset=1)
        .select(
            pl.format(f"JC{period.end:%Y%m}{{}}", pl.col("number").cast(pl.String).str.zfill(4)).alias("decision_no"),
            "community",
            "sector",
            kind=stepped(pl.col("u_kind"), _DECISIONS),
            date=period.start + pl.duration(days=(pl.col("u_day") * period.end.day).floor().cast(pl.Int64)),
            collective=pl.col("u_collective") < district.reached("collective", 0.80, 1.0, period),
            party_reviewed=pl.col("u_party") < district.reached("reviewed", 0.80, 1.0, period),
            concerns_public=pl.col("u_concerns") < 0.55,
            disclosed=pl.col("u_disclosed") < district.reached("disclosed", 0.70, 1.0, period),
        )
    )


def member_care(district: District, period: Period) -> pl.DataFrame:
    """Members in need: visited, most before Spring Festival, and helped; members out of work, and back at it."""
    festival = {1: 0.5, 2: 0.3}.get(period.end.month, 0.0)
    quality = district.quality("care")
    visits = 0.17 + 0.05 * quality + 0.02 * district.time(period) + festival
    back = 0.034 + 0.01 * quality
    return (
        district.communities(period.end)
        .with_columns(members=members(district, period))
        .with_columns(
            in_difficulty=whole(pl.col("members") * 0.035, district.chance("difficulty")),
            unemployed=whole(pl.col("members") * 0.018, district.chance("no work")),
        )
        .with_columns(aided=part("in_difficulty", visits * 0.4, district.chance("aided", period)))
        .select(
            "community",
            "in_difficulty",
            visited=part("in_difficulty", visits, district.chance("visited", period)),
            aided="aided",
            aid_amount=pl.col("aided") * (500 + 100 * (district.chance("aid", period) * 16).floor()),
            unemployed="unemployed",
            reemployed=part("unemployed", back, district.chance("back at work", period)),
        )
    )
