"""The asset that readers see: the numbered, immutable DuckDB file."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from pipelines.defs.home import Home
from pipelines.defs.lineage import AREAS, ORPHANS, PUBLICATION, SUBMISSIONS, contracts, export_key, model_key, models_of

CHECK = "is_complete"


@dg.asset(
    key=PUBLICATION,
    deps=[
        SUBMISSIONS,
        AREAS,
        ORPHANS,
        *(export_key(export) for export in contracts()),
        *(model_key(model) for folder in ("units", "marts") for model in models_of(folder)),
    ],
    description="The warehouse as readers see it. Published in one step, when every check has passed.",
    group_name="publication",
    kinds={"duckdb"},
    owners=["team:Guben"],
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(days=40), warn_window=timedelta(days=33)),
    check_specs=[dg.AssetCheckSpec(CHECK, asset=PUBLICATION, blocking=True)],
)
def publication(home: dg.ResourceParam[Home]) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:  # type: ignore[type-arg]
    """Publish when every check holds; whatever fails, readers go on seeing the earlier publication."""
    result = home.check_all(CHECK, PUBLICATION)
    yield result
    if not result.passed:
        raise dg.Failure("checks did not pass; nothing was published", metadata=result.metadata)
    published = home.publish()
    home.done()
    yield dg.MaterializeResult(
        metadata={
            "number": published.number,
            "path": dg.MetadataValue.path(published.path),
            "size": published.manifest["size"],
        }
    )
