"""`guben period`: what it prints, its exit codes, and what hands in and refreshes say of a closed period."""

import json
import os
import pwd
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli import app
from tests.conftest import FEBRUARY, Hamlet

LATE = FEBRUARY.replace("196,4", "190,10")


def run(home: Path, *arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)], env={"GUBEN_HOME": str(home)})


def test_close_hand_in_status_reopen(handed_in: Hamlet) -> None:
    home = handed_in.settings.home
    assert run(home, "period", "status").stdout == "没有关过账。\n"
    done = run(home, "period", "close", "2026-02", "--reason", "二月报表已定", "--by", "王")
    assert (done.exit_code, done.stdout.split("。")[0]) == (0, "2026年2月已关账（第 1 次记录），管这个月的月报")
    again = run(home, "period", "close", "2026-02")
    assert (again.exit_code, again.stdout, again.stderr) == (1, "", "2026-02 已经关账，不用再关。\n")

    late = handed_in.file("2026年2月就业更正.csv", LATE)
    told = run(home, "submit", late)
    assert (told.exit_code, "结果  期间已关账，已收存，暂不计入" in told.stdout) == (0, True)
    (as_json,) = json.loads(run(home, "submit", late, "--json").stdout)
    assert (as_json["status"], as_json["is_waiting"], as_json["unchanged"]) == ("superseded", True, True)
    assert "000004  waiting  employment  2026-02" in run(home, "submission", "list").stdout
    assert "4 份：有效 3，被取代 0，退回 0，因关账暂不计入 1" in run(home, "status").stdout
    shown = run(home, "period", "status").stdout.splitlines()
    assert shown[0] == "2026年2月  已关账，1 份文件收存而未计入"
    assert shown[1].startswith("  1  关账  20") and shown[1].endswith("  王  二月报表已定")
    assert shown[2] == "  待计入  000004  employment  440307  2026年2月就业更正.csv"

    done = run(home, "period", "reopen", "2026-02", "--reason", "漏报更正")
    assert (done.exit_code, done.stdout.startswith("2026年2月已重新开账（第 2 次记录）")) == (0, True)
    shown = run(home, "period", "status").stdout.splitlines()
    assert [line.split()[0] for line in shown] == ["2026年2月", "1", "2"]
    assert shown[0] == "2026年2月  未关账"
    # Who does it is the login, unless somebody else is named.
    assert shown[2].split()[-2:] == [pwd.getpwuid(os.getuid()).pw_name, "漏报更正"]
    assert "有效 3，被取代 1" in run(home, "status").stdout


@pytest.mark.parametrize(
    "arguments",
    [("close",), ("close", "2026-13"), ("close", "二月"), ("reopen", "2026-02"), ("reopen", "--reason", "x")],
)
def test_wrong_use_is_2(hamlet: Hamlet, arguments: tuple[str, ...]) -> None:
    done = run(hamlet.settings.home, "period", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")


def test_what_cannot_be_done_is_1_and_leaves_no_record(hamlet: Hamlet) -> None:
    home = hamlet.settings.home
    this_year = datetime.now().year
    assert "还没有结束" in run(home, "period", "close", this_year + 1).stderr
    assert run(home, "period", "reopen", "2026-Q1", "--reason", "x").stderr == "2026-Q1 没有关账，不用重新开账。\n"
    assert run(home, "period", "close", "2020-Q1").exit_code == 0
    assert run(home, "period", "reopen", "2020-Q1", "--reason", " ").exit_code == 1
    assert run(home, "period", "status").stdout.splitlines()[0] == "2020年第1季度  已关账"
