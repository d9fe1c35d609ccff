"""The totals of each submission: of every number, and of those that are compared place by place. Fills `build.totals`.

A total is a fact of its submission and is added up once, also when another submission has replaced it. Of exports with
a row per person only the rows are counted, and one fingerprint of the whole, over keyed numbers, tells whether it is
last month's again.
"""

from collections.abc import Mapping, Sequence

import duckdb
import polars as pl

from pipelines.contracts.schema import ROWS, Contract
from pipelines.modelling.tables import sql_type
from warehouse.lake import ACCEPTED, Lake, Receipt


def forget_totals(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Have the submissions of an export added up again: its contract has changed."""
    con.execute(
        "delete from build.totals where submission_id in (select submission_id from submissions where export = ?)",
        [contract.export],
    )


def add_totals(
    con: duckdb.DuckDBPyConnection,
    contracts: Mapping[str, Contract],
    lake: Lake,
    receipts: Sequence[Receipt],
    *,
    loaded: bool = False,
) -> None:
    """Add up the accepted submissions that are not yet, those that others have replaced included.

    Args:
        con: With the table `build.totals`.
        contracts: All of them.
        lake: Where the rows are.
        receipts: Of the submissions.
        loaded: Whether the rows of active submissions are in the tables of `exports`, where they are read faster.
    """
    known = {row[0] for row in con.execute("select distinct submission_id from build.totals").fetchall()}
    todo: dict[str, list[Receipt]] = {}
    for receipt in receipts:
        if receipt.outcome == "accepted" and receipt.export in contracts and receipt.submission_id not in known:
            todo.setdefault(str(receipt.export), []).append(receipt)
    for export, waiting in todo.items():
        contract = contracts[export]
        at_hand = _at_hand(con, contract, waiting) if loaded and not contract.personal else []
        if at_hand:
            _register(con, "_own", [(receipt.submission_id, receipt.scope[0]) for receipt in at_hand])
            source = f"(select e.*, o.* from exports.{export} e join _own o on o.submission_id = e._submission)"
            _add(con, contract, contracts, source, {})
        done = {receipt.submission_id for receipt in at_hand}
        rest = [receipt for receipt in waiting if receipt.submission_id not in done]
        if rest:
            files = [str(lake.folder(receipt) / ACCEPTED) for receipt in rest]
            _add(con, contract, contracts, _FILES, {"files": files})
            _register(con, "_own", [(receipt.submission_id, code) for receipt in rest for code in receipt.scope])
            # A submitter without rows in a file that speaks for it has nothing of everything.
            con.execute(
                """insert into build.totals
                select submission_id, submitter, unnest($1), '', '', 0, 0, null
                from _own anti join build.totals using (submission_id, submitter)""",
                [[ROWS, *contract.numbers]],
            )


def _at_hand(con: duckdb.DuckDBPyConnection, contract: Contract, receipts: Sequence[Receipt]) -> list[Receipt]:
    """Those whose rows are all in the export's table, and of one submitter: the table does not tell whose they are."""
    there = con.execute(f"select distinct _submission from exports.{contract.export}").fetchall()
    ids = {row[0] for row in there}
    return [receipt for receipt in receipts if receipt.submission_id in ids and len(receipt.scope) == 1]


def _add(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    contracts: Mapping[str, Contract],
    source: str,
    parameters: dict[str, object],
) -> None:
    con.execute(_whole_query(contract, source), parameters)
    for name, per in sorted(_places(contract, contracts)):
        con.execute(_place_query(contract, name, per, source), parameters)


def _register(con: duckdb.DuckDBPyConnection, name: str, pairs: Sequence[tuple[str, str]]) -> None:
    con.register(name, pl.DataFrame(pairs, schema=["submission_id", "submitter"], orient="row"))


def _places(contract: Contract, contracts: Mapping[str, Contract]) -> set[tuple[str, str]]:
    """The numbers of an export that are compared place by place, and by which field of whichever side."""
    return {
        (name, bound.per)
        for one in contracts.values()
        for bound in one.plausible
        if bound.per
        for export, name in ((one.export, bound.field), bound.other)
        if export == contract.export
    }


_FILES = """(
    select *, parse_path(filename)[-2] as submission_id, _submitter as submitter
    from read_parquet($files, filename = true, union_by_name = true)
)"""


def _whole_query(contract: Contract, source: str) -> str:
    typed = {name: f"cast({name} as {sql_type(spec)})" for name, spec in contract.fields.items()}
    counts = {name: f"count(*) filter ({name} <> 0)" for name in contract.numbers}
    # Of what happened only the figures need differ from month to month; of a register anything may.
    compared = (*contract.key, *contract.numbers) if contract.kind == "flow" else tuple(contract.fields)
    fingerprint = f"bit_xor(hash({', '.join(typed[name] for name in compared)}))"
    lines = [
        f"{{'field': '{ROWS}', 'total': cast(count(*) as decimal(38, 4)), "
        f"'numbers': {' + '.join(counts.values()) or 0}, 'fingerprint': {fingerprint}}}",
        *(
            f"{{'field': '{name}', 'total': cast(sum({name}) as decimal(38, 4)), 'numbers': {counts[name]}, "
            "'fingerprint': cast(null as ubigint)}"
            for name in counts
        ),
    ]
    return f"""insert into build.totals
        with added as (select submission_id, submitter, [{", ".join(lines)}] as lines from {source} group by 1, 2)
        select submission_id, submitter, line.field, '', '', line.total, line.numbers, line.fingerprint
        from added, unnest(lines) as each(line)"""


def _place_query(contract: Contract, name: str, per: str, source: str) -> str:
    amount = "count(*)" if name == ROWS else f"sum({name})"
    place = contract.place(per)
    return f"""insert into build.totals
        select submission_id, submitter, '{name}', '{per}', cast({place} as varchar), cast({amount} as decimal(38, 4)),
            null, null
        from {source} where {place} is not null group by 1, 2, 5"""
