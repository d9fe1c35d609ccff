"""What a contract may say, and the reading of contracts from their YAML files.

A contract alone drives recognising a file, reading it, checking it, the sample data and the explanation of a fault.
Reads YAML. Knows no Polars, no DuckDB, no spreadsheet.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from pipelines.periods import Cadence

DISTRICT = "440307"
"""Code of Longgang District: the submitter of every export that is handed in for the whole district."""

UNITS: Mapping[str, tuple[str, Decimal]] = {
    "元": ("money", Decimal(1)),
    "千元": ("money", Decimal(1_000)),
    "万元": ("money", Decimal(10_000)),
    "亿元": ("money", Decimal(100_000_000)),
    "㎡": ("area", Decimal(1)),
    "m²": ("area", Decimal(1)),
    "m2": ("area", Decimal(1)),
    "平方米": ("area", Decimal(1)),
    "万平方米": ("area", Decimal(10_000)),
    "人": ("people", Decimal(1)),
    "万人": ("people", Decimal(10_000)),
    "户": ("households", Decimal(1)),
    "件": ("cases", Decimal(1)),
    "宗": ("cases", Decimal(1)),
    "次": ("cases", Decimal(1)),
    "项": ("cases", Decimal(1)),
    "起": ("cases", Decimal(1)),
    "场": ("sessions", Decimal(1)),
    "学时": ("hours", Decimal(1)),
    "小时": ("hours", Decimal(1)),
    "%": ("share", Decimal("0.01")),
}
"""Every unit a file may name: what it measures, and how many of the stored unit it is (yuan, square metres, one)."""

Measure = Literal["money", "area", "people", "households", "cases", "sessions", "hours", "share"]

BELIEVABLE: Mapping[Measure | None, int] = {
    "money": 1_000_000_000_000,
    "area": 1_000_000_000,
    "people": 10_000_000,
    "households": 10_000_000,
    "cases": 1_000_000,
    "sessions": 1_000_000,
    "hours": 100_000,
    "share": 1_000,
    None: 1_000_000,
}
"""The largest number of one row that can be meant, by what it counts, in the stored unit. More than all of the district
has: what is larger is the number of a telephone, a code, a slip."""
_NOT_IN_PATTERNS = re.compile(r"\\[dDwWsSbB1-9]|\(\?(?!:)")
CODE = "[0-9A-Za-z][0-9A-Za-z_-]{0,31}"
"""What a code looks like where its contract does not say."""


class FieldType(StrEnum):
    """How a cell of a field is read."""

    TEXT = "text"
    CODE = "code"
    INT = "int"
    DECIMAL = "decimal"
    DATE = "date"
    MONTH = "month"
    BOOL = "bool"
    ENUM = "enum"
    COMMUNITY = "community"
    STREET = "street"

    @property
    def is_number(self) -> bool:
        """Whether a unit can be given with it."""
        return self in (FieldType.INT, FieldType.DECIMAL)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldSpec(_Model):
    """One column of an export."""

    header: str
    type: FieldType
    description: str
    aka: tuple[str, ...] = ()
    required: bool = False
    values: tuple[str, ...] = ()
    """Of an enum: what may stand there."""
    pattern: str | None = None
    """Of a code, or a text of codes: what it may look like, whole, as a regular expression, in normal width and without
    blanks."""
    form: str | None = None
    """The pattern in words, for clerks: 9位数字."""
    example: str | None = None
    """One that fits the pattern."""
    minimum: int | None = None
    maximum: int | None = None
    """The largest number that can be meant, where `BELIEVABLE` is not close enough."""
    at_most: str | None = None
    """Another field of the row that this one may not exceed; not judged when the other is empty."""
    measure: Measure | None = None
    """What a number counts; only units of this measure fit it."""
    unit: str | None = None
    """The unit of the number in a file that names none."""
    secret: bool = False
    references: str | None = None
    """The export whose register holds this code; a code not found there is an orphan, not a fault."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.type is FieldType.ENUM) != bool(self.values):
            raise ValueError("an enum, and only an enum, lists its values")
        if self.measure and not self.type.is_number:
            raise ValueError("only numbers have a measure")
        if self.pattern is not None:
            self._check_pattern(self.pattern)
        elif self.form or self.example:
            raise ValueError("only a pattern has a form and an example")
        if self.maximum is not None and not self.type.is_number:
            raise ValueError("only numbers have a maximum")
        if self.unit and (self.unit not in UNITS or UNITS[self.unit][0] != self.measure):
            raise ValueError(f"unit {self.unit} does not measure {self.measure}")
        return self

    def _check_pattern(self, pattern: str) -> None:
        if self.type not in (FieldType.CODE, FieldType.TEXT):
            raise ValueError("only a code, or a text of codes, has a pattern")
        if not self.form or self.example is None:
            raise ValueError("a pattern is said in words (form), with an example")
        try:
            is_fitting = re.fullmatch(pattern, self.example)
        except re.error as error:
            raise ValueError(f"pattern {pattern!r} is no regular expression: {error}") from None
        if unfit := _NOT_IN_PATTERNS.search(pattern):
            raise ValueError(f"pattern {pattern!r}: {unfit.group()} matches digits of every script, or looks around")
        if not is_fitting:
            raise ValueError(f"the example {self.example!r} does not fit the pattern {pattern!r}")

    @property
    def is_code(self) -> bool:
        """Whether its cells are codes, so that nothing that a spreadsheet did to them may pass."""
        return self.type is FieldType.CODE or self.pattern is not None

    @property
    def code_pattern(self) -> str:
        """What a code of this field looks like."""
        return self.pattern or CODE

    @property
    def code_form(self) -> str:
        """The same in words."""
        example = f"，如“{self.example}”" if self.example else ""
        return f"{self.form or '由字母、数字和短横线组成的编码'}{example}"

    @property
    def most(self) -> int | None:
        """The largest number that can be meant; None of what is no number."""
        return (self.maximum or BELIEVABLE[self.measure]) if self.type.is_number else None

    @property
    def headers(self) -> tuple[str, ...]:
        """All headers seen for it, the official one first."""
        return (self.header, *self.aka)


class SumRule(_Model):
    """A total that must equal the sum of its parts."""

    total: str
    parts: tuple[str, ...]
    within: Decimal = Decimal(0)
    """Largest difference as a share of the parts' sum."""


class RequiredWhen(_Model):
    """A field that must be filled when another one has one of some values."""

    field: str
    when: str
    is_in: tuple[str, ...]


ROWS = "rows"
"""Stands for the number of rows where a field is named, and so is no field's name."""


class Bound(_Model):
    """What a figure of another export says this one cannot exceed; beyond it is doubtful, not wrong."""

    field: str
    """A number of this export, or `rows`."""
    at_most: str
    """The other's: `export.field` or `export.rows`."""
    per: str | None = None
    """The field by whose values both are added up and compared; None: the whole district."""
    within: Decimal = Decimal(0)
    """By what share of the other it may be exceeded all the same."""

    @property
    def other(self) -> tuple[str, str]:
        """Export and field of the other figure."""
        export, _, name = self.at_most.partition(".")
        return export, name


class Contract(_Model):
    """One departmental export: who hands in what, how often, with which columns and checks."""

    export: str
    title: str
    description: str
    department: str
    kind: Literal["snapshot", "flow"]
    cadence: Cadence
    by: Literal["district", "street"]
    key: tuple[str, ...]
    fields: dict[str, FieldSpec]
    sums: tuple[SumRule, ...] = ()
    required_when: tuple[RequiredWhen, ...] = ()
    plausible: tuple[Bound, ...] = ()
    """Bounds that other exports set, for doubts and never for faults."""
    ahead: bool = False
    """Whether a file may be handed in before its period has ended (registers of communities, budgets)."""
    is_register: bool = False
    """Whether it is the register of communities, against which all other exports are judged."""
    personal: bool = False
    """Whether it has a row per person; then only what is counted from it is published."""
    orientation: Literal["rows", "either"] = "rows"
    """Whether a table may also be turned on its side: fields in rows, a column for each community."""
    wide_months: bool = False
    """Whether a table may have columns for several months, each of which becomes a submission."""
    due_day: int = 10
    """Days after the last day of the period by which it is due: 10 for the 10th of the next month."""

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        named = [*self.key, *(f.at_most for f in self.fields.values() if f.at_most)]
        named += [name for rule in self.sums for name in (rule.total, *rule.parts)]
        named += [name for rule in self.required_when for name in (rule.field, rule.when)]
        if ROWS in self.fields:
            raise ValueError(f"{self.export}: no field may be called {ROWS}")
        if unknown := sorted(set(named) - set(self.fields)):
            raise ValueError(f"{self.export}: no such field: {', '.join(unknown)}")
        return self

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """The fields that can be added up; none of an export with a row per person."""
        return () if self.personal else tuple(name for name, spec in self.fields.items() if spec.type.is_number)

    def place(self, per: str) -> str:
        """The field whose values another export calls by the field `per`; in a register it is the key."""
        return self.key[0] if self.is_register and per not in self.fields else per

    @cached_property
    def roster(self) -> str | None:
        """The export that says in which community and sector its rows lie, if it has no community of its own."""
        if self.community_field is not None:
            return None
        return next((spec.references for spec in self.fields.values() if spec.references), None)

    @cached_property
    def community_field(self) -> str | None:
        """The field that says in which community a row lies, if it has one."""
        return next((name for name, spec in self.fields.items() if spec.type is FieldType.COMMUNITY), None)


@lru_cache(maxsize=8)
def load_contracts(folder: Path) -> Mapping[str, Contract]:
    """All contracts of a folder by export name, in alphabetical order.

    Raises:
        ValueError: when a file is not a valid contract, or its name differs from its `export`.
    """
    contracts: dict[str, Contract] = {}
    for path in sorted(folder.glob("*.yaml")):
        contract = Contract.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
        if contract.export != path.stem:
            raise ValueError(f"{path.name}: the export is named {contract.export}; file and export carry one name")
        contracts[contract.export] = contract
    _check_bounds(contracts)
    return contracts


def _check_bounds(contracts: Mapping[str, Contract]) -> None:
    for contract in contracts.values():
        for bound in contract.plausible:
            export, name = bound.other
            if export not in contracts or not all(
                _can_compare(side, figure, bound.per)
                for side, figure in ((contract, bound.field), (contracts[export], name))
            ):
                raise ValueError(
                    f"{contract.export}: cannot compare {bound.field} with {bound.at_most}: both must be numbers of "
                    f"exports, with the field {bound.per or 'of comparison'} or, without one, of the whole district"
                )


def _can_compare(contract: Contract, figure: str, per: str | None) -> bool:
    if figure not in (*contract.numbers, ROWS):
        return False
    if per is None:
        return contract.by == "district"
    return not contract.personal and contract.place(per) in contract.fields
