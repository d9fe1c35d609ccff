"""The frame of all pages: nothing published, a page that fails, a new publication."""

import logging
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import dashboards.queries.standings
from pipelines.modelling.refresh import refresh
from pipelines.settings import ROOT, Settings
from tests.app.tiny import Page
from tests.modelling.conftest import District
from tests.modelling.test_values import XINMU, employment

APP = str(ROOT / "dashboards" / "app.py")


def test_before_the_first_publication_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUBEN_HOME", str(tmp_path))
    page = Page(AppTest.from_file(APP, default_timeout=30)).run()
    assert page.answer == "还没有发布任何数据。"
    assert "guben refresh" in page.text()


def test_a_page_that_fails_says_so_calmly_and_logs_why(
    open_page,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret place")

    monkeypatch.setattr(dashboards.queries.standings, "standings", broken)
    with caplog.at_level(logging.ERROR, "guben.dashboards"):
        page = open_page("overview")
    assert page.answer == "这一页暂时打不开。"
    assert "secret" not in page.text()
    reference = caplog.records[0].getMessage().rsplit(" ", 1)[1]
    assert reference in page.text() and "ZeroDivisionError" in caplog.text


def test_the_next_look_shows_the_next_publication(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "home"
    shutil.copytree(tiny, copy, symlinks=True)
    monkeypatch.setenv("GUBEN_HOME", str(copy))
    page = Page(AppTest.from_file(APP, default_timeout=30)).run()
    assert "第 1 次发布" in page.text() and page.answer.startswith("截至2026年3月")
    District(copy).hand_in("employment", "2026-04", [employment(XINMU, 100, 99)])
    refresh(Settings(home=copy))
    page.app.query_params.clear()
    assert "第 2 次发布" in page.run().text()
    assert page.app.selectbox(key="month").options[0] == "2026年4月"


def test_a_publication_somebody_wrote_beside_is_not_shown(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tampered = tmp_path / "home"
    shutil.copytree(tiny, tampered, symlinks=True)
    folder = tampered / "publications" / "000001"
    folder.chmod(0o755)
    (folder / "pages.duckdb.wal").write_bytes(b"replay me")
    monkeypatch.setenv("GUBEN_HOME", str(tampered))
    page = Page(AppTest.from_file(APP, default_timeout=30)).run()
    assert page.answer == "这一页暂时打不开。"


def test_a_damaged_publication_is_not_shown_and_it_says_what_to_do(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "home"
    shutil.copytree(tiny, copy, symlinks=True)
    monkeypatch.setenv("GUBEN_HOME", str(copy))
    page = Page(AppTest.from_file(APP, default_timeout=30)).run()
    assert "第 1 次发布" in page.text()
    file = copy / "publications" / "000001" / "pages.duckdb"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-4096])
    assert page.run().answer == "这一页暂时打不开。"  # although this process has it open
    assert "与发布时的文件不一致" in page.text() and "guben refresh" in page.text()
    assert str(copy) not in page.text()
    refresh(Settings(home=copy))
    assert "第 2 次发布" in page.run().text()
