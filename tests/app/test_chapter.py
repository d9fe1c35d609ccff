"""The page 分章: six chapters out of the catalogue, and what a specialist of each looks for."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.modelling.refresh import refresh
from tests.app.conftest import Visit
from tests.modelling.conftest import District
from tests.modelling.test_people import applicants, district_of_three, members
from tests.modelling.test_values import LIANGANTIAN, PINGDI, PINGHU_STREET

MARCH = "2011-03"
NANKENG = "440307014001"


def cadres(community: str, leaders: int, reserve: int) -> list[dict[str, object]]:
    same = {"gender": "女", "birth_month": date(1980, 1, 1), "education": "本科"}
    flags = {"is_party_member": True, "on_exchange": False, "elite_trained": False}
    return [
        {"cadre_no": f"{community}-{role}-{n}", "community": community, "role": role, **same, **flags}
        for role, count in (("社区领导班子成员", leaders), ("社区后备干部", reserve))
        for n in range(count)
    ]


def budget(community: str, members: int, budgeted: int, spent: int) -> dict[str, object]:
    return {
        "community": community,
        "fund": "党员教育培训和活动经费",
        "members": members,
        "budgeted": Decimal(budgeted),
        "spent": Decimal(spent),
    }


def inspection(number: str, community: str, kind: str) -> dict[str, object]:
    when = date(2011, 2, 1)
    return {"inspection_no": number, "community": community, "kind": kind, "date": when, "findings": 0, "rectified": 0}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three streets of one community each, with 24, 29 and 83 members."""
    district = district_of_three(District(tmp_path_factory.mktemp("people")))
    district.hand_in(
        "party_members",
        MARCH,
        [
            *members("A", {"初中及以下": 2, "高中中专": 8, "大专": 6, "本科": 8}),
            *members("B", {"初中及以下": 9, "高中中专": 10, "大专": 5, "本科": 5}),
            *members("C", {"初中及以下": 20, "高中中专": 30, "大专": 11, "本科": 22}),
        ],
    )
    stages = (("入党积极分子", 40), ("发展对象", 20), ("预备党员", 10), ("转正", 5))
    district.hand_in("member_development", MARCH, [row for stage, n in stages for row in applicants("C", stage, n)])
    district.hand_in("cadres", "2011-Q1", [*cadres(LIANGANTIAN, 6, 6), *cadres(PINGDI, 7, 2), *cadres(NANKENG, 5, 4)])
    # 24 members at 400 yuan, 29 at 600, 83 at 500.
    district.hand_in(
        "party_budgets",
        "2011",
        [budget(LIANGANTIAN, 24, 9600, 4800), budget(PINGDI, 29, 17400, 17400), budget(NANKENG, 83, 41500, 41500)],
    )
    district.hand_in(
        "party_inspections",
        "2011-Q1",
        [inspection("1", LIANGANTIAN, "巡回检查"), inspection("2", PINGDI, "年度部署")],
    )
    refresh(district.settings)
    return district.settings.home


@pytest.fixture
def look(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GUBEN_HOME", str(home))
    return lambda **parameters: Visit("chapter", parameters)


def words(page: Visit) -> str:
    return " ".join(page.words.split())


def drawn(page: Visit, title: str) -> list[str]:
    """What the bars of a figure say when pointed at."""
    (found,) = (e.proto.spec for e in page.app.get("plotly_chart") if title in e.proto.id)
    return [text for bars in json.loads(found)["data"] for text in bars["hovertext"]]


@pytest.mark.parametrize(
    ("chapter", "title", "clause"),
    [
        ("1", "全面夯实党的基层组织建设基础", "第1条"),
        ("2", "充分发挥社区党组织的领导核心作用", "第5条"),
        ("3", "努力增强“两新”组织党建工作实效", "第14条"),
        ("4", "积极改进机关事业单位和国有企业党建工作", "第19条"),
        ("5", "有效激发党员队伍的生机和活力", "第22条"),
        ("6", "建立党的基层组织建设保障机制", "第27条"),
    ],
)
def test_every_chapter_shows_its_clauses_and_its_streets(look, chapter: str, title: str, clause: str) -> None:
    page = look(chapter=chapter)
    assert title in words(page) and clause in words(page)
    assert look(chapter=chapter, view="streets").charts() == 1


def test_the_answer_counts_the_chapter_and_names_what_is_farthest_behind(look) -> None:
    # Everybody is 41 and without a category: none of 136 members is up to 35 or classified.
    page = look(chapter="5")
    assert "截至2011年3月，龙岗区本章14项指标：" in page.words
    assert "离目标最远的是重点群体发展党员比例：0.0%，目标40%" in page.words


def test_members_stand_in_a_pyramid_and_by_education(look) -> None:
    page = look(chapter="5", view="members")
    assert "党员的年龄与性别" in words(page) and "党员的学历 龙岗区，2011年3月" in words(page)
    assert page.charts() == 5
    pyramid = drawn(page, "pyramid")
    assert "男 36–45岁：136人" in pyramid and "女 36–45岁：0人" in pyramid
    # 2 + 9 + 20 of 136.
    assert "初中及以下：31人 22.8%" in drawn(page, "part_education")


def test_what_is_too_few_in_a_street_is_not_shown(look) -> None:
    page = look(chapter="5", view="members", area=PINGHU_STREET)
    assert "不足5人的项" in page.words
    hidden = [text for text in drawn(page, "part_education") if "不展示" in text]
    assert hidden == ["初中及以下：不展示", "高中中专：不展示"]


def test_the_funnel_goes_from_stage_to_stage(look) -> None:
    page = look(chapter="5", view="development")
    assert "发展党员各阶段 龙岗区，2011年累计进入各阶段的人数" in words(page)
    assert drawn(page, "stages") == [
        "入党积极分子：40人",
        "发展对象：20人 为上一阶段的50%",
        "预备党员：10人 为上一阶段的50%",
        "转正：5人 为上一阶段的50%",
    ]


def test_communities_short_of_reserve_cadres_are_listed_with_how_many_they_lack(look) -> None:
    page = look(chapter="2", view="reserve")
    assert "后备干部不足1∶1的社区：2个，共差6人" in page.words
    rows = [(r["社区"], r["后备干部（人）"], r["领导班子成员（人）"], r["还差（人）"]) for r in page.rows()]
    assert rows == [("坪地社区", 2, 7, 5), ("南坑社区", 4, 5, 1)]


def test_the_fund_per_member_is_held_against_500_yuan(look) -> None:
    page = look(chapter="6", view="funds")
    # 24 members of 平湖 lack 100 yuan each.
    assert "党员教育活动经费人均500元：1个街道不足，共差2,400元" in page.words
    row = next(row for row in page.rows() if row["街道"] == "平湖街道")
    assert (row["党员基数（人）"], row["人均预算（元）"], row["执行率（%）"]) == (24, 400, 50.0)


def test_communities_not_inspected_this_year_are_a_work_list(look) -> None:
    page = look(chapter="6", view="todo")
    assert "没有督查过的社区：2个 第29条；2011年，共3个社区" in words(page)
    assert [row["社区"] for row in page.rows(0)] == ["坪地社区", "南坑社区"]
    # Of venues nothing was handed in; 坪地 alone had its work for the year arranged.
    assert "没有投入使用的社区党群活动中心的社区 所需的报表还没有报送过" in words(page)
    assert [row["社区"] for row in page.rows(1)] == ["良安田社区", "南坑社区"]


def test_a_street_sees_its_own_figures_and_lists(look) -> None:
    page = look(chapter="6", view="todo", area=PINGHU_STREET)
    assert "没有督查过的社区：0个" in words(page)
    assert "平湖街道本章6项指标" in page.words
