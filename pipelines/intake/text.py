"""The bytes of a text file become text, and a text with delimiters its cells.

Knows encodings, and finds the delimiter. No sheet, no contract.
"""

from collections import Counter

import polars as pl

from pipelines.intake.delimited import numbered, table, without_quoted_cells
from pipelines.intake.draft import RefusalError
from pipelines.intake.sheet import letter, tidy

NO_TABLE = (
    "这不是表格文件（收 .xlsx、.xlsm、.xls、.et、.csv、.txt，或装有这些文件的 .zip）。"
    "请用表格软件打开后另存为 .xlsx 再报送。"
)
_DELIMITERS = ",\t;|"
_SAMPLE = 20_000


def decoded(data: bytes, declared: str = "") -> str:
    """The text of a file.

    Args:
        data: The bytes.
        declared: The encoding that the file itself names, tried first.

    Raises:
        RefusalError: when it is no text.
    """
    for encoding in (*_wide(data), *_named(declared), "utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise RefusalError(NO_TABLE)


def _wide(data: bytes) -> list[str]:
    """UTF-16, told by its mark or by the zeros in its plain letters."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    head = data[:400]
    if head.count(0) * 8 < len(head):
        return []
    return ["utf-16-le"] if head[1::2].count(0) > head[::2].count(0) else ["utf-16-be"]


def _named(declared: str) -> list[str]:
    name = declared.strip().lower()
    # What calls itself GB2312 or GBK often has characters of GB18030, which holds both.
    return ["gb18030"] if name.startswith(("gb", "x-gbk", "cp936")) else []


def cells_of(text: str) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The cells of a text with delimiters, and what the receipt says of how they were read.

    Its rows are those the spreadsheet program shows, but for marks that would swallow rows.

    Raises:
        RefusalError: when it cannot be told apart into cells.
    """
    try:
        found = table(text, _delimiter(text[:_SAMPLE]))
    except pl.exceptions.PolarsError:
        raise RefusalError(NO_TABLE) from None
    cells = found.cells
    cells.columns = [letter(column) for column in range(cells.width)]
    return tidy(cells), tuple(numbered(found.mended))


def _delimiter(sample: str) -> str:
    """The delimiter that gives most lines one and the same number of cells."""
    present = [delimiter for delimiter in _DELIMITERS if delimiter in sample]

    def score(delimiter: str) -> tuple[int, int]:
        lines = without_quoted_cells(sample, delimiter).splitlines()
        widths = Counter(count for line in lines if (count := line.count(delimiter)))
        width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]), default=(0, 0))
        return (count, width)

    return max(present, key=score) if len(present) > 1 else (present or [","])[0]
