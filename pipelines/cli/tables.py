"""Rows as text: a table to read, CSV and JSON to keep. Values stay exact: decimals in full, dates as ISO."""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

Row = Sequence[Any]


def as_csv(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Lines of CSV, header first; NULL is an empty cell."""
    yield _csv_line(columns)
    for row in rows:
        yield _csv_line(["" if value is None else _text(value) for value in row])


def as_json(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Lines of one JSON array of objects; decimals are numbers, NULL is null."""
    names = [json.dumps(name, ensure_ascii=False) for name in _distinct(columns)]
    lead = "["
    for row in rows:
        yield lead + "{" + ", ".join(f"{n}: {literal(v)}" for n, v in zip(names, row, strict=True)) + "}"
        lead = ","
    yield "[]" if lead == "[" else "]"


def as_table(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Lines of aligned columns, numbers to the right; every row is there."""
    from rich.cells import cell_len

    body = [list(row) for row in rows]
    texts = [["NULL" if value is None else _text(value).replace("\n", "⏎") for value in row] for row in body]
    widths = [max(map(cell_len, cells)) for cells in zip(columns, *texts, strict=True)]
    right = [
        any(values) and all(isinstance(v, int | float | Decimal | None) for v in values)
        for values in (tuple(row[i] for row in body) for i in range(len(columns)))
    ]

    def line(cells: Sequence[str]) -> str:
        padded = [
            " " * (width - cell_len(cell)) + cell if is_right else cell + " " * (width - cell_len(cell))
            for cell, width, is_right in zip(cells, widths, right, strict=True)
        ]
        return "  ".join(padded).rstrip()

    yield line(columns)
    yield "  ".join("─" * width for width in widths)
    yield from map(line, texts)
    yield f"{len(texts)} rows"


def _csv_line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


def _text(value: Any) -> str:  # noqa: ANN401 - whatever a database holds
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, list | dict | tuple):
        return literal(value)
    return str(value)


def literal(value: Any) -> str:  # noqa: ANN401 - whatever a database holds
    """A value as JSON: decimals in full, dates as ISO, what JSON has no number for as null."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value) if not isinstance(value, float) or math.isfinite(value) else "null"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(str(k), ensure_ascii=False)}: {literal(v)}" for k, v in value.items()) + "}"
        )
    if isinstance(value, bytes):
        return json.dumps(value.hex())
    return json.dumps(_text(value), ensure_ascii=False)


def _distinct(columns: Sequence[str]) -> list[str]:
    """Column names made distinct, as a JSON object needs them: a, a_1."""
    names: list[str] = []
    for name in columns:
        candidate, count = name, 0
        while candidate in names:
            count += 1
            candidate = f"{name}_{count}"
        names.append(candidate)
    return names
