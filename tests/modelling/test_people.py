"""How people are made up: counted by street, and whatever is too few hidden so that it cannot be worked out."""

from collections.abc import Mapping
from datetime import date

import pytest

from tests.modelling.conftest import District, Values
from tests.modelling.test_values import DISTRICT, LIANGANTIAN, PINGDI, PINGDI_STREET, PINGHU_STREET

NANKENG, BUJI_STREET = "440307014001", "440307014"
MARCH = "2011-03"


def organization(code: str, community: str) -> dict[str, object]:
    return {
        "org_code": code,
        "org_name": code,
        "org_type": "党支部",
        "sector": "社区",
        "community": community,
        "member_count": 0,
    }


def members(org: str, education: Mapping[str | None, int], **others: object) -> list[dict[str, object]]:
    born = {"gender": "男", "birth_month": date(1970, 1, 1)}
    return [
        {"member_no": f"{org}-{item}-{n}", "org_code": org, "education": item, **born, **others}
        for item, count in education.items()
        for n in range(count)
    ]


def applicants(org: str, stage: str, count: int) -> list[dict[str, object]]:
    return [
        {"applicant_no": f"{org}-{stage}-{n}", "org_code": org, "stage": stage, "occupation": "公务员"}
        for n in range(count)
    ]


def district_of_three(home: District) -> District:
    home.register(
        "2011",
        (LIANGANTIAN, "良安田社区", "2009-01-01", None, ""),
        (PINGDI, "坪地社区", "2009-01-01", None, ""),
        (NANKENG, "南坑社区", "2009-01-01", None, ""),
    )
    roster = [organization("A", LIANGANTIAN), organization("B", PINGDI), organization("C", NANKENG)]
    for month in ("2011-01", "2011-02", MARCH):
        home.hand_in("party_organizations", month, roster)
    return home


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """Three streets with 24, 29 and 83 members."""
    home = district_of_three(District(tmp_path_factory.mktemp("home")))
    young = {"birth_month": date(1985, 4, 1), "gender": "女", "joined_on": date(2006, 3, 31)}
    home.hand_in(
        "party_members",
        MARCH,
        [
            *members("A", {"初中及以下": 2, "高中中专": 8, "大专": 6, "本科": 7, None: 1}),
            *members("B", {"初中及以下": 9, "高中中专": 10, "大专": 5, "本科": 5}),
            *members("C", {"初中及以下": 20, "高中中专": 30, "大专": 11, "本科": 12}),
            *members("C", {"研究生": 10}, **young),
        ],
    )
    return home.build()


def shown(values: Values, area: str, dimension: str = "education", export: str = "party_members") -> dict[str, object]:
    """What is published of an area, by item: the count, or None where it is hidden."""
    rows = values.rows(
        """select item, people, is_small from people_structure
        where export = ? and area_code = ? and dimension = ? order by period_end, ordinal""",
        export,
        area,
        dimension,
    )
    assert all((people is None) == is_small for _, people, is_small in rows)
    return {str(item): people for item, people, _ in rows}


def test_a_count_below_five_is_hidden_with_the_smallest_beside_it(values: Values) -> None:
    # 2 are too few. Those with college education are known to be 13 of 23, so one alone could be worked out: 10 - 8.
    assert shown(values, PINGHU_STREET) == {
        "初中及以下": None, "高中中专": None, "大专": 6, "本科": 7, "研究生": 0, "未填报": 1,
    }  # fmt: skip


def test_it_cannot_be_worked_out_from_the_district_either(values: Values) -> None:
    # 31 - 9 - 20 would be 2: the second smallest street hides what the smallest does.
    assert shown(values, PINGDI_STREET) == {"初中及以下": None, "高中中专": None, "大专": 5, "本科": 5, "研究生": 0}
    assert shown(values, BUJI_STREET) == {"初中及以下": 20, "高中中专": 30, "大专": 11, "本科": 12, "研究生": 10}
    assert shown(values, DISTRICT) == {
        "初中及以下": 31, "高中中专": 48, "大专": 22, "本科": 24, "研究生": 10, "未填报": 1,
    }  # fmt: skip


def test_people_stand_under_their_age_and_gender_at_the_end_of_the_period(values: Values) -> None:
    # Born in April 1985: 25 years old until April 2011. Born in January 1970: 41.
    found = shown(values, BUJI_STREET, "age_gender")
    assert {item: people for item, people in found.items() if people} == {"女 25岁及以下": 10, "男 36–45岁": 73}
    assert list(found)[:4] == ["男 25岁及以下", "男 26–35岁", "女 25岁及以下", "女 26–35岁"]


def test_years_in_the_party_are_full_years(values: Values) -> None:
    # Joined on 31 March 2006: five years on the last day of March 2011.
    found = shown(values, BUJI_STREET, "party_age")
    assert {item: people for item, people in found.items() if people} == {"5–9年": 10, "未填报": 73}


def test_every_hidden_count_has_company_in_its_row_and_in_its_column(values: Values) -> None:
    alone = values.rows(
        """select * from (
            select count(*) filter (where is_small) over (partition by dimension, item) as beside,
                count(*) filter (where is_small) over (partition by dimension, area_code) as along, is_small
            from people_structure
        ) where is_small and least(beside, along) < 2"""
    )
    assert alone == []


def test_a_register_of_what_happened_adds_up_over_the_year(district: District) -> None:
    home = district_of_three(district)
    home.hand_in("member_development", "2011-01", applicants("C", "预备党员", 4) + applicants("C", "转正", 7))
    assert shown(home.build(), BUJI_STREET, "stage", "member_development") == {
        "入党积极分子": 0, "发展对象": 0, "预备党员": None, "转正": 7,
    }  # fmt: skip
    home.hand_in("member_development", "2011-02", applicants("C", "预备党员", 2))
    values = home.build()
    assert shown(values, BUJI_STREET, "stage", "member_development")["预备党员"] == 6
    assert values.rows("select distinct period_type, period_end from people_structure") == [
        ("year", date(2011, 12, 31))
    ]
    # A correction of January counts February again.
    home.hand_in("member_development", "2011-01", applicants("C", "预备党员", 5))
    corrected = shown(home.build(), BUJI_STREET, "stage", "member_development")
    assert corrected == {"入党积极分子": 0, "发展对象": 0, "预备党员": 7, "转正": 0}


def test_no_person_is_in_the_build_file(values: Values) -> None:
    tables = values.rows("select schema_name || '.' || table_name from duckdb_tables() where not internal")
    for (table,) in tables:
        assert values.rows(f"select count(*) from {table} t where t::varchar like '%A-初中及以下-0%'") == [(0,)], table
