"""A tiny district, and submissions put straight into its lake: what modelling starts from."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest

from pipelines.contracts.schema import DISTRICT, FieldType, load_contracts
from pipelines.modelling.build import Build
from pipelines.periods import Period
from pipelines.settings import Settings
from warehouse.lake import ACCEPTED, Lake, Receipt

SHANGHAI = ZoneInfo("Asia/Shanghai")
TYPES = {
    FieldType.INT: pl.Int64,
    FieldType.DECIMAL: pl.Decimal(20, 4),
    FieldType.DATE: pl.Date,
    FieldType.MONTH: pl.Date,
    FieldType.BOOL: pl.Boolean,
}


class District:
    """A Guben home whose lake is filled by hand."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home)
        self.lake = Lake(home)
        self.contracts = load_contracts(self.settings.contracts_dir)

    def hand_in(
        self,
        export: str,
        period: str,
        rows: Sequence[Mapping[str, object]],
        *,
        streets: Sequence[str] = (),
        received_at: datetime | None = None,
        rejected: int = 0,
        refusal: str | None = None,
    ) -> Receipt:
        """Add an accepted submission with these rows, and so many rejected ones, or a refused one.

        Fields left out are empty.
        """
        contract = self.contracts[export]
        when = Period.parse(period)
        schema = {name: TYPES.get(spec.type, pl.String) for name, spec in contract.fields.items()}
        table = pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
        submitter = pl.lit(DISTRICT)
        if contract.by == "street":
            # Rows without a community of their own belong to the one street that hands them in.
            community = contract.community_field
            submitter = pl.col(community).str.slice(0, 9) if community else pl.lit(*streets)
        table = table.with_columns(
            pl.lit("Sheet1").alias("_sheet"),
            (pl.int_range(pl.len(), dtype=pl.Int32) + 2).alias("_row"),
            submitter.alias("_submitter"),
        )
        receipts = self.lake.receipts()
        receipt = Receipt(
            submission_id=self.lake.next_id(receipts),
            outcome="refused" if refusal else "accepted",
            refusal=refusal,
            file_name=f"{export}-{period}.xlsx",
            sha256="0" * 64,
            size=1,
            received_at=received_at or datetime.combine(when.end + timedelta(days=5), datetime.min.time(), SHANGHAI),
            export=export,
            period_type=when.cadence.value,
            period_end=when.end,
            scope=tuple(streets) if contract.by == "street" else (DISTRICT,),
            rows_read=len(rows) + 1 + rejected,
            rows_accepted=len(rows),
            rows_rejected=rejected,
            skipped={"header": 1},
        )
        with self.lake.locked(), self.lake.staged() as staged:
            table.write_parquet(staged / ACCEPTED)
            self.lake.add(staged, receipt)
        return receipt

    def register(self, period: str, *communities: tuple[str, str, str, str | None, str]) -> None:
        """Hand in a register: code, name, first day, first day gone, successors."""
        self.hand_in(
            "communities",
            period,
            [
                {
                    "street_code": code[:9],
                    "street_name": STREETS[code[:9]],
                    "community_code": code,
                    "community_name": name,
                    "valid_from": date.fromisoformat(first),
                    "valid_to": date.fromisoformat(gone) if gone else None,
                    "successor_codes": successors or None,
                }
                for code, name, first, gone, successors in communities
            ],
            received_at=datetime(int(period), 1, 4, 9, tzinfo=SHANGHAI),
        )

    def build(self) -> "Values":
        """Bring the build file up to date and look into it."""
        build = Build(self.settings)
        build.run()
        return Values(build.path)


class Values:
    """What a build file says."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, sql: str, *parameters: object) -> list[tuple[object, ...]]:
        """The rows of a query."""
        with duckdb.connect(self.path, read_only=True) as con:
            return con.execute(sql, list(parameters)).fetchall()

    def value(self, indicator: str, area: str, period: str, map: str = "then") -> tuple[object, ...] | None:
        """Numerator, denominator, value, status, reported, expected."""
        when = Period.parse(period)
        found = self.rows(
            """select numerator, denominator, round(value, 9), status, reported, expected from indicator_values
            where indicator_id = ? and area_code = ? and period_type = ? and period_end = ? and map = ?""",
            indicator, area, when.cadence.value, when.end, map,
        )  # fmt: skip
        assert len(found) <= 1
        return found[0] if found else None


STREETS = {
    "440307003": "平湖街道",
    "440307006": "坪地街道",
    "440307014": "布吉街道",
    "440307018": "吉华街道",
    "440307009": "葵涌街道",
}


@pytest.fixture
def district(tmp_path: Path) -> District:
    """An empty Guben home."""
    return District(tmp_path)
