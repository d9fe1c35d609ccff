"""The roster of “two new” organizations at the end of a month: how it is made up, what is missing (clause 14)."""

import polars as pl

from dashboards.queries.publication import frame
from pipelines.periods import Period

KINDS = ("非公企业", "社会组织")
SIZES = ("10人以下", "10–49人", "50–99人", "100–299人", "300人及以上")
"""Bands of employees, as `breakdown` names them."""

JOINT_MEMBERS = 3
"""Members a branch needs."""


def breakdown(area: str, month: Period) -> pl.DataFrame:
    """Counts by street, community, kind and size.

    Columns: street, community (codes), kind, size, organizations, organized, reached, above_scale,
    above_scale_organized, to_be_sent (neither reached nor with members).
    """
    return frame("two_new_breakdown", area=area, period_end=month.end)


def rates(parts: pl.DataFrame, column: str, order: tuple[str, ...]) -> pl.DataFrame:
    """Out of `breakdown`, by one of its columns in the order given.

    Columns: the column, organizations, organized_rate and reached_rate (fractions).
    """
    summed = parts.group_by(column).agg(pl.col("organizations", "organized", "reached").sum())
    return (
        pl.DataFrame({column: order})
        .join(summed, on=column, maintain_order="left")
        .select(
            column,
            "organizations",
            organized_rate=pl.col("organized") / pl.col("organizations"),
            reached_rate=pl.col("reached") / pl.col("organizations"),
        )
    )


def due_alone(area: str, month: Period) -> pl.DataFrame:
    """Organizations that must set up a branch of their own and have not, one row each, with file, sheet and row."""
    return frame("two_new_alone", area=area, period_end=month.end)


def joint_candidates(area: str, month: Period) -> pl.DataFrame:
    """Small organizations with members and no branch, one row each; `branch` numbers the proposals of a community."""
    return frame("two_new_joint", area=area, period_end=month.end)


def joint_proposals(candidates: pl.DataFrame) -> pl.DataFrame:
    """One row per proposed joint branch out of `joint_candidates`.

    Columns: street, community, grids, organizations, members, proposal, names.
    """
    return (
        candidates.group_by("street", "community", "community_code", "branch", maintain_order=True)
        .agg(
            grids=pl.col("grid").unique(maintain_order=True).str.join("、"),
            grid_count=pl.col("grid").n_unique(),
            organizations=pl.len(),
            members=pl.col("party_members").sum(),
            names=pl.col("unit_name").str.join("、"),
            joint_branch=pl.col("joint_branch").first(),
        )
        .with_columns(
            is_complete=(pl.col("organizations") >= 2) & (pl.col("members") >= JOINT_MEMBERS),
        )
        .with_columns(
            proposal=pl.when(pl.col("is_complete") & (pl.col("grid_count") == 1))
            .then(pl.lit("本网格组建联合党支部"))
            .when(pl.col("is_complete"))
            .then(pl.lit("与相邻网格合建联合党支部"))
            .when(pl.col("joint_branch").is_not_null())
            .then(pl.lit("并入") + pl.col("joint_branch"))
            .otherwise(pl.lit("与相邻社区合建，或由社区党组织接收"))
        )
    )
