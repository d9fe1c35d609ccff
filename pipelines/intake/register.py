"""The communities and streets: which are in use on a day, and the names they go by.

The register is the union of the active `communities` submissions; for one code the latest wins. Reads the lake; judges
no file.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import polars as pl

from pipelines.intake.folding import cleaned, unprotected
from pipelines.intake.headings import squeezed
from warehouse.lake import ACCEPTED, Closed, Lake, Receipt, active_parts

SUFFIXES = ("社区居民委员会", "社区居委会", "居民委员会", "居委会", "社区")
"""Dropped from the names on both sides, the longest first and once."""
_STREET_ENDINGS = ("", "街道", "街道办", "街道办事处")
_STREET_SUFFIX = re.compile(r"街道(?:办事处|办)?$")


class Community(NamedTuple):
    """One community under one code."""

    code: str
    name: str
    street_code: str
    street_name: str
    valid_from: date | None
    valid_to: date | None
    """The first day on which it no longer exists under that code."""


def stem(name: str) -> str:
    """A community's name without its suffix."""
    plain = squeezed(name)
    return next((plain.removesuffix(suffix) for suffix in SUFFIXES if plain.endswith(suffix)), plain)


def street_stem(name: str) -> str:
    """A street's name without 街道, 街道办 or 街道办事处."""
    return _STREET_SUFFIX.sub("", squeezed(name))


@dataclass(frozen=True)
class Register:
    """All communities ever listed, by code."""

    communities: tuple[Community, ...] = ()

    @cached_property
    def streets(self) -> Mapping[str, str]:
        """Names of all streets by code, past ones included."""
        return {c.street_code: c.street_name for c in self.communities}

    @cached_property
    def _street_codes(self) -> Mapping[str, str]:
        return {street_stem(name): code for code, name in self.streets.items()} | {code: code for code in self.streets}

    def street(self, text: str) -> str | None:
        """The code of the street that this text is: its name, with or without 街道, or its code."""
        return self._street_codes.get(street_stem(text).removesuffix(".0"))

    @cached_property
    def _places(self) -> frozenset[str]:
        return frozenset(stem(name) for c in self.communities for name in (c.name, c.code))

    def is_place(self, text: str) -> bool:
        """Whether this is the name or code of a community or street that ever was."""
        return stem(squeezed(text)) in self._places or self.street(text) is not None

    @cached_property
    def _patterns(self) -> Mapping[bool, re.Pattern[str]]:
        """Find streets in a longer text: with their 街道 only, or also bare."""
        stems = "|".join(re.escape(name) for name in self._street_codes if not name.isdigit()) or "(?!)"
        codes = "|".join(self.streets) or "(?!)"
        after = {False: "街道", True: "(?:街道|(?!区|社区|新区|村))"}
        return {bare: re.compile(rf"({stems}){after[bare]}|(?<!\d)({codes})(?!\d)") for bare in (False, True)}

    def streets_in(self, text: str, bare: bool) -> frozenset[str]:
        """Codes of the streets named in a longer text.

        Args:
            text: A file's name, a title, the name of a sheet.
            bare: Whether a name without 街道 counts. Never when 区, 社区, 新区 or 村 follows: 龙岗区 is the district.
        """
        found = self._patterns[bare].findall(squeezed(text))
        return frozenset(self._street_codes[name or code] for name, code in found)

    @cached_property
    def _turns(self) -> list[date]:
        """The days on which a community begins or ends, in order."""
        return sorted({day for c in self.communities for day in (c.valid_from, c.valid_to) if day})

    def on(self, day: date) -> "Areas":
        """The areas in use on a day; the same object for all days between two changes."""
        turn = bisect_right(self._turns, day)
        return _areas(self, self._turns[turn - 1] if turn else date.min)


class Areas:
    """The communities in use on one day, by code and by name."""

    def __init__(self, communities: Iterable[Community]) -> None:
        self.by_code = {c.code: c for c in communities}
        self.by_name: dict[str, list[Community]] = {}
        parts: dict[str, list[Community]] = {}
        for community in self.by_code.values():
            self.by_name.setdefault(stem(community.name), []).append(community)
            _, found, rest = squeezed(community.name).partition("社区")
            if found and stem(rest):
                parts.setdefault(stem(rest), []).append(community)
        self.by_part = {name: same for name, same in parts.items() if len(same) == 1}
        self.streets = {c.street_code: c.street_name for c in self.by_code.values()}

    def find(self, text: str) -> list[Community]:
        """The communities that a cell may mean: one, none, or those of one name."""
        plain = squeezed(unprotected(text))
        digits = re.fullmatch(r"([0-9]+)(?:\.0+)?", plain)
        if digits:
            return [self.by_code[digits[1]]] if digits[1] in self.by_code else []
        name = stem(plain)
        return self.by_name.get(name) or self.by_part.get(name, [])

    @cached_property
    def plain(self) -> Mapping[str, str]:
        """The spellings that mean one community without any doubt, and its code."""
        names = {code: code for code in self.by_code}
        for name, same in self.by_name.items():
            if len(same) == 1:
                names |= {name: same[0].code, same[0].name: same[0].code, f"{name}社区": same[0].code}
        return names

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names and codes of all communities and streets."""
        return (*dict.fromkeys(one.name for one in self.by_code.values()), *self.streets.values())

    @cached_property
    def street_spellings(self) -> Mapping[str, str]:
        """What may stand in a column of streets, and the street's code."""
        known: dict[str, str] = {}
        for code, name in self.streets.items():
            short = street_stem(name)
            known |= dict.fromkeys((code, f"{code}.0", name, *(short + end for end in _STREET_ENDINGS)), code)
        return known

    def street(self, text: str) -> str | None:
        """The code of the street that a cell means: its name in any spelling, or its code."""
        return self.street_spellings.get(street_stem(unprotected(text)))

    @cached_property
    def street_of(self) -> Mapping[str, str]:
        """The street's code of every community."""
        return {code: community.street_code for code, community in self.by_code.items()}


@lru_cache(maxsize=64)
def _areas(register: Register, day: date) -> Areas:
    return Areas(
        c
        for c in register.communities
        if (c.valid_from is None or c.valid_from <= day) and (c.valid_to is None or c.valid_to > day)
    )


def load_register(lake: Lake, receipts: Iterable[Receipt], closed: Closed, export: str) -> Register:
    """The register as the lake holds it now.

    Args:
        lake: The submissions.
        receipts: All of them.
        closed: The closed periods; what came for them later does not count.
        export: Name of the export that is the register.
    """
    of_register = [receipt for receipt in receipts if receipt.export == export]
    active = set(active_parts(of_register, closed).values())
    latest: dict[str, Community] = {}
    of_register.sort(key=lambda r: (r.period_end or date.min, r.received_at, int(r.submission_id)))
    columns = ("community_code", "community_name", "street_code", "street_name", "valid_from", "valid_to")
    for receipt in of_register:
        if receipt.submission_id in active:
            rows = pl.read_parquet(lake.folder(receipt) / ACCEPTED, columns=list(columns)).select(columns)
            latest |= {one.code: one for one in map(_community, rows.iter_rows())}
    return Register(tuple(latest[code] for code in sorted(latest)))


def _community(row: Sequence[Any]) -> Community:
    """A community as it stands in the lake, also where its name was taken with signs nobody sees."""
    return Community._make(cleaned(value) if isinstance(value, str) else value for value in row)
