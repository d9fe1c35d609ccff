"""A hamlet for tests from end to end: two streets, three communities, two months of employment, as files."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import hypothesis
import pytest

from pipelines.settings import Settings

# How long one example takes depends on what else the machine does.
hypothesis.settings.register_profile("guben", deadline=None)
hypothesis.settings.load_profile("guben")

REGISTER = """街道编码,街道名称,社区编码,社区名称,启用日期
440307003,平湖街道,440307003002,良安田社区,2009-01-01
440307003,平湖街道,440307003004,新木社区,2009-01-01
440307006,坪地街道,440307006001,坪地社区,2009-01-01
"""
EMPLOYMENT_HEADER = "社区,户籍劳动力人数,已就业人数,登记失业人数,零就业家庭户数,本月新增就业人数\n"
JANUARY = EMPLOYMENT_HEADER + "良安田社区,100,90,10,1,5\n新木社区,100,80,20,0,4\n坪地社区,200,190,10,2,3\n"
FEBRUARY = EMPLOYMENT_HEADER + "良安田社区,100,95,5,0,5\n新木社区,100,85,15,0,5\n坪地社区,200,196,4,0,6\n"
"""Employed of the labour force in February: 95 + 85 + 196 = 376 of 400 in the district."""


@dataclass(frozen=True)
class Hamlet:
    """A home of its own, and files to hand in."""

    settings: Settings
    files: Path

    def file(self, name: str, text: str) -> Path:
        """Write a file that can be handed in."""
        path = self.files / name
        path.write_text(text, encoding="utf-8")
        return path


def hand_in(hamlet: Hamlet) -> None:
    """Hand the register and both months in, with plausible dates of receipt."""
    from pipelines.intake.receive import Handover, receive

    files = [
        ("2026年社区名录.csv", REGISTER, datetime(2026, 1, 9)),
        ("2026年1月就业.csv", JANUARY, datetime(2026, 2, 5)),
        ("2026年2月就业.csv", FEBRUARY, datetime(2026, 3, 5)),
    ]
    outcomes = receive(hamlet.settings, [Handover(hamlet.file(name, text), day) for name, text, day in files])
    assert [outcome.status for outcome in outcomes] == ["active"] * 3, outcomes


@pytest.fixture(scope="session")
def published_hamlet(tmp_path_factory: pytest.TempPathFactory) -> Hamlet:
    """The hamlet, handed in, built and published once; look at it, change nothing."""
    from pipelines.modelling.refresh import refresh

    folder = tmp_path_factory.mktemp("published")
    hamlet = Hamlet(Settings(home=folder / "home"), folder)
    hand_in(hamlet)
    refresh(hamlet.settings)
    return hamlet


@pytest.fixture
def hamlet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hamlet]:
    """An empty home, named by the environment."""
    home = tmp_path / "home"
    monkeypatch.setenv("GUBEN_HOME", str(home))
    monkeypatch.setenv("DAGSTER_HOME", str(home / "dagster"))
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
    yield Hamlet(Settings(), tmp_path)
    for folder in home.glob("publications/[0-9]*"):
        folder.chmod(0o755)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def handed_in(hamlet: Hamlet) -> Hamlet:
    """The hamlet with its files handed in, nothing built yet."""
    hand_in(hamlet)
    return hamlet
