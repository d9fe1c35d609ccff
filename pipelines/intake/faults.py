"""Collects what is wrong with the rows of some files: one line per cell, with its place and what was expected.

Decides nothing; the rules are in `conform` and `check`. A cell is quoted only when it looks like what its field holds:
what stands in the wrong place may tell of a person. Cells of secret columns and of exports with a row per person are
never quoted; nor is whatever looks like a number that belongs to a person.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

import polars as pl

from pipelines.contracts.schema import Contract, FieldSpec, FieldType
from pipelines.intake.cells import NOT_COMPUTED, TRUTH, is_error
from pipelines.intake.draft import Severity
from pipelines.intake.header import STREET, Column
from pipelines.intake.headings import heading, squeezed
from pipelines.intake.sheet import letter, place

SCHEMA: dict[str, pl.DataType] = {
    "severity": pl.String(),
    "sheet": pl.String(),
    "row": pl.Int32(),
    "field": pl.String(),
    "header": pl.String(),
    "cell": pl.String(),
    "value": pl.String(),
    "rule": pl.String(),
    "message": pl.String(),
}
_COLUMNS = pl.Schema({"_index": pl.UInt32(), "_file": pl.UInt32(), **SCHEMA})
RAW = "~"
"""Prefix of the columns that hold the cells as they stood in the file."""
HIDDEN = "（疑似个人信息，不显示）"
NOT_SHOWN = "（不显示）"
_INVISIBLE = r"[\p{Cf}\u{115F}\u{1160}\u{2800}\u{3164}\u{FFA0}]"
_WIDE = "０１２３４５６７８９＋－＠．"
_NARROW = "0123456789+-@."
_GAP = r"[\s.\-—–·_]{0,2}"
_EDGE = r"(?-u:\b)"
"""Of words of plain letters: a number may stand right after a Chinese character."""


def _spaced(*signs: str) -> str:
    return _GAP.join(signs)


_FIGURE = r"\d"
_DAY = (
    rf"(?:0{_GAP}[1-9]|1{_GAP}[0-2])", rf"(?:0{_GAP}[1-9]|[12]{_GAP}\d|3{_GAP}[01])",
)  # fmt: skip
_WHERE = r"(?:路|街|大道|巷|弄|村|苑|小区|大厦|花园|新村|公寓|楼)"
_CARD = _spaced(
    "[1-6]", *[_FIGURE] * 5, rf"(?:1{_GAP}9|2{_GAP}0)", *[_FIGURE] * 2, *_DAY, *[_FIGURE] * 3, r"[\dXxＸｘ]"
)
# Born in 1910 or later: the code of a grid of a community has 15 digits too.
_OLD_CARD = _EDGE + _spaced("[1-6]", *[_FIGURE] * 5, "[1-9]", _FIGURE, *_DAY, *[_FIGURE] * 3) + _EDGE
_PHONE = rf"(?:\+|{_EDGE}00)?(?:{_EDGE}86{_GAP}|{_EDGE}){_spaced('1', '[3-9]', *[_FIGURE] * 9)}{_EDGE}"
_MAIL = r"[\w.+-]+[@＠][\w-]+[.．]\w+"
PERSONAL_NUMBER = "|".join((_CARD, _OLD_CARD, _PHONE, _MAIL))
"""What belongs to a person without any doubt, and stands in no text and no code that is asked for."""
_PERSONAL_VALUE = "|".join(
    (
        PERSONAL_NUMBER,
        # As a spreadsheet shows a long number.
        rf"{_EDGE}[1-6]\.\d{{6,}}[Ee]\+?1[47]{_EDGE}|{_EDGE}1\.[3-9]\d{{5,}}[Ee]\+?10{_EDGE}",
        # Landlines, and whatever is called a phone.
        rf"[(（]?{_EDGE}0\d{{2,3}}[)）]?{_GAP}[2-8]\d{{2,3}}{_GAP}\d{{4}}{_EDGE}",
        r"(?:电话|手机|座机|传真|联系方式|微信号?|QQ号?)[:：\s]*[\w+\-]*\d[\d\s\-]{4,}\d",
        # Bank cards, passports and passes.
        _EDGE + _spaced("[3-6]", *[_FIGURE] * 15) + f"(?:{_GAP}{_FIGURE}){{0,3}}" + _EDGE,
        rf"{_EDGE}[A-Za-z]{{1,2}}\d{{7,10}}{_EDGE}",
        # Names and addresses, as far as words beside them tell.
        r"(?:姓名|联系人|填[报表]人|审核人|负责人|经办人|制表人?|户主|党员)[:：]\s*[㐀-鿿·]{2,4}",
        rf"[㐀-鿿]{{0,8}}{_WHERE}\d{{1,5}}(?:号|栋|幢|座|单元|室|楼)(?:\d{{1,5}}(?:号|栋|幢|座|单元|室|楼)?)*",
    )
)
_LONGEST = 40
"""A longer cell is not quoted."""
_NUMERAL = "〇零一二三四五六七八九十百千万亿两"
_LOOKS: Mapping[FieldType, re.Pattern[str]] = {
    FieldType.INT: re.compile(
        rf"[^\w\s]{{0,2}}(?:[约近共超]|RMB)?[-+−]?[\d,.'{_NUMERAL}]+(?:e[-+]?\d+)?"
        r"(?:[①-⑳⑴-⑽¹²³]|[元万亿千百十美港币人户件宗次项起场学时小个条家平方米公顷亩㎡m²%％‰名余多以上下左右]|[^\w\s]){0,6}",
        re.IGNORECASE,
    ),
    FieldType.DATE: re.compile(
        rf"(?=.*[\d{_NUMERAL}])(?:[\d{_NUMERAL}①-⑳¹²³年月日号时分秒上下午星期周第季度./:：,~至到、()\-−+]|AM|PM|T|Z)+",
        re.IGNORECASE,
    ),
    FieldType.CODE: re.compile(r"(?=.*\d)[\w=+./*#()&、,;:'\"‘’“”\-−①-⑳¹²³]+", re.ASCII | re.IGNORECASE),
}
_PLACE = re.compile(r"[^\W\d_]{1,10}(?:社区|社區|街道|街道办|办事处|居委会|工作站|村|园区)")
_LOOKS_LIKE = {
    FieldType.DECIMAL: FieldType.INT,
    FieldType.MONTH: FieldType.DATE,
}


_MAY_BE_PERSONAL = re.compile(r"\d(?:\D{0,6}\d){6}|[@＠号栋幢座单元室楼]|(?:名|人|表|主|员)[:：]")
"""A quick look: most texts have nothing to mask."""


def impersonal(text: pl.Expr) -> pl.Expr:
    """The text without what looks personal: numbers of cards, phones and passports, mail, names so called, addresses.

    A second net under everything that is told: what is not quoted need not be masked.
    """
    plain = text.str.replace_all(_INVISIBLE, "").str.replace_many(list(_WIDE), list(_NARROW))
    is_meant = plain.str.contains(_PERSONAL_VALUE)
    return pl.when(is_meant).then(plain.str.replace_all(_PERSONAL_VALUE, HIDDEN)).otherwise(text)


_IS_PERSONAL_NUMBER = re.compile(PERSONAL_NUMBER.replace("(?-u:", "(?a:"))


def is_personal_number(text: str) -> bool:
    """Whether a number of a person, or a mail address, stands in a text of normal width."""
    return _IS_PERSONAL_NUMBER.search(text) is not None


def impersonal_text(text: str) -> str:
    """The same for one text."""
    if not _MAY_BE_PERSONAL.search(text):
        return text
    return str(pl.select(impersonal(pl.lit(text))).item())


def is_quotable(text: str, kind: FieldType, known: Collection[str] = ()) -> bool:
    """Whether a cell may be quoted: it is short, on one line, and looks like what the field holds.

    Args:
        text: The cell.
        kind: What the field holds; a text may be anything, and so is never quoted.
        known: What may stand there, for enums, communities and streets: the cell must be close to one of these.
    """
    if is_error(text) or text == NOT_COMPUTED:
        return True
    plain = squeezed(text)
    if len(text) > _LONGEST or "\n" in text.strip():
        return False
    looks = _LOOKS.get(_LOOKS_LIKE.get(kind, kind))
    if looks is not None or kind is FieldType.TEXT:
        return looks is not None and looks.fullmatch(plain) is not None
    if kind is FieldType.BOOL:
        return len(plain) <= 2 or plain.upper() in TRUTH
    is_place = kind in (FieldType.COMMUNITY, FieldType.STREET) and _PLACE.fullmatch(plain)
    return bool(is_place or get_close_matches(plain, known, 1, 0.6))


def _shown_header(header: str, spec: FieldSpec | None) -> str:
    """The name of a column as it stands in the file; what else somebody wrote into that cell is not repeated."""
    if spec is None or heading(header).unit or squeezed(header) in map(squeezed, spec.headers):
        return header
    return spec.header


def told(quoted: str | None) -> str:
    """What stands in a cell, for a sentence that begins with the name of its column."""
    return f"填的是“{quoted}”" if quoted is not None else "填的内容（此处不显示）不对"


class Faults:
    """The faults and warnings of some files of one export."""

    def __init__(
        self,
        contract: Contract,
        places: Sequence[tuple[str, Mapping[str, Column], pl.DataFrame | None]],
        areas: Collection[str] = (),
    ) -> None:
        """Start without any.

        Args:
            contract: Of the files.
            places: For each table the name of its sheet, where its fields stand and, of one that was laid out anew,
                which cell of the file each of its cells was.
            areas: Names and codes of communities and streets in use.
        """
        self.contract = contract
        self.areas = tuple(areas)
        self.places = places
        self.origins = {table: origin for table, (_, _, origin) in enumerate(places) if origin is not None}
        self.frames: list[pl.DataFrame] = []

    def add(
        self,
        rows: pl.DataFrame,
        field: str,
        rule: str,
        message: pl.Expr | str,
        severity: Severity = "fault",
        column: Column | None = None,
    ) -> None:
        """Add one for this field in each of these rows.

        Args:
            rows: With `_index`, `_file`, `_table`, `_sheet`, `_row` and, where the file has the column, the raw cells.
            field: Name of the field, or of a column that any file may have; `_` of one that is no field.
            rule: Name of the rule that is broken.
            message: What was found, what was expected, what to do.
            severity: A warning rejects nothing.
            column: Where it stands, of one that is no field.
        """
        if not rows.height:
            return
        spec = self.contract.fields.get(field)
        official = spec.header if spec else field
        there = {table: columns[field] for table, (_, columns, _) in enumerate(self.places) if field in columns}
        if column is not None:
            there = dict.fromkeys(range(len(self.places)), column)
        letters = {table: column.letter for table, column in there.items()}
        headers = {table: _shown_header(column.header, spec) for table, column in there.items()}
        value = self._quotes(rows, field, spec)
        table = pl.col("_table")
        text = pl.lit(message) if isinstance(message, str) else message
        letter = table.replace_strict(letters, default=None, return_dtype=pl.String)
        header = table.replace_strict(headers, default=official, return_dtype=pl.String)
        found = rows.select(
            "_index",
            "_file",
            pl.lit(severity).alias("severity"),
            pl.col("_sheet").alias("sheet"),
            pl.col("_row").alias("row"),
            pl.lit(None if field.startswith("_") else field, pl.String).alias("field"),
            header.alias("header"),
            (letter + pl.col("_row").cast(pl.String)).alias("cell"),
            impersonal(value).alias("value"),
            pl.lit(rule).alias("rule"),
            impersonal(text).alias("message"),
        )
        self.frames.append(self._at_origin(found, rows["_table"]) if self.origins else found)

    def quote(self, field: str, text: str) -> str | None:
        """The cell as it may be quoted; None when it may not."""
        spec = self.contract.fields.get(field)
        if self.contract.personal or (spec and spec.secret):
            return None
        kind = spec.type if spec else FieldType.STREET
        known = spec.values if spec and spec.values else self.areas
        return text.strip() if is_quotable(text, kind, known) else None

    def _quotes(self, rows: pl.DataFrame, field: str, spec: FieldSpec | None) -> pl.Expr:
        """The cells of a field in some rows, those that may not be quoted as nothing."""
        raw = RAW + field
        nothing = pl.lit(None, pl.String)
        if raw not in rows.columns or self.contract.personal or (spec is None and field != STREET):
            return nothing
        texts = rows[raw].drop_nulls().unique().to_list()
        quoted = {text: shown for text in texts if (shown := self.quote(field, text)) is not None}
        if not quoted:
            return nothing
        return pl.col(raw).replace_strict(quoted, default=None, return_dtype=pl.String)

    def _at_origin(self, found: pl.DataFrame, tables: pl.Series) -> pl.DataFrame:
        """Cells and rows of sheets that were laid out anew, as they are in the file."""
        true: list[str | None] = []
        for table, cell in zip(tables, found["cell"], strict=True):
            origin = self.origins.get(table)
            if origin is None or cell is None:
                true.append(cell)
            else:
                row, column = place(cell)
                true.append(origin[letter(column)][row])
        found = found.with_columns(pl.Series("cell", true, dtype=pl.String))
        row_of_cell = pl.col("cell").str.extract(r"(\d+)$").cast(pl.Int32)
        return found.with_columns(pl.coalesce(row_of_cell, "row").alias("row"))

    def add_general(self, file: int, rule: str, message: str, sheet: str | None = None) -> None:
        """Add a warning about a file, or one of its sheets, as a whole."""
        line = dict.fromkeys(_COLUMNS) | {
            "_file": file, "severity": "warning", "sheet": sheet, "rule": rule, "message": message,
        }  # fmt: skip
        self.frames.append(pl.DataFrame([line], schema=_COLUMNS))

    def keep_only(self, indexes: pl.Series) -> None:
        """Forget those of rows that are not among these; the general ones stay."""
        is_kept = pl.col("_index").is_null() | pl.col("_index").is_in(indexes.to_list())
        self.frames = [frame.filter(is_kept) for frame in self.frames]

    def rejected(self, field: str | None = None) -> pl.Series:
        """The `_index` of the rows with a fault, of any field or this one."""
        found = [
            frame.filter((pl.col("severity") == "fault") & (True if field is None else pl.col("field") == field))
            for frame in self.frames
        ]
        indexes = [frame["_index"].cast(pl.UInt32) for frame in found if frame.height]
        return pl.concat(indexes).unique() if indexes else pl.Series("_index", [], pl.UInt32)

    def by_rule(self) -> dict[tuple[str, str], pl.Series]:
        """The `_index` of the rows with a fault, by field and rule."""
        found: dict[tuple[str, str], list[pl.Series]] = {}
        for frame in self.frames:
            faults = frame.filter((pl.col("severity") == "fault") & pl.col("field").is_not_null())
            for (field, rule), own in faults.group_by("field", "rule"):
                found.setdefault((str(field), str(rule)), []).append(own["_index"].cast(pl.UInt32))
        return {key: pl.concat(indexes) for key, indexes in found.items()}

    def hint(self, indexes: pl.Series, field: str, rules: Collection[str] | None, text: str) -> None:
        """Add to what is said of a field in these rows; of any rule when none is named."""
        if not indexes.len():
            return
        is_meant = (pl.col("field") == field) & pl.col("_index").is_in(indexes.implode())
        if rules is not None:
            is_meant = is_meant & pl.col("rule").is_in(list(rules))
        longer = pl.when(is_meant).then(pl.col("message") + text).otherwise(pl.col("message"))
        self.frames = [frame.with_columns(longer.alias("message")) for frame in self.frames]

    def by_file(self) -> dict[int, pl.DataFrame]:
        """All of them: for each file that has any, in its order."""
        if not self.frames:
            return {}
        whole = pl.concat([frame.cast(_COLUMNS) for frame in self.frames])
        ordered = whole.sort("_index", maintain_order=True, nulls_last=True)
        return {file: own.select(*SCHEMA) for (file,), own in ordered.group_by("_file", maintain_order=True)}
