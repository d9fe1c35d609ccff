"""How a receipt is shown: what came in, what became of it, and every fault with its cell. Layout only.

All texts of files are escaped or shown by the table widget.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html import escape

import polars as pl

from dashboards import layout
from dashboards.downloads import downloads
from dashboards.hand_back import annotated_button
from dashboards.tables import Column, shown, sortable
from dashboards.texts import moment_text, period_text

STATUS = {"active": "生效", "superseded": "已被替代", "refused": "退回", "waiting": "关账后收存"}
SEVERITY = {"fault": "差错", "warning": "提醒"}
CHANNEL = {"page": "页面", "command": "命令行", "inbox": "收件箱"}
FAULTS = {
    "place": Column("位置"),
    "header": Column("列名"),
    "value": Column("填写的内容"),
    "message": Column("说明：发现什么，应当怎样", width=560),
    "severity": Column("类别", width="small"),
}


@dataclass(frozen=True)
class Told:
    """What a receipt says."""

    submission_id: str
    file_name: str
    title: str | None
    period_type: str | None
    period_end: date | None
    submitter: str | None
    received_at: datetime
    status: str
    rows: tuple[int, int, int, int]
    """Read, accepted, rejected, skipped."""
    handed_in_by: str | None = None
    channel: str | None = None


def receipt(told: Told, faults: pl.DataFrame, key: str) -> None:
    """The receipt and its faults (severity, sheet, row, cell, header, value, message)."""
    layout.section(f"回执 {told.submission_id}", told.file_name)
    layout.answer(verdict(told))
    read, accepted, rejected, skipped = told.rows
    period = period_text(told.period_type, told.period_end) if told.period_type and told.period_end else "未能判断"
    facts: Mapping[str, str] = {
        "报表": told.title or "未能识别",
        "统计期": period,
        "范围": told.submitter or "未能判断",
        "收到时间": moment_text(told.received_at),
        **({"报送单位/经办": told.handed_in_by} if told.handed_in_by else {}),
        **({"途径": CHANNEL[told.channel]} if told.channel else {}),
        "状态": STATUS[told.status],
        "行数": f"读到 {read:,} 行 = 采用 {accepted:,} + 不采用 {rejected:,} + 略过 {skipped:,}"
        "（略过的是标题、表头、合计、备注、空行和重复行）",
    }
    layout.table(["项目", "内容"], [(escape(name), escape(text)) for name, text in facts.items()])
    annotated_button(told.submission_id, key)
    problems(faults, told.submission_id, key)


def problems(faults: pl.DataFrame, name: str, key: str) -> None:
    """What is wrong with a file: of the file as a whole as sentences, of its cells as a table to sort and take away.

    Args:
        faults: severity, sheet, row, cell, header, value, message.
        name: of the file that is taken away, after 差错_.
        key: tells it apart on its page.
    """
    if faults.is_empty():
        layout.note("没有发现差错。")
        return
    counts = faults["severity"].value_counts()
    found = [f"{SEVERITY[name]}{n}处" for name in SEVERITY for n in counts.filter(severity=name)["count"]]
    layout.section(f"发现的问题：{'，'.join(found)}", "按行排列；点表头可排序")
    for message in faults.filter(pl.col("row").is_null() & pl.col("cell").is_null())["message"]:
        layout.note(message)
    inside = faults.filter(pl.col("row").is_not_null() | pl.col("cell").is_not_null())
    if inside.height:
        sortable(_placed(inside), FAULTS, rows=12, key=f"{key}_faults")
        downloads(shown(_placed(inside), FAULTS), f"差错_{name}", f"{key}_faults")


def verdict(told: Told) -> str:
    """What the person who handed the file in must know, and do."""
    _, accepted, rejected, _ = told.rows
    if told.status == "refused":
        return "这份文件被退回，没有入库，以前报送的数据不受影响。请按下面的说明改正后，重新报送整份文件。"
    if told.status == "superseded":
        return f"这份文件采用过{accepted:,}行，现已被后来收到的文件替代，不再计入。"
    if told.status == "waiting":
        return (
            f"期间已关账，已收存，暂不计入：检查通过{accepted:,}行"
            + (f"，有{rejected:,}行有差错" if rejected else "")
            + "。重新开账后计入；要求重新开账，请说明原因，与数据管理员联系。"
        )
    if rejected:
        return (
            f"已接收，采用{accepted:,}行；有{rejected:,}行有差错，没有采用。"
            "请改正这些行后，重新报送整份文件，新文件会替代这一份。"
        )
    return f"已接收，采用{accepted:,}行，没有差错。"


def _placed(faults: pl.DataFrame) -> pl.DataFrame:
    where = pl.coalesce("cell", pl.format("第{}行", "row"), pl.lit("整份文件"))
    return faults.with_columns(
        severity=pl.col("severity").replace_strict(SEVERITY, return_dtype=pl.String),
        place=pl.when(pl.col("sheet").is_not_null())
        .then(pl.concat_str(pl.col("sheet"), pl.lit(" "), where))
        .otherwise(where),
    )
