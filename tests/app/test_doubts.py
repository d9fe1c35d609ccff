"""What is doubtful, on the pages: beside the number it touches, on 总览, at the receipt, and the note that answers it.

Six months of 100 hazards in 良安田, then 1,000; all are told by the file of March 2026, submission 000009.
"""

import shutil
from pathlib import Path

import pytest

from pipelines.modelling.refresh import refresh
from pipelines.periods import Period
from pipelines.settings import Settings
from tests.app.conftest import Visit
from tests.app.test_submissions import drop, press
from tests.modelling.conftest import District
from tests.modelling.test_plausibility import report_hazards
from tests.modelling.test_values import LIANGANTIAN, PINGDI, employment
from warehouse.notes import Notes

DOUBT = "应整改隐患数合计1,000件，明显偏高：此前6期一般在22件至255件之间（中位数100件）"
SAFETY = """社区,应整改隐患数,按期整改隐患数,生产安全事故起数,事故死亡人数
良安田社区,2000,2000,0,0
"""


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    district = District(tmp_path_factory.mktemp("doubtful"))
    for year in ("2025", "2026"):
        district.register(
            year, (LIANGANTIAN, "良安田社区", "2009-01-01", None, ""), (PINGDI, "坪地社区", "2009-01-01", None, "")
        )
    report_hazards(district, [100] * 6 + [1000], Period.parse("2025-09"))
    district.hand_in("employment", "2026-03", [employment(PINGDI, 100, 90)])
    refresh(district.settings)
    return district.settings.home


@pytest.fixture
def look(doubtful: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Opens a page of a copy of that home."""
    home = tmp_path / "home"
    shutil.copytree(doubtful, home, symlinks=True)
    monkeypatch.setenv("GUBEN_HOME", str(home))
    return lambda page, **parameters: Visit(page, parameters)


def test_a_doubt_stands_beside_the_number_it_touches_and_leads_to_the_receipt(look):
    page = look("indicator", indicator="hazard_fixed_rate", area=LIANGANTIAN, period="2026-03")
    assert "⚠ 这个数所依据的报表有1处待核实（待说明）" in page.words
    assert f"龙岗区2026年3月安全生产月报：{DOUBT}" in page.words
    assert 'href="submissions?view=files&amp;file=000009"' in page.markup
    assert "待核实" not in look("indicator", indicator="hazard_fixed_rate", area="440307", period="2026-02").words
    assert "待核实" not in look("indicator", indicator="employment_rate", area="440307", period="2026-03").words


def test_the_overview_counts_the_doubts_of_the_month(look):
    assert "本月报表待核实 1处（待说明）" in " ".join(look("overview", month="2026-03").words.split())
    assert "本月报表待核实 无" in " ".join(look("overview", month="2026-02").words.split())


def explain(page: Visit, text: str) -> None:
    page.app.text_area[0].set_value(text)
    next(button for button in page.app.button if button.label == "提交说明").click()
    page.app.run()
    page.check()


def test_a_note_answers_a_doubt_at_the_receipt_and_everywhere_after_the_refresh(look):
    page = look("submissions", view="files", file="000009")
    assert "待核实：1处" in page.words and DOUBT in page.words and "待说明" in page.words
    explain(page, "<b>集中</b>排查")
    assert "已说明" in page.words and "&lt;b&gt;集中&lt;/b&gt;排查" in page.markup
    (note,) = Notes(Settings().home).all()
    assert (note.submission_id, note.rule, note.text) == ("000009", None, "<b>集中</b>排查")
    refresh(Settings())
    number = look("indicator", indicator="hazard_fixed_rate", area="440307", period="2026-03")
    assert "有1处待核实（1处已说明）" in number.words
    assert "&lt;b&gt;集中&lt;/b&gt;排查" in number.markup and "<b>集中" not in number.markup


def test_a_note_that_cannot_be_taken_is_told(look):
    page = look("submissions", view="files", file="000009")
    explain(page, "   ")
    assert "说明是空的" in page.words
    assert Notes(Settings().home).all() == []


def test_a_file_handed_in_is_told_at_once_what_is_doubtful(look):
    page = look("submissions", view="new")
    drop(page, ("2026年3月安全.csv", SAFETY))
    press(page, "确认报送")
    assert "已报送，回执" in page.words and "1 行" in page.words
    assert "应整改隐患数合计2,000件，明显偏高" in page.words
    explain(page, "年底集中排查")
    assert "已说明" in page.words and "年底集中排查" in page.words


def test_a_receipt_without_doubts_says_nothing_of_them(look):
    assert "待核实" not in look("submissions", view="files", file="000002").words
