"""The documents keep their word: every command in the READMEs runs, every setting, command and link is there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.cli import app
from pipelines.settings import ROOT, Settings

READMES = ("README.md", "README.zh-CN.md")
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def blocks(readme: str) -> list[str]:
    return BLOCK.findall((ROOT / readme).read_text(encoding="utf-8"))


def test_both_readmes_show_the_same_commands() -> None:
    assert blocks("README.md") == blocks("README.zh-CN.md")
    assert len(blocks("README.md")) >= 6


def test_make_targets_of_the_readme_exist() -> None:
    made = [block.strip() for block in blocks("README.md") if block.startswith("make ")]
    assert made == ["make demo", "make test"]
    for command in made:
        steps = subprocess.run([*command.split(), "-n"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        assert {"make demo": ".venv/bin/guben demo", "make test": ".venv/bin/pytest"}[command] in steps


def test_every_other_command_of_the_readme_runs(tmp_path: Path) -> None:
    home = tmp_path / "try"
    script = "\n".join(block for block in blocks("README.md") if not block.startswith("make "))
    assert "/tmp/guben-try" in script
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace("/tmp/guben-try", str(home))],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # Worked out by hand from the two lines of the reading rooms: (260 + 120) / (5200 + 4000).
    assert "4.13%" in done.stdout
    assert "共 2 行" in done.stdout


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert f"`GUBEN_{name.upper()}`" in text


def test_no_setting_is_documented_that_does_not_exist() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert {name.lower() for name in re.findall(r"`GUBEN_([A-Z_]+)`", text)} == set(Settings.model_fields)


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    names = [str(command.name or command.callback.__name__) for command in app.registered_commands if command.callback]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        for command in group.typer_instance.registered_commands:
            names.append(f"{group.name} {command.name}")
    assert len(names) >= 12
    assert [name for name in names if f"`guben {name}" not in text] == []


def test_every_link_leads_somewhere() -> None:
    documents = [*(ROOT / name for name in READMES), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{document.name}: {target}"
        for document in documents
        for target in LINK.findall(document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []
