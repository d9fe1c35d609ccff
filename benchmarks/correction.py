"""A department corrects one figure: the same file again, with one more person newly employed."""

import csv
import io
from pathlib import Path

import openpyxl

_COLUMN = "本月新增就业人数"


def employment_file(sample: Path) -> Path:
    """The employment report that counts, of some month in the middle of the sample."""
    with (sample / "deliveries.csv").open(encoding="utf-8") as handle:
        rows = [row for row in csv.DictReader(handle) if "户籍居民就业情况月报" in row["file"]]
    good = [row["file"] for row in rows if row["remark"] in ("", "late", "correction")]
    return sample / good[len(good) // 2]


def corrected(source: Path, target: Path) -> Path:
    """Write the file with the first figure of its column of newly employed raised by one."""
    if source.suffix == ".xlsx":
        book = openpyxl.load_workbook(source)
        sheet = book.worksheets[0]
        table = [[cell.value for cell in row] for row in sheet.iter_rows()]
        row, column, value = _first_figure(table)
        sheet.cell(row + 1, column + 1).value = value + 1
        book.save(target)
        return target
    encoding, text = _decoded(source.read_bytes())
    table = list(csv.reader(io.StringIO(text)))
    row, column, value = _first_figure(table)
    table[row][column] = str(value + 1)
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(table)
    target.write_bytes(out.getvalue().encode(encoding))
    return target


def _decoded(raw: bytes) -> tuple[str, str]:
    try:
        return "utf-8-sig", raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "gb18030", raw.decode("gb18030")


def _first_figure(table: list[list[object]]) -> tuple[int, int, int]:
    column = next(i for row in table for i, cell in enumerate(row) if str(cell or "").startswith(_COLUMN))
    for number, row in enumerate(table):
        text = str(row[column] if row[column] is not None else "")
        if text.isdigit():
            return number, column, int(text)
    raise LookupError(f"no figure below {_COLUMN}")
