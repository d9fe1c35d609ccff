"""Assets of what is counted: the areas, and one table of counted units per export, with all sums over it."""

import dagster as dg

from pipelines.defs.home import Home
from pipelines.defs.lineage import AREAS, catalogue, contracts, model_key, models, models_of, reads
from pipelines.defs.months import IN_ONE_RUN, MONTHS
from pipelines.modelling.models import Model


@dg.asset(
    key=AREAS,
    deps=sorted({key for model in models().values() if model.folder == "areas" for key in reads(model)} - {AREAS}),
    description=models()["areas"].header.description,
    group_name="areas",
    kinds={"duckdb", "sql"},
    owners=["team:Guben"],
    partitions_def=MONTHS,
    backfill_policy=IN_ONE_RUN,
)
def areas(home: dg.ResourceParam[Home]) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Build the register, the areas and both maps."""
    rows = home.build.build_areas()
    home.done()
    return dg.MaterializeResult(metadata={"dagster/row_count": rows})


def _unit(model: Model) -> dg.AssetsDefinition:
    counted_by = sorted({s.sum_id.split(":")[0] for s in catalogue().sums_of(model.name)})

    @dg.asset(
        key=model_key(model),
        # Where a unit lies on the map is asked of the areas for every unit table alike, outside its SQL.
        deps=sorted({*reads(model), AREAS}),
        description=model.header.description,
        group_name="units",
        kinds={"duckdb", "sql"},
        owners=[f"team:{contracts()[model.name].department}"] if model.name in contracts() else ["team:Guben"],
        partitions_def=MONTHS,
        backfill_policy=IN_ONE_RUN,
        metadata={"counted by": ", ".join(counted_by)},
    )
    def unit(home: dg.ResourceParam[Home]) -> dg.MaterializeResult:  # type: ignore[type-arg]
        rows = home.build.build_unit(model.name)
        home.done()
        return dg.MaterializeResult(metadata={"dagster/row_count": rows})

    return unit


units = [_unit(model) for model in models_of("units")]
