"""Quotation marks in text files: cells that hold line breaks, and marks that would swallow the lines below."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.intake.text import cells_of
from tests.intake.conftest import EMPLOYMENT, Office, good


def read(text: str) -> list[tuple[str | None, ...]]:
    return cells_of(text)[0].rows()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        # Nothing closes it: the marks are text, and every line is a row.
        ('a,b,c\n1,2,"x\n3,4,y\n5,6,z', [("1", "2", '"x'), ("3", "4", "y"), ("5", "6", "z")]),
        ('a,b,c\n"1,2,x\n3,4,y', [('"1', "2", "x"), ("3", "4", "y")]),
        # The next one that nothing closes seems to close it.
        ('a,b,c\n1,2,"x\n3,4,y\n5,6,"z\n7,8,9', [("1", "2", '"x'), ("3", "4", "y"), ("5", "6", '"z'), ("7", "8", "9")]),
        ('a,b,c\n1,2,"\n3,4,y\n5,6,"\n7,8,9', [("1", "2", '"'), ("3", "4", "y"), ("5", "6", '"'), ("7", "8", "9")]),
        # What begins in one column and ends in the same one of a line further down.
        ('a,b,c\n1,"2,x\n3,4",y\n5,6,z', [("1", '"2', "x"), ("3", '4"', "y"), ("5", "6", "z")]),
        # On one line: the cells between two lone marks stay apart.
        ('a,b,c,d\n1,"2,3,"\n5,6,7,8', [("1", '"2', "3", '"'), ("5", "6", "7", "8")]),
        # Cells that do hold line breaks, in the header and below.
        ('"a\nb",c,d\n1,"2, and\n3",4', [("1", "2, and\n3", "4")]),
        ('a,b,c\n1,"he said ""no,""\ntwice",3\n4,5,6', [("1", 'he said "no,"\ntwice', "3"), ("4", "5", "6")]),
        # Marks inside of a cell, and blanks behind one.
        ('a,b\n5" pipe,3\n"6" ,4', [('5" pipe', "3"), ("6", "4")]),
        # Two marks in rows that follow one another: each of the lines is a full one.
        ('a,b,c\n1,2,"x\n3",4,y\n5,6,z', [("1", "2", '"x'), ('3"', "4", "y"), ("5", "6", "z")]),
        ('a;b;c\n1;"2;3;"x"\n4;5;6"\n7;8;9', [("1", '"2', "3", "x"), ("4", "5", '6"'), ("7", "8", "9")]),
        # Cells that hold line breaks, many of them, and one mark too many.
        ('a,b,c\n1,2,"x\ny"\n3,"4,z\n5,6,"x\ny"', [("1", "2", "x\ny"), ("3", '"4', "z"), ("5", "6", "x\ny")]),
        # Commas in the cells, and more of them than semicolons.
        ('a;b\n"1;2,3\n4;5,6\n7;8,9', [('"1', "2,3"), ("4", "5,6"), ("7", "8,9")]),
        ("a\tb\n1\t\"x\n2\ty", [("1", '"x'), ("2", "y")]),
        ('a;b\r\n1;"x\r\n2;y', [("1", '"x'), ("2", "y")]),
    ],
)  # fmt: skip
def test_every_line_is_accounted_for(text: str, rows: list[tuple[str, ...]]) -> None:
    width = len(rows[-1])
    assert [row[: max(len(told), width)] for row, told in zip(read(text)[1:], rows, strict=True)] == [
        told + (None,) * (width - len(told)) for told in rows
    ]


def test_a_row_with_a_mark_that_was_read_as_text_is_named_in_the_receipt(office: Office) -> None:
    lines = [[*EMPLOYMENT, "备注"], [*good(), '"待核'], [*good("平湖社区"), "无"]]
    outcome = office.submit("2010年3月就业.csv", "\n".join(",".join(map(str, line)) for line in lines).encode())
    assert (outcome.receipt.rows_accepted, outcome.faults) == (2, ())
    assert [note for note in outcome.receipt.notes if "双引号" in note] == [
        "第 2 行有不成对的双引号，已按普通文字读取，每一行各算一行；请核对这些行。"
    ]


CELL = st.text(alphabet='ab," 甲', min_size=1, max_size=5).map(lambda text: f"x{text}x")


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=4, max_size=8), st.data())
def test_a_mark_too_many_or_too_few_costs_no_row(rows: list[tuple[str, str, str]], data: st.DataObject) -> None:
    """A table without line breaks in its cells: one mark costs no row."""
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows([("甲列", "乙列", "丙列")] * 3 + rows)
    text = out.getvalue()
    marks = [at for at, sign in enumerate(text) if sign == '"']
    at = data.draw(st.sampled_from(marks or [0]) if data.draw(st.booleans()) else st.integers(0, len(text) - 1))
    changed = text[:at] + text[at + 1 :] if marks and at in marks else text[:at] + '"' + text[at:]
    found = read(changed)
    assert len(found) == 3 + len(rows)
    line = text.count("\n", 0, at)
    for number, (row, cells) in enumerate(zip(found[3:], rows, strict=True), 3):
        if number != line:
            assert row[:3] == cells
