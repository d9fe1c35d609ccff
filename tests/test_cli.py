"""The command line at its edges: exit codes, what goes to stdout and what to stderr, exact values."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from typer.testing import CliRunner, Result

from pipelines.cli import app
from pipelines.settings import ROOT
from tests.conftest import EMPLOYMENT_HEADER, JANUARY, REGISTER, Hamlet

Guben = Callable[..., Result]
COLUMNS = [
    "submission_id",
    "export",
    "period_type",
    "period_end",
    "submitter",
    "file_name",
    "sha256",
    "received_at",
    "status",
    "rows_read",
    "rows_accepted",
    "rows_rejected",
    "rows_skipped",
]


def run(home: Path, *arguments: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments], env={"GUBEN_HOME": str(home), "COLUMNS": "200"})


@pytest.fixture
def guben(hamlet: Hamlet) -> Guben:
    """The command on an empty home."""
    return lambda *arguments: run(hamlet.settings.home, *arguments)


@pytest.fixture
def ask(published_hamlet: Hamlet) -> Guben:
    """The command on the published hamlet."""
    return lambda *arguments: run(published_hamlet.settings.home, *arguments)


def test_help_explains_every_command_in_one_line(ask: Guben) -> None:
    lines = ask("--help").stdout.split("Commands:")[1].strip().splitlines()
    assert len(lines) >= 12
    assert [line for line in lines if len(line.split(maxsplit=1)) < 2 or line.endswith("...")] == []


def test_submit_prints_the_receipt_with_every_fault_and_its_cell(guben: Guben, hamlet: Hamlet) -> None:
    assert guben("submit", hamlet.file("2026年社区名录.csv", REGISTER), "--received-at", "2026-01-09").exit_code == 0
    good = guben("submit", hamlet.file("2026年1月就业.csv", JANUARY), "--received-at", "2026-02-05")
    assert good.exit_code == 0
    for part in (
        "户籍居民就业情况月报（employment）",
        "2026年1月",
        "440307",
        "读取 4 = 接受 3 + 退回 0 + 跳过 1（表头 1）",
    ):
        assert part in good.stdout
    bad = guben("submit", hamlet.file("2026年2月就业.csv", EMPLOYMENT_HEADER + "新木社区,100,-3,x,0,0\n"))
    assert bad.exit_code == 1
    assert "B2" not in bad.stdout
    assert "C2" in bad.stdout and "D2" in bad.stdout
    assert bad.stderr.startswith("退回：2026年2月就业.csv：")


def test_submit_json_is_one_array_of_public_receipts_and_nothing_else(guben: Guben, hamlet: Hamlet) -> None:
    register = hamlet.file("2026年社区名录.csv", REGISTER)
    broken = hamlet.file("看不懂.csv", "甲,乙\n1,2\n")
    done = guben("submit", broken, register, "--received-at", "2026-01-09T10:00", "--json")
    assert done.exit_code == 1
    refused, accepted = json.loads(done.stdout)
    assert list(accepted)[: len(COLUMNS)] == COLUMNS
    assert (accepted["export"], accepted["status"], accepted["rows_accepted"]) == ("communities", "active", 3)
    assert accepted["received_at"] == "2026-01-09T10:00:00+08:00"
    assert (refused["status"], refused["export"], refused["file_name"]) == ("refused", None, "看不懂.csv")
    assert refused["faults"] is not None
    again = json.loads(guben("submit", register, "--received-at", "2026-01-10", "--json").stdout)
    assert again[0]["submission_id"] == accepted["submission_id"]


def test_a_trial_prints_what_a_file_would_change_and_hands_nothing_in(guben: Guben, hamlet: Hamlet) -> None:
    guben("submit", hamlet.file("2026年社区名录.csv", REGISTER), "--received-at", "2026-01-09")
    guben("submit", hamlet.file("2026年1月就业.csv", JANUARY), "--received-at", "2026-02-05")
    # 新木 goes from 80 to 85 employed, 坪地 is gone: 90 + 80 + 190 = 360, then 90 + 85 = 175.
    text = JANUARY.replace("100,80,20", "100,85,15").replace("坪地社区,200,190,10,2,3\n", "")
    corrected = hamlet.file("2026年1月就业（更正）.csv", text)
    trial = guben("submit", corrected, "--trial", "--received-at", "2026-02-09")
    assert trial.exit_code == 0
    for part in (
        "预检  2026年1月就业（更正）.csv",
        "可以采用（预检，没有入库）",
        "变化  比上一版删除 1 行、改动 1 行",
        "将替代  000002 2026年1月就业.csv（2026-02-05 00:00）",
        "已就业人数  合计 360 → 175，1 行不同",
        "删除  坪地社区",
        "改动  新木社区  已就业人数 80→85；登记失业人数 20→15",
    ):
        assert part in trial.stdout
    assert len(json.loads(guben("submission", "list", "--json").stdout)) == 2
    (told,) = json.loads(guben("submit", corrected, "--json", "--by", "区人力资源局").stdout)
    assert (told["trial"], told["handed_in_by"], told["channel"]) == (False, "区人力资源局", "command")
    assert told["changes"] | {"fields": [], "rows": []} == {
        "replaces": ["000002"], "rows_before": 3, "rows_after": 2, "added": 0, "removed": 1, "changed": 1,
        "fields": [], "rows": [],
    }  # fmt: skip
    assert told["changes"]["fields"][1]["before"] == "360"
    listed = json.loads(guben("submission", "list", "--json").stdout)
    assert [(one["handed_in_by"], one["channel"]) for one in listed] == [
        (None, "command"), (None, "command"), ("区人力资源局", "command"),
    ]  # fmt: skip


def test_a_trial_of_a_refused_file_ends_with_1(guben: Guben, hamlet: Hamlet) -> None:
    done = guben("submit", hamlet.file("看不懂.csv", "甲,乙\n1,2\n"), "--trial")
    assert done.exit_code == 1
    assert "会被退回（预检，没有入库）" in done.stdout
    assert json.loads(guben("submission", "list", "--json").stdout) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("submit", "no-such-file.csv"),
        ("submit",),
        ("submit", "{file}", "--period", "2026-13"),
        ("submit", "{file}", "--received-at", "yesterday"),
        ("submit", "{file}", "--colour", "red"),
        ("refresh", "--period", "March"),
        ("sample", "--out", "{folder}", "--until", "2026-Q1"),
        ("sample", "--out", "{folder}", "--months", "0"),
        ("explain", "employment_rate", "--area", "440307", "--period", "soon"),
        ("sql", "select 1", "--format", "pdf"),
        ("submission", "original", "7", "--out", "{folder}/original"),
        ("publications", "roll-back", "7"),
        ("dance",),
    ],
)
def test_wrong_use_is_2_with_a_message_and_no_traceback(
    arguments: tuple[str, ...], guben: Guben, hamlet: Hamlet
) -> None:
    file = hamlet.file("2026年社区名录.csv", REGISTER)
    done = guben(*(a.format(file=file, folder=hamlet.files / "new") for a in arguments))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_before_the_first_publication_commands_say_what_to_do(guben: Guben) -> None:
    for arguments in (("sql", "select 1"), ("explain", "employment_rate", "--area", "440307", "--period", "2026-02")):
        done = guben(*arguments)
        assert (done.exit_code, done.stdout) == (1, "")
        assert "guben refresh" in done.stderr
    assert guben("refresh").exit_code == 1
    assert "还没有" in guben("status").stdout


def test_sql_prints_exact_values(ask: Guben) -> None:
    query = """select 1.50::decimal(38, 4) as d, null as n, date '2026-02-28' as day, '逗,号"' as t, 7::hugeint as h,
        0.1::double as f, true as b, [1, 2] as l"""
    asked = ask("sql", query, "--format", "json").stdout
    assert '"d": 1.5000' in asked
    assert json.loads(asked) == [
        {"d": 1.5, "n": None, "day": "2026-02-28", "t": '逗,号"', "h": 7, "f": 0.1, "b": True, "l": [1, 2]}
    ]
    header, row = csv.reader(io.StringIO(ask("sql", query, "--format", "csv").stdout))
    assert header == ["d", "n", "day", "t", "h", "f", "b", "l"]
    assert row == ["1.5000", "", "2026-02-28", '逗,号"', "7", "0.1", "true", "[1, 2]"]
    assert "NULL" in ask("sql", query).stdout


def test_sql_has_no_row_limit_and_an_empty_result_is_empty(ask: Guben) -> None:
    assert len(ask("sql", "select * from range(25000)", "--format", "csv").stdout.splitlines()) == 25_001
    assert len(json.loads(ask("sql", "select * from range(12000)", "--format", "json").stdout)) == 12_000
    assert json.loads(ask("sql", "select 1 as a where false", "--format", "json").stdout) == []
    assert ask("sql", "select 1 as a where false", "--format", "csv").stdout == "a\n"


@pytest.mark.parametrize(
    "query",
    [
        "selec 1",
        "select * from no_such_table",
        "select cast('x' as integer)",
        "select 1; select 2",
        "",
        "delete from areas",
        "copy areas to '{file}'",
        "select * from read_csv('{file}')",
        "attach '{file}' as other",
        "set memory_limit = '1GB'",
        "explain analyze copy (select unhex('00')) to '{file}' (format blob)",
        "explain copy areas to '{file}'",
        "with x as (copy areas to '{file}') from x",
        "from duckdb_databases()",
        "select current_setting('home_directory')",
    ],
)
def test_sql_that_is_wrong_or_would_touch_anything_is_2(query: str, ask: Guben, tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text("a\n1\n")
    done = ask("sql", query.format(file=file))
    assert done.exit_code == 2
    assert done.stderr.strip() and "Traceback" not in done.stderr
    assert file.read_text() == "a\n1\n"


def test_sql_shows_a_plan_and_no_path(ask: Guben, published_hamlet: Hamlet) -> None:
    done = ask("sql", "explain select error('it ran') from areas")
    assert done.exit_code == 0 and "Projection" in done.stdout
    assert str(published_hamlet.settings.home) not in done.stdout


def test_a_damaged_publication_is_told_by_every_command_and_made_again(
    published_hamlet: Hamlet, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(published_hamlet.settings.home, home, symlinks=True)
    for name in ("guben.duckdb", "pages.duckdb"):
        file = home / "publications" / "000001" / name
        file.chmod(0o644)
        file.write_bytes(file.read_bytes()[:-4096])
    told = run(home, "status").stdout
    assert "不能用：guben.duckdb 与发布时的文件不一致，已损坏或被改动。请运行 guben refresh" in told
    for arguments in (("sql", "select 1"), ("explain", "employment_rate", "--area", "440307", "--period", "2026-02")):
        done = run(home, *arguments)
        assert done.exit_code == 1
        assert "与发布时的文件不一致" in done.stderr and "guben refresh" in done.stderr
    again = run(home, "refresh")
    assert again.exit_code == 0
    assert "第 1 版的文件不能用" in again.stderr and "第 2 版已发布" in again.stdout
    assert run(home, "sql", "select number from publication", "--format", "csv").stdout == "number\n2\n"


def test_explain_takes_a_number_apart(ask: Guben) -> None:
    done = ask("explain", "employment_rate", "--area", "440307", "--period", "2026-02", "--limit", "2")
    assert done.exit_code == 0
    for part in ("94.00%", "376", "400", "共 3 行，列出 2 行", "2026年2月就业.csv", "条款"):
        assert part in done.stdout
    told = json.loads(
        ask("explain", "employment_rate", "--area", "440307003", "--period", "2026-02", "--limit", "0", "--json").stdout
    )
    assert (told["numerator"], told["denominator"], told["value"]) == (180, 200, 0.9)
    assert [(row["file_name"], row["row"]) for row in told["rows"]] == [
        ("2026年2月就业.csv", 2),
        ("2026年2月就业.csv", 3),
    ]


def test_explain_of_what_is_not_there_is_wrong_use(ask: Guben) -> None:
    assert ask("explain", "no_such", "--area", "440307", "--period", "2026-02").exit_code == 2
    assert ask("explain", "employment_rate", "--area", "1", "--period", "2026-02").exit_code == 2


def test_status_and_lists(ask: Guben) -> None:
    status = ask("status").stdout
    assert "第 1 版" in status and "3 份：有效 3，被取代 0，退回 0" in status
    assert ask("publications", "list").stdout.startswith("* 000001")
    listed = json.loads(ask("submission", "list", "--json").stdout)
    assert [(r["export"], r["period"], r["status"]) for r in listed] == [
        ("communities", "2026", "active"),
        ("employment", "2026-01", "active"),
        ("employment", "2026-02", "active"),
    ]


def test_an_original_comes_back_byte_for_byte_and_never_over_a_file(guben: Guben, hamlet: Hamlet) -> None:
    guben("submit", hamlet.file("2026年社区名录.csv", REGISTER))
    out = hamlet.files / "original.csv"
    assert guben("submission", "original", "1", "--out", out).exit_code == 0
    assert out.read_text(encoding="utf-8") == REGISTER
    assert out.stat().st_mode & 0o777 == 0o600
    out.write_text("mine")
    assert guben("submission", "original", "1", "--out", out).exit_code == 2
    assert out.read_text() == "mine"


def test_a_file_with_faults_comes_back_marked(guben: Guben, hamlet: Hamlet) -> None:
    guben("submit", hamlet.file("2026年社区名录.csv", REGISTER), "--received-at", "2026-01-09")
    header = "社区,户籍劳动力人数,已就业人数,登记失业人数,零就业家庭户数,本月新增就业人数"
    faulty = hamlet.file("就业2026年2月.csv", f"{header}\n无此社区,100,90,5,0,3\n")
    assert guben("submit", faulty).exit_code == 1
    out = hamlet.files / "back.xlsx"
    assert guben("submission", "annotated", "2", "--out", out).exit_code == 0
    assert out.stat().st_mode & 0o777 == 0o600
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["问题清单", "数据"]
    assert "社区名录中没有当期在用的“无此社区”" in book["数据"]["A2"].comment.text
    assert guben("submission", "annotated", "2", "--out", out).exit_code == 2
    assert guben("submission", "annotated", "1", "--out", hamlet.files / "none.xlsx").exit_code == 2


def test_a_template_is_named_for_its_period_and_never_written_over_a_file(
    guben: Guben, hamlet: Hamlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(hamlet.files)
    done = guben("template", "employment", "--period", "2026-02")
    assert done.stdout.strip() == "户籍居民就业情况月报_2026年2月.xlsx"
    book = openpyxl.load_workbook(hamlet.files / done.stdout.strip())
    assert book.worksheets[0]["A3"].value == "社区"
    assert guben("template", "employment", "--period", "2026-02").exit_code == 2
    assert guben("template", "employment", "--period", "2026-Q1").exit_code == 2
    wrong = guben("template", "employmnt")
    assert wrong.exit_code == 2 and "employment" in wrong.stderr


SAFETY = """社区,应整改隐患数,按期整改隐患数,生产安全事故起数,事故死亡人数
良安田社区,30,29,1,1
新木社区,20,19,2,1
坪地社区,10,9,1,1
"""
"""Twelve figures other than zero: enough to know them again."""


def test_what_is_doubtful_is_told_with_the_receipt_and_answered_with_a_note(handed_in: Hamlet) -> None:
    home = handed_in.settings.home
    first = run(home, "submit", handed_in.file("2026年1月安全.csv", SAFETY), "--received-at", "2026-02-05")
    assert first.exit_code == 0 and "待核实" not in first.stdout
    assert run(home, "refresh").exit_code == 0
    again = handed_in.file("2026年2月安全.csv", SAFETY)
    done = run(home, "submit", again, "--received-at", "2026-03-05")
    assert done.exit_code == 0
    assert "待核实  1 处；数字无误的，请说明：guben submission note 000005 原因" in done.stdout
    assert "与2026年1月报的完全相同：共3行，逐行一致。" in done.stdout
    (told,) = json.loads(run(home, "submit", again, "--received-at", "2026-03-05", "--json").stdout)
    assert [(doubt["rule"], doubt["found"]) for doubt in told["doubts"]] == [("repeated", 3)]
    noted = run(home, "submission", "note", "5", "两月确实相同", "--rule", "repeated")
    assert (noted.exit_code, noted.stdout) == (0, "回执 000005 的第 1 条说明已记下，下次刷新后公布。\n")
    wrong = run(home, "submission", "note", "5", "已核对", "--rule", "same")
    assert wrong.exit_code == 1 and "可选：jump、resized、repeated、beyond" in wrong.stderr
    assert run(home, "refresh").exit_code == 0
    asked = run(
        home,
        "sql",
        "select p.rule, n.note from plausibility p join submission_notes n using (submission_id)",
        "--format",
        "csv",
    )
    assert asked.stdout.splitlines() == ["rule,note", "repeated,两月确实相同"]


def test_refresh_refused_by_a_check_says_why_and_is_1(guben: Guben, hamlet: Hamlet) -> None:
    guben("submit", hamlet.file("2026年社区名录.csv", REGISTER), "--received-at", "2026-01-09")
    (path,) = hamlet.settings.home.glob("lake/submissions/communities/2026/*/receipt.json")
    receipt = json.loads(path.read_text())
    path.write_text(json.dumps({**receipt, "rows_read": 99}))
    done = guben("refresh")
    assert done.exit_code == 1
    assert "没有发布" in done.stderr and receipt["submission_id"] in done.stderr
    path.write_text(json.dumps(receipt))
    assert guben("refresh").stdout.strip() == "第 1 版已发布"


def test_the_unexpected_is_one_line_and_a_log_file(guben: Guben, hamlet: Hamlet) -> None:
    submissions = hamlet.settings.home / "lake" / "submissions" / "employment" / "2026-01" / "000001"
    submissions.mkdir(parents=True)
    (submissions / "receipt.json").write_text("{")
    done = guben("status")
    assert done.exit_code == 70
    assert "Traceback" not in done.stderr and len(done.stderr.strip().splitlines()) == 2
    (log,) = (hamlet.settings.home / "logs").glob("*-status.log")
    assert "Traceback" in log.read_text()


def test_the_command_starts_without_the_engines() -> None:
    script = "import sys, pipelines.cli; print(sorted({'polars', 'duckdb', 'dagster', 'streamlit'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_demo_is_prepared_once(hamlet: Hamlet) -> None:
    command = [sys.executable, "-m", "pipelines.cli", "demo", "--scale", "0.01", "--months", "2", "--prepare-only"]
    environment = {**os.environ, "GUBEN_HOME": str(hamlet.settings.home)}

    def prepare() -> str:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    assert "第 1 版已发布" in prepare()
    files = {path: path.stat().st_mtime_ns for path in (hamlet.settings.home / "sample").rglob("*")}
    assert len(files) > 50
    assert prepare() == ""
    assert {path: path.stat().st_mtime_ns for path in (hamlet.settings.home / "sample").rglob("*")} == files


def test_a_file_that_cannot_be_read_costs_no_other_its_receipt(guben: Guben, hamlet: Hamlet) -> None:
    register = hamlet.file("2026年社区名录.csv", REGISTER)
    raw = os.fsencode(hamlet.files) + b"/" + "就业2026年1月".encode("gb18030") + b".csv"
    Path(os.fsdecode(raw)).write_text(JANUARY, encoding="utf-8")
    os.mkfifo(hamlet.files / "管道.csv")
    (hamlet.files / "断.csv").symlink_to("没有")
    odd = [hamlet.files / "管道.csv", hamlet.files / "断.csv", hamlet.files, hamlet.files / "无.csv"]
    done = guben("submit", *odd, os.fsdecode(raw), register, "--received-at", "2026-02-05", "--json")
    assert done.exit_code == 2
    assert [(one["file_name"], one["status"]) for one in json.loads(done.stdout)] == [
        ("就业2026年1月.csv", "active"), ("2026年社区名录.csv", "active"),
    ]  # fmt: skip
    told = [line.split("：") for line in done.stderr.splitlines()]
    assert [(line[0], Path(line[1]).name) for line in told] == [("未收", path.name) for path in odd]
    assert [line[2] for line in told] == [
        "这不是普通文件，无法读取", "没有这个文件（或它是一个失效的链接），请核对路径", "这是文件夹，请写明其中的文件",
        "没有这个文件（或它是一个失效的链接），请核对路径",
    ]  # fmt: skip


def test_a_locked_workbook_is_opened_with_the_password_of_a_file(guben: Guben, hamlet: Hamlet) -> None:
    guben("submit", hamlet.file("2026年社区名录.csv", REGISTER), "--received-at", "2026-01-09")
    book, plain, locked = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    for line in JANUARY.splitlines():
        book.active.append(line.split(","))
    book.save(plain)
    OOXMLFile(plain).encrypt("开门", locked)
    path = hamlet.files / "就业2026年1月.xlsx"
    path.write_bytes(locked.getvalue())
    refused = guben("submit", path, "--received-at", "2026-02-05")
    assert (refused.exit_code, "请在报送时输入密码" in refused.stderr) == (1, True)
    said = (
        "submit",
        path,
        "--received-at",
        "2026-02-05",
        "--json",
        "--password-file",
        hamlet.file("密码.txt", "开门\n"),
    )
    done = guben(*said)
    assert (done.exit_code, [one["rows_accepted"] for one in json.loads(done.stdout)]) == (0, [3])
