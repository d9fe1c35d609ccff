"""The plain script is a second opinion: on a small sample, all its values are the published ones to the last digit."""

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from benchmarks import plain
from benchmarks.compare import compare
from benchmarks.correction import corrected, employment_file
from pipelines.intake.receive import Handover, receive
from pipelines.modelling.refresh import refresh
from pipelines.periods import Period
from pipelines.sample import make_sample
from pipelines.settings import ROOT, Settings


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench") / "sample"
    make_sample(folder, months=14, until=Period.parse("2026-10"), scale=0.02, seed=3)
    return folder


def test_the_plain_script_gives_the_published_values_to_the_last_digit(sample: Path, tmp_path: Path) -> None:
    from pipelines.sample import deliveries

    settings = Settings(home=tmp_path / "home")
    known = [file for file in deliveries(sample) if plain.knows(file.path.name)]
    receive(settings, [Handover(file.path, file.received_at) for file in known])
    published = refresh(settings).publication
    assert published is not None
    plain.main(sample, tmp_path / "values.parquet")
    count, different = compare(published.path, tmp_path / "values.parquet")
    assert different == []
    with duckdb.connect(published.path, read_only=True) as con:
        by_status = dict(con.sql("select status, count(*) from indicator_values group by all").fetchall())
    assert sum(by_status.values()) == count
    # Every kind of nothing was compared, and there was something to count.
    assert min(by_status[status] for status in ("ok", "in_progress", "nothing_to_count", "not_handed_in")) > 0

    one_off = pl.read_parquet(tmp_path / "values.parquet").with_columns(
        numerator=pl.when(pl.int_range(pl.len()) == 5).then(99).otherwise("numerator").cast(pl.Decimal(38, 4))
    )
    one_off.write_parquet(tmp_path / "other.parquet")
    assert len(compare(published.path, tmp_path / "other.parquet")[1]) == 1


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("2026年3月布吉街道“两新”组织名册.csv", ("two_new_organizations", "2026-03-31", "布吉街道")),
        ("2025-11群众来信来访办理月报.xlsx", ("petitions", "2025-11-30", "")),
        ("社区股份合作公司经营情况表（2026年一季度）.csv", ("stock_cooperatives", "2026-03-31", "")),
        ("2026年第4季度社区股份合作公司经营情况表（更正）.csv", ("stock_cooperatives", "2026-12-31", "")),
        ("社区名录2024年.xlsx", ("communities", "2024-12-31", "")),
    ],
)
def test_a_file_is_known_by_its_name(name: str, means: tuple[str, str, str]) -> None:
    assert plain.what_it_is(name) == means


def test_a_correction_raises_one_figure_by_one(sample: Path, tmp_path: Path) -> None:
    source = employment_file(sample)
    columns = plain.EXPORTS["employment"][2]
    before = plain.typed(plain.cells(source, columns), columns)
    after = plain.typed(plain.cells(corrected(source, tmp_path / source.name), columns), columns)
    raised = after["newly_employed"] - before["newly_employed"]
    assert sorted(raised.drop_nulls().unique()) == [0, 1]
    assert raised.sum() == 1


@pytest.mark.slow
def test_the_benchmark_writes_its_report_without_naming_the_machine(tmp_path: Path) -> None:
    report = tmp_path / "benchmarks.md"
    options = ["--scale", "0.01", "--months", "6", "--rounds", "1", "--only-data", "--out", str(report)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    text = report.read_text(encoding="utf-8")
    assert re.search(r"\| values that differ from the plain script's \| 0 \| 0 \| kept \|", text)
    assert re.search(r"\| receive \| \d+\.\d\d \| [\d,]+ \|", text)
    assert os.uname().nodename not in text
    assert "/" not in re.sub(
        r"whole refresh / plain script|one corrected file / everything|benchmarks/plain.py", "", text
    )
