"""Assets of what is computed: the sums, the values rolled up over areas and time, and the assessments."""

from collections.abc import Iterator

import dagster as dg

from pipelines.defs.home import Home
from pipelines.defs.lineage import ORPHANS, SUBMISSIONS, VALUES, contracts, export_key, model_key, models_of, reads
from pipelines.defs.months import IN_ONE_RUN, MONTHS

CHECKED = {dg.AssetKey("indicator_values"): "streets_are_their_communities", ORPHANS: "few_orphans"}
"""Which check says of which table that it is right."""


def _specs() -> list[dg.AssetSpec]:
    referring = [c.export for c in contracts().values() if any(f.references for f in c.fields.values())]
    referred = [f.references for c in contracts().values() for f in c.fields.values() if f.references]
    described = {
        VALUES: ("Two sums per indicator, community and period handed in.", [model_key(m) for m in models_of("units")]),
        ORPHANS: (
            "References to a register that were not found in it.",
            [SUBMISSIONS, *(export_key(export) for export in sorted({*referring, *referred} & set(contracts())))],
        ),
        **{model_key(m): (m.header.description, reads(m)) for m in models_of("marts")},
    }
    return [
        dg.AssetSpec(
            key,
            deps=deps,
            description=description,
            group_name="assessment" if key.to_user_string().startswith("assessment") else "values",
            kinds={"duckdb", "sql"},
            owners=["team:Guben"],
            partitions_def=MONTHS,
        )
        for key, (description, deps) in described.items()
    ]


@dg.multi_asset(
    specs=_specs(),
    backfill_policy=IN_ONE_RUN,
    check_specs=[dg.AssetCheckSpec(name, asset=key, blocking=True) for key, name in CHECKED.items()],
)
def roll_up(home: dg.ResourceParam[Home]) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    """Roll the sums up: community to street to district, month to quarter to year, both maps; then assess."""
    rolled_up = {dg.AssetKey(table): count for table, count in home.build.roll_up().items()}
    rows = {VALUES: home.count("build.sums"), ORPHANS: home.count("orphans"), **rolled_up}
    home.done()
    for key, count in rows.items():
        checks = [home.check(CHECKED[key], key)] if key in CHECKED else []
        yield dg.MaterializeResult(asset_key=key, metadata={"dagster/row_count": count}, check_results=checks)
