"""What the 94 indicators count: two sums each."""

# A sum: export, how it adds up over time, what a row adds, which rows count. Below the line None for a plain total,
# IN_USE for the communities in use; `any` counts the communities above it that have a row, each once.
Part = tuple[str, str, str, str]
IN_USE: Part = ("", "", "", "")

COLLEGE = "education in ('大专','本科','研究生')"
AGE = "(year(period_end) - year(birth_month) - case when month(period_end) < month(birth_month) then 1 else 0 end)"
TWO_NEW = "sector in ('非公企业','社会组织')"
ALONE = "(stable_operation and stable_membership and has_candidate and members >= 3)"
ORGANIZED = "coverage in ('单独组建','联合组建')"
SECRETARY = "sector = '社区'"
OFFICIALS = "role in ('街道干部','区直机关干部')"
CADRES = "role <> '社区后备干部'"
RESERVE = "role = '社区后备干部'"


def flow(export: str, above: str, below: str = "1", where: str = "true") -> tuple[Part, Part]:
    """What happened, of what could have: every period adds."""
    return (export, "sum", above, where), (export, "sum", below, where)


def stock(export: str, above: str, below: str = "1", where: str = "true") -> tuple[Part, Part]:
    """How many are so, of how many: the latest period counts."""
    return (export, "last", above, where), (export, "last", below, where)


def total(export: str, amount: str, where: str = "true", mode: str = "sum") -> tuple[Part, None]:
    """So many altogether."""
    return (export, mode, amount, where), None


def growth(export: str, amount: str) -> tuple[Part, Part]:
    """So much more than a year before."""
    return (export, "now", amount, "true"), (export, "before", amount, "true")


YEARLY = {"annual_deployment_rate", "inspection_coverage"}

INDICATORS: dict[str, tuple[Part, Part | None]] = {
    "centre_group_attendance": flow("training", "attended", "invited", "kind = '中心组学习'"),
    "member_training_attendance": flow("training", "attended", "invited", "audience = '党员'"),
    "training_hours_per_member": (("training", "sum", "attended * hours", "audience = '党员'"),
                                  ("party_members", "last", "1", "true")),
    "head_training_attendance": flow("training", "attended", "invited", "audience = '一把手'"),
    "cadre_exchange_rate": stock("cadres", "on_exchange", where=OFFICIALS),
    "young_cadre_share": stock("cadres", f"{AGE} <= 35", where=CADRES),
    "female_cadre_share": stock("cadres", "gender = '女'", where=CADRES),
    "non_party_cadre_share": stock("cadres", "not is_party_member", where=OFFICIALS),
    "reception_rate": flow("leader_service", "reception_held", "reception_planned"),
    "petition_on_time_rate": flow("petitions", "on_time", "due"),
    "led_case_closure_rate": flow("leader_service", "cases_closed", "cases_taken"),
    "promised_works_rate": flow("leader_service", "works_done", "works_promised"),
    "collective_decision_rate": flow("major_decisions", "collective"),
    "public_decision_disclosure": flow("major_decisions", "disclosed", where="concerns_public"),
    "deliberation_rate": flow("community_governance", "meetings_held", "meetings_required"),
    "task_admission_rate": flow("community_governance", "tasks_admitted", "tasks_assigned"),
    "funds_follow_tasks_rate": flow("community_governance", "tasks_funded", "tasks_admitted"),
    "secretary_college_share": stock("party_organizations", COLLEGE, where=f"{SECRETARY} and education is not null"),
    "secretary_under_45_share": stock("party_organizations", f"{AGE} <= 45",
                                      where=f"{SECRETARY} and birth_month is not null"),
    "secretary_trained_rate": stock("party_organizations", "trained", where=SECRETARY),
    "weak_team_rectified_rate": stock("party_organizations", "rectified_on is not null",
                                      where=f"{SECRETARY} and is_weak"),
    "six_good_share": stock("community_governance", "six_good"),
    "commitment_kept_rate": flow("community_governance", "commitments_kept", "commitments_made"),
    "resident_group_branch_rate": stock("community_governance", "groups_with_branch", "resident_groups"),
    "member_volunteer_share": stock("party_members", "is_volunteer"),
    "rental_income_share": flow("stock_cooperatives", "rental", "total"),
    "collective_income_growth": growth("stock_cooperatives", "total"),
    "decision_supervision_rate": flow("stock_cooperatives", "reviewed", "decisions"),
    "modern_governance_share": stock("stock_cooperatives", "modern"),
    "one_stop_coverage": stock("community_services", "has_one_stop"),
    "service_item_coverage": stock("community_services", "items_provided", "items_required"),
    "service_on_time_rate": flow("community_services", "requests_on_time", "requests_due"),
    "hazard_fixed_rate": flow("work_safety", "hazards_fixed", "hazards_due"),
    "accident_deaths": total("work_safety", "deaths"),
    "dispute_settled_rate": flow("disputes", "settled", "found"),
    "labour_dispute_settled_rate": flow("disputes", "settled", "found", "kind = '劳资'"),
    "authorized_community_share": (("social_authorizations", "last", "any", "true"), IN_USE),
    "authorized_functions": total("social_authorizations", "1", mode="last"),
    "reserve_cadre_ratio": stock("cadres", RESERVE, "role = '社区领导班子成员'"),
    "reserve_qualified_share": stock("cadres", f"{AGE} <= 35 and {COLLEGE}", where=RESERVE),
    "elite_trained_cadres": total("cadres", "elite_trained", f"{RESERVE} or role = '社区领导班子成员'", "last"),
    "dividend_per_shareholder": (("stock_cooperatives", "sum", "dividends", "true"),
                                 ("stock_cooperatives", "last", "shareholders", "true")),
    "dividend_growth": growth("stock_cooperatives", "dividends"),
    "employment_rate": stock("employment", "employed", "labour_force"),
    "newly_employed": total("employment", "newly_employed"),
    "zero_employment_households": total("employment", "zero_households", mode="last"),
    "new_illegal_plants": total("illegal_construction", "new_cases", "kind = '社区集体厂房'"),
    "new_illegal_homes": total("illegal_construction", "new_cases", "kind = '居民'"),
    "two_new_org_coverage": stock("two_new_organizations", ORGANIZED),
    "two_new_work_coverage": stock("two_new_organizations", f"{ORGANIZED} or coverage = '派驻指导员'"),
    "above_scale_coverage": stock("two_new_organizations", ORGANIZED, where="above_scale"),
    "due_alone_established_rate": stock("two_new_organizations", "coverage = '单独组建'", where=ALONE),
    "joint_branch_rate": stock("two_new_organizations", ORGANIZED, where=f"not {ALONE} and members > 0"),
    "direct_election_share": stock("party_organizations", "selection = '公推直选'",
                                   where=f"{TWO_NEW} and selection is not null"),
    "management_secretary_share": stock("party_organizations", "origin = '中高层管理人员'",
                                        where=f"{TWO_NEW} and origin is not null"),
    "double_training_promotions": total("party_activities", "promoted", "kind = '双培双推'"),
    "two_new_activities_per_org": (("party_activities", "sum", "1", TWO_NEW),
                                   ("party_organizations", "last", "1", TWO_NEW)),
    "innovation_activities": total("party_activities", "1", "kind = '技术创新'"),
    "policy_publicity_sessions": total("four_duties", "publicity_sessions"),
    "reported_hazard_fixed_rate": flow("four_duties", "hazards_resolved", "hazards_reported"),
    "duty_mediation_rate": flow("four_duties", "disputes_settled", "disputes_taken"),
    "appeal_closed_rate": flow("four_duties", "appeals_closed", "appeals_taken"),
    "appeal_centre_coverage": stock("two_new_organizations", "appeal_centre", where="above_scale"),
    "union_coverage": stock("two_new_organizations", "union_"),
    "youth_league_coverage": stock("two_new_organizations", "league"),
    "womens_federation_coverage": stock("two_new_organizations", "women"),
    "militia_coverage": stock("two_new_organizations", "militia"),
    "cross_appointment_rate": stock("two_new_organizations", "cross_appointed", where=ORGANIZED),
    "style_problem_fixed_rate": flow("office_style", "problems_fixed", "problems_found"),
    "meeting_change": flow("office_style", "meetings - meetings_last_year", "meetings_last_year"),
    "document_change": flow("office_style", "documents - documents_last_year", "documents_last_year"),
    "office_direct_election_share": stock("party_organizations", "selection = '公推直选'",
                                          where="sector = '机关' and selection is not null"),
    "institution_participation": flow("party_activities", "participants", "eligible", "sector = '事业单位'"),
    "soe_party_review_rate": flow("major_decisions", "party_reviewed", where="sector = '国有企业'"),
    "key_group_recruit_share": flow("member_development", "occupation in ('社区干部','居民小组长','两新组织中高层')",
                                    where="stage = '预备党员'"),
    "competitive_vote_rate": flow("member_development", "by_competitive_vote",
                                  where="stage in ('入党积极分子','发展对象')"),
    "member_under_35_share": stock("party_members", f"{AGE} <= 35"),
    "member_college_share": stock("party_members", COLLEGE, where="education is not null"),
    "member_classified_rate": stock("party_members", "category is not null"),
    "appraisal_participation": flow("member_appraisals", "appraised", "due"),
    "appraisal_qualified_share": flow("member_appraisals", "excellent + qualified", "appraised"),
    "unqualified_handled_rate": flow("member_appraisals", "handled", "unqualified"),
    "affairs_disclosure_rate": stock("party_organizations", "discloses"),
    "team_appraised_rate": stock("party_organizations", "appraised"),
    "hardship_visit_rate": flow("member_care", "visited", "in_difficulty"),
    "hardship_aid_per_member": (("member_care", "sum", "aid_amount", "true"),
                                ("member_care", "last", "in_difficulty", "true")),
    "member_reemployment_rate": (("member_care", "sum", "reemployed", "true"),
                                 ("member_care", "last", "unemployed", "true")),
    "practice_participation": flow("party_activities", "participants", "eligible", "kind <> '双培双推'"),
    "annual_deployment_rate": (("party_inspections", "sum", "any", "kind = '年度部署'"), IN_USE),
    "education_fund_per_member": flow("party_budgets", "budgeted", "members", "fund = '党员教育培训和活动经费'"),
    "budget_execution_rate": flow("party_budgets", "spent", "budgeted"),
    "community_venue_coverage": (("party_venues", "last", "any", "kind = '社区党群活动中心' and in_use"), IN_USE),
    "inspection_coverage": (("party_inspections", "sum", "any", "kind in ('巡回检查','随机抽查')"), IN_USE),
    "inspection_rectified_rate": flow("party_inspections", "rectified", "findings", "kind <> '年度部署'"),
}  # fmt: skip
