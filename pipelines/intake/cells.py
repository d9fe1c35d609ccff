"""The text of one cell becomes a value, or says why not.

The careful way, for what the fast expressions of `conform` leave over. Pure functions of text; no table, no row.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from pipelines.intake.headings import Unit, squeezed, unit_named

NOTHING = frozenset({"", "-", "—", "——", "/", "无数据", "暂无", "N/A", "NULL", "无"})
"""What people write where there is nothing (upper case); 无 is false in a bool column."""
TRUTH: Mapping[str, bool] = {
    **dict.fromkeys(("是", "有", "已", "已建", "√", "Y", "1", "1.0", "TRUE"), True),
    **dict.fromkeys(("否", "无", "未", "未建", "×", "N", "0", "0.0", "FALSE"), False),
}
ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA")
LOST_DIGITS = "编码被表格软件存成了数字，末尾数位已丢失；请把该列设为文本格式后重新填写"
_NUMBER = re.compile(
    r"(?P<minus>\()?(?P<number>[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:e[-+]?\d+)?|[-+]?\.\d+)"
    r"(?(minus)(?P<inner>[^\d(),.][^(),]*)?\))(?P<unit>\(?[^\d(),.][^(),]*\)?)?"
)
_DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})-|/(\d{1,2})/|\.(\d{1,2})\.|年(\d{1,2})月)(\d{1,2})[日号]?(?:T?\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})(?:[-/](\d{1,2})|\.(\d{2})|年(\d{1,2})月?|(\d{2}))")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_EXPONENT = re.compile(r"\d(?:\.\d+)?e\+?\d+", re.IGNORECASE)
_LARGEST = Decimal(10) ** 16


class MisreadError(Exception):
    """A cell that breaks its type: the rule, and what was expected, in Chinese."""

    def __init__(self, rule: str, expected: str) -> None:
        super().__init__(expected)
        self.rule = rule


@lru_cache(maxsize=2**16)
def is_nothing(text: str) -> bool:
    """Whether the cell says that there is nothing."""
    return squeezed(text).upper() in NOTHING


def is_error(text: str) -> bool:
    """Whether the cell is the error of a formula, as #REF!."""
    return text.startswith("#") and text.upper() in ERRORS


def is_number(text: str) -> bool:
    """Whether the cell is a number, of any unit."""
    match = _NUMBER.fullmatch(squeezed(text).lower().replace("−", "-"))
    return match is not None and (match["unit"] is None or unit_named(match["unit"].strip("()")) is not None)


def number(text: str, measure: str | None, given: Unit | None, own: Unit | None) -> Decimal:
    """A number in the stored unit (yuan, square metres, one).

    Args:
        text: The cell.
        measure: What the field counts; None takes no unit.
        given: The unit that header or unit line give it, fitting or not.
        own: The unit of the contract, for a file that names none.

    Raises:
        MisreadError: when it is no number, or the unit that governs it does not fit.
    """
    match = _NUMBER.fullmatch(squeezed(text).lower().replace("−", "-"))
    if match is None:
        raise MisreadError("type", "应为数字")
    named = (match["inner"] or match["unit"] or "").strip("()")
    unit = given or own
    if named:
        unit = unit_named(named)
        if unit is None:
            raise MisreadError("type", f"应为数字，“{named}”不是可识别的单位")
    if unit is not None and unit.measure != measure:
        source = "" if named else "（表头或单位行给出）"
        raise MisreadError("unit", f"单位“{unit.name}”{source}不适用于此栏")
    try:
        value = Decimal(match["number"].replace(",", ""))
    except InvalidOperation:
        raise MisreadError("type", "应为数字") from None
    if match["minus"]:
        value = -value
    return value * (unit.factor if unit is not None else 1)


def whole(value: Decimal) -> int:
    """The number as an int; 12.0 is one.

    Raises:
        MisreadError: when it has a fraction or is too large.
    """
    if value != value.to_integral_value():
        raise MisreadError("type", "应为整数")
    if abs(value) >= _LARGEST:
        raise MisreadError("type", "数字过大，请核对")
    return int(value)


def amount(value: Decimal) -> Decimal:
    """The number with four decimals.

    Raises:
        MisreadError: when it is too large.
    """
    if abs(value) >= _LARGEST:
        raise MisreadError("type", "数字过大，请核对")
    return value.quantize(Decimal("0.0001"))


def truth(text: str) -> bool | None:
    """是 or 否, in any of the ways people write them; None for nothing there.

    Raises:
        MisreadError: for anything else.
    """
    key = squeezed(text).upper()
    if key in TRUTH:
        return TRUTH[key]
    if key in NOTHING:
        return None
    raise MisreadError("type", "应为“是”或“否”")


@lru_cache(maxsize=2**16)
def day(text: str) -> date:
    """A date, however written; five digits are a spreadsheet's serial number of the day.

    Raises:
        MisreadError: when it is none.
    """
    plain = squeezed(text)
    if match := _DATE.fullmatch(plain) or _COMPACT.fullmatch(plain):
        year, month, of_month = (int(part) for part in match.groups() if part is not None)
        return _existing(year, month, of_month)
    if match := _SERIAL.fullmatch(plain):
        return date(1899, 12, 30) + timedelta(days=int(match[1]))
    raise MisreadError("type", "应为日期，如 2010-01-20")


@lru_cache(maxsize=2**16)
def month(text: str) -> date:
    """The first day of a month, however written.

    Raises:
        MisreadError: when it is none, or is the number 2010.1, which may be January or October.
    """
    plain = squeezed(text)
    if re.fullmatch(r"\d{4}\.\d", plain):
        raise MisreadError(
            "type",
            "无法分辨是 1 月还是 10 月，请写成 2010-01 或 2010-10" if plain.endswith(".1") else "请写成 2010-03 的形式",
        )
    if match := _MONTH.fullmatch(plain):
        year, of_year = (int(part) for part in match.groups() if part is not None)
        return _existing(year, of_year, 1)
    if _DATE.fullmatch(plain):
        return day(plain).replace(day=1)
    raise MisreadError("type", "应为年月，如 2010-01")


def _existing(year: int, of_year: int, of_month: int) -> date:
    try:
        found = date(year, of_year, of_month)
    except ValueError:
        raise MisreadError("type", "没有这一天，请核对") from None
    if not 1900 <= year <= 2999:
        raise MisreadError("type", "年份应在 1900 与 2999 之间")
    return found


def code(text: str) -> str:
    """A code in normal width and without blanks; a number cell counts as its digits.

    Raises:
        MisreadError: for a number that has lost digits, or the error of a formula.
    """
    plain = squeezed(text)
    if is_error(plain):
        raise MisreadError("type", "单元格是公式错误，应为编码")
    if match := re.fullmatch(r"(\d+)\.0+", plain):
        return match[1]
    if _EXPONENT.fullmatch(plain):
        value = Decimal(plain)
        if value != value.to_integral_value() or value >= Decimal(10) ** 15:
            raise MisreadError("type", LOST_DIGITS)
        return f"{value:.0f}"
    return plain


def words(text: str) -> str:
    """A text as it stands.

    Raises:
        MisreadError: for the error of a formula.
    """
    if is_error(text):
        raise MisreadError("type", "单元格是公式错误")
    return text
