"""How fast every page answers, on the server's side: cold (nothing cached) and warm. Home: GUBEN_HOME."""

import json
import statistics
import sys
import time

import streamlit as st
from streamlit.testing.v1 import AppTest

from pipelines.settings import ROOT

_WARM_RUNS = 7


def main() -> dict[str, dict[str, float]]:
    """Page → seconds cold and warm, and its number of charts."""
    folder = ROOT / "dashboards"
    names = sorted(path.stem for path in (folder / "app_pages").glob("*.py"))
    # The first run of the process pays for its imports, as the server does before anybody comes.
    for name in names:
        _opened(name)
    return {name: _measured(name) for name in names}


def _opened(name: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboards" / "app.py"), default_timeout=60)
    return app.switch_page(f"app_pages/{name}.py").run()


def _measured(name: str) -> dict[str, float]:
    st.cache_data.clear()
    st.cache_resource.clear()
    started = time.perf_counter()
    app = _opened(name)
    cold = time.perf_counter() - started
    if app.exception or "暂时打不开" in str([element.proto for element in app.get("html")]):
        raise RuntimeError(f"page {name} fails")
    warm = []
    for _ in range(_WARM_RUNS):
        started = time.perf_counter()
        app.run()
        warm.append(time.perf_counter() - started)
    return {"cold": cold, "warm": statistics.median(warm), "charts": len(app.get("plotly_chart"))}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
