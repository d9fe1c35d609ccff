"""A town small enough to count by hand, handed in and published: two streets, three communities.

良安田 and 新木 lie in 平湖街道, 坪地 in 坪地街道. Told as clerks would send it: one table per file.
"""

import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pipelines.intake.receive import Handover, Outcome, receive
from pipelines.modelling.refresh import refresh
from pipelines.settings import ROOT, Settings
from tests.app.tiny import open_page, tiny  # noqa: F401 - fixtures

REGISTER = """
    街道编码,街道名称,社区编码,社区名称,启用日期
    440307003,平湖街道,440307003002,良安田社区,2009-01-01
    440307003,平湖街道,440307003004,新木社区,2009-01-01
    440307006,坪地街道,440307006001,坪地社区,2009-01-01
"""

ROSTER = """
    统一社会信用代码,单位名称,单位类别,所在社区,所在网格,规模以上,从业人数,党员人数,生产经营稳定,党员队伍稳定,有合适书记人选,组建方式,党组织编码,建立工会,建立团组织,建立妇女组织,建立民兵组织,党群交叉任职,设立诉求服务中心
    A,=甲电子公司,非公企业,良安田社区,G01,是,60,5,是,是,是,未覆盖,,是,是,是,否,否,是
    B,乙五金公司,非公企业,良安田社区,G01,是,120,4,是,是,是,单独组建,DZ1,是,是,否,否,是,是
    C,丙商贸公司,非公企业,良安田社区,G01,否,8,2,否,是,否,未覆盖,,是,否,否,否,否,否
    D,丁商贸公司,非公企业,良安田社区,G01,否,9,1,是,是,否,未覆盖,,是,否,否,否,否,否
    E,戊物流公司,非公企业,新木社区,G11,否,20,1,是,否,否,派驻指导员,,是,否,否,否,否,否
    F,己塑胶公司,非公企业,新木社区,G12,否,30,2,是,否,否,未覆盖,,否,否,否,否,否,否
    G,庚商会,社会组织,新木社区,G12,否,5,0,是,否,否,未覆盖,,否,否,否,否,否,否
"""
OTHER_ROSTER = """
    统一社会信用代码,单位名称,单位类别,所在社区,所在网格,规模以上,从业人数,党员人数,生产经营稳定,党员队伍稳定,有合适书记人选,组建方式,建立工会,建立团组织,建立妇女组织,建立民兵组织,党群交叉任职,设立诉求服务中心
    H,辛服装公司,非公企业,坪地社区,G21,否,15,1,是,否,否,未覆盖,否,否,否,否,否,否
"""
BRANCHES = """
    党组织编码,党组织名称,组织类型,所属领域,所在社区,党员人数
    DZ1,乙五金公司党支部,党支部,非公企业,良安田社区,4
"""
COMPANIES_BEFORE = """
    公司代码,公司名称,所在社区,股民人数,物业租赁收入,投资收入,服务收入,管理收入,其他收入,总收入,净利润,分红总额,重大经营决策数,经社区党组织审议数,建立现代企业制度,引进职业经理人
    K1,良安田股份合作公司,良安田社区,1000,800,200,0,0,0,1000,300,100,2,2,是,否
    K2,新木股份合作公司,新木社区,500,500,0,0,0,0,500,100,50,2,1,否,否
"""
COMPANIES = """
    公司代码,公司名称,所在社区,股民人数,物业租赁收入,投资收入,服务收入,管理收入,其他收入,总收入,净利润,分红总额,重大经营决策数,经社区党组织审议数,建立现代企业制度,引进职业经理人
    K1,良安田股份合作公司,良安田社区,1000,660,340,50,50,0,1100,300,110,2,2,是,否
    K2,新木股份合作公司,新木社区,500,500,0,0,0,0,500,100,50,2,1,否,否
"""
EMPLOYMENT = """
    社区,户籍劳动力人数,已就业人数,登记失业人数,零就业家庭户数,本月新增就业人数
    良安田社区,1000,980,20,0,12
    新木社区,1000,940,60,2,8
    坪地社区,500,490,10,0,5
"""
SAFETY = """
    社区,应整改隐患数,按期整改隐患数,生产安全事故起数,事故死亡人数
    良安田社区,10,10,0,0
    新木社区,10,10,0,0
    坪地社区,10,10,0,0
"""
DISPUTES = """
    社区,纠纷类别,排查受理数,调解成功数
    良安田社区,劳资,10,10
    坪地社区,劳资,10,10
"""
PETITIONS = """
    社区,渠道,受理件数,应办结件数,按期办结件数
    良安田社区,来信,10,10,10
    坪地社区,来信,10,10,10
"""
PLANTS = """
    社区,违建类别,新增宗数,新增面积（平方米）,拆除面积（平方米）
    新木社区,社区集体厂房,1,200,0
    新木社区,居民,0,0,0
"""
SERVICES = """
    社区,设立一站式服务大厅,应提供服务事项数,已提供服务事项数,应办结服务件数,按时办结件数
    良安田社区,是,10,10,10,10
    新木社区,是,10,10,10,10
"""
OTHER_SERVICES = """
    社区,设立一站式服务大厅,应提供服务事项数,已提供服务事项数,应办结服务件数,按时办结件数
    坪地社区,是,10,10,10,10
"""
FAULTY = """
    社区,户籍劳动力人数,已就业人数,登记失业人数,零就业家庭户数,本月新增就业人数
    <b>无名</b>社区,1000,980,20,0,12
    坪地社区,500,九成,10,0,5
"""

FILES = (
    ("社区名录.csv", REGISTER, "2009", (), "2009-01-04"),
    ("社区名录.csv", REGISTER, "2010", (), "2010-01-04"),
    ("股份合作公司.csv", COMPANIES_BEFORE, "2009-Q3", (), "2009-10-08"),
    ("股份合作公司.csv", COMPANIES, "2010-Q3", (), "2010-10-08"),
    ("就业.csv", EMPLOYMENT, "2010-09", (), "2010-10-08"),
    ("就业.csv", EMPLOYMENT, "2010-10", (), "2010-11-05"),
    ("就业改.csv", FAULTY, "2010-10", (), "2010-11-06"),
    ("党组织.csv", BRANCHES, "2010-10", (), "2010-11-05"),
    ("平湖名册.csv", ROSTER, "2010-09", ("平湖街道",), "2010-10-20"),
    ("平湖名册.csv", ROSTER, "2010-10", ("平湖街道",), "2010-11-05"),
    ("坪地名册.csv", OTHER_ROSTER, "2010-09", ("坪地街道",), "2010-10-05"),
    ("安全.csv", SAFETY, "2010-10", (), "2010-11-05"),
    ("纠纷.csv", DISPUTES, "2010-10", (), "2010-11-05"),
    ("信访.csv", PETITIONS, "2010-10", (), "2010-11-05"),
    ("平湖违建.csv", PLANTS, "2010-10", ("平湖街道",), "2010-11-05"),
    ("平湖服务.csv", SERVICES, "2010-10", ("平湖街道",), "2010-11-05"),
    ("坪地服务.csv", OTHER_SERVICES, "2010-10", ("坪地街道",), "2010-11-05"),
)
"""File name, table, period, streets, day received."""


def table(text: str) -> bytes:
    """A table as a CSV file."""
    return "\n".join(line.strip() for line in text.strip().splitlines()).encode()


def hand_in_town(settings: Settings, folder: Path) -> list[Outcome]:
    handovers = []
    for place, (name, text, period, streets, day) in enumerate(FILES):
        path = folder / str(place) / name
        path.parent.mkdir(parents=True)
        path.write_bytes(table(text))
        handovers.append(Handover(path, datetime.fromisoformat(f"{day}T09:00:00"), period, streets))
    return receive(settings, handovers)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the town, published. Look, do not hand anything in."""
    folder = tmp_path_factory.mktemp("town")
    settings = Settings(home=folder / "home")
    outcomes = hand_in_town(settings, folder / "files")
    refused = [outcome.receipt for outcome in outcomes if outcome.status == "refused"]
    assert [receipt.file_name for receipt in refused] == ["就业改.csv"], refused
    refresh(settings)
    return settings.home


class Visit:
    """One page as a visitor sees it who follows a link."""

    def __init__(self, page: str, parameters: dict[str, str]) -> None:
        self.app = AppTest.from_file(str(ROOT / "dashboards" / "app.py"), default_timeout=30)
        self.app.run()
        for key, value in parameters.items():
            self.app.query_params[key] = value
        self.app.switch_page(f"app_pages/{page}.py").run()
        self.check()

    def check(self) -> None:
        assert not self.app.exception
        assert "打不开" not in self.words

    @property
    def words(self) -> str:
        """All text outside of widgets, without its tags."""
        bodies = [element.proto.body for element in self.app.get("html")]
        return " ".join(re.sub(r"<[^>]+>", " ", body) for body in bodies if not body.lstrip().startswith("/*"))

    @property
    def markup(self) -> str:
        """All HTML of the page."""
        return " ".join(element.proto.body for element in self.app.get("html"))

    def rows(self, place: int = 0) -> list[dict[str, object]]:
        """The rows of one of the page's tables."""
        return self.app.dataframe[place].value.to_dict("records")

    def parameter(self, key: str) -> str:
        """What the URL says."""
        value = self.app.query_params[key]
        return value if isinstance(value, str) else value[0]

    def charts(self) -> int:
        return len(self.app.get("plotly_chart"))


@pytest.fixture
def visit(town: Path, monkeypatch: pytest.MonkeyPatch):
    """Opens a page of the town: `visit("two_new", area="440307003")`."""
    monkeypatch.setenv("GUBEN_HOME", str(town))
    return lambda page, **parameters: Visit(page, parameters)


@pytest.fixture
def own_town(town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the town's home, in which something may be handed in."""
    copy = tmp_path / "home"
    shutil.copytree(town, copy, symlinks=True)
    monkeypatch.setenv("GUBEN_HOME", str(copy))
    return copy


@pytest.fixture
def visit_own(own_town: Path):
    """Opens a page of that copy."""
    return lambda page, **parameters: Visit(page, parameters)
