"""试算, 名次稳不稳 and locked years on the page 街道考核."""

from datetime import datetime
from pathlib import Path

import pytest
import yaml

from dashboards.trials import as_yaml, changed, numbers_of, read_changes, write_changes
from pipelines.modelling.catalogue import Scheme, load_catalogue
from pipelines.modelling.refresh import refresh
from pipelines.settings import Settings
from tests.app.conftest import Visit
from tests.modelling.conftest import SHANGHAI, District, district  # noqa: F401 - fixture
from tests.modelling.test_locks import assessed, hand_in_employment, lock  # noqa: F401 - fixture
from warehouse.locks import Locks

SCHEMES = load_catalogue(Settings().sql_dir).schemes
LEADERSHIP = next(s for s in SCHEMES if s.scheme == "street_leadership").model_dump(mode="json", exclude_none=True)


def compared(page: Visit) -> dict[str, tuple[object, ...]]:
    columns = ("采用总分", "试算总分", "采用名次", "试算名次")
    table = next(rows for rows in map(page.rows, range(3)) if "试算总分" in rows[0])
    return {str(row["街道"]): tuple(row[c] for c in columns) for row in table}


def test_the_adopted_scheme_changes_nothing(visit):
    page = visit("assessment", view="what_if")
    assert "还没有改动：与采用的方案相同" in page.words
    assert all(row[0] == row[1] and row[2] == row[3] for row in compared(page).values())


def test_a_slider_moves_scores_at_once_and_stands_in_the_url(visit):
    page = visit("assessment", view="what_if", part="居民就业")
    before = compared(page)
    page.app.slider(key="trial_street_leadership_employment_rate_floor").set_value(96.0).run()
    page.check()
    after = compared(page)
    # 平湖 employs 96 %: from 6/7 of 15 points to none. 坪地 employs 98 %, beyond the target.
    assert after["平湖街道"][1] == pytest.approx(before["平湖街道"][0] - 15 * 6 / 7, abs=0.011)
    assert after["坪地街道"][1] == before["坪地街道"][0]
    assert page.parameter("trial") == "employment_rate.floor:0.96"
    assert "户籍居民就业率底线90%→96%" in page.words
    page.app.button(key="trial_reset").click().run()
    page.check()
    assert compared(page) == before
    assert "trial" not in page.app.query_params


def test_a_trial_can_be_sent_to_somebody(visit):
    # Only 违建 counts: 平湖 has 90 of 100 for plants and 100 for homes, 坪地 handed nothing in.
    others = ("经济转型", "居民就业", "社区稳定与安全", "社区服务")
    page = visit("assessment", view="what_if", trial=",".join(f"{name}.weight:0" for name in others))
    assert {name: row[1] for name, row in compared(page).items()} == {"平湖街道": 95, "坪地街道": 0}
    everything = page.parameter("trial") + ",违建零增长.weight:0"
    assert "权重不能全部为零" in visit("assessment", view="what_if", trial=everything).words


def test_firmness_tells_how_many_weightings_keep_each_rank(visit):
    page = visit("assessment", view="firmness")
    assert "随机变动2,000次" in page.words
    rows = page.rows()
    assert [row["名次"] for row in rows] == [1, 2]
    assert all(50 < row["名次不变的比例（%）"] <= 100 for row in rows)


def test_the_other_assessment_says_when_it_has_no_results(visit):
    page = visit("assessment", scheme="party_building")
    assert "街道党建工作考核综合评价，第29条" in page.words
    assert "还没有报齐过" in page.words


def test_a_locked_year_shows_what_corrections_would_have_changed(assessed: District, monkeypatch):  # noqa: F811
    monkeypatch.setenv("GUBEN_HOME", str(assessed.settings.home))
    lock(assessed)
    refresh(assessed.settings)
    assert "锁定后没有更正影响本考核" in Visit("assessment", {"year": "2010"}).words
    hand_in_employment(assessed, 800, day=8)
    refresh(assessed.settings)
    page = Visit("assessment", {"year": "2010"})
    assert "2010年度已锁定（2011年1月6日 09:00，年度考核已公布）" in page.words
    assert "锁定后更正了1个数值，会改变1个街道的结果" in page.words
    (row,) = page.rows()
    assert row == {
        "街道": "平湖街道", "锁定的总分": 90.63, "更正后会得": 81.25, "锁定的名次": 2, "更正后名次": 2,
        "锁定的等次": "优秀", "更正后等次": "良好",
    }  # fmt: skip
    assert page.rows(1) == [
        {"街道": "平湖街道", "指标": "户籍居民就业率", "锁定的数值": "93.5%", "现在的数值": "80.0%"}
    ]
    # A trial starts from what was locked.
    assert compared(Visit("assessment", {"year": "2010", "view": "what_if"}))["平湖街道"] == (90.63, 90.63, 2, 2)


def test_a_saved_trial_is_a_scheme_as_the_adopted_ones_are():
    changes = {("经济转型", "weight"): 10.0, ("employment_rate", "weight"): 10.0, ("employment_rate", "floor"): 0.85}
    text = as_yaml(changed(LEADERSHIP, changes), "试算方案")
    assert text.startswith("# 第13条：街道领导班子年度综合考核")
    saved = Scheme.model_validate(yaml.safe_load(text))
    assert saved.dimensions["居民就业"].indicators["employment_rate"].floor == 0.85
    # 60, 20, 20 with 10 in the place of 60: fifths of 100. 35, 25, 15, 15, 10 with 10 for 35: 75 in all.
    assert [i.weight for i in saved.dimensions["居民就业"].indicators.values()] == [20, 40, 40]
    assert [d.weight for d in saved.dimensions.values()] == [13.34, 33.33, 20, 20, 13.33]
    assert saved.vetoes == Scheme.model_validate(LEADERSHIP).vetoes


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda s: s.scheme)
def test_without_changes_the_saved_scheme_is_the_adopted_one(scheme: Scheme, tmp_path: Path):
    definition = scheme.model_dump(mode="json", exclude_none=True)
    path = tmp_path / "scheme.yaml"
    path.write_text(as_yaml(changed(definition, {}), "试算方案"), encoding="utf-8")
    assert Scheme.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))) == scheme


def test_what_a_url_says_that_no_scheme_knows_is_dropped():
    text = "经济转型.weight:40,employment_rate.floor:0.85,nobody.floor:1,employment_rate.colour:1,x,居民就业.weight:nan"
    changes = read_changes(f"{text},居民就业.weight:25", LEADERSHIP)
    assert changes == {("经济转型", "weight"): 40, ("employment_rate", "floor"): 0.85}
    assert read_changes(write_changes(changes), LEADERSHIP) == changes
    assert len(numbers_of(LEADERSHIP)) == 5 + 11 * 3 + 3 * 2


def test_an_unlocked_year_keeps_both_acts_on_record(assessed: District, monkeypatch):  # noqa: F811
    home = assessed.settings.home
    monkeypatch.setenv("GUBEN_HOME", str(home))
    lock(assessed)
    Locks(home).add_unlock(2010, "<b>就业</b>有误", datetime(2011, 1, 9, 8, tzinfo=SHANGHAI), 1)
    hand_in_employment(assessed, 800, day=8)
    refresh(assessed.settings)
    page = Visit("assessment", {"year": "2010"})
    assert "2010年度已解锁（2011年1月9日 08:00，" in page.words
    assert " ".join(page.words.split("锁定与解锁的记录")[1].split()[:9]) == (
        "次 时间 原因 1 锁定 2011年1月6日 09:00 年度考核已公布 2"
    )
    assert "<b>就业" not in page.markup
    assert {row["街道"]: row["总分（分）"] for row in page.rows()}["平湖街道"] == 81.25
