"""A refresh as a run of Dagster: what it materializes, what it publishes, and what a failed check does."""

import json
import os

import dagster as dg
import pytest

from pipelines.definitions import defs
from pipelines.intake.receive import Handover, receive
from pipelines.refreshing import RefusedError, refresh
from pipelines.settings import Settings
from tests.conftest import EMPLOYMENT_HEADER, Hamlet, hand_in
from warehouse.database import open_for_reading
from warehouse.lake import RECEIPT
from warehouse.publications import Publications

EMPLOYMENT = dg.AssetKey(["exports", "employment"])
CORRECTED = EMPLOYMENT_HEADER + "良安田社区,100,99,1,0,5\n新木社区,100,85,15,0,5\n坪地社区,200,196,4,0,6\n"


def runs() -> list[dg.DagsterRun]:
    with dg.DagsterInstance.get() as instance:
        return list(instance.get_runs(dg.RunsFilter(job_name="refresh")))


def materialized(run: dg.DagsterRun) -> dict[str, list[str | None]]:
    with dg.DagsterInstance.get() as instance:
        events = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    found: dict[str, list[str | None]] = {}
    for entry in events:
        event = entry.get_dagster_event()
        assert event.asset_key is not None
        found.setdefault(event.asset_key.to_user_string(), []).append(event.partition)
    return found


def employment_rate(hamlet: Hamlet) -> float:
    publication = Publications(hamlet.settings.home).current()
    assert publication is not None
    with open_for_reading(publication.path) as con:
        (row,) = con.execute(
            """select value from indicator_values where indicator_id = 'employment_rate' and area_code = '440307'
            and period_type = 'month' and period_end = '2026-02-28' and "map" = 'then'"""
        ).fetchall()
    return float(row[0])


def test_one_run_for_all_months_touched_then_none_then_one_for_the_corrected_month(handed_in: Hamlet) -> None:
    done = refresh(handed_in.settings)
    assert (done.number, done.is_new) == (1, True)
    assert employment_rate(handed_in) == pytest.approx(376 / 400)
    (run,) = runs()
    assert run.status is dg.DagsterRunStatus.SUCCESS
    first = materialized(run)
    assert {"2026-01", "2026-02"} <= set(first["exports/employment"])
    assert len(first["exports/employment"]) == len(set(first["exports/employment"]))
    assert first["publication"] == [None]

    again = refresh(handed_in.settings)
    assert (again.number, again.is_new) == (1, False)
    assert len(runs()) == 1

    receive(handed_in.settings, [Handover(handed_in.file("2026年2月就业（更正）.csv", CORRECTED))])
    assert refresh(handed_in.settings).number == 2
    assert employment_rate(handed_in) == pytest.approx(380 / 400)
    second = materialized(runs()[0])
    assert {key for key in second if "/" in key} == {"exports/employment", "units/employment"}
    assert second["units/employment"] == ["2026-02"]
    with dg.DagsterInstance.get() as instance:
        event = instance.get_latest_materialization_event(EMPLOYMENT)
        assert event is not None and event.asset_materialization is not None
        assert event.asset_materialization.metadata["dagster/row_count"].value == 6
        months = instance.get_materialized_partitions(EMPLOYMENT)
        assert {"2026-01", "2026-02"} <= months


def test_a_failed_check_publishes_nothing_says_why_and_goes_on_failing(handed_in: Hamlet) -> None:
    refresh(handed_in.settings)
    (path,) = handed_in.settings.home.glob(f"lake/submissions/employment/2026-02/*/{RECEIPT}")
    receipt = json.loads(path.read_text())
    path.write_text(json.dumps({**receipt, "rows_read": receipt["rows_read"] + 1}))
    for _ in range(2):
        with pytest.raises(RefusedError) as refused:
            refresh(handed_in.settings, "2026-02")
        assert [reason for reason in refused.value.reasons if receipt["submission_id"] in reason]
        current = Publications(handed_in.settings.home).current()
        assert current is not None and current.number == 1
    run = runs()[0]
    assert run.status is dg.DagsterRunStatus.FAILURE
    assert "publication" not in materialized(run)

    path.write_text(json.dumps(receipt))
    assert refresh(handed_in.settings, "2026-02").number == 2


def test_the_job_started_from_dagster_takes_the_inbox_in(handed_in: Hamlet) -> None:
    refresh(handed_in.settings)
    inbox = handed_in.settings.inbox
    (inbox / "2026年2月就业（更正）.csv").write_text(CORRECTED)
    with dg.DagsterInstance.get() as instance:
        result = (
            defs()
            .resolve_job_def("refresh")
            .execute_in_process(
                instance=instance,
                tags={
                    "dagster/asset_partition_range_start": "2026-01",
                    "dagster/asset_partition_range_end": "2026-02",
                },
            )
        )
    assert result.success
    assert list(inbox.iterdir()) == []
    assert employment_rate(handed_in) == pytest.approx(380 / 400)
    assert materialized(runs()[0])["units/disputes"] == ["2026-01", "2026-02"]


def test_what_the_schedule_and_the_sensor_start_does_what_guben_refresh_does(handed_in: Hamlet) -> None:
    from pipelines.instance import environment

    os.environ.update(environment(handed_in.settings))
    with dg.DagsterInstance.get() as instance:
        assert defs().resolve_job_def("take_in").execute_in_process(instance=instance).success
    assert employment_rate(handed_in) == pytest.approx(376 / 400)
    (run,) = runs()
    assert run.status is dg.DagsterRunStatus.SUCCESS


def test_two_homes_know_nothing_of_each_other(handed_in: Hamlet, monkeypatch: pytest.MonkeyPatch) -> None:
    refresh(handed_in.settings)
    other = Settings(home=handed_in.files / "other")
    monkeypatch.setenv("GUBEN_HOME", str(other.home))
    assert refresh(other).number is None
    hand_in(Hamlet(other, handed_in.files))
    receive(other, [Handover(handed_in.file("2026年2月就业（更正）.csv", CORRECTED))])
    assert refresh(other).number == 1
    assert employment_rate(Hamlet(other, handed_in.files)) == pytest.approx(380 / 400)
    assert employment_rate(handed_in) == pytest.approx(376 / 400)
    assert len(runs()) == 1
