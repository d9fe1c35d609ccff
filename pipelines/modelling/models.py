"""The SQL files as models: a header in YAML, one query, and which tables the query reads.

Reads `sql/areas`, `sql/units` and `sql/marts`. Runs nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Literal

import sqlglot
import yaml
from pydantic import BaseModel, ConfigDict
from sqlglot import exp

_FILE = re.compile(r"/\*(?P<header>.*?)\*/\s*(?P<query>.*)", re.DOTALL)


class Header(BaseModel):
    """What the comment at the top of a model says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str
    internal: bool = False
    """Whether it serves other models only and is not part of the public face."""
    kind: Literal["table", "view"] = "table"
    incremental: tuple[str, ...] = ()
    """Columns by which only what changed is computed again, through the table `build.todo`."""
    columns: dict[str, str] = {}


@dataclass(frozen=True)
class Model:
    """One SQL file."""

    name: str
    folder: str
    header: Header
    query: str
    reads: frozenset[str] = field(default_factory=frozenset)
    """Tables its query names, with their schema unless it is main."""

    def reading(self, instead: Mapping[str, str]) -> "Model":
        """The same model reading other tables."""
        query = self.query
        for table, other in instead.items():
            query = re.sub(rf"\b{re.escape(table)}\b", other, query)
        return replace(self, query=query)

    @property
    def text(self) -> str:
        """All that the file says."""
        return f"{self.header.model_dump_json()}{self.query}"

    @property
    def table(self) -> str:
        """Where its rows go: `units.x`, `build.x` for internal ones, else `x`."""
        if self.folder == "units":
            return f"units.{self.name}"
        return f"build.{self.name}" if self.header.internal else self.name


def read_model(path: Path) -> Model:
    """Read one SQL file.

    Raises:
        ValueError: without a header comment, or when the query is not one statement.
    """
    header_text, query = _parts(path)
    statements = sqlglot.parse(query, read="duckdb")
    if len(statements) != 1 or statements[0] is None:
        raise ValueError(f"{path.name}: expected one statement, found {len(statements)}")
    header = Header.model_validate(yaml.load(header_text, Loader=yaml.CSafeLoader))
    return Model(path.stem, path.parent.name, header, query, frozenset(_tables(statements[0])))


def query_of(path: Path) -> str:
    """The query of one SQL file, not looked into: that takes longer than running it on a few rows."""
    return _parts(path)[1]


def _parts(path: Path) -> tuple[str, str]:
    match = _FILE.fullmatch(path.read_text(encoding="utf-8"))
    if match is None:
        raise ValueError(f"{path.name}: expected a header `/* description: … */` and then one query")
    return match["header"], match["query"].strip()


def _tables(statement: exp.Expr) -> Iterable[str]:
    local = {cte.alias for cte in statement.find_all(exp.CTE)}
    for table in statement.find_all(exp.Table):
        if table.name and (table.db or table.name not in local):
            yield f"{table.db}.{table.name}" if table.db else table.name


@lru_cache(maxsize=8)
def load_models(sql_dir: Path) -> Mapping[str, Model]:
    """All models by the table they fill, each after those it reads."""
    models = {
        model.table: model
        for folder in ("areas", "units", "marts")
        for path in sorted((sql_dir / folder).glob("*.sql"))
        for model in [read_model(path)]
    }
    order = TopologicalSorter({name: model.reads & set(models) for name, model in models.items()})
    return {name: models[name] for name in order.static_order()}
