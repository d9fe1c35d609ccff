"""The making of all tables: columns, types, comments; and the description of those that no SQL file makes.

Creates tables. Fills none.
"""

from collections.abc import Mapping

import duckdb

from pipelines.contracts.schema import Contract, FieldSpec, FieldType
from pipelines.modelling.models import Model

_TYPES: Mapping[FieldType, str] = {
    FieldType.INT: "BIGINT",
    FieldType.DECIMAL: "DECIMAL(20,4)",
    FieldType.DATE: "DATE",
    FieldType.MONTH: "DATE",
    FieldType.BOOL: "BOOLEAN",
}

ORIGIN = {
    "_submission": ("VARCHAR", "所在报送的编号"),
    "_sheet": ("VARCHAR", "所在工作表；csv 为空"),
    "_row": ("INTEGER", "在工作表中的行号，从 1 起"),
}

TABLES: Mapping[str, tuple[str, Mapping[str, tuple[str, str]]]] = {
    "submissions": (
        "收到的每一份文件，包括被退回的。",
        {
            "submission_id": ("VARCHAR", "报送编号，按收到的先后"),
            "export": ("VARCHAR", "报表名；无法识别的为空"),
            "period_type": ("VARCHAR", "month、quarter 或 year"),
            "period_end": ("DATE", "所属期的最后一天"),
            "submitter": ("VARCHAR", "报送者：440307 为全区，否则为街道编码，多个以逗号相连"),
            "file_name": ("VARCHAR", "文件名"),
            "sha256": ("VARCHAR", "文件内容的 SHA-256"),
            "received_at": ("TIMESTAMP WITH TIME ZONE", "收到的时间"),
            "status": (
                "VARCHAR",
                "active 生效，superseded 已被替代（或因关账暂不计入，见 waiting_submissions），refused 已退回",
            ),
            "rows_read": ("INTEGER", "读到的行数，等于采用、不采用与略过之和"),
            "rows_accepted": ("INTEGER", "采用的行数"),
            "rows_rejected": ("INTEGER", "因差错不采用的行数"),
            "rows_skipped": ("INTEGER", "略过的行数：标题、表头、合计、备注、空行等"),
            "handed_in_by": ("VARCHAR", "报送时自己写明的单位；没有写的为空"),
            "channel": ("VARCHAR", "怎样报来：page 页面，command 命令行，inbox 收件箱；早先的和示例为空"),
        },
    ),
    "faults": (
        "文件中的每一处差错和提醒。",
        {
            "submission_id": ("VARCHAR", "报送编号"),
            "severity": ("VARCHAR", "fault 差错，warning 提醒"),
            "sheet": ("VARCHAR", "工作表"),
            "row": ("INTEGER", "行号，从 1 起"),
            "field": ("VARCHAR", "字段名"),
            "header": ("VARCHAR", "表头"),
            "cell": ("VARCHAR", "单元格，如 D7"),
            "value": ("VARCHAR", "单元格中的内容；涉密和个人信息不存"),
            "rule": ("VARCHAR", "所违反的规则"),
            "message": ("VARCHAR", "说明：发现什么，应当怎样"),
        },
    ),
    "refusals": (
        "被退回的文件及其原因。",
        {
            "submission_id": ("VARCHAR", "报送编号"),
            "reason": ("VARCHAR", "为什么退回，应当怎样"),
        },
    ),
    "orphans": (
        "在名册中找不到的编码。",
        {
            "submission_id": ("VARCHAR", "报送编号"),
            "sheet": ("VARCHAR", "工作表"),
            "row": ("INTEGER", "行号，从 1 起"),
            "field": ("VARCHAR", "字段名"),
            "code": ("VARCHAR", "找不到的编码"),
        },
    ),
    "submission_notes": (
        "报送者对待核实之处的说明，一条一行；只增不改。",
        {
            "submission_id": ("VARCHAR", "报送编号"),
            "number": ("INTEGER", "这份报送的第几条说明"),
            "rule": ("VARCHAR", "说明哪一类待核实之处；空为全部"),
            "note": ("VARCHAR", "说明"),
            "noted_at": ("TIMESTAMP WITH TIME ZONE", "说明的时间"),
        },
    ),
    "indicators": (
        "指标的定义。",
        {
            "indicator_id": ("VARCHAR", "指标名"),
            "name": ("VARCHAR", "指标的中文名称"),
            "clause": ("INTEGER", "政策文件的条号"),
            "clause_title": ("VARCHAR", "该条的标题"),
            "chapter": ("INTEGER", "政策文件的章号"),
            "chapter_title": ("VARCHAR", "该章的标题"),
            "unit": ("VARCHAR", "单位；比例为小数，0.87 即 87%"),
            "better": ("VARCHAR", "higher 越高越好，lower 越低越好"),
            "target": ("DOUBLE", "目标值；没有的为空"),
            "target_level": ("VARCHAR", "目标适用的层级；空为各级"),
            "target_period": ("VARCHAR", "目标适用的期；空为各期"),
            "numerator_text": ("VARCHAR", "分子数什么"),
            "denominator_text": ("VARCHAR", "分母数什么；合计数没有分母"),
            "description": ("VARCHAR", "怎样计算：分子、分母、随时间如何累计"),
            "department": ("VARCHAR", "报送数据的部门"),
            "unit_table": ("VARCHAR", "被统计的单位所在的表，在 units 中"),
            "cadence": ("VARCHAR", "多久报送一次：month、quarter 或 year；两种报表取较长的"),
            "submitted_by": ("VARCHAR", "谁报送：district 全区一份，street 各街道各一份；由两种报表算出的为空"),
            "headline": ("BOOLEAN", "是否在总览中突出显示"),
            "ordinal": ("INTEGER", "在文件中的次序"),
            "is_sensitive": ("BOOLEAN", "是否涉及个人困难等情况：社区一级不足 5 人的不展示"),
        },
    ),
    "clauses": (
        "政策文件的二十九条。",
        {
            "clause": ("INTEGER", "条号"),
            "chapter": ("INTEGER", "章号"),
            "chapter_title": ("VARCHAR", "章的标题"),
            "clause_title": ("VARCHAR", "条的标题"),
            "text": ("VARCHAR", "条文"),
        },
    ),
    "contracts": (
        "部门报表的约定。",
        {
            "export": ("VARCHAR", "报表名"),
            "title": ("VARCHAR", "报表的中文名称"),
            "description": ("VARCHAR", "报什么"),
            "department": ("VARCHAR", "报送部门"),
            "kind": ("VARCHAR", "snapshot 期末名册，flow 期内发生"),
            "cadence": ("VARCHAR", "month、quarter 或 year"),
            "submitted_by": ("VARCHAR", "district 全区一份，street 各街道各报"),
            "due_day": ("INTEGER", "期后多少天内报送"),
        },
    ),
    "contract_fields": (
        "部门报表的各列。",
        {
            "export": ("VARCHAR", "报表名"),
            "field": ("VARCHAR", "字段名"),
            "ordinal": ("INTEGER", "次序"),
            "header": ("VARCHAR", "表头"),
            "type": ("VARCHAR", "类型"),
            "required": ("BOOLEAN", "是否必填"),
            "unit": ("VARCHAR", "表中未注明时的单位"),
            "description": ("VARCHAR", "含义"),
        },
    ),
    "people_structure": (
        "党员、干部和发展对象的构成：每街道（及全区）每期每项一行。逐人的名册不发布。",
        {
            "export": ("VARCHAR", "由哪一份名册统计"),
            "period_type": ("VARCHAR", "month、quarter 或 year；台账按年累计"),
            "period_end": ("DATE", "期的最后一天"),
            "level": ("VARCHAR", "street 街道，district 区"),
            "area_code": ("VARCHAR", "区划代码，按当时的区划"),
            "dimension": ("VARCHAR", "按什么分：age_gender 性别年龄、education 学历、category 类别、stage 阶段等"),
            "item": ("VARCHAR", "分到哪一项；未填报为没有填写的人"),
            "ordinal": ("INTEGER", "项的次序"),
            "people": ("BIGINT", "人数；不展示的为空"),
            "is_small": ("BOOLEAN", "是否不展示：不足 5 人，或可据以推算出不足 5 人的项"),
        },
    ),
    "assessment_locks": (
        "年度考核的锁定与解锁，每次一行；锁定后该年度的得分、名次与等次不再变动。",
        {
            "year": ("INTEGER", "考核年度"),
            "action": ("VARCHAR", "lock 锁定，unlock 解锁"),
            "reason": ("VARCHAR", "原因"),
            "at": ("TIMESTAMP WITH TIME ZONE", "锁定或解锁的时间"),
            "number": ("INTEGER", "该年度的第几次"),
        },
    ),
    "assessment_would_be": (
        "已锁定年度按锁定时的办法和现在的数据重新计算会得到的结果，与锁定的结果并列。",
        {
            "scheme": ("VARCHAR", "考核办法"),
            "year": ("INTEGER", "考核年度"),
            "street_code": ("VARCHAR", "街道编码"),
            "locked_total": ("DECIMAL(5,2)", "锁定的总分"),
            "total": ("DECIMAL(5,2)", "按现在的数据会得的总分"),
            "locked_rank": ("INTEGER", "锁定的名次"),
            "rank": ("INTEGER", "按现在的数据会得的名次"),
            "locked_grade": ("VARCHAR", "锁定的等次"),
            "grade": ("VARCHAR", "按现在的数据会得的等次"),
        },
    ),
    "closings": (
        "统计期的关账与重新开账，每次一行；一个期最后一次是 close 的，即已关账：其后收到的本期文件收存而不计入。",
        {
            "number": ("INTEGER", "第几次，按先后"),
            "action": ("VARCHAR", "close 关账，reopen 重新开账"),
            "period_type": ("VARCHAR", "month、quarter 或 year：只管这一种报表，不含其中的月或季度"),
            "period_end": ("DATE", "期的最后一天"),
            "reason": ("VARCHAR", "原因；关账时可为空"),
            "done_by": ("VARCHAR", "经办人"),
            "at": ("TIMESTAMP WITH TIME ZONE", "时间"),
            "last_submission_id": ("VARCHAR", "当时收到的最后一份报送的编号；一份也没有的为空"),
        },
    ),
    "waiting_submissions": (
        "所属期已关账、收存而暂不计入的报送；重新开账后即生效。在 submissions 中它们的状态是 superseded。",
        {
            "submission_id": ("VARCHAR", "报送编号"),
            "period_type": ("VARCHAR", "month、quarter 或 year"),
            "period_end": ("DATE", "所属期的最后一天"),
        },
    ),
    "closed_would_be": (
        "假如所有已关账的期都重新开账，暂不计入的报送会改变的值：街道和区，每项指标、每期一行，只列会变的。",
        {
            "indicator_id": ("VARCHAR", "指标名"),
            "level": ("VARCHAR", "street 街道，district 区"),
            "area_code": ("VARCHAR", "区划代码"),
            "period_type": ("VARCHAR", "month、quarter 或 year"),
            "period_end": ("DATE", "期的最后一天"),
            "map": ("VARCHAR", "then 按当时的区划，now 按现行的区划"),
            "value": ("DOUBLE", "发布的值"),
            "status": ("VARCHAR", "发布的值的状态"),
            "would_be_value": ("DOUBLE", "会成为的值"),
            "would_be_status": ("VARCHAR", "会成为的状态"),
        },
    ),
    "publication": (
        "这份发布本身。",
        {
            "number": ("INTEGER", "发布编号"),
            "built_at": ("TIMESTAMP WITH TIME ZONE", "建成的时间"),
            "now": ("DATE", "数据截至：最近一个已报送月份的最后一天"),
            "receipts": ("INTEGER", "收到的文件数"),
        },
    ),
}
"""Public tables that no SQL file makes: description, and of each column its type and comment."""

_INTERNAL = """
create schema if not exists build;
create schema if not exists exports;
create schema if not exists rows;
create schema if not exists units;
create table if not exists build.parts (
    export varchar, period_type varchar, period_end date, submitter varchar, submission_id varchar
);
create table if not exists build.fingerprints (subject varchar, hash varchar);
create table if not exists build.dirty (subject varchar, period_end date);
create table if not exists build.sums (
    unit varchar, sum_id varchar, period_end date, community varchar, amount decimal(38, 4)
);
create table if not exists build.today (day date);
create or replace table build.scopes (
    export varchar, period_type varchar, period_end date, submitter varchar, submission_id varchar,
    received_at timestamptz, outcome varchar, counts boolean
);
create table if not exists build.personal_orphans (
    period_end date, export varchar, submission_id varchar, sheet varchar, row integer, field varchar, code varchar
);
create table if not exists build.assessment_schemes (scheme varchar, year integer, definition varchar);
create table if not exists build.locked_inputs (
    year integer, street_code varchar, indicator_id varchar, value double, status varchar
);
create table if not exists build.todo (indicator_id varchar, period_type varchar, period_end date);
create table if not exists build.totals (
    submission_id varchar, submitter varchar, field varchar, per varchar, place varchar,
    total decimal(38, 4), numbers bigint, fingerprint ubigint
);
create table if not exists build.doubt_fields (
    export varchar, field varchar, header varchar, unit varchar, is_amount boolean, indicators varchar
);
create table if not exists build.bounds (
    export varchar, field varchar, per varchar, other varchar, other_field varchar, "within" double
);
"""


SUPPORT: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "build.sums": (
        "What the units of a community add up to in a period handed in; what values and explanations are made of.",
        {
            "unit": "Name of the unit table.",
            "sum_id": "Name of the sum, as in definitions.",
            "period_end": "Last day of the period handed in.",
            "community": "Code of the community.",
            "amount": "The sum; NULL where it may not be shown.",
        },
    ),
    "build.parts": (
        "The submission that counts for an export, period and submitter.",
        {
            "export": "Name of the export.",
            "period_type": "month, quarter or year.",
            "period_end": "Last day of the period.",
            "submitter": "Code of the submitter.",
            "submission_id": "Number of the submission.",
        },
    ),
    "build.today": ("The day now.", {"day": "Last day of the latest month handed in."}),
    "build.district": ("The district.", {"district_code": "Its code.", "district_name": "Its name."}),
    "build.indicator_parts": (
        "Which sums an indicator is made of.",
        {
            "indicator_id": "Name of the indicator.",
            "part": "numerator, denominator or covered.",
            "sum_id": "Name of the sum, as in definitions.",
            "export": "Name of the export.",
            "mode": "How it adds up over time, as in time_paths.",
        },
    ),
    "build.indicator_shapes": (
        "What kind of number an indicator is.",
        {
            "indicator_id": "Name of the indicator.",
            "has_denominator": "Whether it is a quotient.",
            "is_growth": "Whether it compares with the year before.",
            "period": "The only kind of period it is given for; NULL for all.",
            "exports": "Of how many exports it is made.",
        },
    ),
    "build.definitions": (
        "The sums that indicators are made of.",
        {
            "sum_id": "Name of the sum.",
            "unit": "Name of the unit table.",
            "condition": "Which units count, in SQL.",
            "amount": "What each adds, in SQL.",
        },
    ),
    "build.assessment_schemes": (
        "The schemes of the assessments, with those that years were locked with.",
        {
            "scheme": "Name of the scheme.",
            "year": "The year locked with it; NULL for the present one.",
            "definition": "The scheme, as JSON.",
        },
    ),
    "build.locked_inputs": (
        "The values that the scores of a locked year were made of.",
        {
            "year": "Year of the assessment.",
            "street_code": "Code of the street.",
            "indicator_id": "Name of the indicator.",
            "value": "As locked.",
            "status": "Its status as locked.",
        },
    ),
}
"""Tables of `build` that pages and explanations read in a publication: description, and of each column its comment."""

SUPPORT_COMPLETE: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "build.totals": (
        "What each submission adds up to; a file at the door is compared with those before it.",
        {
            "submission_id": "Number of the submission.",
            "submitter": "Code of the submitter.",
            "field": "The number that is added up, or rows.",
            "per": "By which field; empty for the whole.",
            "place": "For which of its values; empty for the whole.",
            "total": "The total.",
            "numbers": "How many rows have a number other than zero.",
            "fingerprint": "Tells whether all rows are those of another submission.",
        },
    ),
    "build.bounds": (
        "Which numbers of an export may not exceed which others.",
        {
            "export": "Name of the export.",
            "field": "Its number.",
            "per": "By which field both are added up; empty for the whole.",
            "other": "Name of the export compared with.",
            "other_field": "Its number.",
            "within": "By how much it may be exceeded.",
        },
    ),
    "build.doubt_fields": (
        "What the numbers of an export are called, and which indicators they go into.",
        {
            "export": "Name of the export.",
            "field": "Its number.",
            "header": "What it is called.",
            "unit": "In what it is measured.",
            "is_amount": "Whether it is an amount.",
            "indicators": "Names of the indicators, joined by a comma.",
        },
    ),
    "build.scheme_indicators": (
        "The indicators of the present schemes of the assessments.",
        {
            "scheme": "Name of the scheme.",
            "dimension": "Name of the dimension.",
            "dimension_weight": "Weight of the dimension.",
            "indicator_id": "Name of the indicator.",
            "weight": "Weight inside the dimension.",
            "floor": "Value that gives no point.",
            "target": "Value that gives all points.",
            "per_case": "Points taken off for each case.",
            "ordinal": "Place in the scheme.",
            "export_title": "Titles of the exports counted.",
        },
    ),
    "build.scheme_vetoes": (
        "What caps the grade in the present schemes of the assessments.",
        {
            "scheme": "Name of the scheme.",
            "ordinal": "Place in the scheme.",
            "indicator_id": "Name of the indicator.",
            "includes_threshold": "Whether the threshold itself caps.",
            "threshold": "Value above which the grade is capped.",
            "cap_minimum": "Minimum of the best grade that is still possible.",
            "because": "Why.",
        },
    ),
}
"""Tables of `build` that only the complete file of a publication has, for the door and for locking a year."""


def sql_type(spec: FieldSpec) -> str:
    """The column type of a contract's field."""
    return _TYPES.get(spec.type, "VARCHAR")


def comment(
    con: duckdb.DuckDBPyConnection, table: str, description: str, columns: Mapping[str, str], kind: str = "table"
) -> None:
    """Write the data dictionary of a table into the database."""
    statements = [f"comment on {kind} {table} is {_quoted(description)}"]
    statements += [f'comment on column {table}."{name}" is {_quoted(text)}' for name, text in columns.items()]
    con.execute(";".join(statements))


def _quoted(text: str) -> str:
    # COMMENT ON takes no bound parameter.
    return "'" + text.replace("'", "''") + "'"


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create what is missing of the tables that are not made by SQL files."""
    con.execute(_INTERNAL)
    known = dict(
        con.execute(
            """select table_name, list(column_name order by column_index) from duckdb_columns()
            where schema_name = 'main' group by all"""
        ).fetchall()
    )
    for name, (description, columns) in TABLES.items():
        # One made by an earlier version is made anew: a change of this file has everything filled again.
        if known.get(name) != list(columns):
            listed = ", ".join(f'"{column}" {sql}' for column, (sql, _) in columns.items())
            con.execute(f"create or replace table {name} ({listed})")
            comment(con, name, description, {column: text for column, (_, text) in columns.items()})


def create_export(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Create the table of one export anew and empty, and the view `rows.<export>` with the period of each row."""
    table = f"exports.{contract.export}"
    con.execute(f"drop view if exists rows.{contract.export}")
    con.execute(f"create or replace table {table} ({_columns(contract)})")
    texts = {name: spec.description for name, spec in contract.fields.items()}
    origin = {name: text for name, (_, text) in ORIGIN.items()}
    comment(con, table, f"{contract.title}：{contract.description}", {**texts, **origin})
    con.execute(
        f"""create view rows.{contract.export} as
        select e.*, s.period_type, s.period_end from {table} e join submissions s on s.submission_id = e._submission"""
    )
    period = {name: TABLES["submissions"][1][name][1] for name in ("period_type", "period_end")}
    comment(con, f"rows.{contract.export}", f"{contract.title}，逐行附所属期。", {**texts, **origin, **period}, "view")


def create_rows(con: duckdb.DuckDBPyConnection, contract: Contract, name: str) -> None:
    """Create an empty table of an export's columns aside, gone with the connection."""
    con.execute(f"create or replace temp table {name} ({_columns(contract)})")


def _columns(contract: Contract) -> str:
    columns = {name: sql_type(spec) for name, spec in contract.fields.items()} | {n: t for n, (t, _) in ORIGIN.items()}
    return ", ".join(f'"{name}" {sql}' for name, sql in columns.items())


def create_model(con: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Create the empty table of a SQL file anew, or its view, with its comments.

    Done in a transaction before the one that fills it: DuckDB 2.0 loses sight of many rows inserted into a table that
    was created and commented on in the same transaction.
    """
    kind = model.header.kind
    ending = " limit 0" if kind == "table" else ""
    con.execute(f"create or replace {kind} {model.table} as {model.query}{ending}")
    comment(con, model.table, model.header.description, model.header.columns, kind)


def create_unit(con: duckdb.DuckDBPyConnection, unit: Model, fields: Mapping[str, str]) -> None:
    """Create the empty table of counted units anew, with its comments; those of the contracts' fields are given."""
    con.execute(f"create or replace table {unit.table} as {unit_query(unit)} limit 0", [""])
    present = [row[0] for row in con.execute(f"describe {unit.table}").fetchall()]
    known = {**fields, **_UNIT_TEXTS, **unit.header.columns}
    comment(con, unit.table, unit.header.description, {name: known[name] for name in present if name in known})


_UNIT_TEXTS = {
    "period_end": "所属期的最后一天",
    "community": "所在社区的编码",
    "street": "所在街道当时的编码",
    "submission_id": "所在报送的编号",
    "sheet": "所在工作表；csv 为空",
    "row": "在工作表中的行号，从 1 起",
}


def unit_query(unit: Model) -> str:
    """The rows of a unit table for the periods marked under the subject $1, with the street of their time."""
    return f"""select u.period_end, u.community, a.parent_code as street,
            u._submission as submission_id, u._sheet as sheet, u._row as "row",
            u.* exclude (period_end, period_type, community, _submission, _sheet, _row)
        from ({unit.query}) u left join areas a on a.area_code = u.community
        where u.period_end in (select period_end from build.dirty where subject = $1)"""
