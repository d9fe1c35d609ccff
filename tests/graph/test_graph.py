"""The graph of Dagster is what it is said to be: assets, checks, jobs, automation, partitions, lineage."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from pipelines.definitions import defs as load
from pipelines.defs.months import MONTHS, range_tags
from tests.conftest import Hamlet

EXPORTS = {
    "cadres",
    "communities",
    "community_governance",
    "community_services",
    "disputes",
    "employment",
    "four_duties",
    "illegal_construction",
    "leader_service",
    "major_decisions",
    "member_appraisals",
    "member_care",
    "member_development",
    "office_style",
    "party_activities",
    "party_budgets",
    "party_inspections",
    "party_members",
    "party_organizations",
    "party_venues",
    "petitions",
    "social_authorizations",
    "stock_cooperatives",
    "training",
    "two_new_organizations",
    "work_safety",
}
UNITS = EXPORTS - {"communities"}
VALUES = {"values", "hand_ins", "orphans", "indicator_values", "attainment", "small_counts"}
ASSESSMENT = {"assessment_scores", "assessment_totals"}


@pytest.fixture(scope="module")
def defs() -> dg.Definitions:
    return load()


@pytest.fixture(scope="module")
def specs(defs: dg.Definitions) -> Mapping[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def groups(specs: Mapping[str, dg.AssetSpec]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key, spec in specs.items():
        found.setdefault(spec.group_name or "", set()).add(key)
    return found


def parents(specs: Mapping[str, dg.AssetSpec], key: str) -> set[str]:
    return {dep.asset_key.to_user_string() for dep in specs[key].deps}


def test_assets_and_their_groups(specs: Mapping[str, dg.AssetSpec]) -> None:
    assert groups(specs) == {
        "exports": {"submissions", *(f"exports/{name}" for name in EXPORTS)},
        "areas": {"areas"},
        "units": {f"units/{name}" for name in UNITS},
        "values": VALUES,
        "assessment": ASSESSMENT,
        "publication": {"publication"},
    }


def test_every_asset_says_what_it_is_and_whose(specs: Mapping[str, dg.AssetSpec]) -> None:
    assert [key for key, spec in specs.items() if not (spec.description and spec.owners and spec.kinds)] == []
    assert specs["exports/disputes"].owners == ["team:区综治办"]
    assert "排查" in (specs["exports/disputes"].description or "")


def test_lineage_comes_from_the_sql(specs: Mapping[str, dg.AssetSpec]) -> None:
    assert parents(specs, "exports/disputes") == {"submissions"}
    assert parents(specs, "areas") == {"exports/communities"}
    assert parents(specs, "units/disputes") == {"exports/disputes", "areas"}
    assert parents(specs, "values") == {f"units/{name}" for name in UNITS}
    assert {"values", "hand_ins", "areas"} <= parents(specs, "indicator_values")
    assert parents(specs, "attainment") == {"indicator_values"}
    assert "indicator_values" in parents(specs, "assessment_scores")
    assert parents(specs, "publication") == set(specs) - {"publication", "values"}


def test_checks_block(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    checks = {(key.asset_key.to_user_string(), key.name): graph.get(key).blocking for key in graph.asset_check_keys}
    assert checks == {
        ("submissions", "accounting_identity"): True,
        **{(f"exports/{name}", "unique_keys"): True for name in EXPORTS},
        ("orphans", "few_orphans"): True,
        ("indicator_values", "streets_are_their_communities"): True,
        ("publication", "is_complete"): True,
    }


def test_months_are_partitions_and_a_range_is_one_run(defs: dg.Definitions, specs: Mapping[str, dg.AssetSpec]) -> None:
    assert {key for key, spec in specs.items() if spec.partitions_def != MONTHS} == {"publication"}
    assert MONTHS.get_first_partition_key() == "2009-01"
    assert MONTHS.timezone == "Asia/Shanghai"
    graph = defs.resolve_asset_graph()
    policies = {graph.get(key).backfill_policy for key in graph.get_all_asset_keys() if graph.get(key).is_partitioned}
    assert policies == {dg.BackfillPolicy.single_run()}


def test_jobs_schedules_and_sensors(defs: dg.Definitions) -> None:
    named = {job.name for job in defs.resolve_all_job_defs() if not job.name.startswith("__")}
    assert named == {"refresh", "take_in"}
    assert defs.executor is dg.in_process_executor
    (schedule,) = defs.schedules or ()
    assert isinstance(schedule, dg.ScheduleDefinition)
    assert (schedule.name, schedule.cron_schedule, schedule.execution_timezone, schedule.job_name) == (
        "daily",
        "0 6 * * *",
        "Asia/Shanghai",
        "take_in",
    )
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    (sensor,) = defs.sensors or ()
    assert (sensor.name, sensor.job_name) == ("inbox", "take_in")
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING


def test_the_publication_is_watched_for_its_age(defs: dg.Definitions) -> None:
    node = defs.resolve_asset_graph().get(dg.AssetKey("publication"))
    assert isinstance(node.freshness_policy, dg.FreshnessPolicy)


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        ([], None),
        ([date(2026, 3, 31)], ("2026-03", "2026-03")),
        ([date(2026, 5, 31), date(2025, 12, 31), date(2026, 3, 31)], ("2025-12", "2026-05")),
        ([date(2008, 12, 31)], ("2009-01", "2009-01")),
    ],
)
def test_a_range_reaches_from_the_first_to_the_last_period(
    periods: list[date], expected: tuple[str, str] | None
) -> None:
    tags = range_tags(periods)
    assert (tuple(tags.values()) or None) == expected


def test_a_period_that_has_not_ended_counts_for_the_last_month_that_has() -> None:
    start, end = range_tags([date(date.today().year + 1, 12, 31)]).values()
    assert start == end == MONTHS.get_last_partition_key()


def test_loading_the_definitions_imports_no_engine() -> None:
    script = (
        "import sys, pipelines.definitions; pipelines.definitions.defs(); "
        "print(sorted({'polars', 'duckdb', 'pyarrow', 'streamlit'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_sensor_starts_one_run_for_each_state_of_the_inbox(
    hamlet: Hamlet, defs: dg.Definitions, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.intake import inbox as door

    inbox = hamlet.settings.inbox
    inbox.mkdir(parents=True)

    def asked() -> str | None:
        (sensor,) = defs.sensors or ()
        requests = sensor.evaluate_tick(dg.build_sensor_context()).run_requests or []
        return requests[0].run_key if requests else None

    assert asked() is None
    (inbox / ".report.csv.part").write_text("still being copied")
    assert asked() is None
    report = inbox / "report.csv"
    report.write_text("a")
    assert asked() is None  # It may still be written.
    monkeypatch.setattr(door, "MOMENT", 0.0)
    first = asked()
    assert first is not None
    assert asked() == first
    report.write_text("b")
    second = asked()
    assert second not in (None, first)
    report.unlink()
    report.write_text("b")
    assert asked() not in (None, first, second)


def test_the_instance_is_configured_by_the_project(hamlet: Hamlet) -> None:
    from pipelines.events import BatchedEvents
    from pipelines.instance import environment

    seen = environment(hamlet.settings)
    assert Path(seen["DAGSTER_HOME"]) == hamlet.settings.home / "dagster"
    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, BatchedEvents)
        assert instance.get_settings("telemetry") == {"enabled": False}
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1
