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

STATUS = {"active": "生效", "superseded": "已被替代", "refused": "退回"}
SEVERITY = {"fault": "差错", "warning": "提醒"}
FAULTS = {
    "place": Column("位置"),
    "message": Column("说明：发现什么，应当怎样", width=560),
    "header": Column("列名"),
    "value": Column("填写的内容"),
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
    notes: tuple[str, ...] = ()
    unchanged: bool = False
    is_own: bool = False
    """Whether the person who looks handed it in just now."""


def receipt(told: Told, faults: pl.DataFrame, key: str) -> None:
    """The receipt and its faults (severity, sheet, row, cell, header, value, message)."""
    layout.section(f"回执 {told.submission_id}", told.file_name)
    layout.answer(verdict(told))
    read, accepted, rejected, skipped = told.rows
    period = period_text(told.period_type, told.period_end) if told.period_type and told.period_end else "未能判断"
    facts: Mapping[str, str] = {
        "报表": told.title or "未能识别",
        "统计期": period,
        "报送单位": told.submitter or "未能判断",
        "收到时间": moment_text(told.received_at),
        "状态": "与已生效的文件完全相同，未作改动" if told.unchanged else STATUS[told.status],
        "行数": f"读到 {read:,} 行 = 采用 {accepted:,} + 不采用 {rejected:,} + 略过 {skipped:,}"
        "（略过的是标题、表头、合计、备注、空行和重复行）",
        **({"提示": "；".join(told.notes)} if told.notes else {}),
    }
    layout.table(["项目", "内容"], [(escape(name), escape(text)) for name, text in facts.items()])
    annotated_button(told.submission_id, key, is_own=told.is_own)
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
        downloads(shown(_placed(inside), FAULTS), f"差错_{told.submission_id}", f"{key}_faults")


def verdict(told: Told) -> str:
    """What the person who handed the file in must know, and do."""
    _, accepted, rejected, _ = told.rows
    if told.unchanged:
        return "这份文件和已经生效的一模一样，没有作任何改动，不用再报。"
    if told.status == "refused":
        return "这份文件被退回，没有入库，以前报送的数据不受影响。请按下面的说明改正后，重新报送整份文件。"
    if told.status == "superseded":
        return f"这份文件采用过{accepted:,}行，现已被后来收到的文件替代，不再计入。"
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
