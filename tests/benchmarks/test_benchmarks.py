"""The plain script is a second opinion: on a small sample, all its values are the published ones to the last digit."""

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from benchmarks.compare import compare
from benchmarks.correction import corrected, employment_file
from benchmarks.month import add_up_again
from benchmarks.plain import __main__ as plain
from benchmarks.plain.files import EXPORTS, cells, typed, what_it_is
from benchmarks.plain.indicators import INDICATORS
from pipelines.intake.receive import Handover, receive
from pipelines.modelling.catalogue import load_catalogue
from pipelines.modelling.refresh import refresh
from pipelines.periods import Period
from pipelines.sample import deliveries, make_sample
from pipelines.sample.make import LIST
from pipelines.settings import ROOT, Settings


@dataclass(frozen=True)
class Home:
    """A home into which all files of a sample were taken, and what was published from it."""

    sample: Path
    settings: Settings
    published: Path


def refreshed(folder: Path, sample: Path) -> Home:
    """Take all files of a sample in, and publish."""
    settings = Settings(home=folder / "home")
    receive(settings, [Handover(file.path, file.received_at) for file in deliveries(sample)])
    publication = refresh(settings).publication
    assert publication is not None
    return Home(sample, settings, publication.path)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("bench")
    make_sample(folder / "sample", months=6, until=Period.parse("2026-10"), scale=0.1, seed=1)
    return refreshed(folder, folder / "sample")


def statuses(published: Path) -> dict[str, int]:
    with duckdb.connect(published, read_only=True) as con:
        return dict(con.sql("select status, count(*) from indicator_values group by all").fetchall())


def test_the_plain_script_gives_the_published_values_to_the_last_digit(home: Home, tmp_path: Path) -> None:
    plain.main(home.sample, tmp_path / "values.parquet")
    count, different = compare(home.published, tmp_path / "values.parquet")
    assert different == []
    # All but the four over exports of a year that is not yet over.
    assert pl.read_parquet(tmp_path / "values.parquet")["indicator_id"].n_unique() == 90
    by_status = statuses(home.published)
    assert sum(by_status.values()) == count
    # Every kind of nothing was compared, and there was something to count.
    assert min(by_status[status] for status in ("ok", "in_progress", "nothing_to_count", "not_handed_in")) > 0

    one_off = pl.read_parquet(tmp_path / "values.parquet").with_columns(
        numerator=pl.when(pl.int_range(pl.len()) == 5).then(99).otherwise("numerator").cast(pl.Decimal(38, 4))
    )
    one_off.write_parquet(tmp_path / "other.parquet")
    assert len(compare(home.published, tmp_path / "other.parquet")[1]) == 1


def test_it_does_so_over_a_turn_of_the_year(tmp_path: Path) -> None:
    sample = tmp_path / "sample"
    make_sample(sample, months=15, until=Period.parse("2025-12"), scale=0.02, seed=3)
    # Growth, and the exports of a year that is over, are the district's: the many files of the streets can stay out.
    listed = (sample / LIST).read_text(encoding="utf-8").splitlines(keepends=True)
    (sample / LIST).write_text("".join(line for line in listed if "街道" not in line), encoding="utf-8")
    home = refreshed(tmp_path, sample)
    plain.main(sample, tmp_path / "values.parquet")
    assert compare(home.published, tmp_path / "values.parquet")[1] == []
    values = pl.read_parquet(tmp_path / "values.parquet").filter(pl.col("value").is_not_null())
    assert {
        "dividend_growth", "appraisal_participation", "community_venue_coverage", "inspection_coverage",
        "annual_deployment_rate", "training_hours_per_member", "authorized_community_share",
    } <= set(values["indicator_id"])  # fmt: skip


def test_it_knows_every_export_and_indicator_and_shares_no_code(home: Home) -> None:
    assert set(EXPORTS) == {path.stem for path in home.settings.contracts_dir.glob("*.yaml")}
    assert set(INDICATORS) == set(load_catalogue(home.settings.sql_dir).indicators)
    for module in (ROOT / "benchmarks" / "plain").glob("*.py"):
        assert not re.search(
            r"^\s*(from|import) (pipelines|warehouse)", module.read_text(encoding="utf-8"), re.MULTILINE
        )


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("2026年3月布吉街道“两新”组织名册.csv", ("two_new_organizations", date(2026, 3, 31), "布吉街道")),
        ("2025-11群众来信来访办理月报.xlsx", ("petitions", date(2025, 11, 30), "")),
        ("社区股份合作公司经营情况表（2026年一季度）.csv", ("stock_cooperatives", date(2026, 3, 31), "")),
        ("2026年第4季度社区股份合作公司经营情况表（更正）.csv", ("stock_cooperatives", date(2026, 12, 31), "")),
        ("社区名录2024年.xlsx", ("communities", date(2024, 12, 31), "")),
    ],
)
def test_a_file_is_known_by_its_name(name: str, means: tuple[str, date, str]) -> None:
    assert what_it_is(name) == means


def test_a_correction_raises_one_figure_by_one(home: Home, tmp_path: Path) -> None:
    source = employment_file(home.sample)

    def newly_employed(path: Path) -> pl.Series:
        return typed(cells(path, *what_it_is(path.name)), EXPORTS["employment"][2])["newly_employed"]

    raised = newly_employed(corrected(source, tmp_path / source.name)) - newly_employed(source)
    assert sorted(raised.drop_nulls().unique()) == [0, 1]
    assert raised.sum() == 1


def test_a_month_is_added_up_by_one_statement_per_unit_table(home: Home) -> None:
    build, month_end, _ = add_up_again(home.settings)
    assert month_end == date(2026, 10, 31)
    assert len(build.statements) == len(build.units) == 25
    # Every sum of the 94 indicators is computed by one of the statements, and by one alone.
    computed = Counter(name for query, _ in build.statements for name in re.findall(r'as "(\w+:\w+)"', query))
    sums = [s.sum_id for name, indicator in build.catalogue.indicators.items() for s in indicator.sums(name)]
    assert computed == Counter(sums)
    # And each reads its table once.
    assert all(len(re.findall(r"\bfrom (?:units\.\w+|personal_units)", query)) == 1 for query, _ in build.statements)


@pytest.mark.slow
def test_the_benchmark_writes_its_report_without_naming_the_machine(tmp_path: Path) -> None:
    report = tmp_path / "benchmarks.md"
    options = ["--scale", "0.01", "--months", "3", "--rounds", "1", "--only-data", "--out", str(report)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    text = report.read_text(encoding="utf-8")
    assert re.search(r"\| values that differ from the plain script's \| 0 \| 0 \| kept \|", text)
    assert re.search(r"\| statements that add up a month of all 25 unit tables \| 25 \| 25 \| kept \|", text)
    assert re.search(r"\| receive \| \d+\.\d\d \|  \| [\d,]+ \|", text)
    assert os.uname().nodename not in text
    assert "/" not in re.sub(r"whole refresh / plain script|one corrected file / everything|benchmarks/plain", "", text)
