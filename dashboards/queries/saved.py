"""Saved queries: `sql/queries/<name>.sql`, each with title and description in a header comment. Reads files only."""

import re
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

_FILE = re.compile(r"/\*(?P<header>.*?)\*/\s*(?P<sql>.*)", re.DOTALL)


class SavedQuery(BaseModel):
    """One question that is asked again and again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Name of its file; stands in the URL."""
    title: str
    description: str
    """What it answers, in a sentence."""
    sql: str


@lru_cache(maxsize=2)
def saved_queries(sql_dir: Path) -> dict[str, SavedQuery]:
    """All saved queries by name, in the order of their names.

    Raises:
        ValueError: when a file has no header, or one without title and description.
    """
    return {path.stem: _read(path) for path in sorted((sql_dir / "queries").glob("*.sql"))}


def _read(path: Path) -> SavedQuery:
    match = _FILE.fullmatch(path.read_text(encoding="utf-8").strip())
    if match is None:
        raise ValueError(f"{path.name}: expected a header `/* title: … description: … */` and then one query")
    return SavedQuery(name=path.stem, sql=match["sql"], **yaml.safe_load(match["header"]))
