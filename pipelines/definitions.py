"""Dagster's entry: loads `defs/`, nothing else."""

from pathlib import Path

from dagster import Definitions, definitions, load_from_defs_folder


@definitions
def defs() -> Definitions:
    """Everything in `pipelines/defs/`."""
    return load_from_defs_folder(path_within_project=Path(__file__).parent)
