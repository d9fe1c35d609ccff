"""Both servers start, answer, step aside for taken ports, and leave nothing behind however they end."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from pipelines import serve
from pipelines.settings import ROOT
from tests.conftest import Hamlet


@contextmanager
def taken_port() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def start(command: str, hamlet: Hamlet, **ports: int) -> "subprocess.Popen[str]":
    names = {"GUBEN_HOME": hamlet.settings.home, **{f"GUBEN_{name.upper()}": port for name, port in ports.items()}}
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", command],
        cwd=ROOT,
        env={**os.environ, **{name: str(value) for name, value in names.items()}},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def lines_until_ready(process: "subprocess.Popen[str]") -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if "Ctrl-C" in line:
            return lines
    raise AssertionError(f"ended before it was ready: {lines}")


def left_over(descendants: list[psutil.Process], seconds: float = 10) -> list[psutil.Process]:
    return [p for p in psutil.wait_procs(descendants, timeout=seconds)[1] if p.status() != psutil.STATUS_ZOMBIE]


def test_up_serves_both_on_free_ports_and_ctrl_c_ends_all_of_it(hamlet: Hamlet) -> None:
    with taken_port() as port:
        process = start("up", hamlet, port=port, dagster_port=port)
        lines = lines_until_ready(process)
        assert [line for line in lines if f"port {port} is taken" in line]
        addresses = [line.split()[-1] for line in lines if "http://" in line]
        assert len(set(addresses)) == 2
        assert f"http://localhost:{port}" not in addresses
        for address in addresses:
            with urllib.request.urlopen(address, timeout=30) as answer:
                assert answer.status == 200
        descendants = psutil.Process(process.pid).children(recursive=True)
        assert len(descendants) >= 3
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert left_over(descendants) == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_server_ends_with_its_command(how: signal.Signals, hamlet: Hamlet) -> None:
    with taken_port() as port:
        process = start("dashboards", hamlet, port=port)
        lines_until_ready(process)
        descendants = psutil.Process(process.pid).children(recursive=True)
        assert descendants
        process.send_signal(how)
        assert process.wait(30) == (-9 if how is signal.SIGKILL else 0)
        assert left_over(descendants) == []


def test_a_server_that_ends_by_itself_ends_the_command_and_names_the_log(hamlet: Hamlet) -> None:
    told: list[str] = []

    def broken(settings: serve.Settings, port: int) -> serve.Server:
        return serve.Server("dashboards", (sys.executable, "-c", "raise SystemExit(3)"), "127.0.0.1", port, "/")

    with pytest.raises(serve.ServerError, match=r"dashboards ended by itself \(3\); see .*dashboards\.log"):
        serve.serve(hamlet.settings, [broken], told.append)


def test_a_server_that_will_not_end_is_killed_with_its_children(
    hamlet: Hamlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "ENDS_WITHIN", 1)
    stubborn = (
        "import signal, subprocess, sys, http.server as h\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "h.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), h.SimpleHTTPRequestHandler).serve_forever()\n"
    )
    seen: list[psutil.Process] = []

    def make(settings: serve.Settings, port: int) -> serve.Server:
        command = (sys.executable, "-c", stubborn, str(port))
        return serve.Server("dashboards", command, "127.0.0.1", port, "/")

    def say(line: str) -> None:
        if "Ctrl-C" in line:
            # A browser of other tests may be a child of this process as well.
            seen.extend(set(psutil.Process().children(recursive=True)) - others)
            os.kill(os.getpid(), signal.SIGTERM)

    others = set(psutil.Process().children(recursive=True))
    started = time.monotonic()
    serve.serve(hamlet.settings, [make], say)
    assert time.monotonic() - started < 60
    assert len(seen) == 2
    assert left_over(seen) == []


def test_no_port_is_promised_twice() -> None:
    with taken_port() as port:
        first = serve.free_port("127.0.0.1", port, lambda _: None)
        second = serve.free_port("127.0.0.1", port, lambda _: None, {first})
    assert port < first < second
