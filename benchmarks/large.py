"""Large files at the door: a workbook and a csv against the bare reader, and the workbook that is handed back.

Hands in rosters of organizations with 15 columns, the start of the reading process included.

    python -m benchmarks.large ROWS_OF_THE_WORKBOOK ROWS_OF_THE_CSV
"""

import csv
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import fastexcel
import polars as pl
import xlsxwriter

from pipelines.intake.receive import Handover, receive
from pipelines.sample.district import read_register
from pipelines.settings import Settings

_HEADERS = (
    "党组织编码", "党组织名称", "组织类型", "所属领域", "所在社区", "上级党组织编码", "成立日期", "党员人数",
    "书记出生年月", "书记学历", "书记来源", "书记本年度参加集中培训", "书记产生方式", "实行党务公开",
    "班子接受党员评议",
)  # fmt: skip
_FAULTS = 1000


def main(rows: int, lines: int) -> dict[str, float]:
    """Seconds of each."""
    with tempfile.TemporaryDirectory(prefix="guben-large-") as name:
        folder = Path(name)
        settings = Settings(home=folder / "home", max_file_mb=500)
        _register(settings, folder / "社区名录2026年.csv")
        good, text = folder / "党组织名册2026年1月.xlsx", folder / "党组织名册2026年2月.csv"
        bad = folder / "党组织名册2026年3月.xlsx"
        _workbook(good, rows, 0)
        _workbook(bad, rows, _FAULTS)
        _text(text, lines)
        found = {
            "rows": rows,
            "lines": lines,
            "faults": _FAULTS,
            "fastexcel": _fastest(lambda: fastexcel.read_excel(good).load_sheet(0, dtypes="string").to_polars()),
            "read_csv": _fastest(lambda: pl.read_csv(text)),
        }
        return found | {
            "workbook": _received(settings, good, rows),
            "csv": _received(settings, text, lines),
            "annotated": _received(settings, bad, rows - _FAULTS),
        }


def _received(settings: Settings, path: Path, accepted: int) -> float:
    """Seconds from handing a file in until its receipt is there."""
    started = time.perf_counter()
    (outcome,) = receive(settings, [Handover(path)])
    seconds = time.perf_counter() - started
    if outcome.receipt.rows_accepted != accepted:
        raise RuntimeError(f"{path.name}: {outcome.receipt.refusal or outcome.receipt}")
    return seconds


def _fastest(read: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        started = time.perf_counter()
        read()
        times.append(time.perf_counter() - started)
    return min(times)


def _rows(count: int, faults: int) -> Iterator[tuple[object, ...]]:
    communities = read_register().filter(pl.col("valid_to").is_null())["community_code"].to_list()
    for number in range(count):
        kind = "联合会" if number < faults else ("党委", "党总支", "党支部", "联合党支部")[number % 4]
        yield (
            f"ZZ{number:08d}", f"第{number}党支部", kind, ("社区", "非公企业", "社会组织")[number % 3],
            communities[number % len(communities)], f"ZZ{number // 10:08d}",
            f"20{number % 20:02d}-0{number % 9 + 1}-15", number % 90, f"19{60 + number % 39}-0{number % 9 + 1}",
            ("大专", "本科", "研究生")[number % 3],
            ("社区干部", "上级选派", "其他")[number % 3], "是", ("公推直选", "党员大会选举")[number % 2], "否", "是",
        )  # fmt: skip


def _workbook(path: Path, count: int, faults: int) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("名册")
        for at, row in enumerate((_HEADERS, *_rows(count, faults))):
            sheet.write_row(at, 0, row)


def _text(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((_HEADERS, *_rows(count, 0)))


def _register(settings: Settings, path: Path) -> None:
    names = {
        "street_code": "街道编码", "street_name": "街道名称", "community_code": "社区编码",
        "community_name": "社区名称", "valid_from": "启用日期", "valid_to": "停用日期",
        "successor_codes": "并入社区编码",
    }  # fmt: skip
    read_register().select(pl.col(name).alias(header) for name, header in names.items()).write_csv(path)
    (outcome,) = receive(settings, [Handover(path)])
    if outcome.status != "active":
        raise RuntimeError(outcome.receipt.refusal)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))) + "\n")
