"""How people are made up: counts by street of those in exports with a row per person, and which are too few to be said.

The rows are read while they are counted and are in no table; what stays is `people_structure`. A count below SMALL is
left out of it, together with what would let one work it out:

- from sums of a street that are published elsewhere: in each family of items two are hidden, or none;
- from the district's own counts: what any area hides, the two smallest streets hide, too.

So every hidden count shares its row with a second one, and both have a second one in their columns. The published
indicators say what a family is: the members up to 35, say, or those with college education.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import polars as pl

from pipelines.contracts.schema import Contract
from pipelines.periods import Cadence, Period

SMALL = 5
MISSING = "未填报"
"""The item of those of whom nothing is said; never hidden, as it tells of nobody."""

AGES = ("25岁及以下", "26–35岁", "36–45岁", "46–55岁", "56–65岁", "66岁及以上")
_YOUNG = 2
"""How many of AGES are up to 35: their sum is published."""

_AGE = f"""gender || ' ' || case when age <= 25 then '{AGES[0]}' when age <= 35 then '{AGES[1]}'
    when age <= 45 then '{AGES[2]}' when age <= 55 then '{AGES[3]}' when age <= 65 then '{AGES[4]}'
    else '{AGES[5]}' end"""
_PARTY_AGES = ("不满5年", "5–9年", "10–19年", "20–29年", "30–49年", "50年及以上")
_PARTY_AGE = f"""case when date_diff('month', joined_on, period_end) < 60 then '{_PARTY_AGES[0]}'
    when date_diff('month', joined_on, period_end) < 120 then '{_PARTY_AGES[1]}'
    when date_diff('month', joined_on, period_end) < 240 then '{_PARTY_AGES[2]}'
    when date_diff('month', joined_on, period_end) < 360 then '{_PARTY_AGES[3]}'
    when date_diff('month', joined_on, period_end) < 600 then '{_PARTY_AGES[4]}'
    when joined_on is not null then '{_PARTY_AGES[5]}' end"""


@dataclass(frozen=True)
class Dimension:
    """One way to divide the people of an export."""

    sql: str
    """What a person is put under; NULL where nothing is said."""
    families: tuple[tuple[str, ...], ...]
    """Its items in their order, divided where sums of them are known from elsewhere."""
    where: str = "true"


_AGE_GENDER = Dimension(
    _AGE,
    tuple(
        tuple(f"{gender} {age}" for gender in ("男", "女") for age in ages) for ages in (AGES[:_YOUNG], AGES[_YOUNG:])
    ),
)
_EDUCATION = Dimension("education", (("初中及以下", "高中中专"), ("大专", "本科", "研究生")))
_KEY_GROUPS = ("社区干部", "居民小组长", "两新组织中高层")
_OTHERS = ("两新组织员工", "公务员", "专业技术人员", "其他")

STRUCTURES: Mapping[str, Mapping[str, Dimension]] = {
    "party_members": {
        "age_gender": _AGE_GENDER,
        "education": _EDUCATION,
        "category": Dimension(
            "category", (("机关", "企事业单位", "社区工作人员", "居民", "离退休", "两新组织", "流动"),)
        ),
        "occupation": Dimension("occupation", ((*_KEY_GROUPS, *_OTHERS),)),
        "party_age": Dimension(_PARTY_AGE, (_PARTY_AGES,)),
    },
    "member_development": {
        "stage": Dimension("stage", (("入党积极分子", "发展对象"), ("预备党员",), ("转正",))),
        "occupation": Dimension("occupation", (_KEY_GROUPS, _OTHERS), where="stage = '预备党员'"),
    },
    "cadres": {
        "role": Dimension("role", (("社区领导班子成员",), ("社区后备干部",), ("街道干部", "区直机关干部"))),
        "age_gender": _AGE_GENDER,
        "education": _EDUCATION,
    },
}
"""By export with a row per person: how its people are divided."""

_FILL = """insert into people_structure by name
with counted as (
    {counted}
),
periods as (
    select distinct period_end, date_trunc($type, period_end) as first_day from counted
),
places as (
    select p.period_end, a.area_code, a.level from periods p
    join areas a
        on a.level = 'street' and a.valid_from <= p.period_end and (a.valid_to is null or a.valid_to > p.first_day)
    union all
    select p.period_end, d.district_code, 'district' from periods p cross join build.district d
),
levels as (
    select period_end, street as area_code, dimension, item, people from counted
    union all
    select c.period_end, d.district_code, c.dimension, c.item, sum(c.people) from counted c cross join build.district d
    group by all
),
cells as (
    select p.period_end, p.level, p.area_code, i.dimension, i.item, i.ordinal, i.family,
        coalesce(l.people, 0) as people,
        i.family is not null and coalesce(l.people, 0) between 1 and $small - 1 as is_few
    from places p
    cross join _people_items i
    left join levels l using (period_end, area_code, dimension, item)
),
in_family as (
    select *,
        count(*) filter (where is_few) over family as few,
        row_number() over (partition by period_end, area_code, dimension, family
            order by is_few, people = 0, people, ordinal) as place
    from cells
    window family as (partition by period_end, area_code, dimension, family)
),
hidden as (
    select *, family is not null and (is_few or few = 1 and place = 1) as is_hidden from in_family
),
smallest as (
    select period_end, dimension, area_code from cells
    group by period_end, dimension, area_code, level
    qualify row_number() over (
        partition by period_end, dimension order by sum(people) = 0, level = 'district', sum(people), area_code) <= 2
),
guarded as (
    select h.*, h.is_hidden or s.area_code is not null and h.family is not null
        and bool_or(h.is_hidden) over (partition by h.period_end, h.dimension, h.item) as is_small
    from hidden h
    left join smallest s using (period_end, dimension, area_code)
)
select $export as export, $type as period_type, period_end, level, area_code, dimension, item, ordinal,
    case when not is_small then people end as people, is_small
from guarded
where family is not null or people > 0
"""


def periods_counted(contract: Contract, periods: Sequence[date], known: Sequence[date]) -> list[date]:
    """The periods whose people are to be read when these changed: of a flow, all of the same years.

    Args:
        contract: Of the export.
        periods: Last days of those that changed.
        known: Last days of those handed in.
    """
    if contract.kind == "snapshot":
        return sorted(periods)
    years = {end.year for end in periods}
    return sorted({*periods, *(end for end in known if end.year in years)})


def fill_structure(con: duckdb.DuckDBPyConnection, contract: Contract, units: str, periods: Sequence[date]) -> None:
    """Count the people of an export anew: a snapshot by its own periods, a flow by years.

    Args:
        con: The build file.
        contract: Of the export.
        units: Table of its people, of all periods to be counted, with their street.
        periods: Last days of the periods that changed.
    """
    kind = contract.cadence if contract.kind == "snapshot" else Cadence.YEAR
    ends = sorted({Period.containing(end, kind).end for end in periods})
    con.execute(
        "delete from people_structure where export = $1 and list_contains($2, period_end)", [contract.export, ends]
    )
    dimensions = STRUCTURES[contract.export]
    end = "period_end" if contract.kind == "snapshot" else "make_date(year(period_end), 12, 31)"
    counted = " union all ".join(
        f"""(select {end} as period_end, street, '{name}' as dimension, coalesce({d.sql}, '{MISSING}') as item,
            count(*) as people from {units} where street is not null and ({d.where}) group by all)"""
        for name, d in dimensions.items()
    )
    con.register("_people_items", _items(dimensions))
    con.execute(
        _FILL.format(counted=counted),
        {"export": contract.export, "type": kind.value, "small": SMALL},
    )
    con.unregister("_people_items")


def _items(dimensions: Mapping[str, Dimension]) -> pl.DataFrame:
    rows: list[tuple[str, str, int, int | None]] = []
    for name, dimension in dimensions.items():
        listed = [(item, family) for family, items in enumerate(dimension.families) for item in items]
        rows += [(name, item, ordinal, family) for ordinal, (item, family) in enumerate(listed, 1)]
        rows.append((name, MISSING, len(listed) + 1, None))
    columns = {"dimension": pl.String, "item": pl.String, "ordinal": pl.Int32, "family": pl.Int32}
    return pl.DataFrame(rows, schema=columns, orient="row")
