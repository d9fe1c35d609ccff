"""How each department and street writes its sheets: drawn once, and kept for all its files.

A style is about looks alone. Nothing here changes a figure; every way of writing is one that clerks really use.
"""

from dataclasses import dataclass

from pipelines.contracts.schema import Contract, FieldSpec, FieldType
from pipelines.periods import Cadence, Period
from pipelines.sample.draws import Draws

GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "stock_cooperatives": {
        "收入（万元）": ("rental_income", "investment_income", "service_income", "management_income", "other_income")
    },
    "party_organizations": {
        "书记情况": ("secretary_birth_month", "secretary_education", "secretary_origin", "secretary_trained")
    },
    "member_appraisals": {"评议结果": ("excellent", "qualified", "basically_qualified", "unqualified")},
    "two_new_organizations": {
        "群团组织": ("has_union", "has_youth_league", "has_womens_federation", "has_militia"),
    },
}
"""Exports whose headers take two rows, and what stands in the upper one over which fields."""

_BOOLS = (("是", "否"), ("是", "否"), ("√", "×"), ("Y", "N"))
_TITLES = ("深圳市龙岗区{who}{title}（{period}）", "{period}{who}{title}", "龙岗区{who}{title}", "{who}{period}{title}")
_FILES = ("{whose}{title}（{period}）", "{code}{whose}{title}", "{whose}{title}{period}", "{period}{whose}{title}")
WITH_PERIOD = _TITLES[0]
_NOTES = ("注：本表由各单位于次月10日前报送。", "说明：数据以当期末为准。", "备注：如有疑问请与经办科室核实。")


@dataclass(frozen=True)
class Style:
    """The habits of one submitter with one export."""

    file: str
    """xlsx, or the encoding of its csv: gb18030, utf-8-sig, utf-8."""
    file_name: str
    title: str
    community: str
    """How communities are written: full (布吉社区居委会), plain (布吉社区), short (布吉) or code."""
    bools: tuple[str, str]
    dates: str
    months: str
    has_serial: bool
    has_street: bool
    """Whether a column 所属街道 is put before the community."""
    totals: str
    """none, total, or subtotals (of each street, then of all)."""
    groups: dict[str, tuple[str, ...]]
    headers: dict[str, str]
    order: tuple[str, ...]
    extra: tuple[tuple[str, str], ...]
    """Columns no contract knows, and what stands in all their cells."""
    note: str
    has_second_sheet: bool


def file_kinds(draws: Draws, submitters: list[str]) -> dict[str, str]:
    """What kind of file each street, or each export of the district, always sends: half of them workbooks."""
    cycle = ("gb18030", "xlsx", "utf-8-sig", "xlsx", "gb18030", "xlsx", "utf-8-sig", "xlsx", "gb18030", "xlsx", "utf-8")
    order = draws.shuffled(sorted(submitters), "file kinds")
    return {name: cycle[number % len(cycle)] for number, name in enumerate(order)}


def style(draws: Draws, contract: Contract, submitter: str, file: str) -> Style:
    """The habits of a submitter, the same in every period."""
    rng = draws.generator("style", contract.export, submitter)
    by_district = contract.by == "district"
    is_roster = len(contract.fields) > 12 and not contract.sums
    named = any(spec.type is FieldType.COMMUNITY for spec in contract.fields.values())
    community = rng.choice(["full", "plain", "short", "code"] if named else ["plain"])
    is_grouped = rng.random() < 0.6 or bool(contract.sums)
    groups = GROUPS.get(contract.export, {}) if is_grouped else {}
    totals = rng.choice(["total", "total", "subtotals" if by_district else "none"])
    if is_roster or contract.is_register:
        totals = rng.choice(["none", "none", "total"])
    extra: list[tuple[str, str]] = [("备注", "")] if rng.random() < 0.5 else []
    if contract.export == "two_new_organizations" and rng.random() < 0.3:
        extra.append(("联系电话", "见附表"))
    return Style(
        file=file,
        file_name=rng.choice(_FILES),
        title=rng.choice(_TITLES),
        community=community,
        bools=rng.choice(_BOOLS),
        dates=rng.choice(["cell", "%Y-%m-%d", "%Y.%-m.%-d", "%Y年%-m月%-d日", "%Y/%-m/%-d"]),
        months=rng.choice(["%Y-%m", "%Y年%-m月", "%Y.%m"]),
        has_serial=rng.random() < 0.7,
        # Names that stand in two streets are told apart by the street.
        has_street=named and by_district and community != "code",
        totals=totals,
        groups=groups,
        headers=_headers(contract, rng.random(), rng.random() < 0.3, groups),
        order=_order(contract, groups, rng.random(), rng.sample(range(100), 100)),
        extra=tuple(extra),
        note=rng.choice(_NOTES) if rng.random() < 0.6 else "",
        has_second_sheet=file == "xlsx" and rng.random() < 0.25,
    )


def _headers(
    contract: Contract, other_name: float, with_units: bool, groups: dict[str, tuple[str, ...]]
) -> dict[str, str]:
    grouped = {name for names in groups.values() for name in names}
    result = {}
    for number, (name, spec) in enumerate(contract.fields.items()):
        use_other = spec.aka and (other_name * 7 + number * 0.37) % 1 < 0.4
        header = spec.aka[0] if use_other else spec.header
        unit = _unit(spec)
        is_plain = "（" not in header and name not in grouped
        result[name] = f"{header}（{unit}）" if with_units and unit and is_plain else header
    return result


def _unit(spec: FieldSpec) -> str:
    """The unit a clerk would put behind this header, if any."""
    if spec.unit:
        return spec.unit
    if spec.measure == "cases":
        return next((unit for unit in "宗起件次" if unit in spec.header), "项")
    return {"people": "人", "households": "户", "area": "平方米"}.get(spec.measure or "", "")


def _order(contract: Contract, groups: dict[str, tuple[str, ...]], mixed: float, ranks: list[int]) -> tuple[str, ...]:
    """Keys, names and places first, then the rest, by some clerks in an order of their own; groups stay together."""
    names = list(contract.fields)
    first = [n for n in names if n in contract.key or contract.fields[n].type in (FieldType.TEXT, FieldType.COMMUNITY)]
    if contract.is_register:
        first = names[:4]
    rest = [n for n in names if n not in first]
    if mixed < 0.5 and not contract.sums:
        rank: dict[str | None, int] = dict(zip(names, ranks, strict=False))
        anchor: dict[str, str] = {name: members[0] for members in groups.values() for name in members}
        rest.sort(key=lambda n: (rank[anchor.get(n, n)], names.index(n)))
    return tuple(first + rest)


def period_words(period: Period, variant: float) -> str:
    """A period as clerks write it: 2025年3月, 2025年第1季度, 2025年一季度, 2025年."""
    if period.cadence is not Cadence.QUARTER or variant < 0.5:
        return period.chinese
    return f"{period.end.year}年{'一二三四'[period.end.month // 3 - 1]}季度"
