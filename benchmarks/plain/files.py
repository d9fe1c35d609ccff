"""What the files are and what stands in them: one table per export. Adds nothing up."""

import csv
import re
from calendar import monthrange
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import fastexcel
import polars as pl

REFUSED = {"wrong_period", "swapped_columns", "column_missing", "damaged"}

Columns = dict[str, tuple[str, ...]]

# Export: the title in the file's name, its cadence, and the columns that count: field, kind, headers.
EXPORTS: dict[str, tuple[str, str, Columns]] = {
    "cadres": ("干部及后备干部名册", "quarter", {
        "community": ("text", "社区"), "role": ("text", "岗位类别"), "gender": ("text", "性别"),
        "birth_month": ("month", "出生年月"), "education": ("text", "学历"), "is_party_member": ("bool", "中共党员"),
        "on_exchange": ("bool", "挂职或交流"), "elite_trained": ("bool", "参加优才培训"),
    }),
    "communities": ("社区名录", "year", {
        "code": ("text", "社区编码", "社区代码"), "name": ("text", "社区名称", "社区", "社区居委会"),
        "street": ("text", "街道编码", "街道代码"), "street_name": ("text", "街道名称", "街道"),
        "valid_from": ("date", "启用日期"), "valid_to": ("date", "停用日期"),
    }),
    "community_governance": ("社区治理月报", "month", {
        "community": ("text", "社区"), "meetings_required": ("int", "应召开议事协调会次数"),
        "meetings_held": ("int", "实际召开次数"), "tasks_assigned": ("int", "下派社区工作事项数"),
        "tasks_admitted": ("int", "经准入事项数"), "tasks_funded": ("int", "落实经费事项数"),
        "resident_groups": ("int", "居民小组数"), "groups_with_branch": ("int", "已建党支部居民小组数"),
        "commitments_made": ("int", "党员承诺事项数"), "commitments_kept": ("int", "已兑现承诺数"),
        "six_good": ("bool", "达到六好标准"),
    }),
    "community_services": ("社区服务月报", "month", {
        "community": ("text", "社区"), "has_one_stop": ("bool", "设立一站式服务大厅"),
        "items_required": ("int", "应提供服务事项数"), "items_provided": ("int", "已提供服务事项数"),
        "requests_due": ("int", "应办结服务件数"), "requests_on_time": ("int", "按时办结件数"),
    }),
    "disputes": ("矛盾纠纷排查调解月报", "month", {
        "community": ("text", "社区"), "kind": ("text", "纠纷类别"), "found": ("int", "排查受理数"),
        "settled": ("int", "调解成功数"),
    }),
    "employment": ("户籍居民就业情况月报", "month", {
        "community": ("text", "社区"), "labour_force": ("int", "户籍劳动力人数", "有就业愿望户籍劳动力"),
        "employed": ("int", "已就业人数"), "zero_households": ("int", "零就业家庭户数"),
        "newly_employed": ("int", "本月新增就业人数"),
    }),
    "four_duties": ("“四员”履职月报", "month", {
        "org_code": ("text", "党组织编码"), "publicity_sessions": ("int", "政策宣传场次"),
        "hazards_reported": ("int", "安全隐患报告数"), "hazards_resolved": ("int", "隐患已整改数"),
        "disputes_taken": ("int", "纠纷调解受理数"), "disputes_settled": ("int", "纠纷调解成功数"),
        "appeals_taken": ("int", "诉求代理受理数"), "appeals_closed": ("int", "诉求代理办结数"),
    }),
    "illegal_construction": ("违法建筑查处月报", "month", {
        "community": ("text", "社区"), "kind": ("text", "违建类别"), "new_cases": ("int", "新增宗数"),
    }),
    "leader_service": ("领导干部联系群众月报", "month", {
        "community": ("text", "社区"), "reception_planned": ("int", "计划接访次数"),
        "reception_held": ("int", "实际接访次数"), "cases_taken": ("int", "领导包案数"),
        "cases_closed": ("int", "包案办结数"), "works_promised": ("int", "承诺为民办实事数"),
        "works_done": ("int", "已完成实事数"),
    }),
    "major_decisions": ("重大事项决策台账", "month", {
        "community": ("text", "社区"), "sector": ("text", "单位类别"), "collective": ("bool", "经集体讨论"),
        "party_reviewed": ("bool", "经党组织研究"), "concerns_public": ("bool", "涉及群众切身利益"),
        "disclosed": ("bool", "已向社会公开"),
    }),
    "member_appraisals": ("民主评议党员统计表", "year", {
        "org_code": ("text", "党组织编码"), "due": ("int", "应评党员数"), "appraised": ("int", "参评党员数"),
        "excellent": ("int", "优秀"), "qualified": ("int", "合格"), "unqualified": ("int", "不合格"),
        "handled": ("int", "已处置不合格党员"),
    }),
    "member_care": ("困难党员关怀帮扶月报", "month", {
        "community": ("text", "社区"), "in_difficulty": ("int", "困难党员人数"), "visited": ("int", "本月走访人数"),
        "aid_amount": ("decimal", "救助金额"), "unemployed": ("int", "失业党员人数"),
        "reemployed": ("int", "本月再就业人数"),
    }),
    "member_development": ("发展党员台账", "month", {
        "org_code": ("text", "党组织编码"), "stage": ("text", "阶段"), "occupation": ("text", "职业岗位"),
        "by_competitive_vote": ("bool", "实行差额票决"),
    }),
    "office_style": ("机关作风建设月报", "month", {
        "community": ("text", "社区"), "problems_found": ("int", "明查暗访发现问题数"),
        "problems_fixed": ("int", "已整改问题数"), "meetings": ("int", "会议次数"),
        "meetings_last_year": ("int", "上年同期会议次数"), "documents": ("int", "发文数"),
        "documents_last_year": ("int", "上年同期发文数"),
    }),
    "party_activities": ("党组织活动台账", "month", {
        "org_code": ("text", "党组织编码"), "kind": ("text", "活动类别"), "eligible": ("int", "应参加党员数"),
        "participants": ("int", "实际参加党员数"), "promoted": ("int", "双培双推人数"),
    }),
    "party_budgets": ("党建经费预算执行表", "year", {
        "community": ("text", "社区"), "fund": ("text", "经费类别"), "members": ("int", "党员基数"),
        "budgeted": ("10,000", "预算金额"), "spent": ("10,000", "执行金额"),
    }),
    "party_inspections": ("党建工作督查台账", "quarter", {
        "community": ("text", "社区"), "kind": ("text", "督查方式"), "findings": ("int", "发现问题数"),
        "rectified": ("int", "已整改问题数"),
    }),
    "party_members": ("党员名册", "month", {
        "org_code": ("text", "党组织编码", "所在党组织编码"), "birth_month": ("month", "出生年月"),
        "education": ("text", "学历"), "category": ("text", "党员类别"), "is_volunteer": ("bool", "注册志愿者"),
    }),
    "party_organizations": ("党组织名册", "month", {
        "org_code": ("text", "党组织编码", "组织编码", "党组织代码"), "community": ("text", "所在社区", "社区"),
        "org_type": ("text", "组织类型"), "sector": ("text", "所属领域", "领域类别"),
        "members": ("int", "党员人数", "党员数"), "birth_month": ("month", "书记出生年月"),
        "education": ("text", "书记学历"), "origin": ("text", "书记来源"),
        "trained": ("bool", "书记本年度参加集中培训"), "selection": ("text", "书记产生方式"),
        "is_weak": ("bool", "软弱涣散", "是否软弱班子"), "rectified_on": ("text", "整顿完成日期"),
        "discloses": ("bool", "实行党务公开"), "appraised": ("bool", "班子接受党员评议"),
    }),
    "party_venues": ("党员服务阵地名册", "year", {
        "community": ("text", "社区"), "kind": ("text", "阵地类别"), "in_use": ("bool", "投入使用"),
    }),
    "petitions": ("群众来信来访办理月报", "month", {
        "community": ("text", "社区"), "channel": ("text", "渠道"), "due": ("int", "应办结件数"),
        "on_time": ("int", "按期办结件数"),
    }),
    "social_authorizations": ("社区授权社会机构情况表", "quarter", {"community": ("text", "社区")}),
    "stock_cooperatives": ("社区股份合作公司经营情况表", "quarter", {
        "community": ("text", "所在社区", "社区"), "shareholders": ("int", "股民人数", "股东人数"),
        "rental": ("10,000", "物业租赁收入"), "total": ("10,000", "总收入"),
        "dividends": ("10,000", "分红总额", "股份分红"), "decisions": ("int", "重大经营决策数"),
        "reviewed": ("int", "经社区党组织审议数"), "modern": ("bool", "建立现代企业制度"),
    }),
    "training": ("党员干部教育培训台账", "month", {
        "community": ("text", "社区"), "kind": ("text", "类别"), "audience": ("text", "对象"),
        "hours": ("decimal", "学时"), "invited": ("int", "应到人数"), "attended": ("int", "实到人数"),
    }),
    "two_new_organizations": ("“两新”组织名册", "month", {
        "community": ("text", "所在社区", "社区"), "above_scale": ("bool", "规模以上", "是否规模以上"),
        "members": ("int", "党员人数", "党员数"), "stable_operation": ("bool", "生产经营稳定"),
        "stable_membership": ("bool", "党员队伍稳定"), "has_candidate": ("bool", "有合适书记人选"),
        "coverage": ("text", "组建方式", "党组织组建方式"), "union_": ("bool", "建立工会", "工会"),
        "league": ("bool", "建立团组织", "团组织"), "women": ("bool", "建立妇女组织", "妇联"),
        "militia": ("bool", "建立民兵组织", "民兵"), "cross_appointed": ("bool", "党群交叉任职"),
        "appeal_centre": ("bool", "设立诉求服务中心"),
    }),
    "work_safety": ("安全生产月报", "month", {
        "community": ("text", "社区"), "hazards_due": ("int", "应整改隐患数"),
        "hazards_fixed": ("int", "按期整改隐患数"), "deaths": ("int", "事故死亡人数"),
    }),
}  # fmt: skip

FIELDS = {
    export: {header: field for field, (_, *headers) in columns.items() for header in headers} | {"所属街道": "street"}
    for export, (_, _, columns) in EXPORTS.items()
}

# How a cell becomes a value; null where it means nothing.
KINDS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "int": lambda cell: cell.str.replace_all("[,人]", "").cast(pl.Float64, strict=False).cast(pl.Int64),
    "decimal": lambda cell: cell.str.replace_all(",", "", literal=True).cast(pl.Decimal(20, 4), strict=False),
    "10,000": lambda cell: KINDS["decimal"](cell) * 10000,
    "bool": lambda cell: cell.is_in(["是", "√", "Y"]),
    "month": lambda cell: pl.date(_number(cell, 0, 4), _number(cell, 5, 2), 1),
    "date": lambda cell: pl.date(*(cell.str.extract(r"^(\d+)\D+(\d+)\D+(\d+)", k).cast(pl.Int32) for k in (1, 2, 3))),
}


def _number(cell: pl.Expr, start: int, length: int) -> pl.Expr:
    return cell.str.slice(start, length).str.strip_chars_end("月").cast(pl.Int32, strict=False)


def read_files(sample: Path) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The rows of the files that count, by export; and what was handed in."""
    latest: dict[tuple[str, date, str], Path] = {}
    with (sample / "deliveries.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            if row["remark"] not in REFUSED:
                latest[what_it_is(Path(row["file"]).name)] = sample / row["file"]
    with ThreadPoolExecutor() as threads:
        read = list(threads.map(lambda file: cells(file[1], *file[0]), latest.items()))
    tables = {}
    for export in EXPORTS:
        some = [frame for (of, *_), frame in zip(latest, read, strict=True) if of == export]
        if some:
            tables[export] = typed(pl.concat(some, how="diagonal"), EXPORTS[export][2])
    handed_in = [
        (export, EXPORTS[export][1], end, street, "community" not in EXPORTS[export][2])
        for export, end, street in latest
        if export != "communities"
    ]
    columns = ["export", "cadence", "base_end", "street", "needs_roster"]
    return tables, pl.DataFrame(handed_in, schema=columns, orient="row")


def what_it_is(name: str) -> tuple[str, date, str]:
    """Export, last day of the period, street, by a file's name."""
    export = next(key for key, (title, *_) in EXPORTS.items() if title in name)
    cadence, rest = EXPORTS[export][1], name.replace(EXPORTS[export][0], " ")
    year, month = int(re.search(r"\d{4}", rest)[0]), 12
    if cadence == "month":
        month = int(re.search(r"\d{4}(?:年|-)(\d{1,2})", rest)[1])
    elif cadence == "quarter":
        month = 3 * int(re.search(r"年第?(.)季度", rest)[1].translate(str.maketrans("一二三四", "1234")))
    street = re.search(r"[\u4e00-\u9fff]{2}街道", rest.replace("年", " ").replace("月", " "))
    return export, date(year, month, monthrange(year, month)[1]), street[0] if street else ""


def cells(path: Path, export: str, period_end: date, street: str = "") -> pl.DataFrame:
    """The rows below the header, the columns by field, as text; with the period and the street."""
    if path.suffix == ".xlsx":
        table = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string").to_polars()
    else:
        raw = path.read_bytes()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("gb18030")
        table = pl.read_csv(text.encode(), has_header=False, infer_schema=False)
    fields, rows = FIELDS[export], table.head(8).rows()
    top = next(i for i, row in enumerate(rows) if any(_bare(cell) in fields for cell in row))
    height = 1 if rows[top + 1][0] else 2
    found: dict[str, pl.Expr | date] = {"street": pl.lit(street or None, pl.String), "period_end": period_end}
    for row in rows[top : top + height]:
        for column, cell in zip(table.columns, row, strict=True):
            if _bare(cell) in fields:
                found[fields[_bare(cell)]] = pl.col(column)
    return table[top + height :].select(**found)


def _bare(cell: str | None) -> str:
    """A header without blanks and brackets."""
    return re.sub(r"\s|（.*?）", "", cell) if cell else ""


def typed(raw: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Text to what it means."""
    return raw.with_columns(KINDS[k](pl.col(field)).alias(field) for field, (k, *_) in columns.items() if k in KINDS)
