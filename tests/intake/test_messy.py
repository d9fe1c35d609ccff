"""Real spreadsheets of governments, none of them a report of ours: each is refused, with the right explanation."""

import time
from pathlib import Path

import pytest

from pipelines.settings import ROOT
from tests.intake.test_shapes import judged

MESSY = ROOT.parent / "shared" / "data" / "messy"
ALIEN = "请核对是否拿错了文件"
EXPECTED = {
    "01_主要城市年度数据.xls": ("第 4 行的列是“地区、2019年", ALIEN),
    "04_年度数据_gbk.csv": ("第 3 行的列是“指标、2022年", ALIEN),
    "07_通信能力月报表汇总.xls": ("第 2 行的列是“指标代码、指标名称", ALIEN),
    "09_职业培训补贴花名册.xls": ("第 3 行的列是“序号、姓名", ALIEN),
    "11_党员信息表.xls": ("最接近的是“党员名册”（工作表“Sheet1”第 1 行）", "缺少的列：党员编号、党组织编码。"),
    "14_党员信息表_标题行.xlsx": ("最接近的是“党员名册”（工作表“Sheet1”第 2 行）", "缺少的列：党员编号、党组织编码、"),
    "15_ExportData(2).xls": ("第 1 行的列是“指标、GDP_累计", ALIEN),
    "16_GDP(已自动还原).xls": ("的列是“指标、2020", ALIEN),
    "18_table_1_其实是CSV.xls": ("第 1 行的列是“菜单名称、类型", ALIEN),
    "19_工资发放表模板_已脱敏.xls": ("的列是“基本工资、岗位工资", ALIEN),
    "23_人口数据_转置.xls": ("第 3 行的列是“时间、人口出生率", ALIEN),
}


@pytest.mark.skipif(not MESSY.is_dir(), reason=f"the files are not part of the project; looked for in {MESSY}")
@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_that_is_none_of_ours_is_refused_with_the_right_explanation(name: str) -> None:
    data = (MESSY / name).read_bytes()
    judged(name, data)  # Once for what is loaded at the first use.
    start = time.process_time()
    draft, rows, _ = judged(name, data)
    assert time.process_time() - start < 1
    assert draft.export is None and rows.is_empty()
    for words in EXPECTED[name]:
        assert words in str(draft.refusal)


@pytest.mark.skipif(not MESSY.is_dir(), reason=f"the files are not part of the project; looked for in {MESSY}")
def test_every_file_there_is_expected() -> None:
    assert {path.name for path in MESSY.iterdir()} - {"INDEX.csv"} == set(EXPECTED)


def test_the_folder_is_beside_the_checkout() -> None:
    assert Path(MESSY).parts[-3:] == ("shared", "data", "messy")
