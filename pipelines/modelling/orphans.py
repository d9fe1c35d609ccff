"""Codes that no register of the same period holds. Lists them; what is counted all the same is the unit's business."""

from collections.abc import Mapping

import duckdb

from pipelines.contracts.schema import Contract


def find_orphans(con: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract]) -> None:
    """Fill the table `orphans`. A register that was not handed in makes nothing an orphan."""
    con.execute("delete from orphans")
    for contract in contracts.values():
        for name, spec in contract.fields.items():
            if spec.references in contracts:
                con.execute(
                    f"""insert into orphans
                    select r._submission, r._sheet, r._row, '{name}', r.{name}
                    from rows.{contract.export} r
                    anti join rows.{spec.references} known
                        on known.period_end = r.period_end and known.{name} = r.{name}
                    where r.{name} is not null
                        and r.period_end in (select period_end from build.parts where export = $1)""",
                    [spec.references],
                )
