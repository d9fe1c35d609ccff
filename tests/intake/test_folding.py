"""What looks the same is the same, and what is another value stays one: signs nobody sees, widths, radicals, marks."""

import unicodedata
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipelines.intake import cells
from pipelines.intake.cells import MisreadError
from pipelines.intake.folding import cleaned, cleaned_cells, folded
from pipelines.intake.headings import heading, squeezed
from tests.intake.conftest import EMPLOYMENT, Office, csv_text, employment, faults, good, many, only
from tests.intake.test_people_at_the_door import MEMBERS

ALL = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
UNSEEN = [sign for sign in ALL if unicodedata.category(sign) == "Cf"]
UNSEEN += [*"\u3164\u2800\u115f\u1160\uffa0\u034f\u180b\ufe0f\ufe00\x00\x7f\x1f", "\U000e0101", "\U000e0001"]
MARCH = "就业2010年3月.csv"


def test_no_sign_that_nobody_sees_makes_another_text() -> None:
    assert [hex(ord(sign)) for sign in UNSEEN if squeezed(f"{sign}社{sign}区{sign}") != "社区"] == []
    assert [hex(ord(sign)) for sign in UNSEEN if cells.code(f"44{sign}03{sign}") != "4403"] == []


def test_no_sign_but_the_ten_digits_is_a_digit_of_a_number_a_day_or_a_month() -> None:
    others = [sign for sign in ALL if unicodedata.numeric(sign, None) is not None and folded(sign) not in "0123456789"]
    assert len(others) > 1000  # ① ² ½ ⑴ ⒈ ㊀ 一 ٣ and all others
    readers = (
        ("10{}", lambda text: cells.number(text, None, None, None)),
        ("2026-09-1{}", cells.day),
        ("2026-1{}", cells.month),
    )
    for written, read in readers:
        for sign in others:
            with pytest.raises(MisreadError):
                read(written.format(sign))


def test_full_width_is_the_same_number_day_and_code() -> None:
    assert cells.number("１，２３４．５", None, None, None) == Decimal("1234.5")
    assert str(cells.day("２０２６／９／１５")) == "2026-09-15"
    assert str(cells.month("２０２６年９月")) == "2026-09-01"
    assert cells.code("ＤＺＢ－００１") == "DZB-001"


@pytest.mark.parametrize(
    ("looks", "means"),
    [("⻢蹄岗", "马蹄岗"), ("⻰岗", "龙岗"), ("⻓龙", "长龙"), ("⽔径", "水径"), ("樂", "樂"), ("新⽊", "新木")],
)
def test_a_radical_is_the_character_it_looks_like(looks: str, means: str) -> None:
    assert squeezed(looks) == cleaned(looks) == means


def test_every_radical_of_unicode_has_its_character() -> None:
    radicals = [chr(code) for code in (*range(0x2F00, 0x2FD6), *range(0x2E81, 0x2EF4)) if code != 0x2E9A]
    assert [sign for sign in radicals if "RADICAL" in unicodedata.name(folded(sign))] == []


def test_a_text_keeps_its_widths_and_loses_what_nobody_sees() -> None:
    assert cleaned("\u202a平湖（集团）Ａ座\u202c") == "平湖（集团）Ａ座"
    assert folded("\u202a平湖（集团）Ａ座\u202c") == "平湖(集团)A座"


def test_a_column_is_cleaned_where_it_has_to_be() -> None:
    found = cleaned_cells(pl.DataFrame({"A": ["甲\u200e", "\u2060", '="0012"', "乙"], "B": ["1", "2", "3", None]}))
    assert found.to_dict(as_series=False) == {"A": ["甲", None, "0012", "乙"], "B": ["1", "2", "3", None]}


def test_a_footnote_mark_is_no_part_of_a_header() -> None:
    assert heading("总收入①（万元）").names == ("总收入",)
    assert heading("面积（m²）").unit is not None


def test_a_footnote_mark_at_a_figure_is_a_fault_that_names_the_mark(office: Office) -> None:
    fault = only(office.submit("就业2010年3月.xlsx", employment(*many(4), good("南联社区", newly_employed="3①"))))
    assert (fault.cell, fault.rule) == ("F6", "type")
    assert fault.message == "本月新增就业人数填的是“3①”，应为数字，“①”不是数字的一部分；如是注释标记请删去。"


def test_marks_nobody_sees_change_nothing_at_the_door(office: Office) -> None:
    def marked(text: Any) -> Any:
        return f"\u202a{text[:1]}\u2060{text[1:]}\u3164" if isinstance(text, str) else text

    rows = employment(*many(3), EMPLOYMENT, good("南联社区"))
    plain = office.accepted(office.submit(MARCH, csv_text(rows).encode()))
    dirty = [[marked(str(cell)) for cell in row] for row in rows]
    outcome = office.submit("\u200e就业\u200e2010年\u20604月.csv", csv_text(dirty).encode())
    assert (outcome.receipt.refusal, outcome.receipt.skipped, outcome.faults) == (None, {"header": 2}, ())
    fields = ["community", "labour_force", "newly_employed"]
    assert office.accepted(outcome).select(fields).equals(plain.select(fields))


def test_one_member_has_one_pseudonym(office: Office) -> None:
    numbers = ["DY001", "ＤＹ００１", "D\u200dY001\u202c", "'dy001", '="DY001"']
    found = set()
    for month, number in enumerate(numbers, 1):
        text = f"{','.join(MEMBERS)}\n{number},P1,男,1980-01\n".encode()
        found.add(office.accepted(office.submit(f"党员名册2010年{month}月.csv", text))["member_no"].item())
    assert len(found) == 1


def test_a_register_with_marks_knows_the_same_places(empty_office: Office) -> None:
    row = ["440307003\u200e", "平\u2060湖街道", "440307003004\u202c", "新⽊社区\u3164", "2009-01-01", None, None]
    outcome = empty_office.register([row])
    kept = empty_office.accepted(outcome).row(0, named=True)
    assert (kept["street_code"], kept["street_name"]) == ("440307003", "平湖街道")
    assert (kept["community_code"], kept["community_name"]) == ("440307003004", "新木社区")
    assert empty_office.submit("就业2010年3月.xlsx", employment(good("新木"))).status == "active"


@pytest.mark.parametrize("street", ["平湖 街道", "'440307003", "４４０３０７００３", "平湖\u200b", "440307003.0", "—"])
def test_a_street_in_any_spelling_is_that_street(office: Office, street: str) -> None:
    rows = [["街道", *EMPLOYMENT], [street, *good("新木社区")]]
    assert faults(office.submit("就业2010年3月.xlsx", rows)) == []


def test_a_street_that_contradicts_is_found_behind_marks(office: Office) -> None:
    rows = [["街道", *EMPLOYMENT], ["布吉\u2060 街道", *good("布吉")], ["布吉 街道", *good("新木")]]
    assert faults(office.submit("就业2010年3月.xlsx", rows)) == [("B3", "street_contradicts")]


def test_enclosed_numbers_still_number_rows_and_sections(office: Office) -> None:
    rows = [
        ["序号", *EMPLOYMENT],
        ["①平湖街道"],
        ["①", *good("新木")],
        ["②"],
        ["㈡ 布吉街道"],
        ["③", *good("布吉")],
        ["④"],
    ]
    outcome = office.submit("就业2010年3月.xlsx", rows)
    assert (outcome.receipt.skipped, outcome.faults) == ({"header": 1, "section": 2, "blank": 2}, ())
    assert outcome.receipt.rows_accepted == 2
