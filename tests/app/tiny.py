"""A tiny district and its publication, for the pages 总览 and 指标 and the page frame.

Three communities in two streets, February and March 2026:

                       新木      良安田     坪地       平湖 (street)     区
    employed  Feb      291/300   97/100    97/100     388/400 = 97%    485/500 = 97%
    employed  Mar      240/300   80/100    95/100     320/400 = 80%    415/500 = 83%

The target is 97 %. Illegal construction of March came from 平湖 only (one case at 新木); 坪地 is missing.
"""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pipelines.modelling.refresh import refresh
from pipelines.settings import ROOT
from tests.modelling.conftest import District
from tests.modelling.test_values import (
    LIANGANTIAN,
    PINGDI,
    PINGDI_STREET,
    PINGHU_STREET,
    XINMU,
    case,
    company,
    employment,
)


def tiny_home(home: Path) -> Path:
    """Fill a home with the tiny district and publish it."""
    district = District(home)
    district.register(
        "2026",
        (LIANGANTIAN, "良安田社区", "2009-01-01", None, ""),
        (XINMU, "新木社区", "2009-01-01", None, ""),
        (PINGDI, "坪地社区", "2009-01-01", None, ""),
    )
    district.hand_in(
        "employment",
        "2026-02",
        [employment(XINMU, 300, 291), employment(LIANGANTIAN, 100, 97), employment(PINGDI, 100, 97)],
    )
    district.hand_in(
        "employment",
        "2026-03",
        [
            employment(XINMU, 300, 240, households=2, newly=5),
            employment(LIANGANTIAN, 100, 80),
            employment(PINGDI, 100, 95),
        ],
    )
    for period, homes in (("2026-02", 0), ("2026-03", 1)):
        district.hand_in("illegal_construction", period, [case(XINMU, homes)], streets=[PINGHU_STREET])
    district.hand_in("illegal_construction", "2026-02", [case(PINGDI, 0)], streets=[PINGDI_STREET])
    # Names as a cell may hold them: markup, and what a spreadsheet would run.
    hostile = company("K1", XINMU, 500) | {"company_name": "<b>新木</b>公司"}
    formula = company("K2", PINGDI, 900) | {"company_name": "=1+1"}
    district.hand_in("stock_cooperatives", "2026-Q1", [hostile, formula])
    refresh(district.settings)
    return district.settings.home


class Page:
    """A page as a visitor sees it."""

    def __init__(self, app: AppTest) -> None:
        self.app = app

    def run(self) -> "Page":
        """Draw it again, after something was picked."""
        self.app.run()
        assert not self.app.exception
        return self

    @property
    def html(self) -> list[str]:
        """The pieces of HTML on it."""
        return [element.proto.body for element in self.app.get("html")]

    @property
    def answer(self) -> str:
        """Its answer, without markup."""
        (found,) = (body for body in self.html if 'class="gb-answer"' in body)
        return found.removeprefix('<p class="gb-answer">').removesuffix("</p>")

    def text(self) -> str:
        """Everything written on it as HTML, in one string."""
        return "\n".join(self.html)

    def parameter(self, key: str) -> str:
        """What the URL says."""
        value = self.app.query_params[key]
        return value if isinstance(value, str) else value[0]

    def links(self) -> list[Any]:
        """The links to other pages."""
        return [element.proto for element in self.app.get("page_link")]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the tiny district. Look, do not hand anything in."""
    return tiny_home(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def open_page(tiny: Path, monkeypatch: pytest.MonkeyPatch):
    """Open a page by the name of its file, with the parameters of its URL."""
    monkeypatch.setenv("GUBEN_HOME", str(tiny))

    def opened(name: str, **parameters: str) -> Page:
        app = AppTest.from_file(str(ROOT / "dashboards" / "app.py"), default_timeout=30)
        if name != "overview":
            app.run()
            app.switch_page(f"app_pages/{name}.py")
        for key, value in parameters.items():
            app.query_params[key] = value
        return Page(app).run()

    return opened
