"""Which asset a table of the build file is, and what an asset reads: from the SQL itself. Makes no asset."""

from collections.abc import Iterator, Mapping
from functools import cache

import dagster as dg

from pipelines.contracts.schema import Contract, load_contracts
from pipelines.modelling.catalogue import Catalogue, load_catalogue
from pipelines.modelling.models import Model, load_models
from pipelines.settings import Settings

SUBMISSIONS = dg.AssetKey("submissions")
AREAS = dg.AssetKey("areas")
VALUES = dg.AssetKey("values")
ORPHANS = dg.AssetKey("orphans")
PUBLICATION = dg.AssetKey("publication")

_BASE_TABLES = {
    "submissions": SUBMISSIONS,
    "build.scopes": SUBMISSIONS,
    "build.parts": SUBMISSIONS,
    "build.totals": SUBMISSIONS,
    "build.sums": VALUES,
    "orphans": ORPHANS,
}
"""Tables that steps fill without a model of their own."""


@cache
def contracts() -> Mapping[str, Contract]:
    """The contracts of the exports."""
    return load_contracts(Settings().contracts_dir)


@cache
def models() -> Mapping[str, Model]:
    """The SQL models by the table they fill."""
    return load_models(Settings().sql_dir)


@cache
def catalogue() -> Catalogue:
    """The indicators and assessments."""
    return load_catalogue(Settings().sql_dir)


def models_of(folder: str) -> list[Model]:
    """The public models of a folder, each after those it reads."""
    return [model for model in models().values() if model.folder == folder and not model.header.internal]


def export_key(export: str) -> dg.AssetKey:
    """The rows of an export."""
    return dg.AssetKey(["exports", export])


def unit_key(unit: str) -> dg.AssetKey:
    """A unit table."""
    return dg.AssetKey(["units", unit])


def model_key(model: Model) -> dg.AssetKey:
    """The table of a public model."""
    if model.folder == "areas":
        return AREAS
    return unit_key(model.name) if model.folder == "units" else dg.AssetKey(model.name)


def reads(model: Model) -> list[dg.AssetKey]:
    """The assets that a model reads, looking through the internal models between."""
    return sorted(set(_reads(model)) - {model_key(model)})


def _reads(model: Model) -> Iterator[dg.AssetKey]:
    for table in model.reads:
        if table in _BASE_TABLES:
            yield _BASE_TABLES[table]
        elif table.startswith("rows."):
            yield export_key(table.removeprefix("rows."))
        elif (other := models().get(table)) is not None:
            if other.folder == "areas" or not other.header.internal:
                yield model_key(other)
            else:
                yield from _reads(other)
