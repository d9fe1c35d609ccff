"""The two servers: the dashboards (Streamlit) and Dagster, started, watched and ended together.

Each runs in its own process group with its output in `GUBEN_HOME/logs`; none survives the command that started it.
Builds no data and prints only addresses and what is wrong.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from pipelines.instance import environment
from pipelines.settings import ROOT, Settings

STARTS_WITHIN = 120
"""Seconds a server may take until it answers."""
ENDS_WITHIN = 10
"""Seconds a server may take to end before it is killed."""
PORTS_TRIED = 100

Say = Callable[[str], None]
Process = subprocess.Popen[bytes]


class ServerError(RuntimeError):
    """A server did not start, or ended by itself."""


@dataclass(frozen=True)
class Server:
    """How a server is started, and how it is known to answer."""

    name: str
    command: tuple[str, ...]
    host: str
    port: int
    health: str
    """Path that answers 200 once it serves."""
    companion: tuple[str, ...] = ()
    """A second process that belongs to it, started once it answers."""

    @property
    def address(self) -> str:
        """Where people open it."""
        host = "localhost" if self.host in ("127.0.0.1", "0.0.0.0") else self.host  # noqa: S104 - only compared
        return f"http://{host}:{self.port}"

    def answers(self) -> bool:
        """Whether it serves by now."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104 - only compared
        try:
            with urllib.request.urlopen(f"http://{host}:{self.port}{self.health}", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


Maker = Callable[[Settings, int], Server]
"""What describes a server, given the settings and its port."""


def dashboards(settings: Settings, port: int) -> Server:
    """The dashboards on a port."""
    command = (
        *(sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboards" / "app.py")),
        *("--server.address", settings.host, "--server.port", str(port), "--server.headless", "true"),
        *("--browser.gatherUsageStats", "false"),
    )
    return Server("dashboards", command, settings.host, port, "/_stcore/health")


def dagster(settings: Settings, port: int) -> Server:
    """Dagster's web server and daemon on a port."""
    code = ("-m", "pipelines.definitions")
    # Side by side rather than by `dagster dev`: the pages are there in 8 s instead of 16 s.
    web = (sys.executable, "-m", "dagster_webserver", *code, "--host", settings.host, "--port", str(port))
    daemon = (sys.executable, "-m", "dagster._daemon", "run", *code)
    return Server("dagster", web, settings.host, port, "/server_info", daemon)


def free_port(host: str, wanted: int, say: Say, promised: Collection[int] = ()) -> int:
    """The wanted port, or the next that is free and not promised to another server, saying so.

    Raises:
        ServerError: when none of the next hundred is free.
    """
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        if port in promised:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
        if port != wanted:
            say(f"port {wanted} is taken; using {port}")
        return port
    raise ServerError(f"no free port from {wanted} to {wanted + PORTS_TRIED - 1} on {host}")


def serve(settings: Settings, makers: Sequence[Maker], say: Say) -> None:
    """Start servers, say each address as soon as it answers, and stay until a signal; then end them all.

    Raises:
        ServerError: when one does not start or ends by itself.
    """
    logs = settings.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with _signals() as ended:
        running: dict[str, Process] = {}
        try:
            servers: list[Server] = []
            for make in makers:
                wanted = settings.dagster_port if make is dagster else settings.port
                port = free_port(settings.host, wanted, say, {server.port for server in servers})
                servers.append(make(settings, port))
            env = {**os.environ, **environment(settings), "PYTHONUNBUFFERED": "1"}
            for server in servers:
                running[server.name] = _start(server.command, env, logs / f"{server.name}.log")
            for server in servers:
                _wait_until_it_answers(server, running, ended, logs)
                if ended:
                    break
                say(f"{server.name + ':':<12}{server.address}")
                if server.companion:
                    running[f"{server.name}-daemon"] = _start(server.companion, env, logs / f"{server.name}-daemon.log")
            else:
                say("Ctrl-C ends " + ("both" if len(servers) > 1 else "it"))
            while not ended:
                _all_alive(running, logs)
                time.sleep(0.3)
        finally:
            _end(running.values())


def _start(command: Sequence[str], env: Mapping[str, str], log: Path) -> Process:
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_ends_with_parent(),  # noqa: PLW1509 - this process has one thread
        )


def _ends_with_parent() -> Callable[[], None] | None:
    """On Linux: have the kernel end a server whose parent was killed."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    set_parent_death_signal = 1
    return lambda: prctl(set_parent_death_signal, signal.SIGTERM)


def _wait_until_it_answers(server: Server, running: Mapping[str, Process], ended: Sequence[int], logs: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not ended and not server.answers():
        _all_alive(running, logs)
        if time.monotonic() > deadline:
            raise ServerError(f"{server.name} does not answer after {STARTS_WITHIN} s; see {logs / server.name}.log")
        time.sleep(0.2)


def _all_alive(running: Mapping[str, Process], logs: Path) -> None:
    for name, process in running.items():
        if process.poll() is not None:
            raise ServerError(f"{name} ended by itself ({process.returncode}); see {logs / name}.log")


@contextmanager
def _signals() -> Iterator[list[int]]:
    """A list that gets the number of the signal that asks for the end."""
    ended: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        ended.append(number)

    asked = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, note) for number in asked}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(processes: Iterable[Process]) -> None:
    """Ask every server to end, then see to it that nothing of its group is left."""
    known = list(processes)
    for process in known:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + ENDS_WITHIN
    for process in known:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(deadline - time.monotonic(), 0.1))
        _kill_group(process.pid)
        process.wait()


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
