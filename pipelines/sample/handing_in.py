"""Who hands in what and when: the plan of all deliveries, and what goes wrong with a few of them.

Decides, and makes nothing: the files are made in `make`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from pipelines.contracts.schema import DISTRICT, Contract, FieldType
from pipelines.periods import Cadence, Period
from pipelines.sample.district import in_use, read_register
from pipelines.sample.draws import Draws

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Remark(StrEnum):
    """What is to be known of a delivery; most are plain."""

    PLAIN = ""
    LATE = "late"
    WRONG_FIGURES = "wrong_figures"
    FAULTY_ROWS = "faulty_rows"
    WRONG_PERIOD = "wrong_period"
    SWAPPED_COLUMNS = "swapped_columns"
    COLUMN_MISSING = "column_missing"
    DAMAGED = "damaged"
    CORRECTION = "correction"

    @property
    def is_refused(self) -> bool:
        """Whether a file like this cannot be accepted at all."""
        return self in (self.WRONG_PERIOD, self.SWAPPED_COLUMNS, self.COLUMN_MISSING, self.DAMAGED)


_SHARES = {
    Remark.WRONG_PERIOD: 0.002,
    Remark.SWAPPED_COLUMNS: 0.002,
    Remark.COLUMN_MISSING: 0.002,
    Remark.DAMAGED: 0.002,
    Remark.FAULTY_ROWS: 0.005,
    Remark.WRONG_FIGURES: 0.005,
    Remark.LATE: 0.015,
}
"""Share of the hand-ins to which each thing happens; each at least once."""

_DAYS = (2, 3, 3, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10, 11)
_HOURS = (9, 9, 10, 10, 10, 11, 11, 14, 14, 15, 15, 16, 16, 17)


@dataclass(frozen=True)
class Delivery:
    """One file on its way: what it is, for whom, when it comes in, and what is to be known of it."""

    contract: Contract
    period: Period
    street: str
    """Code of the street that hands it in; empty when it speaks for the district."""
    received_at: datetime
    remark: Remark = Remark.PLAIN

    @property
    def submitter(self) -> str:
        """Code of the street or of the district."""
        return self.street or DISTRICT


def plan(contracts: Mapping[str, Contract], draws: Draws, since: Period, until: Period) -> list[Delivery]:
    """All deliveries of the whole periods between two months, in order of receipt."""
    due = [delivery for contract in contracts.values() for delivery in _due(contract, draws, since, until)]
    due = _without_missing(due, draws, since, until)
    deliveries: list[Delivery] = []
    rest = [due[int(number)] for number in draws.shuffled([str(number) for number in range(len(due))], "plan")]
    for remark, share in _SHARES.items():
        fitting = [delivery for delivery in rest if _FITTING[remark](delivery, until)]
        chosen = fitting[: max(round(share * len(due)), 1)]
        rest = [delivery for delivery in rest if delivery not in chosen]
        for delivery in chosen:
            deliveries += _with_consequences(replace(delivery, remark=remark), draws)
    deliveries += _last_faulty(rest, until)
    return sorted(deliveries, key=lambda d: (d.received_at, d.contract.export, d.period, d.street))


def _due(contract: Contract, draws: Draws, since: Period, until: Period) -> list[Delivery]:
    first = since.within(contract.cadence)
    # The register and a budget are there while their year still runs; of years before, only whole ones are told.
    is_running = contract.is_register or (contract.ahead and first.end > until.end)
    if not is_running and first.start < since.start:
        first = first.shifted(1)
    result = []
    while first.end <= until.end or (contract.ahead and first.start <= until.end):
        streets = [""]
        if contract.by == "street":
            there = read_register().filter(in_use(first.end))
            streets = there["street_code"].unique().sort().to_list()
        # The accounts of a year that is over replace its budget.
        is_ahead = contract.is_register or first.end > until.end
        result += [
            Delivery(contract, first, street, _receipt(contract, first, street, draws, is_ahead=is_ahead))
            for street in streets
        ]
        first = first.shifted(1)
    return result


def _receipt(contract: Contract, period: Period, street: str, draws: Draws, *, is_ahead: bool) -> datetime:
    """A working hour of the first days after the period; of what is handed in ahead, in the first days of its year."""
    rng = draws.generator("receipt", contract.export, period, street)
    start = period.start if is_ahead else period.end + timedelta(days=1)
    offset = rng.choice(_DAYS) if is_ahead else rng.choice(_DAYS) * contract.due_day // 10
    day = datetime(start.year, start.month, start.day, tzinfo=SHANGHAI) + timedelta(days=offset - 1)
    if day.month == 10 and day.day <= 7:
        day = day.replace(day=8)
    return _working(day).replace(hour=rng.choice(_HOURS), minute=rng.randrange(60), second=rng.randrange(60))


def _working(day: datetime) -> datetime:
    """The day itself; for a weekend the Monday after it, or the Friday before it when the report is nearly due."""
    weekend = day.weekday() - 4
    if weekend <= 0:
        return day
    return day - timedelta(days=weekend) if day.day >= 9 else day + timedelta(days=3 - weekend)


def _without_missing(due: list[Delivery], draws: Draws, since: Period, until: Period) -> list[Delivery]:
    """Leave out what never comes: one report some months ago, and one of the last month."""
    rng = draws.generator("missing")
    before = [d for d in due if d.contract.by == "street" and since.end < d.period.end < until.shifted(-1).end]
    old = [d for d in before if d.contract.export == "community_services"]
    new = [d for d in due if d.contract.export == "illegal_construction" and d.period == until]
    missing = [rng.choice(some) for some in (old, new) if some]
    return [delivery for delivery in due if delivery not in missing]


def _can_repeat(delivery: Delivery) -> bool:
    """Whether last month's rows pass for this month's: no dates of events, and the same communities."""
    contract, period = delivery.contract, delivery.period
    has_dates = contract.kind == "flow" and any(spec.type is FieldType.DATE for spec in contract.fields.values())
    now, before = (read_register().filter(in_use(p.end))["community_code"] for p in (period, period.shifted(-1)))
    return not has_dates and now.equals(before)


def _is_district_report(delivery: Delivery) -> bool:
    return delivery.contract.by == "district" and delivery.contract.cadence is Cadence.MONTH


def _can_have_faulty_rows(delivery: Delivery) -> bool:
    """Whether two bad rows are few among the others; in a small district there are few applicants."""
    return _is_district_report(delivery) and not delivery.contract.personal


_FITTING: Mapping[Remark, Callable[[Delivery, Period], bool]] = {
    Remark.LATE: lambda d, until: d.contract.cadence is Cadence.MONTH and d.period != until,
    Remark.WRONG_FIGURES: lambda d, _: _is_district_report(d) and _can_repeat(d),
    Remark.FAULTY_ROWS: lambda d, until: _can_have_faulty_rows(d) and d.period != until,
    Remark.WRONG_PERIOD: lambda d, _: d.contract.cadence is Cadence.MONTH,
    Remark.SWAPPED_COLUMNS: lambda d, _: _is_district_report(d) and _is_comparable(d.contract),
    Remark.COLUMN_MISSING: lambda d, _: d.contract.cadence is Cadence.MONTH,
    Remark.DAMAGED: lambda d, _: d.contract.cadence is Cadence.MONTH,
}


def _is_comparable(contract: Contract) -> bool:
    return any(spec.at_most for spec in contract.fields.values())


def _with_consequences(delivery: Delivery, draws: Draws) -> list[Delivery]:
    """The delivery, and the good file that follows a bad one after some days; a late one alone."""
    rng = draws.generator("consequence", delivery.contract.export, delivery.period, delivery.street)
    if delivery.remark is Remark.LATE:
        late = _working(delivery.received_at + timedelta(days=rng.randrange(12, 26)))
        return [replace(delivery, received_at=late)]
    wait = timedelta(days=rng.randrange(1, 4) if delivery.remark.is_refused else rng.randrange(3, 9))
    following = _working(delivery.received_at + wait) + timedelta(minutes=rng.randrange(20))
    return [delivery, replace(delivery, received_at=following, remark=Remark.CORRECTION)]


def _last_faulty(rest: list[Delivery], until: Period) -> list[Delivery]:
    """One report of the last month still has its faulty rows."""
    for position, delivery in enumerate(rest):
        if _can_have_faulty_rows(delivery) and delivery.period == until:
            return [*rest[:position], replace(delivery, remark=Remark.FAULTY_ROWS), *rest[position + 1 :]]
    return rest
