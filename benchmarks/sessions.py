"""Many readers at once: sessions that speak Streamlit's websocket to a server of our own on loopback, and wait for it.

Bounded in sessions, in reruns and in time. Home: GUBEN_HOME.

    python -m benchmarks.sessions SESSIONS RERUNS THINK_SECONDS PAGE
"""

import asyncio
import json
import random
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.measure import percentile
from pipelines.settings import ROOT

_TIMEOUT = 60.0
_WARMING = 3


def main(sessions: int, reruns: int, think: float, page: str) -> dict[str, float]:
    """Seconds of reruns: alone (median), and with all sessions at once (median, 95th percentile)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(  # noqa: S603 - our own programs
        [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboards" / "app.py"), "--server.port", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_up(port)
        return asyncio.run(_load(port, sessions, reruns, think, page))
    finally:
        server.terminate()
        server.wait(20)


async def _load(port: int, sessions: int, reruns: int, think: float, page: str) -> dict[str, float]:
    alone = await _reader(port, page, 20 + _WARMING, 0.0, 0.0)
    # They do not all arrive in the same moment, but within one pause for thought.
    readers = [_reader(port, page, reruns, think, random.uniform(0, think)) for _ in range(sessions)]  # noqa: S311
    started = time.perf_counter()
    together = [seconds for times in await asyncio.gather(*readers) for seconds in times]
    return {
        "alone": statistics.median(alone[_WARMING:]),
        "median": statistics.median(together),
        "p95": percentile(together, 0.95),
        "worst": max(together),
        "reruns": len(together),
        "per_second": len(together) / (time.perf_counter() - started),
    }


async def _reader(port: int, page: str, reruns: int, think: float, wait: float) -> list[float]:
    """One session: opens the page, then runs it again and again with a pause for thought; seconds of each run."""
    await asyncio.sleep(wait)
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    times = []
    async with connect(
        address, origin=f"http://127.0.0.1:{port}", subprotocols=["streamlit"], max_size=None, open_timeout=_TIMEOUT
    ) as line:
        for number in range(reruns):
            if number and think:
                await asyncio.sleep(random.uniform(0.5, 1.5) * think)  # noqa: S311
            started = time.perf_counter()
            await asyncio.wait_for(_run(line, page), _TIMEOUT)
            times.append(time.perf_counter() - started)
    return times


async def _run(line: ClientConnection, page: str) -> None:
    asked = BackMsg()
    asked.rerun_script.page_name = page
    await line.send(asked.SerializeToString())
    while True:
        data = await line.recv()
        answer = ForwardMsg()
        answer.ParseFromString(data if isinstance(data, bytes) else data.encode())
        if answer.WhichOneof("type") == "script_finished":
            if answer.script_finished not in (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_EARLY_FOR_RERUN):
                raise RuntimeError(f"page {page} ended with {answer.script_finished}")
            if answer.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return


def _wait_until_up(port: int) -> None:
    deadline = time.monotonic() + _TIMEOUT
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the server does not answer")


if __name__ == "__main__":
    count, times, pause, where = sys.argv[1:]
    sys.stdout.write(json.dumps(main(int(count), int(times), float(pause), where)) + "\n")
