"""`guben dictionary`: the data dictionary as Markdown and Excel, made from contracts and catalogue."""

from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.contracts.schema import load_contracts
from pipelines.modelling.catalogue import load_catalogue
from pipelines.settings import Settings


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dictionary") / "new"
    result = CliRunner().invoke(app, ["dictionary", "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture(scope="module")
def sheets(written: Path) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(written / "数据字典.xlsx")
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_every_export_field_indicator_and_clause_is_in_it(sheets: dict[str, list[tuple[object, ...]]]) -> None:
    contracts, catalogue = load_contracts(Settings().contracts_dir), load_catalogue(Settings().sql_dir)
    assert {row[0] for row in sheets["报表"][1:]} == set(contracts)
    fields = {(c.title, name) for c in contracts.values() for name in c.fields}
    assert {(row[0], row[1]) for row in sheets["字段"][1:]} == fields
    assert {row[0] for row in sheets["指标"][1:]} == set(catalogue.indicators)
    assert [row[0] for row in sheets["条文"][1:]] == list(range(1, 30))


def test_an_indicator_says_its_formula_in_words_and_in_sql(sheets: dict[str, list[tuple[object, ...]]]) -> None:
    row = next(row for row in sheets["指标"] if row[0] == "labour_dispute_settled_rate")
    assert "SQL" in str(sheets["指标"][0][-1])
    assert row[-2:] == (
        "sum(settled) from units.disputes where kind = '劳资'",
        "sum(found) from units.disputes where kind = '劳资'",
    )
    assert row[6] == "95%"


def test_every_kind_of_rule_is_said(sheets: dict[str, list[tuple[object, ...]]]) -> None:
    rules = {row[1:3] for row in sheets["规则"] if row[0] == "民主评议党员统计表"}
    assert ("参评党员数", "应等于 优秀 + 合格 + 基本合格 + 不合格") in rules
    assert ("参评党员数", "不大于应评党员数") in rules
    assert ("党组织编码", "应在党组织名册中") in rules
    cadres = {row[1:3] for row in sheets["规则"] if row[0] == "干部及后备干部名册"}
    assert ("性别", "只能是：男、女") in cadres
    assert ("干部编号", "只存加密值，不存原文") in cadres


def test_markdown_has_one_line_for_each_row_of_the_workbook(
    written: Path, sheets: dict[str, list[tuple[object, ...]]]
) -> None:
    lines = (written / "数据字典.md").read_text(encoding="utf-8").splitlines()
    tables = [line for line in lines if line.startswith("| ")]
    assert len(tables) == sum(len(rows) for rows in sheets.values())
    for title, rows in sheets.items():
        assert f"## {title}（{len(rows) - 1}）" in lines


def test_written_again_it_is_the_same(written: Path, tmp_path: Path) -> None:
    CliRunner().invoke(app, ["dictionary", "--out", str(tmp_path)])
    assert (tmp_path / "数据字典.md").read_bytes() == (written / "数据字典.md").read_bytes()
