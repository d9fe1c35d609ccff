"""What the warehouse is a function of: submissions, contracts, SQL and records - and what follows from them alone.

Reads the lake, the contracts and `sql/`. Builds nothing; knows no database.
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from functools import cached_property

import polars as pl

from pipelines.contracts.schema import load_contracts
from pipelines.modelling import marks
from pipelines.modelling.catalogue import load_catalogue
from pipelines.modelling.fill import catalogue_text
from pipelines.modelling.models import Model, load_models
from pipelines.settings import Settings
from warehouse.closings import Act, Closings, what_counts
from warehouse.lake import Lake, Receipt, active_parts
from warehouse.locks import Locks, Record
from warehouse.notes import Note, Notes


class Inputs:
    """All that the build of one home is made from, as it is now or was known at a moment."""

    def __init__(
        self,
        settings: Settings,
        receipts: Sequence[Receipt] | None = None,
        records: Sequence[Record] | None = None,
        acts: Sequence[Act] | None = None,
        notes: Sequence[Note] | None = None,
    ) -> None:
        self.settings = settings
        self.lake = Lake(settings.home)
        self.locks = Locks(settings.home)
        self.contracts = load_contracts(settings.contracts_dir)
        self.catalogue = load_catalogue(settings.sql_dir)
        self.models = load_models(settings.sql_dir)
        self.receipts = list(self.lake.receipts() if receipts is None else receipts)
        # Read after the receipts: of what came in meanwhile none is taken for one that came before a closing.
        self.acts = list(Closings(settings.home).acts() if acts is None else acts)
        self.closed = what_counts(self.acts)
        self.notes = list(Notes(settings.home).all() if notes is None else notes)
        self.records = list(self.locks.records() if records is None else records)

    @cached_property
    def parts(self) -> pl.DataFrame:
        """Active submissions: export, period_type, period_end, submitter, submission_id."""
        types = {receipt.submission_id: receipt.period_type for receipt in self.receipts}
        rows = [
            (export, types[submission], end, code, submission)
            for (export, end, code), submission in active_parts(self.receipts, self.closed).items()
            if export in self.contracts
        ]
        columns = {"export": pl.String, "period_type": pl.String, "period_end": pl.Date, "submitter": pl.String}
        return pl.DataFrame(rows, schema={**columns, "submission_id": pl.String}, orient="row")

    @cached_property
    def units(self) -> dict[str, Model]:
        """The unit tables by name."""
        return {model.name: model for model in self.models_of("units")}

    @cached_property
    def today(self) -> date | None:
        """The day *now*: the last day of the latest month handed in by a monthly export."""
        monthly = self.parts.filter(pl.col("period_type") == "month")["period_end"]
        others = self.parts.filter(~pl.col("export").is_in(self.registers))["period_end"]
        for ends in (monthly, others, self.parts["period_end"]):
            if len(ends):
                latest = ends.max()
                assert isinstance(latest, date)
                return latest
        return None

    @cached_property
    def state(self) -> str:
        """Changes when anything does that the warehouse is made from: submissions, records, contracts, SQL, code."""
        made_from = [
            *(receipt.submission_id for receipt in self.receipts),
            *(contract.model_dump_json() for contract in self.contracts.values()),
            *(model.text for model in self.models.values()),
            *(record.model_dump_json() for record in self.records),
            *(act.hash for act in self.acts),
            *(note.model_dump_json() for note in self.notes),
            catalogue_text(self.catalogue),
            marks.code_version(),
        ]
        return hashlib.sha256("\n".join(made_from).encode()).hexdigest()

    def models_of(self, folder: str) -> list[Model]:
        """The models of a folder, each after those it reads."""
        return [model for model in self.models.values() if model.folder == folder]

    @property
    def registers(self) -> list[str]:
        """The exports that say which communities there are."""
        return [name for name, contract in self.contracts.items() if contract.is_register]

    def sources(self, unit: Model) -> list[str]:
        """The exports whose rows a unit table reads."""
        return sorted(table.removeprefix("rows.") for table in unit.reads if table.startswith("rows."))

    def active(self, export: str) -> list[Receipt]:
        """The receipts of an export that count."""
        ids = set(self.parts.filter(pl.col("export") == export)["submission_id"])
        return [receipt for receipt in self.receipts if receipt.submission_id in ids]

    def wanted(self, export: str, periods: Sequence[date]) -> pl.DataFrame:
        """The rows of `parts` of an export and some periods."""
        return self.parts.filter(pl.col("export") == export, pl.col("period_end").is_in(list(periods)))
