"""The laws of the door, over generated workbooks: 500 of them here, as many as LAW_EXAMPLES says in `make soak`.

Whatever is sent: every row read is accepted, rejected or skipped; a table in any dress gives the same rows; no bytes
raise anything but a refusal.
"""

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.intake.draft import Draft, RefusalError, Task
from pipelines.intake.page import lines_of
from pipelines.intake.read import sheets
from pipelines.intake.readers import Readers
from pipelines.intake.sheet import Limits
from pipelines.intake.text import cells_of
from pipelines.periods import Period
from pipelines.sample.content import EXPORTS
from pipelines.settings import Settings
from tests.intake.biff_file import xls
from tests.intake.shapes import (
    RECEIVED,
    SHAPES,
    Grid,
    Plain,
    Row,
    accepted_equal,
    delimited,
    page,
    plain,
    register,
    xlsx,
)
from tests.intake.test_archive import zipped
from tests.intake.test_shapes import expected, judged
from warehouse.lake import ACCEPTED, REJECTED

EXAMPLES = int(os.environ.get("LAW_EXAMPLES", "500"))
HARD = [HealthCheck.too_slow, HealthCheck.data_too_large]


def of_them(share: float) -> settings:
    """A part of the examples."""
    return settings(max_examples=max(int(EXAMPLES * share), 10), deadline=None, suppress_health_check=HARD)


# A table is dressed: each dress changes what it looks like, and none what it says.


def with_title(grid: Grid, table: Plain) -> Grid:
    lines: list[Row] = [[table.contract.title], ["填报单位：某科", None, "填表日期：2025年4月2日"]]
    return moved(replace(grid, rows=lines + grid.rows), 2, 0)


def with_serial(grid: Grid, _: Plain) -> Grid:
    rows: list[Row] = [["序号" if at == 0 else at, *row] for at, row in enumerate(grid.rows)]
    return moved(replace(grid, rows=rows), 0, 1)


def with_notes(grid: Grid, _: Plain) -> Grid:
    return replace(grid, rows=[*grid.rows, [], ["注：本表由各单位填报。"], ["填表人：甲      审核人：乙"]])


def with_blank_rows(grid: Grid, _: Plain) -> Grid:
    middle = (len(grid.rows) + 1) // 2
    return replace(grid, rows=[*grid.rows[:middle], [], *grid.rows[middle:]])


def with_repeated_header(grid: Grid, _: Plain) -> Grid:
    header = next(row for row in grid.rows if row and len(row) > 3)
    return replace(grid, rows=[*grid.rows, header])


def with_repeated_row(grid: Grid, _: Plain) -> Grid:
    return replace(grid, rows=[*grid.rows, grid.rows[-1]])


def further_in(grid: Grid, _: Plain) -> Grid:
    return moved(replace(grid, rows=[*[[] for _ in range(11)], *[[None, None, *row] for row in grid.rows]]), 11, 2)


def with_a_column_of_remarks(grid: Grid, _: Plain) -> Grid:
    return replace(grid, rows=[[*row, "备注" if at == 0 else None] for at, row in enumerate(grid.rows)])


def moved(grid: Grid, rows: int, columns: int) -> Grid:
    return replace(grid, merged=[(t + rows, a + columns, b + rows, z + columns) for t, a, b, z in grid.merged])


INNER = [with_serial, with_repeated_row, with_a_column_of_remarks, with_repeated_header]
OUTER = [with_notes, with_blank_rows, with_title, further_in]


def written(grid: Grid, name: str, kind: str) -> tuple[str, bytes]:
    """The grid as a file of one kind."""
    if kind == "xlsx":
        return f"{name}.xlsx", xlsx({"数据": grid})
    if kind == "xls":
        rows = [[c if c is None or isinstance(c, str) else float(c) for c in row] for row in grid.rows]
        return f"{name}.xls", xls({"数据": rows}, merged=grid.merged)
    if kind == "html":
        return f"{name}.xls", page(grid).encode("gb18030")
    return f"{name}.csv", delimited(grid.rows).encode(kind)


KINDS = ["xlsx", "xls", "html", "gb18030", "utf-8-sig", "utf-16"]


@of_them(0.4)
@given(
    st.sampled_from(sorted(EXPORTS)),
    st.lists(st.sampled_from(INNER), unique=True),
    st.lists(st.sampled_from(OUTER), unique=True),
    st.sampled_from(KINDS),
    st.randoms(use_true_random=False),
)
def test_a_table_gives_the_same_rows_in_any_dress(
    export: str, inner: list, outer: list, kind: str, chance: random.Random
) -> None:
    table = plain(export)
    rows = chance.sample(table.rows, len(table.rows))
    grid = Grid([table.header, *rows])
    for dress in (*inner, *sorted(outer, key=OUTER.index)):
        grid = dress(grid, table)
    draft, accepted, faults = judged(*written(grid, table.name, kind))
    assert (draft.refusal, draft.rows_rejected) == (None, 0), faults.to_dicts()
    assert draft.rows_read == draft.rows_accepted + sum(draft.skipped.values()) == height_of(grid)
    accepted_equal(accepted, expected(export), table.contract.key)


def height_of(grid: Grid) -> int:
    return max(at for at, row in enumerate(grid.rows, 1) if any(cell not in (None, "") for cell in row))


@of_them(0.3)
@given(st.sampled_from(sorted(SHAPES)), st.sampled_from(sorted(EXPORTS)), st.integers(1, 6), st.integers(2, 11))
def test_a_shape_gives_the_same_rows_in_any_month_and_number(shape: str, export: str, count: int, month: int) -> None:
    table = plain(export, month, max(count, 2))
    made, straight = SHAPES[shape](table), SHAPES["as_it_should_be"](table)
    if made is None or straight is None or not table.rows:
        return
    draft, accepted, faults = judged(*made)
    _, same, _ = judged(*straight)
    assert (draft.refusal, draft.rows_rejected) == (None, 0), faults.to_dicts()
    accepted_equal(accepted, same, table.contract.key)


JUNK = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "合计",
            "小 计",
            "注：",
            "-",
            "无",
            "社区",
            "街道",
            "平湖街道",
            "2025年3月",
            "3月",
            "指标",
            "#REF!",
            "单位：万元",
        ]
    ),
    st.integers(-5, 10**7),
    st.text(alphabet="社区合计0123456789.,-（）万人 \n甲%=<&\"';|\t", max_size=6),
)


@of_them(0.3)
@given(st.data(), st.sampled_from(sorted(EXPORTS)), st.sampled_from(KINDS))
def test_every_row_is_accepted_rejected_or_skipped(data: st.DataObject, export: str, kind: str) -> None:
    table = plain(export)
    good = st.sampled_from(table.rows)
    row = st.one_of(good, good.flatmap(_spoilt), st.lists(JUNK, max_size=8))
    below = data.draw(st.lists(st.one_of(row, row, st.just(table.header), st.just([])), max_size=12))
    above = data.draw(st.lists(st.lists(JUNK, max_size=3), max_size=3))
    width = max(len(table.header), 9)
    top = data.draw(st.integers(0, 12))
    left = data.draw(st.integers(0, width - 1))
    area = (top, left, top + data.draw(st.integers(1, 4)), min(left + data.draw(st.integers(0, 2)), width - 1))
    grid = Grid([*above, table.header, *below], [area])
    with TemporaryDirectory() as folder:
        name, content = written(grid, table.name, kind)
        [draft] = _judge([Task(content, name, table.period, (), RECEIVED, register(), Path(folder), b"k" * 32)])
        if draft.period is None:
            return
        paths = (Path(folder) / ACCEPTED, Path(folder) / REJECTED)
        accepted, rejected = (pl.read_parquet(path).height if path.exists() else 0 for path in paths)
        if draft.rows_accepted or draft.rows_rejected:
            # A file that is refused before its rows are looked at one by one has none of them written.
            if paths[0].exists():
                assert (draft.rows_accepted, draft.rows_rejected) == (accepted, rejected)
            assert draft.rows_read == draft.rows_accepted + draft.rows_rejected + sum(draft.skipped.values())


def _judge(tasks: list[Task]) -> list[Draft]:
    from tests.intake.test_shapes import JUDGE

    return JUDGE.drafts(tasks)


def _spoilt(row: Row) -> st.SearchStrategy[Row]:
    """The row with one cell of junk."""
    at = st.integers(0, len(row) - 1)
    return st.tuples(at, JUNK).map(lambda pair: [pair[1] if n == pair[0] else cell for n, cell in enumerate(row)])


# Bytes that are anything.

LIMITS = Limits(2**24, 10_000)
MARKUP = st.lists(
    st.one_of(
        st.sampled_from(["<table>", "<tr>", "<td>", "<td rowspan=3>", "<td colspan=9>", "</tr>", "</table>", "<th"]),
        st.sampled_from(["&#x0;", "a", "<!--", "<![CDATA[", "<script>", "<br>", "</td>", "<p>", "甲", "\0", "<?", "'"]),
    ),
    max_size=40,
)


@of_them(0.4)
@given(st.one_of(st.binary(max_size=300), MARKUP.map(lambda parts: ("<html>" + "".join(parts)).encode())))
def test_no_bytes_raise_anything_but_a_refusal(content: bytes) -> None:
    for mark in (b"", b"\xff\xfe", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        data = mark + content
        try:
            found = sheets(data, "a.xls", LIMITS)
        except RefusalError as refused:
            assert str(refused)
        else:
            assert all(sheet.cells.height for sheet in found)


@of_them(0.2)
@given(st.lists(st.lists(st.text(alphabet='ab,;|\t" 甲1', max_size=4), min_size=2, max_size=5), min_size=1, max_size=6))
def test_what_is_written_as_csv_is_read_as_written(rows: list[list[str]]) -> None:
    found = cells_of(delimited([list(row) for row in rows]))[0].rows() if any(map(any, rows)) else []
    for row, cells in zip(found, rows, strict=False):
        if len({len(one) for one in rows}) == 1 and not any(set(cell) & set(";|\t") for one in rows for cell in one):
            assert [cell or "" for cell in row] == [cell.strip() for cell in cells][: len(row)]


@of_them(0.2)
@given(st.lists(st.lists(st.text(alphabet="ab<&>\"' 甲1", max_size=4), max_size=5), min_size=1, max_size=6))
def test_what_is_written_as_html_is_read_as_written(rows: list[list[str]]) -> None:
    lines, _ = lines_of(page(Grid([list(row) for row in rows])))
    read = [[cell or "" for cell in line] for line in lines]
    assert read == [[" ".join(cell.split()) for cell in row] for row in rows]


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readers]:
    home = Settings(home=tmp_path_factory.mktemp("home"), reader_seconds=10, max_unpacked_mb=64)
    with Readers(home) as children:
        yield children


def test_no_damaged_file_raises_anything_but_a_refusal(readers: Readers, tmp_path: Path) -> None:
    """Native parsers meet damaged files in a child process alone; whatever they do there, there is an answer."""
    chance = random.Random(20250301)
    table = plain("employment")
    grid = Grid([table.header, *table.rows], [(1, 0, 2, 0)])
    whole = [written(grid, table.name, kind)[1] for kind in KINDS]
    whole.append(zipped({"a.xlsx": whole[0], "b.csv": whole[3]}))

    def tasks() -> Iterator[Task]:
        for number in range(EXAMPLES // 2):
            folder = tmp_path / str(number)
            folder.mkdir()
            data = damaged(chance.choice(whole), chance)
            yield Task(data, "就业.xls", Period.parse("2025-03"), (), RECEIVED, register(), folder, b"k" * 32)

    drafts = [draft for _, draft in readers.drafts(tasks())]
    assert len(drafts) == EXAMPLES // 2
    for draft in drafts:
        if draft.refusal is None:
            assert draft.rows_read == draft.rows_accepted + draft.rows_rejected + sum(draft.skipped.values())
        else:
            assert draft.refusal.endswith("。")


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The file with some bytes changed, cut out, doubled or cut off."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(made)), chance.randint(1, 40)
        kind = chance.randrange(4)
        if kind == 0:
            made[at] = chance.randrange(256)
        elif kind == 1:
            del made[at : at + length]
        elif kind == 2:
            made[at:at] = made[at : at + length]
        elif len(made) > 100:
            del made[chance.randrange(50, len(made)) :]
    return bytes(made)


def test_a_period_that_was_not_said_is_told(tmp_path: Path) -> None:
    table = plain("employment")
    draft, _, _ = judged("就业.xlsx", xlsx({"Sheet1": Grid([table.header, *table.rows])}))
    assert "无法判断是哪一期" in str(draft.refusal)
