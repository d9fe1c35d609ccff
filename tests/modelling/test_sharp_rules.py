"""The sharper rules of a value, each with its own test: rosters, orphans, `last`, two exports, followers, periods."""

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml

from pipelines.modelling.build import Build
from pipelines.modelling.refresh import check, publish
from pipelines.settings import ROOT, Settings
from tests.modelling.conftest import District, Values
from tests.modelling.test_cases import PLACES, hand_in_rows, read_rows, register_three

A, B, C = PLACES["良安田"], PLACES["新木"], PLACES["坪地"]
PINGHU, PINGDI, LONGGANG = PLACES["平湖街道"], PLACES["坪地街道"], PLACES["龙岗区"]

ROSTER = "columns: [org_code, org_name, org_type, sector, community, member_count]"
MEMBERS = "columns: [member_no, org_code, gender, birth_month, is_volunteer]"
ACTIVITIES = "columns: [activity_no, org_code, date, kind, eligible, participants]"

AUTUMN = f"""
# The roster of December was not handed in. ZZ is in no roster. The street of 坪地 is silent in November.
party_organizations:
  {ROSTER}
  2010-10:
    - [O1, 甲, 党支部, 非公企业, 良安田, 3]
    - [O2, 乙, 党支部, 社会组织, 坪地, 3]
  2010-11:
    - [O1, 甲, 党支部, 非公企业, 良安田, 3]
    - [O2, 乙, 党支部, 社会组织, 坪地, 3]
    - [O3, 丙, 党支部, 非公企业, 新木, 3]
party_members:
  {MEMBERS}
  2010-10: [[PERSON-1, O1, 男, 1951-03-01, true]]
  2010-11:
    - [PERSON-1, O1, 男, 1951-03-01, true]
    - [PERSON-2, O1, 女, 1952-03-01, false]
    - [PERSON-3, O2, 男, 1953-03-01, false]
    - [PERSON-4, ZZ, 男, 1954-03-01, true]
  2010-12: [[PERSON-1, O1, 男, 1951-03-01, false]]
party_activities:
  {ACTIVITIES}
  2010-10:
    平湖街道: [[S1, O1, 2010-10-01, 主题实践, 10, 5]]
    坪地街道: [[S2, O2, 2010-10-02, 主题实践, 10, 10]]
  2010-11:
    平湖街道: [[N1, O1, 2010-11-01, 主题实践, 10, 8], [N2, ZZ, 2010-11-02, 主题实践, 10, 10]]
  2010-12:
    平湖街道: [[D1, O1, 2010-12-01, 主题实践, 10, 0]]
    坪地街道: [[D2, O2, 2010-12-02, 主题实践, 10, 0]]
two_new_organizations:
  columns: [unit_code, community, party_members, coverage, org_code]
  always: {{unit_name: 单位, kind: 非公企业, grid: G1, employees: 30, above_scale: true, stable_operation: true,
            stable_membership: true, has_candidate: true, has_union: true, has_youth_league: true,
            has_womens_federation: true, has_militia: true, cross_appointed: true, has_appeal_centre: true}}
  2010-11:
    平湖街道: [[X1, 良安田, 3, 单独组建, ZZ], [X2, 新木, 0, 未覆盖, null]]
community_governance:
  columns: [community, resident_groups, groups_with_branch]
  always: {{meetings_required: 1, meetings_held: 1, tasks_assigned: 1, tasks_admitted: 1, tasks_funded: 1,
            commitments_made: 1, commitments_kept: 1, six_good: true}}
  2010-11:
    平湖街道: [[良安田, 5, 1]]
    坪地街道: [[坪地, 4, 4]]
  2010-12:
    平湖街道: [[良安田, 5, 2]]
cadres:
  columns: [cadre_no, community, role, gender, birth_month, education, is_party_member, on_exchange, elite_trained]
  2010-Q4: [[PERSON-5, 良安田, 社区领导班子成员, 男, 1955-03-01, 本科, true, false, true]]
member_development:
  columns: [applicant_no, org_code, stage, date, occupation, by_competitive_vote]
  2010-11: [[PERSON-6, O1, 预备党员, 2010-11-17, 社区干部, true]]
party_inspections:
  columns: [inspection_no, community, kind, date, findings, rectified]
  2010-Q4: [[I1, 良安田, 年度部署, 2010-10-01, 0, 0], [I2, 良安田, 随机抽查, 2010-10-02, 0, 0]]
"""


@pytest.fixture(scope="module")
def autumn(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """October to December 2010; now is 2010-12-31."""
    district = District(tmp_path_factory.mktemp("autumn"))
    register_three(district)
    hand_in_rows(district, read_rows(AUTUMN))
    return district.build()


def submission(values: Values, export: str, end: str) -> object:
    return values.rows("select submission_id from submissions where export = ? and period_end = ?", export, end)[0][0]


def test_without_its_roster_an_export_counts_as_not_handed_in(autumn: Values) -> None:
    assert autumn.value("member_volunteer_share", LONGGANG, "2010-12") == (None, None, None, "not_handed_in", 0, 1)
    assert autumn.value("practice_participation", PINGHU, "2010-12") == (None, None, None, "not_handed_in", 0, 1)
    assert autumn.value("practice_participation", LONGGANG, "2010-12") == (None, None, None, "not_handed_in", 0, 2)
    # The quarter adds October and November up, or takes November as the latest; December's zeros stay out.
    assert autumn.value("practice_participation", PINGHU, "2010-Q4") == (13, 20, 0.65, "ok", 2, 3)
    assert autumn.value("practice_participation", LONGGANG, "2010-Q4") == (23, 30, round(23 / 30, 9), "ok", 3, 6)
    assert autumn.value("member_volunteer_share", LONGGANG, "2010-Q4") == (1, 3, round(1 / 3, 9), "ok", 2, 3)


def test_a_roster_that_was_not_handed_in_makes_nothing_an_orphan(autumn: Values) -> None:
    rows = autumn.rows(
        "select count(*) from orphans o join submissions s using (submission_id) where s.period_end = '2010-12-31'"
    )
    assert rows == [(0,)]


def test_a_reference_that_is_not_found_is_listed(autumn: Values) -> None:
    november = "2010-11-30"
    # Of a row about a person the place is told, and no value.
    assert sorted(autumn.rows('select submission_id, "row", field, code from orphans'), key=str) == sorted(
        [
            (submission(autumn, "party_members", november), 5, "org_code", None),
            (submission(autumn, "party_activities", november), 3, "org_code", "ZZ"),
            (submission(autumn, "two_new_organizations", november), 2, "org_code", "ZZ"),
        ],
        key=str,
    )


def test_an_orphan_without_a_community_of_its_own_is_not_counted(autumn: Values) -> None:
    assert autumn.value("member_volunteer_share", LONGGANG, "2010-11") == (1, 3, round(1 / 3, 9), "ok", 1, 1)
    assert autumn.value("practice_participation", LONGGANG, "2010-11") == (8, 10, 0.8, "ok", 1, 2)
    units = autumn.rows("select activity_no from units.party_activities where period_end = '2010-11-30'")
    assert units == [("N1",)]


def test_an_orphan_with_a_community_of_its_own_is_counted(autumn: Values) -> None:
    assert autumn.value("two_new_org_coverage", PINGHU, "2010-11") == (1, 2, 0.5, "ok", 1, 1)
    assert autumn.value("two_new_org_coverage", A, "2010-11") == (1, 1, 1.0, "ok", 1, 1)


def test_last_takes_for_a_street_that_misses_the_last_month_the_one_before(autumn: Values) -> None:
    share = "resident_group_branch_rate"
    assert autumn.value(share, PINGHU, "2010-Q4") == (2, 5, 0.4, "ok", 2, 2)
    assert autumn.value(share, PINGDI, "2010-Q4") == (4, 4, 1.0, "ok", 1, 2)
    assert autumn.value(share, LONGGANG, "2010-Q4") == (6, 9, round(6 / 9, 9), "ok", 3, 4)
    assert autumn.value(share, LONGGANG, "2010-12") == (2, 5, 0.4, "ok", 1, 2)


def test_of_two_exports_a_street_that_handed_in_one_counts_neither_above_nor_below(autumn: Values) -> None:
    # O2 is in the roster, but its street handed in no activities: it would make 1/3 of 1/2.
    share = "two_new_activities_per_org"
    assert autumn.value(share, PINGDI, "2010-11") == (None, None, None, "not_handed_in", 1, 2)
    assert autumn.value(share, C, "2010-11") == (None, None, None, "not_handed_in", 1, 2)
    assert autumn.value(share, PINGHU, "2010-11") == (1, 2, 0.5, "ok", 2, 2)
    assert autumn.value(share, LONGGANG, "2010-11") == (1, 2, 0.5, "ok", 2, 3)
    # Over the quarter it handed in both: the activity of October over the roster of November.
    assert autumn.value(share, PINGDI, "2010-Q4") == (1, 1, 1.0, "ok", 3, 6)
    assert autumn.value(share, LONGGANG, "2010-Q4") == (3, 3, 1.0, "ok", 5, 9)


def test_reported_and_expected_of_two_exports_are_both_together(autumn: Values) -> None:
    # October: a roster and two streets; December: all three due, none of them counts.
    assert autumn.value("two_new_activities_per_org", LONGGANG, "2010-10") == (2, 2, 1.0, "ok", 3, 3)
    missing = (None, None, None, "not_handed_in", 0, 3)
    assert autumn.value("two_new_activities_per_org", LONGGANG, "2010-12") == missing


def test_a_target_of_the_district_and_of_the_year_applies_there_alone(autumn: Values) -> None:
    query = "select distinct level, period_type from attainment where indicator_id = ? order by all"
    assert autumn.rows(query, "elite_trained_cadres") == [("district", "quarter"), ("district", "year")]
    assert {period for _, period in autumn.rows(query, "two_new_activities_per_org")} == {"year"}
    assert len(autumn.rows(query, "member_volunteer_share")) == 9
    attained = autumn.rows(
        """select indicator_id, attained, round(progress, 6) from attainment
        where period_type = 'year' and level = 'district' and map = 'then'
        and indicator_id in ('elite_trained_cadres', 'two_new_activities_per_org') order by all"""
    )
    # 1 of 100 trained, 1 of 12 activities.
    assert attained == [("elite_trained_cadres", False, 0.01), ("two_new_activities_per_org", False, 0.083333)]


@pytest.mark.parametrize("indicator", ["annual_deployment_rate", "inspection_coverage"])
def test_an_indicator_of_the_year_has_no_rows_for_quarters(autumn: Values, indicator: str) -> None:
    types = autumn.rows("select distinct period_type from indicator_values where indicator_id = ?", indicator)
    assert types == [("year",)]
    assert autumn.value(indicator, LONGGANG, "2010") == (1, 3, round(1 / 3, 9), "ok", 1, 1)


def test_people_are_counted_but_in_no_table(autumn: Values) -> None:
    assert autumn.value("elite_trained_cadres", LONGGANG, "2010-Q4") == (1, None, 1.0, "ok", 1, 1)
    assert autumn.value("key_group_recruit_share", LONGGANG, "2010-11") == (1, 1, 1.0, "ok", 1, 1)
    personal = {"party_members", "member_development", "cadres"}
    tables = autumn.rows("select schema_name, table_name from duckdb_tables() where not internal")
    views = autumn.rows("select schema_name, view_name from duckdb_views() where not internal")
    assert not personal & {name for _, name in tables + views}
    for schema, table in tables:
        texts = autumn.rows(f'select t::varchar from {schema}."{table}" t')
        assert not [text for (text,) in texts if "PERSON-" in str(text) or "1951-03-01" in str(text)], table


def test_people_are_not_in_the_published_file(tmp_path: Path) -> None:
    district = District(tmp_path)
    register_three(district)
    rows = read_rows(AUTUMN)
    known = [row for row in rows["party_members"]["2010-11"] if row[1] != "ZZ"]
    wanted = ("party_organizations", "cadres", "member_development")
    hand_in_rows(
        district, {n: rows[n] for n in wanted} | {"party_members": {**rows["party_members"], "2010-11": known}}
    )
    district.build()
    build = Build(district.settings)
    assert [offence for result in check(build) for offence in result.offences] == []
    published = publish(district.settings, build).path
    assert b"PERSON-" not in published.read_bytes()
    tables = Values(published).rows("select table_name from duckdb_tables() where schema_name in ('exports', 'units')")
    assert not {"party_members", "member_development", "cadres"} & {name for (name,) in tables}


def test_a_roster_that_comes_late_makes_the_export_count(tmp_path: Path) -> None:
    district = District(tmp_path)
    register_three(district)
    rows = read_rows(AUTUMN)
    hand_in_rows(district, {"party_members": {k: rows["party_members"][k] for k in ("columns", "2010-11")}})
    assert district.build().value("member_volunteer_share", A, "2010-11") == (None, None, None, "not_handed_in", 0, 1)
    hand_in_rows(district, {"party_organizations": {k: rows["party_organizations"][k] for k in ("columns", "2010-11")}})
    values = district.build()
    assert values.value("member_volunteer_share", A, "2010-11") == (1, 2, 0.5, "ok", 1, 1)
    assert values.rows("select code from orphans") == [(None,)]


APPRAISALS = f"""
# No roster in 2009; that of November 2010 moves O1 to 坪地 and lists O2 no more.
party_organizations:
  {ROSTER}
  2010-10: [[O1, 甲, 党支部, 社区, 良安田, 3], [O2, 乙, 党支部, 社区, 良安田, 3]]
  2010-11: [[O1, 甲, 党支部, 社区, 坪地, 3]]
work_safety:
  columns: [community, hazards_due, hazards_fixed, accidents, deaths]
  2010-12: []
member_appraisals:
  columns: [org_code, due, appraised, excellent, qualified, basically_qualified, unqualified, handled]
  2009: [[O1, 4, 4, 4, 0, 0, 0, 0]]
  2010: [[O1, 10, 8, 8, 0, 0, 0, 0], [O2, 5, 5, 5, 0, 0, 0, 0]]
"""


def test_a_yearly_export_goes_by_the_latest_roster_inside_the_year(tmp_path: Path) -> None:
    district = District(tmp_path)
    register_three(district)
    hand_in_rows(district, read_rows(APPRAISALS))
    values = district.build()
    share = "appraisal_participation"
    assert values.value(share, LONGGANG, "2009") == (None, None, None, "not_handed_in", 0, 1)
    assert values.value(share, C, "2010") == (8, 10, 0.8, "ok", 1, 1)
    assert values.value(share, A, "2010") == (0, 0, None, "nothing_to_count", 1, 1)
    assert values.rows('select "row", code from orphans') == [(3, "O2")]

    october = read_rows(APPRAISALS)["party_organizations"]
    hand_in_rows(district, {"party_organizations": {"columns": october["columns"], "2010-12": october["2010-10"]}})
    values = district.build()
    assert values.value(share, A, "2010") == (13, 15, round(13 / 15, 9), "ok", 1, 1)
    assert values.value(share, C, "2010") == (0, 0, None, "nothing_to_count", 1, 1)
    assert values.rows("select count(*) from orphans") == [(0,)]


OLDEST, OLD = "440307003902", "440307003901"
CLOSED = f"""
party_inspections:
  columns: [inspection_no, community, kind, date, findings, rectified]
  2010-Q1: [[I1, "{OLDEST}", 随机抽查, 2010-02-01, 2, 1], [I2, "{OLD}", 年度部署, 2010-03-01, 0, 0]]
party_venues:
  columns: [venue_no, community, kind, in_use]
  2010: [[V1, "{OLD}", 社区党群活动中心, true]]
social_authorizations:
  columns: [authorization_no, community, agency_kind, function, authorized_on]
  2010-Q2: [[U1, "{OLD}", 社工中心, 助老, 2010-04-01], [U2, "{OLD}", 其他, 绿化, 2010-04-01]]
work_safety:
  columns: [community, hazards_due, hazards_fixed, accidents, deaths]
  2010-12: []
"""


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """On 1 March 2010 OLDEST was followed by OLD, on 1 July OLD by A and C, in two streets; B was always there."""
    district = District(tmp_path_factory.mktemp("closed"))
    district.register(
        "2010",
        (OLDEST, "最老社区", "2009-01-01", "2010-03-01", OLD),
        (OLD, "老社区", "2010-03-01", "2010-07-01", f"{A}|{C}"),
        (A, "良安田社区", "2010-07-01", None, ""),
        (B, "新木社区", "2009-01-01", None, ""),
        (C, "坪地社区", "2010-07-01", None, ""),
    )
    hand_in_rows(district, read_rows(CLOSED))
    return district.build()


@pytest.mark.parametrize(
    "indicator",
    ["annual_deployment_rate", "inspection_coverage", "community_venue_coverage", "authorized_community_share"],
)
def test_what_was_done_for_a_closed_community_counts_for_all_that_followed_it(closed: Values, indicator: str) -> None:
    figures = {place: (closed.value(indicator, place, "2010") or ())[:3] for place in (A, B, C, PINGHU, PINGDI)}
    assert figures == {A: (1, 1, 1.0), B: (0, 1, 0.0), C: (1, 1, 1.0), PINGHU: (1, 2, 0.5), PINGDI: (1, 1, 1.0)}
    assert (closed.value(indicator, LONGGANG, "2010") or ())[:4] == (2, 3, round(2 / 3, 9), "ok")
    # Closed by the year's last day, they are no longer among the communities.
    assert (closed.value(indicator, OLD, "2010") or ())[:4] == (0, 0, None, "nothing_to_count")


def test_before_it_closed_it_counts_itself(closed: Values) -> None:
    assert closed.value("authorized_community_share", OLD, "2010-Q2") == (1, 1, 1.0, "ok", 1, 1)
    assert closed.value("authorized_community_share", LONGGANG, "2010-Q2") == (1, 2, 0.5, "ok", 1, 1)
    # On the map of now its followers lie in two streets: it counts in none of them, only in the district.
    assert closed.value("authorized_community_share", PINGHU, "2010-Q2", "now") == (0, 1, 0.0, "ok", 1, 1)
    assert closed.value("authorized_community_share", LONGGANG, "2010-Q2", "now") == (1, 2, 0.5, "ok", 1, 1)


UNDER_WAY = """
party_inspections:
  columns: [inspection_no, community, kind, date, findings, rectified]
  2010-Q3: [[I1, 良安田, 年度部署, 2010-07-01, 0, 0], [I2, 坪地, 随机抽查, 2010-07-01, 0, 0]]
work_safety:
  columns: [community, hazards_due, hazards_fixed, accidents, deaths]
  2010-09: []
stock_cooperatives:
  columns: [company_code, community, shareholders, rental_income, total_income, dividends]
  always: {company_name: 公司, investment_income: 0, service_income: 0, management_income: 0, net_profit: 1,
           major_decisions: 0, reviewed_decisions: 0, modern_governance: true, hired_managers: false}
  2010-Q2: [[G1, 良安田, 10, 100, 100, 50]]
  2010-Q3: [[G1, 良安田, 10, 200, 200, 60]]
"""


@pytest.fixture(scope="module")
def under_way(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """Now is 2010-09-30; on 1 November A will be followed by two communities of its street."""
    district = District(tmp_path_factory.mktemp("under_way"))
    district.register(
        "2010",
        (A, "良安田社区", "2009-01-01", "2010-11-01", f"{OLD}|{B}"),
        (OLD, "良安社区", "2010-11-01", None, ""),
        (B, "新木社区", "2010-11-01", None, ""),
        (C, "坪地社区", "2009-01-01", None, ""),
    )
    hand_in_rows(district, read_rows(UNDER_WAY))
    return district.build()


def test_a_year_in_progress_counts_the_communities_in_use_now(under_way: Values) -> None:
    # By the end of the year there will be three communities in use, two of them deployed.
    share = "annual_deployment_rate"
    assert under_way.value(share, LONGGANG, "2010") == (1, 2, 0.5, "in_progress", 1, 1)
    assert under_way.value(share, LONGGANG, "2010", "now") == (1, 2, 0.5, "in_progress", 1, 1)
    assert under_way.value(share, PINGHU, "2010") == (1, 1, 1.0, "in_progress", 1, 1)
    assert under_way.value(share, A, "2010") == (1, 1, 1.0, "in_progress", 1, 1)
    assert under_way.value(share, B, "2010") == (0, 0, None, "nothing_to_count", 1, 1)
    assert under_way.value("inspection_coverage", LONGGANG, "2010") == (1, 2, 0.5, "in_progress", 1, 1)


@pytest.mark.parametrize("period", ["2010-Q2", "2010-Q3", "2010"])
def test_growth_in_the_first_year_has_nothing_to_count(under_way: Values, period: str) -> None:
    reported = 2 if period == "2010" else 1
    for indicator in ("dividend_growth", "collective_income_growth"):
        expected = (0, 0, None, "nothing_to_count", reported, reported)
        assert under_way.value(indicator, LONGGANG, period) == expected


EMPLOYED = """
employment:
  columns: [community, labour_force, employed, newly_employed]
  always: {registered_unemployed: 0, zero_employment_households: 0}
  2010-03: [[良安田, 9, 9, 64]]
  2010-05: [[良安田, 9, 9, 1], [坪地, 9, 9, 2]]
  2010-06: [[良安田, 9, 9, 4]]
  2010-08: [[良安田, 9, 9, 8]]
"""


def test_two_exports_of_different_cadence_go_by_the_coarser_from_the_later_first_period(tmp_path: Path) -> None:
    # No indicator of the policy is of this kind yet: newly employed, by month, per company, by quarter.
    sql = tmp_path / "sql"
    shutil.copytree(ROOT / "sql", sql)
    path = sql / "indicators" / "chapter_2.yaml"
    chapter = yaml.safe_load(path.read_text(encoding="utf-8"))
    below = {"counts": "stock_cooperatives", "sql": "1", "over_time": "last", "text": "公司数"}
    chapter["indicators"]["newly_employed_per_company"] = {
        **chapter["indicators"]["newly_employed"],
        "name": "每家公司新增就业人数",
        "denominator": below,
    }
    path.write_text(yaml.safe_dump(chapter, allow_unicode=True), encoding="utf-8")
    district = District(tmp_path / "home")
    district.settings = Settings(home=tmp_path / "home", sql_dir=sql)
    register_three(district)
    companies = read_rows(UNDER_WAY)["stock_cooperatives"]
    del companies["2010-Q3"]
    hand_in_rows(district, {**read_rows(EMPLOYED), "stock_cooperatives": companies})
    values = district.build()
    types = (
        "select distinct period_type from indicator_values where indicator_id = 'newly_employed_per_company' order by 1"
    )
    assert values.rows(types) == [("quarter",), ("year",)]
    share = "newly_employed_per_company"
    # The companies' first quarter is the second. March adds to the year, in which both were handed in.
    assert values.value(share, LONGGANG, "2010-Q1") is None
    assert values.value(share, LONGGANG, "2010-Q2") == (7, 1, 7.0, "ok", 3, 4)
    assert values.value(share, LONGGANG, "2010") == (79, 1, 79.0, "in_progress", 5, 7)


DAFEN, OLD_SANLIAN, NEW_SANLIAN = "440307014021", "440307014901", "440307018004"
BUJI, JIHUA = "440307014", "440307018"
SPLIT = f"""
party_organizations:
  {ROSTER}
  2016-11: [[F, 甲, 党支部, 非公企业, "{DAFEN}", 3], [S, 乙, 党支部, 非公企业, "{OLD_SANLIAN}", 3]]
  2016-12: [[F, 甲, 党支部, 非公企业, "{DAFEN}", 3], [S, 乙, 党支部, 非公企业, "{NEW_SANLIAN}", 3]]
party_members:
  {MEMBERS}
  2016-11: [[M1, F, 男, 1970-01-01, true], [M2, S, 男, 1970-01-01, true], [M3, S, 男, 1970-01-01, false]]
  2016-12: [[M1, F, 男, 1970-01-01, false], [M2, S, 男, 1970-01-01, true], [M3, S, 男, 1970-01-01, true]]
party_activities:
  {ACTIVITIES}
  2016-11:
    "{BUJI}": [[N1, F, 2016-11-01, 主题实践, 2, 1], [N2, S, 2016-11-02, 主题实践, 10, 5]]
  2016-12:
    "{BUJI}": [[D1, F, 2016-12-01, 主题实践, 2, 1]]
    "{JIHUA}": [[D2, S, 2016-12-27, 主题实践, 4, 3]]
"""


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """On 2016-12-26 Sanlian went from Buji street to the new Jihua street, and its organization S with it."""
    district = District(tmp_path_factory.mktemp("split"))
    district.register(
        "2016",
        (DAFEN, "大芬社区", "2009-01-01", None, ""),
        (OLD_SANLIAN, "三联社区", "2009-01-01", "2016-12-26", NEW_SANLIAN),
        (NEW_SANLIAN, "三联社区", "2016-12-26", None, ""),
    )
    hand_in_rows(district, read_rows(SPLIT))
    return district.build()


def test_members_count_across_the_split_on_both_maps(split: Values) -> None:
    share = "member_volunteer_share"
    assert split.value(share, BUJI, "2016-11") == (2, 3, round(2 / 3, 9), "ok", 1, 1)
    assert split.value(share, JIHUA, "2016-11") is None
    assert split.value(share, BUJI, "2016-11", "now") == (1, 1, 1.0, "ok", 1, 1)
    assert split.value(share, JIHUA, "2016-11", "now") == (1, 2, 0.5, "ok", 1, 1)
    assert split.value(share, BUJI, "2016") == (0, 1, 0.0, "ok", 2, 2)
    assert split.value(share, JIHUA, "2016") == (2, 2, 1.0, "ok", 2, 2)
    assert split.value(share, LONGGANG, "2016") == (2, 3, round(2 / 3, 9), "ok", 2, 2)


def test_activities_count_where_their_organization_was_and_where_it_is_now(split: Values) -> None:
    share = "practice_participation"
    assert split.value(share, BUJI, "2016") == (7, 14, 0.5, "ok", 2, 2)
    assert split.value(share, JIHUA, "2016") == (3, 4, 0.75, "ok", 1, 1)
    assert split.value(share, BUJI, "2016", "now") == (2, 4, 0.5, "ok", 2, 2)
    assert split.value(share, JIHUA, "2016", "now") == (8, 14, round(8 / 14, 9), "ok", 2, 2)
    assert split.value(share, LONGGANG, "2016", "now") == (10, 18, round(10 / 18, 9), "ok", 3, 3)


def test_activities_per_organization_across_the_split(split: Values) -> None:
    # Above the line November and December, below it the roster of December.
    share = "two_new_activities_per_org"
    assert split.value(share, BUJI, "2016") == (3, 1, 3.0, "ok", 4, 4)
    assert split.value(share, JIHUA, "2016") == (1, 1, 1.0, "ok", 3, 3)
    assert split.value(share, BUJI, "2016", "now") == (2, 1, 2.0, "ok", 4, 4)
    assert split.value(share, JIHUA, "2016", "now") == (2, 1, 2.0, "ok", 4, 4)
    assert date(2016, 12, 31) in {row[0] for row in split.rows('select "day" from build.today')}
