"""Dagster's instance of one Guben home: its folder, and what every process that uses it must see.

Defines no asset, starts no run, imports no Dagster.
"""

import shutil

from pipelines.settings import ROOT, Settings

CONFIGURATION = "dagster.yaml"


def environment(settings: Settings) -> dict[str, str]:
    """What every process of Dagster sees: one home, absolute and configured, events in batches, and no telemetry."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    source, target = ROOT / CONFIGURATION, home / CONFIGURATION
    if not target.exists() or target.read_bytes() != source.read_bytes():
        shutil.copyfile(source, target)
    return {
        "GUBEN_HOME": str(settings.home),
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DAGSTER_EVENT_BATCH_SIZE": "1000",
    }
