"""Assets of what was handed in: the submissions of the home, and the accepted rows of each export."""

import dagster as dg

from pipelines.contracts.schema import Contract
from pipelines.defs.home import Home
from pipelines.defs.lineage import SUBMISSIONS, contracts, export_key
from pipelines.defs.months import IN_ONE_RUN, MONTHS


@dg.asset(
    key=SUBMISSIONS,
    description="Every file that was handed in, with its receipt and faults. Takes the inbox in.",
    group_name="exports",
    kinds={"parquet"},
    owners=["team:Guben"],
    partitions_def=MONTHS,
    backfill_policy=IN_ONE_RUN,
    check_specs=[dg.AssetCheckSpec("accounting_identity", asset=SUBMISSIONS, blocking=True)],
)
def submissions(home: dg.ResourceParam[Home]) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Take the inbox in, unless that was done before the run began, and find what is to be built again."""
    home.take_in()
    receipts = home.build.receipts
    result = home.check("accounting_identity", SUBMISSIONS)
    home.done()
    return dg.MaterializeResult(
        metadata={"dagster/row_count": len(receipts), "faults": sum(receipt.faults for receipt in receipts)},
        check_results=[result],
    )


def _export(contract: Contract) -> dg.AssetsDefinition:
    key = export_key(contract.export)

    @dg.asset(
        key=key,
        deps=[SUBMISSIONS],
        description=f"{contract.title}：{contract.description}",
        group_name="exports",
        kinds={"duckdb"},
        owners=[f"team:{contract.department}"],
        partitions_def=MONTHS,
        backfill_policy=IN_ONE_RUN,
        metadata={"cadence": contract.cadence.value, "handed in by": contract.by, "key": ", ".join(contract.key)},
        check_specs=[dg.AssetCheckSpec("unique_keys", asset=key, blocking=True)],
    )
    def export(home: dg.ResourceParam[Home]) -> dg.MaterializeResult:  # type: ignore[type-arg]
        rows = home.build.load_export(contract.export)
        result = home.check("unique_keys", key, contract.export)
        home.done()
        return dg.MaterializeResult(metadata={"dagster/row_count": rows}, check_results=[result])

    return export


exports = [_export(contract) for contract in contracts().values()]
