"""In which community a row lies: what its cell says, helped by the street that the row is said to be of.

Knows names and codes through `register`. Judges no other field.
"""

import difflib
from collections.abc import Iterable
from functools import lru_cache

import polars as pl

from pipelines.intake import cells
from pipelines.intake.faults import NOT_SHOWN, RAW, Faults, told
from pipelines.intake.header import STREET
from pipelines.intake.headings import squeezed
from pipelines.intake.register import Areas

OWN_STREET = "_own_street"
"""Column with the code of the street of a row's community."""


@lru_cache(maxsize=64)
def plain_code(areas: Areas, name: str) -> pl.Expr:
    """The code of a community whose cell is a plain name or code."""
    return pl.col(RAW + name).replace_strict(dict(areas.plain), default=None, return_dtype=pl.String).alias(name)


@lru_cache(maxsize=64)
def own_street(areas: Areas, name: str) -> pl.Expr:
    """The code of the street of a community."""
    return pl.col(name).replace_strict(dict(areas.street_of), default=None, return_dtype=pl.String).alias(OWN_STREET)


@lru_cache(maxsize=64)
def street_of_row(areas: Areas) -> pl.Expr:
    """The street that a row is said to be of: its column of streets, else its section, sheet, title or file."""
    cell = pl.col(RAW + STREET).replace_strict(areas.street_spellings, default=None, return_dtype=pl.String)
    return pl.coalesce(cell, "_street").alias("_street")


def read_streets(rows: pl.DataFrame, areas: Areas, faults: Faults) -> pl.DataFrame:
    """Read with care what the column of streets holds beside plain names and codes; what is no street is a fault."""
    raw = RAW + STREET
    cell = pl.col(raw)
    if rows[raw].null_count() == rows.height:
        return rows
    left = rows.filter(cell.is_not_null() & ~cell.is_in(list(areas.street_spellings)))[raw].unique().to_list()
    found = {text: areas.street(text) for text in left if not cells.is_nothing(text)}
    unknown = rows.filter(cell.is_in([text for text, code in found.items() if code is None]))
    messages = {
        text: f"街道{told(faults.quote(STREET, text))}，不是当期在用的街道。请按社区名录填写。"
        for text, code in found.items()
        if code is None
    }
    message = cell.replace_strict(messages, default=None, return_dtype=pl.String)
    faults.add(unknown, STREET, "unknown_area", message)
    known = {text: code for text, code in found.items() if code is not None}
    if not known:
        return rows
    code = cell.replace_strict(known, default=None, return_dtype=pl.String)
    return rows.with_columns(pl.coalesce(code, "_street").alias("_street"))


def near(text: str, known: Iterable[str]) -> str:
    """A hint at the value that was probably meant."""
    close = difflib.get_close_matches(squeezed(text), list(known), n=1, cutoff=0.5)
    return f"，是否为“{close[0]}”" if close else ""


def locate(rows: pl.DataFrame, name: str, areas: Areas, faults: Faults) -> pl.DataFrame:
    """Find the communities whose cells are no plain name or code, with the help of the row's street."""
    raw = RAW + name
    pairs = rows.filter(pl.col(raw).is_not_null() & pl.col(name).is_null()).select(raw, "_street").unique()
    found: list[tuple[str, str | None, str | None, str | None, str | None]] = []
    for text, street in pairs.iter_rows():
        code, rule, message = (
            (None, None, None) if cells.is_nothing(text) else _community(text, street, areas, faults.quote(name, text))
        )
        found.append((text, street, code, rule, message))
    schema = {raw: pl.String, "_street": pl.String, "_code": pl.String, "_rule": pl.String, "_message": pl.String}
    judged = pl.DataFrame(found, schema=schema, orient="row")
    joined = rows.join(judged, on=[raw, "_street"], how="left", nulls_equal=True, maintain_order="left")
    for rule in judged["_rule"].drop_nulls().unique().sort():
        faults.add(joined.filter(pl.col("_rule") == rule), name, rule, pl.col("_message"))
    return joined.with_columns(pl.coalesce(name, "_code").alias(name)).drop("_code", "_rule", "_message")


def _community(
    text: str, street: str | None, areas: Areas, quoted: str | None
) -> tuple[str | None, str | None, str | None]:
    """The code of a community; or the rule that is broken, and the message."""
    named = f"“{quoted}”" if quoted is not None else "此社区"
    candidates = areas.find(text)
    if len(candidates) > 1:
        here = [one for one in candidates if one.street_code == street]
        listed = "、".join(f"{one.street_name}{one.name}（{one.code}）" for one in candidates)
        if len(here) == 1:
            return here[0].code, None, None
        if street is None or here:
            return None, "ambiguous_area", f"{named}有多个：{listed}。请填写社区编码，或增加“街道”列。"
        return None, "street_contradicts", f"{named}不在该行所属的街道，同名的有：{listed}。请核对街道和社区。"
    if candidates:
        return candidates[0].code, None, None
    hint = near(text, [one.name for one in areas.by_code.values()])
    named = named if quoted is not None else "这个社区（内容此处不显示）"
    return None, "unknown_area", f"社区名录中没有当期在用的{named}{hint}。请按社区名录填写名称或 12 位编码。"


def check_streets(rows: pl.DataFrame, name: str, areas: Areas, faults: Faults) -> None:
    """A street that contradicts the community is a fault."""
    wrong = rows.filter(pl.col(OWN_STREET) != pl.col("_street"))
    if wrong.height:
        streets = dict(areas.streets)
        said, own = pl.col("_street").replace(streets), pl.col(OWN_STREET).replace(streets)
        cell = pl.lit(NOT_SHOWN) if faults.contract.personal else pl.col(RAW + name)
        message = pl.format("“{}”属于{}，与该行所属的{}不符。请核对街道和社区。", cell, own, said)
        faults.add(wrong, name, "street_contradicts", message)
