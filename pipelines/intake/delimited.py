"""Lines of separated cells become a table of text, however many cells each line has.

Polars reads what is written as it should be, Python's own reader what is not. Knows no encoding, and judges nothing.
"""

import csv
import io
import re
from itertools import zip_longest

import polars as pl

from pipelines.intake.sheet import check_size

_HEAD = 2**16
"""Characters from which is told how many cells the lines have."""


def table(text: str, separator: str) -> pl.DataFrame:
    """The cells of a text, one row for each of its records, columns named by their number from 0.

    Raises:
        csv.Error: when it is no table at all.
        RefusalError: when it spans more cells than any table.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    bare = _without_quoted_cells(text, separator)
    if '"' in bare:
        # A quotation mark that neither begins nor ends a cell has as many readings as readers.
        return _patiently(text, separator)
    height = bare.count("\n") + 1
    width = _width(bare[:_HEAD], separator)
    check_size(height, width)
    try:
        return _quickly(text, separator, width)
    except pl.exceptions.PolarsError:
        # A line further down is longer than those at the top.
        width = _width(bare, separator)
        check_size(height, width)
        return _quickly(text, separator, width)


def _width(lines: str, separator: str) -> int:
    return max(line.count(separator) for line in lines.split("\n")) + 1


def _without_quoted_cells(text: str, separator: str) -> str:
    if '"' not in text:
        return text
    between = re.escape(separator)
    return re.sub(rf'(?m)(?:^|(?<={between}))"(?:[^"]|"")*"(?={between}|$)', "", text)


def _quickly(text: str, separator: str, width: int) -> pl.DataFrame:
    # A first line with a name for each column, and shorter lines may follow.
    names = separator.join(str(number) for number in range(width))
    return pl.read_csv(
        f"{names}\n{text}".encode(), separator=separator, infer_schema=False, missing_columns="insert", glob=False
    )


def _patiently(text: str, separator: str) -> pl.DataFrame:
    csv.field_size_limit(2**20)
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    check_size(len(lines), max(map(len, lines), default=0))
    columns = zip_longest(*lines, fillvalue=None)
    return pl.DataFrame([pl.Series(str(number), column, dtype=pl.String) for number, column in enumerate(columns)])
