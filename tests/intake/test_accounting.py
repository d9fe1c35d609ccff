"""The law of the door: read = accepted + rejected + skipped, whatever is in the file."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts.schema import load_contracts
from pipelines.intake.draft import Task
from pipelines.intake.judge import Judge
from pipelines.intake.read import Limits
from pipelines.intake.register import Community, Register
from pipelines.periods import Period
from pipelines.settings import ROOT
from tests.intake.conftest import EMPLOYMENT, REGISTER, csv_text
from warehouse.lake import ACCEPTED, FAULTS, REJECTED

JUDGE = Judge(load_contracts(ROOT / "pipelines" / "contracts"), Limits(2**24, 10_000))
PLACES = Register(
    tuple(
        Community(row[2], row[3], row[0], row[1], date.fromisoformat(row[4]), row[5] and date.fromisoformat(row[5]))
        for row in REGISTER
    )
)
cell = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "新木",
            "平湖社区",
            "凤凰",
            "布吉街道",
            "合计",
            "小 计",
            "注：",
            "-",
            "无",
            "12.0",
            "1,000",
            "甲",
            "填表人：乙",
            "社区",
        ]
    ),
    st.integers(-5, 120).map(str),
    st.text(alphabet="社区合计0123456789.,-（）万人 \n甲", max_size=6),
)
good_row = st.tuples(
    st.sampled_from(["新木", "平湖社区", "440307014018", "凤凰"]), *[st.sampled_from(["0", "5", "100"])] * 5
).map(list)
row = st.one_of(good_row, good_row, st.lists(cell, max_size=8), st.just(EMPLOYMENT), st.just([]))


@settings(max_examples=120)
@given(st.lists(st.lists(cell, max_size=3), max_size=3), st.lists(row, max_size=12))
def test_every_row_is_accepted_rejected_or_skipped_and_every_rejected_one_has_a_fault(
    above: list[list[str | None]], below: list[list[str | None]]
) -> None:
    data = csv_text([*above, EMPLOYMENT, *below]).encode()
    with TemporaryDirectory() as folder:
        task = Task(data, "a.csv", Period.parse("2010-03"), (), date(2010, 5, 1), PLACES, Path(folder), b"k" * 32)
        [draft] = JUDGE.drafts([task])
        if draft.period is None:
            return
        skipped = sum(draft.skipped.values())
        lines = [*above, EMPLOYMENT, *below]
        assert draft.rows_read == 1 + max(
            at for at, row in enumerate(lines) if any(text and text.strip() for text in row)
        )
        assert draft.rows_read == draft.rows_accepted + draft.rows_rejected + skipped
        if not (Path(folder) / ACCEPTED).exists():
            # Refused as a whole before its rows were looked at one by one.
            assert draft.refusal is not None
            assert draft.rows_accepted == 0
            return
        accepted = pl.read_parquet(Path(folder) / ACCEPTED)
        assert accepted.height == draft.rows_accepted
        assert not accepted.select("community", "_row").is_duplicated().any()
        rejected = Path(folder) / REJECTED
        if rejected.exists():
            found = pl.read_parquet(Path(folder) / FAULTS).filter(pl.col("severity") == "fault")
            assert set(found["row"]) == set(pl.read_parquet(rejected)["_row"])
