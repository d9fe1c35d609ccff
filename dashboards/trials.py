"""A scheme on trial: what differs from the adopted one, as text for a URL, as a definition, as a YAML file.

No Streamlit, no data access, no scores.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import yaml

from warehouse.scoring import Definition

Changes = Mapping[tuple[str, str], float]
"""New numbers by what they belong to (dimension or indicator) and what they are: weight, floor, target, per_case."""


def numbers_of(definition: Definition) -> dict[tuple[str, str], float]:
    """Every number of a scheme that can be changed, in its order."""
    result: dict[tuple[str, str], float] = {}
    for dimension, about in definition["dimensions"].items():
        result[dimension, "weight"] = float(about["weight"])
        for indicator, rule in about["indicators"].items():
            result.update({(indicator, kind): float(number) for kind, number in rule.items()})
    return result


def read_changes(text: str, definition: Definition) -> dict[tuple[str, str], float]:
    """The changes a URL names: `employment_rate.floor:0.85,居民就业.weight:40`; what is unknown is dropped."""
    adopted = numbers_of(definition)
    result = {}
    for part in text.split(","):
        place, _, number = part.rpartition(":")
        subject, _, kind = place.rpartition(".")
        try:
            value = float(number)
        except ValueError:
            continue
        if (subject, kind) in adopted and 0 <= abs(value) < 1e12 and value != adopted[subject, kind]:
            result[subject, kind] = value
    return result


def write_changes(changes: Changes) -> str:
    """The changes as a URL names them."""
    return ",".join(f"{subject}.{kind}:{value:g}" for (subject, kind), value in changes.items())


def changed(definition: Definition, changes: Changes) -> dict[str, Any]:
    """The scheme with the changes, its weights adding up to 100 again in every group that was touched."""
    result: dict[str, Any] = deepcopy(dict(definition))
    dimensions = result["dimensions"]
    for dimension, about in dimensions.items():
        about["weight"] = changes.get((dimension, "weight"), about["weight"])
        for indicator, rule in about["indicators"].items():
            rule.update({kind: changes[indicator, kind] for kind in rule if (indicator, kind) in changes})
        if any((indicator, "weight") in changes for indicator in about["indicators"]):
            _add_up(about["indicators"])
    if any((dimension, "weight") in changes for dimension in dimensions):
        _add_up(dimensions)
    return result


def _add_up(group: Mapping[str, dict[str, Any]]) -> None:
    """Scale weights to 100, in hundredths, the rest to those that were cut most."""
    total = sum(member["weight"] for member in group.values())
    if total <= 0:
        return
    exact = {name: 10_000 * member["weight"] / total for name, member in group.items()}
    cut = {name: int(share + 1e-6) for name, share in exact.items()}
    order = sorted(exact, key=lambda name: round(cut[name] - exact[name], 6))
    for name in order[: 10_000 - sum(cut.values())]:
        cut[name] += 1
    for name, member in group.items():
        member["weight"] = cut[name] / 100


def as_yaml(definition: Definition, remark: str) -> str:
    """The scheme as a file of `sql/assessments/`."""
    text = yaml.safe_dump(_plain(definition), allow_unicode=True, sort_keys=False, default_flow_style=None, width=1000)
    return f"# 第{definition['clause']}条：{definition['title']}。\n#\n# {remark}\n{text}"


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Whole numbers without a decimal point; dictionaries and lists as YAML knows them."""
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
