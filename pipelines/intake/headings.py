"""What one header cell may stand for: the names to look up, and the unit it gives.

Knows spelling and units. Knows no contract and no sheet.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from pipelines.contracts.schema import UNITS
from pipelines.intake.folding import folded

_SPACE = re.compile(r"\s+")
_BRACKET = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|【([^【】]*)】")
_UNIT_LINE = re.compile(r"(?:^|[^\u4e00-\u9fff]|计量|金额|数量)单位:\s*([^\s,;()]+)")
_ENCLOSED = (*range(0x2460, 0x249C), *range(0x24EA, 0x2500), *range(0x2776, 0x2794))
FOOTNOTE = "*※†‡¹²³⁴⁵⁶⁷⁸⁹⁰" + "".join(map(chr, _ENCLOSED))
"""Marks that point to a note: ① ⑴ ⒈ ¹ *."""
PERSONAL = ("姓名", "身份证", "公民身份", "电话", "手机", "联系方式", "住址", "家庭地址", "邮箱", "微信", "银行卡")
"""A column whose header contains one of these holds personal data and is never read."""


@lru_cache(maxsize=65536)
def squeezed(text: str) -> str:
    """The text in normal width, without blanks, line breaks and signs nobody sees. A footnote mark is no digit."""
    return _SPACE.sub("", folded(text))


@dataclass(frozen=True)
class Unit:
    """A unit as somebody wrote it; `measure` is None for one that fits no field."""

    name: str
    measure: str | None
    factor: Decimal


_KNOWN: Mapping[str, Unit] = {
    squeezed(name).lower(): Unit(name, measure, factor) for name, (measure, factor) in UNITS.items()
}
# Other sizes of money and area. Taking such a number for yuan or square metres would be silently wrong.
_FOREIGN = (
    "百元",
    "十万元",
    "百万元",
    "千万元",
    "美元",
    "万美元",
    "港元",
    "万港元",
    "港币",
    "亩",
    "万亩",
    "公顷",
    "平方公里",
    "km2",
    "km²",
    "㎢",
    "㏊",
    "㎞²",
)


@lru_cache(maxsize=65536)
def unit_named(text: str) -> Unit | None:
    """The unit that this text is, whole; None when it is none."""
    key = squeezed(text).lower()
    if key in _FOREIGN:
        return Unit(text, None, Decimal(1))
    return _KNOWN.get(key)


@dataclass(frozen=True)
class Heading:
    """A header cell: its names without units, the fullest first, and the unit in its brackets."""

    names: tuple[str, ...]
    unit: Unit | None


@lru_cache(maxsize=65536)
def heading(text: str) -> Heading:
    """Read one header cell: 总收入（万元） is 总收入 in 万元; 总收入（含税） is tried as it is, then without.

    Marks of a footnote at its end are no part of a name: 总收入①.
    """
    name = squeezed(text).strip(FOOTNOTE)
    unit: Unit | None = None
    for match in _BRACKET.finditer(name):
        inner = next(group for group in match.groups() if group is not None)
        found = unit_named(inner.removeprefix("单位:"))
        if found is not None:
            unit = unit or found
            name = name.replace(match.group(), "")
    name = name.rstrip(FOOTNOTE)
    bare = _BRACKET.sub("", name)
    return Heading((name, bare) if bare and bare != name else (name,), unit)


def units_in_title(text: str) -> tuple[list[Unit], list[Unit]]:
    """The units that a line above the header gives: those after 单位：, and those alone in a bracket.

    编制单位：, 填报单位： and 单位：<an organisation> give none.
    """
    line: list[Unit] = []
    plain = folded(text)
    for match in _UNIT_LINE.finditer(plain):
        found = [unit_named(part) for part in re.split(r"[、/和]", match[1])]
        line += [unit for unit in found if unit is not None]
    brackets = [unit_named(match[1] or "") for match in _BRACKET.finditer(squeezed(text))]
    return line, [unit for unit in brackets if unit is not None]


def is_personal(text: str) -> bool:
    """Whether a column with this header holds personal identifiers."""
    name = squeezed(text)
    return any(word in name for word in PERSONAL)
