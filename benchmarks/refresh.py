"""Takes files in, builds and publishes in the home of GUBEN_HOME, and says how long each part took.

python -m benchmarks.refresh SAMPLE_FOLDER            all files of a sample
python -m benchmarks.refresh --file FILE RECEIVED_AT  one file
"""

import json
import sys
import time
from datetime import datetime
from pathlib import Path

from pipelines.intake.receive import Handover, receive
from pipelines.modelling.refresh import refresh
from pipelines.sample import deliveries
from pipelines.settings import Settings


def main(arguments: list[str]) -> dict[str, float]:
    """Do it; returns seconds and counts."""
    settings = Settings()
    if arguments[0] == "--file":
        handovers = [Handover(Path(arguments[1]), datetime.fromisoformat(arguments[2]))]
    else:
        handovers = [Handover(file.path, file.received_at) for file in deliveries(Path(arguments[0]))]
    marks = {"start": time.perf_counter()}
    outcomes = receive(settings, handovers)
    marks["received"] = time.perf_counter()

    def note(name: str, number: int, of: int) -> None:
        if number == of:
            marks["built"] = time.perf_counter()

    refreshed = refresh(settings, progress=note)
    marks["published"] = time.perf_counter()
    if not refreshed.is_new:
        raise RuntimeError("nothing was published")
    return {
        "receive": marks["received"] - marks["start"],
        "build": marks["built"] - marks["received"],
        "publish": marks["published"] - marks["built"],
        "all": marks["published"] - marks["start"],
        "files": len(outcomes),
        "rows": sum(outcome.receipt.rows_read for outcome in outcomes),
        "refused": sum(outcome.status == "refused" for outcome in outcomes),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1:])) + "\n")
