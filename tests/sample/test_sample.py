"""The sample: what is made, when it comes in, and that the door takes it as it is meant."""

import csv
import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipelines.contracts.schema import UNITS, Contract, load_contracts
from pipelines.intake.receive import Handover, Outcome, receive
from pipelines.periods import Cadence, Period
from pipelines.sample import SampleFile, deliveries, make_sample
from pipelines.sample.content import EXPORTS, content, delivery_path
from pipelines.sample.district import District, in_use, read_register
from pipelines.sample.handing_in import Remark, plan
from pipelines.settings import Settings
from warehouse.lake import ACCEPTED, Lake

UNTIL = Period.parse("2025-03")
MONTHS, SCALE = 3, 0.02
WHOLE_YEARS = {"member_appraisals", "party_venues"}
GOOD = {Remark.PLAIN, Remark.LATE, Remark.CORRECTION}


@dataclass
class Taken:
    """A sample and what the door made of it."""

    settings: Settings
    files: list[SampleFile]
    outcomes: list[Outcome]

    def by_remark(self, *remarks: Remark) -> list[Outcome]:
        pairs = zip(self.files, self.outcomes, strict=True)
        return [outcome for file, outcome in pairs if file.remark in remarks]


def made(out: Path, **settings: object) -> list[SampleFile]:
    return make_sample(out, **{"months": MONTHS, "until": UNTIL, "scale": SCALE, **settings})  # type: ignore[arg-type]


def fingerprint(out: Path) -> dict[str, str]:
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "files"
    made(out)
    return out


@pytest.fixture(scope="module")
def taken(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    files = deliveries(sample)
    return Taken(settings, files, receive(settings, [Handover(file.path, file.received_at) for file in files]))


def test_the_same_seed_gives_the_same_bytes(sample: Path, tmp_path: Path) -> None:
    made(tmp_path / "again")
    assert fingerprint(tmp_path / "again") == fingerprint(sample)


def test_another_seed_gives_another_district(sample: Path, tmp_path: Path) -> None:
    made(tmp_path / "other", seed=2)
    same = fingerprint(tmp_path / "other").items() & fingerprint(sample).items()
    assert not same


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="not empty"):
        made(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_progress_ends_with_all_files(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    files = made(tmp_path / "files", months=1, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(files), len(files))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_deliveries_are_found_again_in_order_of_receipt(sample: Path) -> None:
    files = deliveries(sample)
    assert {str(file.path.relative_to(sample)) for file in files} | {"deliveries.csv"} == set(fingerprint(sample))
    assert [file.received_at for file in files] == sorted(file.received_at for file in files)
    assert all(file.path.parent.name == f"{file.received_at:%Y-%m-%d}" for file in files)


def test_every_export_comes_in_for_every_whole_period(taken: Taken) -> None:
    periods: dict[str, set[date]] = {}
    for outcome in taken.outcomes:
        if outcome.status == "active":
            periods.setdefault(outcome.receipt.export or "", set()).add(outcome.receipt.period_end or date.min)
    months = {date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31)}
    contracts = load_contracts(taken.settings.contracts_dir)
    expected = {name: months for name in EXPORTS if contracts[name].cadence is Cadence.MONTH}
    quarterly = ("stock_cooperatives", "cadres", "social_authorizations", "party_inspections")
    # Of the year that still runs there are what is handed in ahead: the register and the budget.
    assert periods == {
        **expected,
        **{name: {date(2025, 3, 31)} for name in quarterly},
        **{name: {date(2025, 12, 31)} for name in ("communities", "party_budgets")},
    }


def test_no_number_seems_to_be_in_another_unit(taken: Taken) -> None:
    assert [fault for outcome in taken.outcomes for fault in outcome.faults if fault.rule == "unit_slip"] == []


def test_a_quarter_that_is_not_whole_is_left_out(tmp_path: Path) -> None:
    files = made(tmp_path / "files", until=Period.parse("2025-04"))
    assert not [file for file in files if "股份合作公司" in file.path.name]


def test_files_come_in_at_working_hours_of_the_first_days(sample: Path) -> None:
    for file in deliveries(sample):
        at = file.received_at
        assert at.weekday() < 5
        assert 9 <= at.hour < 18
        if file.remark is Remark.PLAIN:
            assert at.day <= (18 if "季度" in file.path.name else 12)


def test_late_files_come_after_the_tenth(taken: Taken) -> None:
    late = [outcome.receipt for outcome in taken.by_remark(Remark.LATE)]
    assert late
    for receipt in late:
        assert receipt.period_end
        assert 12 < (receipt.received_at.date() - receipt.period_end).days < 45


def test_no_file_is_dated_after_the_moment_given(tmp_path: Path) -> None:
    moment = datetime(2025, 4, 2, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    files = made(tmp_path / "files", not_after=moment)
    assert max(file.received_at for file in files) == moment
    assert len(files) == len({file.path for file in files})


def test_files_are_workbooks_and_csv_of_several_encodings(sample: Path) -> None:
    kinds = Counter(_kind(file.path) for file in deliveries(sample) if file.remark is not Remark.DAMAGED)
    assert kinds.keys() == {"xlsx", "gb18030", "utf-8-sig", "utf-8"}


def _kind(path: Path) -> str:
    content = path.read_bytes()
    if content.startswith(b"PK"):
        return "xlsx"
    if content.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def test_good_files_are_received_without_a_fault(taken: Taken) -> None:
    for outcome in taken.by_remark(*GOOD, Remark.WRONG_FIGURES):
        receipt = outcome.receipt
        assert (receipt.refusal, outcome.faults, receipt.rows_rejected) == (None, (), 0), receipt.file_name


def test_faulty_rows_are_rejected_and_the_rest_accepted(taken: Taken) -> None:
    faulty = taken.by_remark(Remark.FAULTY_ROWS)
    assert [outcome.receipt.rows_rejected for outcome in faulty] == [2, 2, 2]
    # The last one is still to be corrected.
    assert Counter(outcome.status for outcome in faulty) == {"superseded": 2, "active": 1}


@pytest.mark.parametrize("remark", [remark for remark in Remark if remark.is_refused])
def test_files_that_cannot_be_accepted_are_refused(taken: Taken, remark: Remark) -> None:
    outcomes = taken.by_remark(remark)
    assert outcomes
    assert all(outcome.status == "refused" for outcome in outcomes)


def test_every_bad_file_but_the_last_is_corrected(taken: Taken) -> None:
    bad = [remark for remark in Remark if remark not in GOOD]
    assert len(taken.by_remark(Remark.CORRECTION)) == len(taken.by_remark(*bad)) - 1
    assert all(outcome.status == "active" for outcome in taken.by_remark(Remark.CORRECTION))


def test_two_reports_never_come(taken: Taken) -> None:
    there = {
        (outcome.receipt.export, outcome.receipt.period_end, street)
        for outcome in taken.outcomes
        if outcome.status == "active"
        for street in outcome.receipt.scope
    }
    streets = read_register().filter(in_use(UNTIL.end))["street_code"].unique()
    contracts = load_contracts(taken.settings.contracts_dir)
    by_street = [name for name, contract in contracts.items() if contract.by == "street"]
    months = (date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31))
    due = {(export, month, street) for export in by_street for month in months for street in streets}
    assert sorted((export, month) for export, month, _ in due - there) == [
        ("illegal_construction", date(2025, 3, 31)),
    ]


def test_what_is_received_is_what_was_made_up(taken: Taken) -> None:
    contracts = load_contracts(taken.settings.contracts_dir)
    district = District(1, UNTIL.shifted(1 - MONTHS), UNTIL, SCALE)
    lake = Lake(taken.settings.home)
    streets = dict(read_register().select("community_code", "street_code").iter_rows())
    compared = set()
    for outcome in taken.by_remark(*GOOD):
        receipt = outcome.receipt
        assert receipt.export and receipt.period_end
        contract = contracts[receipt.export]
        frame = EXPORTS[receipt.export](district, Period.containing(receipt.period_end, contract.cadence))
        if contract.by == "street":
            frame = frame.filter(pl.col("community").replace_strict(streets).is_in(receipt.scope))
        if receipt.export == "illegal_construction" and receipt.rows_accepted < frame.height:
            frame = frame.filter((pl.col("new_cases") > 0) | (pl.col("demolished_area") > 0))
        accepted = pl.read_parquet(lake.folder(receipt) / ACCEPTED)
        assert _comparable(accepted, contract, stored=True) == _comparable(frame, contract, stored=False)
        compared.add(receipt.export)
    assert compared == set(EXPORTS) - WHOLE_YEARS


def test_what_is_handed_in_for_a_year_is_received_as_it_was_made_up(tmp_path: Path) -> None:
    contracts = load_contracts(Settings().contracts_dir)
    district = District(1, Period.parse("2024-01"), UNTIL, SCALE)
    yearly = {name: contracts[name] for name in ("communities", "party_budgets", *sorted(WHOLE_YEARS))}
    handovers, frames = [], []
    for delivery in plan(yearly, district.draws, district.since, UNTIL):
        frame = EXPORTS[delivery.contract.export](district, delivery.period)
        path = tmp_path / delivery_path(district, delivery)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content(district, delivery, frame))
        handovers.append(Handover(path, delivery.received_at))
        frames.append((delivery, frame))
    settings = Settings(home=tmp_path / "home")
    outcomes = receive(settings, handovers)
    assert Counter(str(outcome.receipt.export) for outcome in outcomes) == {
        "communities": 2, "party_budgets": 2, "member_appraisals": 1, "party_venues": 1,
    }  # fmt: skip
    for outcome, (delivery, frame) in zip(outcomes, frames, strict=True):
        assert (outcome.receipt.export, outcome.faults) == (delivery.contract.export, ())
        accepted = pl.read_parquet(Lake(settings.home).folder(outcome.receipt) / ACCEPTED)
        expected = _comparable(frame, delivery.contract, stored=False)
        assert _comparable(accepted, delivery.contract, stored=True) == expected


def test_a_running_year_s_budget_comes_at_its_start_and_nothing_is_spent() -> None:
    contract = load_contracts(Settings().contracts_dir)["party_budgets"]
    district = District(1, Period.parse("2023-04"), UNTIL, SCALE)
    found = plan({"party_budgets": contract}, district.draws, district.since, UNTIL)
    assert sorted((str(one.period), one.received_at.strftime("%Y-%m")) for one in found) == [
        ("2024", "2025-01"),
        ("2025", "2025-01"),
    ]
    spent = {one.period: EXPORTS["party_budgets"](district, one.period)["spent"].sum() for one in found}
    assert spent[Period.parse("2025")] == 0
    assert spent[Period.parse("2024")] > 0


def _comparable(frame: pl.DataFrame, contract: Contract, *, stored: bool) -> list[tuple[object, ...]]:
    """Rows less what is secret; money of the frame as made up in yuan, as it is stored."""
    columns = []
    for name, spec in contract.fields.items():
        if spec.secret:
            continue
        column = pl.col(name)
        if spec.type.is_number:
            factor = 1 if stored or not spec.unit else int(UNITS[spec.unit][1])
            column = (column.cast(pl.Float64) * factor).round(1)
        columns.append(column)
    return sorted(frame.select(columns).rows(), key=str)


def test_the_register_in_use_today_is_eleven_streets_and_119_communities() -> None:
    today = read_register().filter(in_use(date(2026, 1, 1)))
    assert (today["street_code"].n_unique(), today.height) == (11, 119)


@pytest.mark.parametrize("day", [date(2009, 6, 30), date(2010, 6, 30), date(2014, 6, 30), date(2016, 12, 31)])
def test_every_community_in_use_has_people_also_in_earlier_years(day: date) -> None:
    district = District(1, Period.parse("2009-01"), Period.parse("2017-06"), SCALE)
    communities = district.communities(day)
    assert communities["community"].to_list() == read_register().filter(in_use(day))["community_code"].to_list()
    assert communities.select(pl.min_horizontal("registered", "residents").min()).item() > 0


def test_units_last_and_coverage_rises() -> None:
    district = District(1, Period.parse("2023-04"), UNTIL, 0.2)
    roster = EXPORTS["two_new_organizations"]
    first, before, last = (roster(district, UNTIL.shifted(-back)) for back in (23, 1, 0))
    both = before.join(last, on="unit_code", suffix="_now")
    assert both.height >= 0.98 * last.height
    assert both.select((pl.col("unit_name") == pl.col("unit_name_now")).all()).item()
    assert both.select((pl.col("coverage") != pl.col("coverage_now")).mean()).item() < 0.03
    is_organized = pl.col("coverage").is_in(["单独组建", "联合组建"])
    assert 0.57 < first.select(is_organized.mean()).item() < 0.67
    assert 0.73 < last.select(is_organized.mean()).item() < 0.83


def test_almost_every_branch_named_is_in_the_roster_of_the_month() -> None:
    district = District(1, UNTIL.shifted(-23), UNTIL, 0.5)
    named = EXPORTS["two_new_organizations"](district, UNTIL)["org_code"].drop_nulls()
    branches = EXPORTS["party_organizations"](district, UNTIL)["org_code"]
    orphans = named.filter(~named.is_in(branches.implode())).len()
    assert 0 < orphans < 0.01 * len(named)


def test_the_list_of_deliveries_is_plain_csv(sample: Path) -> None:
    with (sample / "deliveries.csv").open(encoding="utf-8", newline="") as handle:
        first = next(csv.DictReader(handle))
    assert first.keys() == {"received_at", "file", "remark"}
    assert first["received_at"].endswith("+08:00")
