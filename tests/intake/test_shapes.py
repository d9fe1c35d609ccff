"""Whatever shape a table is sent in, the same rows are accepted: every difficulty with every export it applies to."""

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest

from pipelines.contracts.schema import load_contracts
from pipelines.intake.draft import Draft, Task
from pipelines.intake.judge import Judge
from pipelines.intake.sheet import Limits
from pipelines.periods import Period
from pipelines.sample.content import EXPORTS
from pipelines.settings import ROOT
from tests.intake.shapes import RECEIVED, SHAPES, accepted_equal, plain, register
from warehouse.lake import ACCEPTED, FAULTS

JUDGE = Judge(load_contracts(ROOT / "pipelines" / "contracts"), Limits(2**27, 100_000))


def judged(name: str, data: bytes, period: Period | None = None) -> tuple[Draft, pl.DataFrame, pl.DataFrame]:
    """A file's draft, its accepted rows and its faults."""
    with TemporaryDirectory() as folder:
        task = Task(data, name, period, (), RECEIVED, register(), Path(folder), b"k" * 32)
        [draft] = JUDGE.drafts([task])
        paths = (Path(folder) / ACCEPTED, Path(folder) / FAULTS)
        rows, faults = (pl.read_parquet(path) if path.exists() else pl.DataFrame() for path in paths)
        return draft, rows, faults


@lru_cache(maxsize=64)
def expected(export: str) -> pl.DataFrame:
    made = SHAPES["as_it_should_be"](plain(export))
    assert made is not None
    draft, rows, faults = judged(*made)
    assert (draft.refusal, draft.rows_rejected, draft.export) == (None, 0, export), faults.to_dicts()
    assert rows.height == len(plain(export).rows) > 0
    return rows


@pytest.mark.parametrize("shape", list(SHAPES))
def test_a_shape_changes_nothing(shape: str) -> None:
    tried = 0
    for export in EXPORTS:
        made = SHAPES[shape](plain(export))
        if made is None:
            continue
        tried += 1
        draft, rows, faults = judged(*made)
        assert (draft.refusal, draft.export) == (None, export), (export, draft.refusal)
        assert draft.rows_rejected == 0, (export, faults.to_dicts())
        assert draft.rows_read == draft.rows_accepted + sum(draft.skipped.values()), (export, draft)
        accepted_equal(rows, expected(export), plain(export).contract.key)
    assert tried
