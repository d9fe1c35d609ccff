"""What is doubtful in a submission: against its own past by median and MAD, by season, against another export.

Worked out by hand on the scale level(y) = 40 asinh(0.05 √y), on which a count scatters by about 1. Five spreads are
doubtful, ten before the season was seen once. A steady 100 is at level 19.25: five up is 165.9, five down 52.9.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipelines.contracts.schema import load_contracts
from pipelines.modelling.plausibility import implausible
from pipelines.modelling.refresh import build_as_known, refresh
from pipelines.periods import Period
from pipelines.settings import Settings
from tests.modelling.conftest import SHANGHAI, District, Values
from tests.modelling.test_values import (
    LIANGANTIAN,
    PINGDI,
    PINGDI_STREET,
    PINGHU_STREET,
    XINMU,
    company,
    employment,
)
from warehouse.notes import NoteError, Notes

FIRST = Period.parse("2024-01")
SKEWED = (23, 150, 20, 36, 27, 21, 60, 22, 90, 25, 30, 45)
DIP = [100, 40, *[100] * 10]
Doubted = tuple[str, int, int, int]
"""Month, total found, lowest and highest usual, in whole numbers."""

SERIES: dict[str, tuple[list[int], list[Doubted]]] = {
    "a steady 100 and 52": ([100] * 12 + [52], [("2025-01", 52, 53, 166)]),
    "a steady 100 and 53": ([100] * 12 + [53], []),
    "a steady 100 and 165": ([100] * 12 + [165], []),
    "a steady 100 and 166": ([100] * 12 + [166], [("2025-01", 166, 53, 166)]),
    "five periods are too few to say anything": ([100] * 5 + [100_000], []),
    # Ten levels from 19.25: 21.8 to 254.8.
    "twice the distance before the season was seen: 254": ([100] * 6 + [254], []),
    "twice the distance before the season was seen: 255": ([100] * 6 + [255], [("2024-07", 255, 22, 255)]),
    # Levels 4.89 and 5.28 of 5.
    "six after a year of nothing are no wolf": ([0] * 12 + [6], []),
    "seven after a year of nothing": ([0] * 12 + [7], [("2025-01", 7, 0, 6)]),
    "nothing after a year of a steady 100": ([100] * 12 + [0], [("2025-01", 0, 53, 166)]),
    # Median level 10.55, MAD 1.37, spread 2.03: up to level 20.71, which is 117.1, and down to 0.04. Its own outlier of
    # 150 does not widen it; mean and deviation (46, 39) would allow 162, and less than nothing.
    "a skewed series sets its own width: 1": ([*SKEWED, 1], []),
    "a skewed series sets its own width: 117": ([*SKEWED, 117], []),
    "a skewed series sets its own width: 118": ([*SKEWED, 118], [("2025-01", 118, 0, 117)]),
    "a dip that was seen a year ago": ([*DIP, 100, 40], []),
    # Around 40, level 12.45: 14.0 to 81.1. The dip that does not come is doubtful, and so is one in another month.
    "a season seen three times is what counts": (
        DIP * 3 + [100, 100, 40],
        [("2027-02", 100, 14, 81), ("2027-03", 40, 53, 166)],
    ),
    # A year grows by 5.9, 7.2 and 8.4 levels: doubtful until half of the last twelve are of the new year,
    # usual once it was seen three times.
    "growth from year to year": (
        [100] * 12 + [180] * 12 + [324] * 12 + [583] * 12,
        [(f"2025-{month:02d}", 180, 53, 166) for month in range(1, 7)]
        + [(f"2026-{month:02d}", 324, 79, 274) for month in range(1, 7)],
    ),
}
"""Totals month by month from January 2024, and which of them are doubtful."""

_FIELDS = (
    "meetings_required", "meetings_held", "tasks_assigned", "tasks_admitted", "tasks_funded", "resident_groups",
    "groups_with_branch", "commitments_made", "commitments_kept",
)  # fmt: skip
_PLACES = [(street, field) for street in (LIANGANTIAN, PINGDI) for field in _FIELDS]
"""Every series is a figure of its own, of one of two streets."""


def register_three(district: District) -> None:
    district.register(
        "2024",
        (LIANGANTIAN, "良安田社区", "2009-01-01", None, ""),
        (XINMU, "新木社区", "2009-01-01", None, ""),
        (PINGDI, "坪地社区", "2009-01-01", None, ""),
    )


@pytest.fixture
def town(district: District) -> District:
    register_three(district)
    return district


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """All series, handed in and judged in one build."""
    district = District(tmp_path_factory.mktemp("series"))
    register_three(district)
    for month in range(max(len(totals) for totals, _ in SERIES.values())):
        for street in (LIANGANTIAN, PINGDI):
            row = {
                field: totals[month]
                for (place, field), (totals, _) in zip(_PLACES, SERIES.values(), strict=False)
                if place == street and month < len(totals)
            }
            rows = [{"community": street, **row}]
            district.hand_in("community_governance", str(FIRST.shifted(month)), rows, streets=[street[:9]])
    return district.build()


@pytest.mark.parametrize("name", SERIES)
def test_totals_against_their_own_past(judged: Values, name: str) -> None:
    street, field = _PLACES[list(SERIES).index(name)]
    found = judged.rows(
        """select strftime(period_end, '%Y-%m'), found::int, round(expected_low)::int, round(expected_high)::int
        from plausibility where submitter = ? and field = ? and rule = 'jump' order by period_end""",
        street[:9],
        field,
    )
    assert found == SERIES[name][1]


def test_the_message_gives_the_figures_and_the_indicators_they_go_into(judged: Values) -> None:
    (row,) = judged.rows(
        "select message, indicators from plausibility where field = 'meetings_required' and submitter = ?",
        PINGHU_STREET,
    )
    assert row == (
        "应召开议事协调会次数合计52件，明显偏低：此前12期一般在53件至166件之间（中位数100件），上年同期100件。",
        "deliberation_rate",
    )


def report_hazards(town: District, totals: Sequence[int], first: Period = FIRST) -> None:
    """One report on work safety a month."""
    for step, total in enumerate(totals):
        row = {"community": LIANGANTIAN, "hazards_due": total, "hazards_fixed": 0, "accidents": 0, "deaths": 0}
        town.hand_in("work_safety", str(first.shifted(step)), [row])


def test_an_amount_is_measured_in_its_usual_cell(town: District) -> None:
    """Ten companies with 100 each scatter like ten things; ten thousand times that is a slip of units."""
    for step in range(6):
        rows = [company(f"K{n}", LIANGANTIAN, 100) for n in range(10)]
        town.hand_in("stock_cooperatives", str(Period.parse("2024-Q1").shifted(step)), rows)
    slip = [company(f"K{n}", LIANGANTIAN, 1_000_000) for n in range(10)]
    town.hand_in("stock_cooperatives", "2025-Q3", slip)
    assert town.build().rows("select field, found from plausibility where rule = 'jump'") == [("dividends", 10_000_000)]


def roster(town: District, period: str, count: int, employees: int = 7) -> None:
    units = [{"unit_code": f"U{n}", "community": LIANGANTIAN, "employees": employees + n} for n in range(count)]
    town.hand_in("two_new_organizations", period, units, streets=[PINGHU_STREET])


@pytest.mark.parametrize(
    ("before", "after", "is_doubtful"), [(30, 20, True), (30, 21, False), (30, 40, True), (9, 1, False)]
)
def test_a_register_that_changed_by_a_third(town: District, before: int, after: int, is_doubtful: bool) -> None:
    roster(town, "2024-01", before)
    roster(town, "2024-02", after)
    found = town.build().rows(
        "select found, expected_low, expected_high, message from plausibility where rule = 'resized'"
    )
    word = "少" if after < before else "多"
    told = f"行数{after}行，比2024年1月的{before}行{word}了三分之一以上。"
    assert found == ([(after, 20, 40, told)] if is_doubtful else [])


def disputes(*counts: int) -> list[dict[str, object]]:
    kinds = [(place, kind) for place in (LIANGANTIAN, XINMU, PINGDI) for kind in ("劳资", "邻里", "物业", "土地")]
    return [
        {"community": place, "kind": kind, "found": count, "settled": 1}
        for (place, kind), count in zip(kinds, counts, strict=False)
    ]


def test_last_months_figures_again_are_doubtful_and_stay_so_when_corrected(town: District) -> None:
    town.hand_in("disputes", "2024-01", disputes(3, 2, 4, 6, 5))
    wrong = town.hand_in("disputes", "2024-02", list(reversed(disputes(3, 2, 4, 6, 5))))
    town.hand_in("disputes", "2024-02", disputes(3, 2, 4, 6, 6))
    found = town.build().rows("select submission_id, field, found, message from plausibility where rule = 'repeated'")
    assert found == [(wrong.submission_id, None, 5, "与2024年1月报的完全相同：共5行，逐行一致。")]


def test_a_few_equal_figures_are_no_repetition(town: District) -> None:
    # Four rows of two figures: eight, and ten are asked for.
    town.hand_in("disputes", "2024-01", disputes(3, 2, 4, 6))
    town.hand_in("disputes", "2024-02", disputes(3, 2, 4, 6))
    assert town.build().rows("select * from plausibility") == []


def test_a_register_may_stay_the_same_when_it_did_before(town: District) -> None:
    for month, employees in enumerate((7, 8, 9, 10, 10), 1):
        roster(town, f"2024-{month:02d}", 30, employees)
    for month in range(1, 6):
        town.hand_in(
            "two_new_organizations",
            f"2024-{month:02d}",
            [{"unit_code": f"V{n}", "community": PINGDI, "employees": 5} for n in range(30)],
            streets=[PINGDI_STREET],
        )
    found = town.build().rows("select period_end::varchar, submitter from plausibility where rule = 'repeated'")
    assert found == [("2024-05-31", PINGHU_STREET)]


def test_more_people_in_work_than_registered_is_told_of_the_worst_community(town: District) -> None:
    people = {LIANGANTIAN: 100, XINMU: 200, PINGDI: None}
    rows = [
        {
            "street_code": code[:9],
            "street_name": "某街道",
            "community_code": code,
            "community_name": name,
            "registered_population": people[code],
            "valid_from": datetime(2009, 1, 1).date(),
        }
        for code, name in ((LIANGANTIAN, "良安田社区"), (XINMU, "新木社区"), (PINGDI, "坪地社区"))
    ]
    town.hand_in("communities", "2024", rows, received_at=datetime(2024, 1, 5, tzinfo=SHANGHAI))
    town.hand_in(
        "employment", "2024-03", [employment(LIANGANTIAN, 101, 1), employment(XINMU, 260, 1), employment(PINGDI, 9, 1)]
    )
    found = town.build().rows("select rule, field, found, expected_low, expected_high, message from plausibility")
    told = "新木社区等2处：户籍劳动力人数260人，大于社区名录（2024年）中的户籍人口200人。"
    assert found == [("beyond", "labour_force", 260, None, 200, told)]


def members(town: District, period: str, count: int) -> None:
    rows = [{"member_no": f"{n:064x}", "org_code": "P1", "gender": "女"} for n in range(count)]
    town.hand_in("party_members", period, rows)


def test_a_roster_of_people_is_only_counted(town: District) -> None:
    town.hand_in("party_organizations", "2024-01", [{"org_code": "P1", "community": LIANGANTIAN, "member_count": 100}])
    for month, count in enumerate((106, 105, 104, 60, 60), 1):
        members(town, f"2024-{month:02d}", count)
    values = town.build()
    found = values.rows(
        "select strftime(period_end, '%m'), rule, found from plausibility where export = 'party_members' order by all"
    )
    # 106 is more than 5 % above the 100 of the organizations; 104 to 60 is more than a third; 60 keyed numbers again.
    assert found == [("01", "beyond", 106), ("04", "resized", 60), ("05", "repeated", 60)]
    kept = values.rows(
        """select distinct field, per, place from build.totals join submissions using (submission_id)
        where export = 'party_members'"""
    )
    assert kept == [("rows", "", "")]


def test_a_street_with_nothing_to_report_has_a_total_of_zero(town: District) -> None:
    cases = [
        {"community": PINGDI, "kind": "居民", "new_cases": 50, "new_area": Decimal(0), "demolished_area": Decimal(0)}
    ]
    for step in range(12):
        town.hand_in("illegal_construction", str(FIRST.shifted(step)), cases, streets=[PINGDI_STREET])
    town.hand_in("illegal_construction", "2025-01", [], streets=[PINGDI_STREET])
    found = town.build().rows("select field, found, submitter from plausibility")
    assert found == [("new_cases", 0, PINGDI_STREET)]


def test_a_file_just_received_is_told_the_same_as_after_the_refresh(town: District) -> None:
    report_hazards(town, [100] * 12)
    town.hand_in("disputes", "2024-12", disputes(3, 2, 4, 6, 5))
    assert implausible(town.settings, town.lake.receipts()) == []
    refresh(town.settings)
    report_hazards(town, [1000], FIRST.shifted(12))
    again = town.hand_in("disputes", "2025-01", disputes(3, 2, 4, 6, 5))
    received = town.lake.receipts()[-2:]
    told = implausible(town.settings, received)
    assert [(doubt.submission_id, doubt.rule) for doubt in told] == [
        ("000015", "jump"),
        (again.submission_id, "repeated"),
    ]
    published = refresh(town.settings).publication
    assert published
    columns = "submission_id, rule, found, expected_low, expected_high, message, indicators"
    assert Values(published.path).rows(f"select {columns} from plausibility order by submission_id") == [
        tuple(getattr(doubt, name) for name in columns.split(", ")) for doubt in told
    ]
    assert implausible(town.settings, received) == told


def test_notes_are_published_with_the_next_refresh_and_known_by_their_time(town: District, tmp_path: Path) -> None:
    receipt = town.hand_in("employment", "2024-03", [employment(LIANGANTIAN, 100, 90)])
    refresh(town.settings)
    notes = Notes(town.settings.home)
    before = sorted(path.name for path in town.lake.folder(receipt).iterdir())
    notes.add(receipt.submission_id, "  新增一个\n小区 ", datetime(2024, 5, 1, tzinfo=SHANGHAI))
    notes.add(receipt.submission_id, "已核对", datetime(2024, 5, 3, tzinfo=SHANGHAI), "jump")
    assert sorted(path.name for path in town.lake.folder(receipt).iterdir()) == before
    done = refresh(town.settings)
    assert done.is_new and done.publication
    assert Values(done.publication.path).rows("select number, rule, note from submission_notes order by number") == [
        (1, None, "新增一个 小区"),
        (2, "jump", "已核对"),
    ]
    past = build_as_known(town.settings, datetime(2024, 5, 2, tzinfo=SHANGHAI), tmp_path / "past.duckdb")
    assert Values(past.path).rows("select number from submission_notes") == [(1,)]


@pytest.mark.parametrize(
    ("submission", "text", "rule", "why"),
    [
        ("000002", " \n", None, "说明是空的"),
        ("000002", "字" * 501, None, "最多 500 个"),
        ("000002", "经办人13812345678", None, "身份证号或手机号"),
        ("000002", "经办人 138-1234-5678", None, "身份证号或手机号"),
        ("000002", "４４０３０７ １９９００１０１ １２３４", None, "身份证号或手机号"),
        ("000002", "已核对", "odd", "没有“odd”这一类"),
        ("000009", "已核对", None, "没有被采用的报送 000009"),
        ("../../x", "已核对", None, "没有被采用的报送"),
    ],
)
def test_a_note_that_cannot_be_taken_says_why(
    town: District, submission: str, text: str, rule: str | None, why: str
) -> None:
    town.hand_in("employment", "2024-03", [employment(LIANGANTIAN, 100, 90)])
    with pytest.raises(NoteError, match=why):
        Notes(town.settings.home).add(submission, text, datetime(2024, 5, 1, tzinfo=SHANGHAI), rule)
    assert Notes(town.settings.home).all() == []


@pytest.mark.parametrize(
    "bound",
    [
        "{field: employed, at_most: communities.names, per: community}",
        "{field: employed, at_most: nowhere.rows, per: community}",
        "{field: employed, at_most: training.rows, per: org_code}",
        "{field: employed, at_most: community_services.requests_due}",
        "{field: employed, at_most: party_members.rows, per: community}",
        "{field: employed, at_most: communities.registered_population, within: much}",
    ],
)
def test_a_bound_that_cannot_be_compared_is_refused(tmp_path: Path, bound: str) -> None:
    for path in Settings().contracts_dir.glob("*.yaml"):
        text = path.read_text(encoding="utf-8").split("plausible:")[0]
        if path.stem == "employment":
            text += f"plausible:\n  - {bound}\n"
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    with pytest.raises((ValueError, ValidationError)):
        load_contracts(tmp_path)
