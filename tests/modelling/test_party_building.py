"""The assessment of clause 29, worked out by hand.

Of three streets one did half, one left two exports out, and in one most things cannot be counted.
"""

from decimal import Decimal
from typing import Any

import pytest

from tests.modelling.conftest import District, Values
from tests.modelling.test_cases import PLACES, hand_in_rows, read_rows

LIANGANTIAN, PINGDI_COMMUNITY, DAFEN = PLACES["良安田"], PLACES["坪地"], "440307014021"
PINGHU, PINGDI, BUJI = PLACES["平湖街道"], PLACES["坪地街道"], "440307014"

ROWS = f"""
training:
  columns: [session_no, kind, audience, community, date, hours, invited, attended]
  2010-12:
    - [T1, 中心组学习, 社区班子成员, 良安田, 2010-12-01, 2, 40, 31]
    - [T2, 集中培训, 党员, 良安田, 2010-12-01, 2, 20, 18]
    - [T3, 中心组学习, 社区班子成员, 坪地, 2010-12-01, 2, 20, 19]
    - [T4, 集中培训, 党员, 坪地, 2010-12-01, 2, 10, 9]
major_decisions:
  columns: [decision_no, community, sector, kind, date, collective, party_reviewed, concerns_public, disclosed]
  2010-12:
    平湖街道:
      - [D1, 良安田, 社区, 重大决策, 2010-12-01, true, true, false, false]
      - [D2, 良安田, 社区, 重大决策, 2010-12-01, true, true, false, false]
      - [D3, 良安田, 社区, 重大决策, 2010-12-01, true, true, false, false]
      - [D4, 良安田, 社区, 重大决策, 2010-12-01, true, true, false, false]
      - [D5, 良安田, 社区, 重大决策, 2010-12-01, true, true, false, false]
      - [D6, 良安田, 社区, 重大决策, 2010-12-01, true, true, false, false]
      - [D7, 良安田, 社区, 重大决策, 2010-12-01, true, true, false, false]
      - [D8, 良安田, 社区, 重大决策, 2010-12-01, true, true, false, false]
      - [D9, 良安田, 社区, 重大决策, 2010-12-01, true, true, false, false]
      - [D0, 良安田, 社区, 重大决策, 2010-12-01, false, true, false, false]
    坪地街道: [[E1, 坪地, 社区, 重大决策, 2010-12-01, true, true, true, true]]
    "{BUJI}": []
community_governance:
  columns: [community, meetings_required, meetings_held, resident_groups, groups_with_branch]
  always: {{tasks_assigned: 1, tasks_admitted: 1, tasks_funded: 1, commitments_made: 1, commitments_kept: 1,
            six_good: true}}
  2010-12:
    平湖街道: [[良安田, 5, 4, 10, 7]]
    坪地街道: [[坪地, 1, 1, 10, 9]]
    "{BUJI}": [["{DAFEN}", 5, 4, 0, 0]]
party_organizations:
  columns: [org_code, org_type, sector, community, selection_method, secretary_trained, is_weak, rectified_on,
            discloses_affairs]
  always: {{org_name: 党组织, member_count: 3}}
  2010-12:
    - [O1, 党委, 社区, 良安田, null, true, false, null, true]
    - [O2, 党支部, 社区, 良安田, null, false, false, null, true]
    - [O3, 党支部, 非公企业, 良安田, 公推直选, false, false, null, true]
    - [O4, 党支部, 非公企业, 良安田, 上级委任, false, false, null, false]
    - [O5, 党委, 社区, 坪地, null, true, true, 2010-12-01, true]
cadres:
  columns: [cadre_no, community, role]
  always: {{gender: 男, birth_month: 1970-01-01, education: 本科, is_party_member: true, on_exchange: false,
            elite_trained: false}}
  2010-Q4:
    - [K1, 良安田, 社区领导班子成员]
    - [K2, 良安田, 社区后备干部]
    - [K3, 坪地, 社区领导班子成员]
    - [K4, 坪地, 社区后备干部]
two_new_organizations:
  columns: [unit_code, community, coverage, has_union]
  always: {{unit_name: 单位, kind: 非公企业, grid: G1, above_scale: false, employees: 9, party_members: 1,
            stable_operation: true, stable_membership: true, has_candidate: true, has_youth_league: false,
            has_womens_federation: false, has_militia: false, cross_appointed: false, has_appeal_centre: false}}
  2010-12:
    平湖街道:
      - [X1, 良安田, 单独组建, true]
      - [X2, 良安田, 派驻指导员, true]
      - [X3, 良安田, 派驻指导员, false]
      - [X4, 良安田, 未覆盖, false]
member_development:
  columns: [applicant_no, org_code, stage, date, occupation]
  2010-12:
    - [N1, O1, 预备党员, 2010-12-01, 社区干部]
    - [N2, O1, 预备党员, 2010-12-01, 其他]
    - [N3, O1, 预备党员, 2010-12-01, 其他]
    - [N4, O1, 预备党员, 2010-12-01, 其他]
    - [N5, O5, 预备党员, 2010-12-01, 居民小组长]
member_appraisals:
  columns: [org_code, due, appraised]
  always: {{excellent: 0, qualified: 0, basically_qualified: 0, unqualified: 0, handled: 0}}
  2010: [[O1, 100, 89], [O5, 100, 98]]
party_activities:
  columns: [activity_no, org_code, date, kind, eligible, participants]
  2010-12:
    平湖街道: [[A1, O1, 2010-12-01, 主题实践, 10, 7]]
    "{BUJI}": []
party_budgets:
  columns: [community, fund, members, budgeted, spent]
  2010:
    - [良安田, 党员教育培训和活动经费, 10, 4000, 4000]
    - ["{DAFEN}", 党员教育培训和活动经费, 10, 5000, 5000]
party_venues:
  columns: [venue_no, community, kind, in_use]
  2010:
    - [V1, 良安田, 社区党群活动中心, true]
    - [V2, 坪地, 社区党群活动中心, true]
    - [V3, "{DAFEN}", 社区党群活动中心, true]
party_inspections:
  columns: [inspection_no, community, kind, date, findings, rectified]
  2010-Q4:
    - [I1, 良安田, 巡回检查, 2010-12-01, 0, 0]
    - [I2, 坪地, 随机抽查, 2010-12-01, 0, 0]
    - [I3, "{DAFEN}", 年度部署, 2010-12-01, 0, 0]
"""


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """The year 2010, over: now is 2010-12-31."""
    district = District(tmp_path_factory.mktemp("party_building"))
    district.register(
        "2010",
        (LIANGANTIAN, "良安田社区", "2009-01-01", None, ""),
        (PINGDI_COMMUNITY, "坪地社区", "2009-01-01", None, ""),
        (DAFEN, "大芬社区", "2009-01-01", None, ""),
    )
    hand_in_rows(district, read_rows(ROWS))
    return district.build()


def sheet(values: Values, street: str) -> dict[object, tuple[object, ...]]:
    """Score, effective weight of 100 and note of each indicator."""
    rows = values.rows(
        """select indicator_id, round(score, 4), round(weight, 4), note from assessment_scores
        where scheme = 'party_building' and year = 2010 and street_code = ?""",
        street,
    )
    return {indicator: tuple(rest) for indicator, *rest in rows}


def dimension_points(values: Values, street: str) -> dict[object, object]:
    rows: list[Any] = values.rows(
        """select dimension, round(sum(points), 6) from assessment_scores
        where scheme = 'party_building' and year = 2010 and street_code = ? group by dimension""",
        street,
    )
    return dict(rows)


NOTHING = "无可统计对象，权重分给其他指标"
ROSTER_MISSING = "未报送：“两新”组织名册，计0分"


def test_scores_between_floor_and_target(values: Values) -> None:
    scores = {indicator: figures[:2] for indicator, figures in sheet(values, PINGHU).items()}
    assert scores == {
        # 15 of 100, in parts of 30, 30 and 20: (31/40 - 0.60) / 0.35, 18/20 is the target, (9/10 - 0.8) / 0.2
        "centre_group_attendance": (50, 5.625),
        "member_training_attendance": (100, 5.625),
        "collective_decision_rate": (50, 3.75),
        "public_decision_disclosure": (None, 0),
        # 25 in four parts: (4/5 - 0.6) / 0.4, (7/10 - 0.5) / 0.4, 1:1, 1 of 2 is the floor
        "deliberation_rate": (50, 6.25),
        "weak_team_rectified_rate": (None, 0),
        "resident_group_branch_rate": (50, 6.25),
        "reserve_cadre_ratio": (100, 6.25),
        "secretary_trained_rate": (0, 6.25),
        # 30 in parts of 25, 15, 10 and 15: 1/4 is below the floor, (3/4 - 0.5) / 0.5, 1/2 is above the target,
        # (2/4 - 0.4) / 0.5
        "two_new_org_coverage": (0, 11.5385),
        "two_new_work_coverage": (50, 6.9231),
        "above_scale_coverage": (None, 0),
        "direct_election_share": (100, 4.6154),
        "appeal_centre_coverage": (None, 0),
        "union_coverage": (20, 6.9231),
        # 15 in four parts: (1/4 - 0.1) / 0.3, (0.89 - 0.80) / 0.18, (3/4 - 0.6) / 0.4, (7/10 - 0.5) / 0.4
        "key_group_recruit_share": (50, 3.75),
        "appraisal_participation": (50, 3.75),
        "affairs_disclosure_rate": (37.5, 3.75),
        "practice_participation": (50, 3.75),
        # 15 in parts of 40, 30 and 30: (400 - 250) / 250, the one community has its centre and was inspected
        "education_fund_per_member": (60, 6),
        "community_venue_coverage": (100, 4.5),
        "inspection_coverage": (100, 4.5),
    }


def test_points_of_the_dimensions(values: Values) -> None:
    assert dimension_points(values, PINGHU) == {
        "组织建设基础": 10.3125,
        "社区党建": 12.5,
        "“两新”组织党建": 9.461538,
        "党员队伍": 7.03125,
        "保障机制": 12.6,
    }


def test_an_export_left_out_earns_nothing_and_is_named(values: Values) -> None:
    figures = sheet(values, PINGDI)
    assert figures["practice_participation"] == (0, 3.75, "未报送：党组织活动台账，计0分")
    # Of the register of organizations the street has no “两新” party organization: its tenth goes to what is missing.
    assert figures["direct_election_share"] == (None, 0, NOTHING)
    assert figures["two_new_org_coverage"] == (0, 8.3333, ROSTER_MISSING)
    assert figures["union_coverage"] == (0, 5, ROSTER_MISSING)
    # Absent from the district's budgets there is nothing to divide by; venue and inspection take its weight.
    assert figures["education_fund_per_member"] == (None, 0, NOTHING)
    assert figures["community_venue_coverage"] == (100, 7.5, None)
    assert dimension_points(values, PINGDI) == {
        "组织建设基础": 15,
        "社区党建": 25,
        "“两新”组织党建": 0,
        "党员队伍": 11.25,
        "保障机制": 15,
    }


def test_a_dimension_with_nothing_to_count_spreads_its_weight_in_proportion(values: Values) -> None:
    # Two dimensions of 15 have nothing: 25, 30 and 15 stand for 70.
    figures = sheet(values, BUJI)
    assert figures["centre_group_attendance"] == figures["practice_participation"] == (None, 0, NOTHING)
    assert figures["deliberation_rate"] == (50, 35.7143, None)
    assert figures["two_new_org_coverage"] == (0, 11.9048, ROSTER_MISSING)
    assert figures["education_fund_per_member"] == (100, 8.5714, None)
    assert figures["inspection_coverage"] == (0, 6.4286, None)
    weights = values.rows(
        """select street_code, round(sum(weight), 6) from assessment_scores
        where scheme = 'party_building' group by street_code order by 1"""
    )
    assert weights == [(PINGHU, 100), (PINGDI, 100), (BUJI, 100)]


def test_totals_grades_and_ranks(values: Values) -> None:
    rows = values.rows(
        """select street_code, year, total, grade, rank, veto, status from assessment_totals
        where scheme = 'party_building' order by rank"""
    )
    # 15 + 25 + 0 + 11.25 + 15; 51.905289 as above; (25 x 50 + 15 x 70) / 70
    assert rows == [
        (PINGDI, 2010, Decimal("66.25"), "合格", 1, None, "ok"),
        (PINGHU, 2010, Decimal("51.91"), "不合格", 2, None, "ok"),
        (BUJI, 2010, Decimal("32.86"), "不合格", 3, None, "ok"),
    ]


def test_the_other_assessment_waits_until_all_its_exports_are_there(values: Values) -> None:
    assert values.rows("select count(*) from assessment_totals where scheme = 'street_leadership'") == [(0,)]
