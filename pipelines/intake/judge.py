"""Files from bytes to drafts: opened one by one, their rows typed and checked together; `verdict` does the rest.

A query over rows costs the same for ten as for a thousand, and most files are small: so the rows of files of one export
are read as one table, as far as they are judged by the same areas and dates. What becomes of a file never depends on
the others.

Runs in a child process. Knows no lake, and commits nothing.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from pipelines.contracts.schema import Contract
from pipelines.intake.case import Case, open_case
from pipelines.intake.check import Checker
from pipelines.intake.conform import Conformer
from pipelines.intake.draft import Draft, RefusalError, Task
from pipelines.intake.faults import Faults
from pipelines.intake.header import Column, index_of
from pipelines.intake.read import Limits
from pipelines.intake.register import Areas
from pipelines.intake.rows import Table
from pipelines.intake.verdict import Group, judge_rows
from pipelines.periods import Period

ASKED = "cumulative"
"""The rule of a warning that needs an answer: the figures are said to be of more than the period."""


class Judge:
    """Judges files by the same contracts."""

    def __init__(self, contracts: Mapping[str, Contract], limits: Limits) -> None:
        self.contracts = contracts
        self.limits = limits
        self.index = index_of(contracts.values())
        self.conformers = {export: Conformer(contract) for export, contract in contracts.items()}
        self.checkers = {export: Checker(contract) for export, contract in contracts.items()}

    def drafts(self, tasks: Sequence[Task]) -> list[Draft]:
        """What becomes of each of these files, in their order; a refusal is part of the answer.

        Args:
            tasks: Files to be judged by one state of the lake: the same register, rosters and key.
        """
        drafts: list[Draft] = []
        together: dict[tuple[str, Areas, Period | None], list[Case]] = {}
        for task in tasks:
            draft = Draft()
            drafts.append(draft)
            try:
                case = open_case(task, draft, self.contracts, self.index, self.limits)
            except RefusalError as refused:
                draft.refusal = str(refused)
            else:
                period = case.period if self.checkers[case.contract.export].depends_on_period else None
                together.setdefault((case.contract.export, case.areas, period), []).append(case)
        for cases in together.values():
            self._judge(cases)
        return drafts

    def _judge(self, cases: list[Case]) -> None:
        first = cases[0]
        contract = first.contract
        tables = [(file, table) for file, case in enumerate(cases) for table in case.tables]
        faults = Faults(
            contract,
            [(table.name, table.header.columns, table.header.sheet.origin) for _, table in tables],
            first.areas.names,
        )
        for file, case in enumerate(cases):
            for sheet, why in case.passed_over:
                faults.add_general(file, "sheet_not_read", why, sheet)
            for about, question in case.asked:
                faults.add_general(file, ASKED, question, about)
        rows = self.conformers[contract.export].rows(tables, first.areas, faults, first.task.pseudonym_key)
        for number, (_, table) in enumerate(tables):
            _add_extra_cells(table, rows.filter(pl.col("_table") == number), faults)
        roster = self.contracts[contract.roster] if contract.roster else None
        judge_rows(Group(cases, faults, roster), rows, self.checkers[contract.export])


def _add_extra_cells(table: Table, rows: pl.DataFrame, faults: Faults) -> None:
    """Add a fault for each row that is longer than the header; what stands there is not repeated."""
    told: set[int] = set()
    for letter, indexes in table.extra_cells().items():
        new = [at + 1 for at in indexes if at not in told]
        told.update(indexes)
        faults.add(
            rows.filter(pl.col("_row").is_in(new)),
            "_",
            "extra_cell",
            "这一行比表头长，此格没有对应的列。可能是前面某个数里的千分位逗号（如 1,100）把一格分成了两格；"
            "请核对整行，删去多余的格或补上列名。",
            column=Column(letter, "（没有表头的列）"),
        )
