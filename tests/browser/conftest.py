"""A real server over the tiny district, and Chromium to look at it."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from shutil import which

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from pipelines.serve import dashboards
from pipelines.settings import ROOT, Settings
from tests.app.tiny import tiny_home

CHROMIUM = which("chromium") or which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Visitor:
    """Somebody in front of a screen."""

    page: Page
    address: str
    errors: list[str] = field(default_factory=list)
    """What the browser's console complained of."""

    def __post_init__(self) -> None:
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        # Opened below its root, Streamlit looks for its own address by asking the wrong one first.
        is_probe = "/_stcore/" in message.location.get("url", "")
        if message.type == "error" and not is_probe:
            self.errors.append(f"{message.text} {message.location.get('url', '')}")

    def open(self, path: str = "") -> None:
        """Open a page and wait until it is drawn."""
        self.page.goto(f"{self.address}/{path}")
        self.drawn()

    def drawn(self) -> None:
        """Wait until the page has been drawn to its end and rests."""
        self.page.wait_for_selector(".gb-foot", timeout=30_000)
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)

    def answer(self) -> str:
        """The sentence under the title."""
        return self.page.locator(".gb-answer").first.inner_text()

    def width(self) -> int:
        """How wide the page is, beyond the screen too."""
        return int(self.page.evaluate("document.documentElement.scrollWidth"))


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboards of the tiny district, served."""
    home = tiny_home(tmp_path_factory.mktemp("served"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = dashboards(Settings(home=home), port)
    log = (home / "server.log").open("wb")
    process = subprocess.Popen(
        server.command, cwd=ROOT, env={**os.environ, "GUBEN_HOME": str(home)}, stdout=log, stderr=log
    )
    try:
        for _ in range(300):
            if server.answers() or process.poll() is not None:
                break
            time.sleep(0.1)
        assert server.answers(), (home / "server.log").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
        log.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here (Debian: apt-get install chromium fonts-noto-cjk)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def desk(browser: Browser, address: str) -> Iterator[Visitor]:
    """At a desk: 1440 pixels wide. Nothing may be left in the console."""
    yield from _visit(browser, address, 1440, 900)


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Visitor]:
    """With a phone: 390 pixels wide. Nothing may be left in the console."""
    yield from _visit(browser, address, 390, 844)


def _visit(browser: Browser, address: str, width: int, height: int) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN", accept_downloads=True)
    visitor = Visitor(context.new_page(), address)
    yield visitor
    context.close()
    assert visitor.errors == []
