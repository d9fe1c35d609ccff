"""`guben assessment`: what it prints, and its exit codes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli import app
from tests.conftest import Hamlet
from tests.modelling.conftest import District, district  # noqa: F401 - fixture
from tests.modelling.test_locks import assessed  # noqa: F401 - fixture


def run(home: Path, *arguments: object) -> Result:
    return CliRunner().invoke(app, ["assessment", *map(str, arguments)], env={"GUBEN_HOME": str(home)})


def test_lock_status_unlock(assessed: District) -> None:  # noqa: F811 - fixture
    home = assessed.settings.home
    assert run(home, "status").stdout == "没有锁定过任何年度。\n"
    done = run(home, "lock", 2010, "--reason", "已公布")
    assert (done.exit_code, done.stdout.startswith("2010年度已按第 1 版锁定")) == (0, True)
    again = run(home, "lock", 2010, "--reason", "已公布")
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr.startswith("2010年度已经锁定")
    assert "2010年度  已锁定\n  1  锁定  " in run(home, "status").stdout
    done = run(home, "unlock", 2010, "--reason", "核实有误")
    assert (done.exit_code, done.stdout.startswith("2010年度已解锁（该年度第 2 次记录）")) == (0, True)
    shown = run(home, "status").stdout.splitlines()
    assert shown[0] == "2010年度  未锁定"
    assert [(line.split()[1], line.split()[-1]) for line in shown[1:]] == [("锁定", "已公布"), ("解锁", "核实有误")]


@pytest.mark.parametrize("arguments", [("lock", "2010"), ("unlock",), ("lock", "last", "--reason", "x")])
def test_wrong_use_is_2(hamlet: Hamlet, arguments: tuple[str, ...]) -> None:
    done = run(hamlet.settings.home, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")


def test_before_anything_was_published_or_assessed_it_says_so(hamlet: Hamlet, published_hamlet: Hamlet) -> None:
    nothing = run(hamlet.settings.home, "lock", 2025, "--reason", "x")
    assert (nothing.exit_code, nothing.stderr) == (1, "还没有发布过考核结果。请先运行 guben refresh。\n")
    other = run(published_hamlet.settings.home, "lock", 2025, "--reason", "x")
    assert (other.exit_code, other.stderr) == (1, "2025年度没有考核结果，不能锁定。\n")
    assert run(hamlet.settings.home, "unlock", 2025, "--reason", "x").exit_code == 1
