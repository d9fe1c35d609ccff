"""The text of one cell becomes a value, or says why not.

The careful way, for what the fast expressions of `conform` leave over. Pure functions of text; no table, no row.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from unicodedata import category

from pipelines.intake.folding import unprotected
from pipelines.intake.headings import FOOTNOTE, Unit, squeezed, unit_named

_MONEY_SIGN = re.compile(r"^([-+(]?)(?:¥|rmb|cny|人民币)")
NOTHING = frozenset({"", "-", "--", "¥-", "¥--", "—", "——", "/", "无数据", "暂无", "N/A", "NULL", "无"})
"""What people write where there is nothing (upper case); 无 is false in a bool column."""
TRUTH: Mapping[str, bool] = {
    **dict.fromkeys(("是", "有", "已", "已建", "√", "Y", "1", "1.0", "TRUE"), True),
    **dict.fromkeys(("否", "无", "未", "未建", "×", "N", "0", "0.0", "FALSE"), False),
}
ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA")
LOST_DIGITS = "编码被表格软件存成了数字，末尾数位已丢失；请把该列设为文本格式后重新填写"
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–−", "-"))
_NUMBER = re.compile(
    r"(?P<minus>\()?(?P<number>(?(minus)|[-+]?)(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?:[^\S\n\r\t][0-9]{3})+|[0-9]+)"
    r"(?:\.[0-9]*)?(?P<exponent>e[-+]?[0-9]+)?|(?(minus)|[-+]?)\.[0-9]+(?P<small>e[-+]?[0-9]+)?)"
    r"(?(minus)(?P<inner>[^\d\s(),.][^(),]*)?\))(?P<unit>\(?[^\d\s(),.][^(),]*\)?)?"
)
"""Only the digits 0 to 9 are digits: a mark of a footnote, and the figures of other scripts, are none."""
_BLANKS = re.compile(r"(?<![0-9.,])\s+|\s+(?![0-9.,])")
"""Blanks that no meaning hangs on: those between two figures are left."""
_CLOCK = (
    r"(?:上午|下午|凌晨|早上|中午|晚上|[ap]\.?m\.?)?(?:[01]?[0-9]|2[0-3])"
    r"(?::[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?|[时点](?:[0-5]?[0-9]分?(?:[0-5]?[0-9]秒)?)?)(?:[ap]\.?m\.?)?"
    r"(?:\+08(?::?00)?)?"
)
_AFTER_DAY = (
    rf"(?:\(?(?:星期|周|礼拜)(?P<weekday>[一二三四五六日天])\)?)?(?:(?:(?<![0-9])|[t\s]|(?=[上下凌早中晚ap])){_CLOCK})?"
)
_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|\.([0-9]{1,2})\.|年([0-9]{1,2})月|\s([0-9]{1,2})\s)([0-9]{1,2})[日号]?"
    + _AFTER_DAY
)
_COMPACT = re.compile(rf"([0-9]{{4}})([0-9]{{2}})([0-9]{{2}}){_AFTER_DAY}")
_MONTH = re.compile(r"([0-9]{4})(?:[-/]([0-9]{1,2})|\.([0-9]{2})|年([0-9]{1,2})(?:月份?)?|([0-9]{2}))")
_SERIAL = re.compile(r"([0-9]{5})(?:\.[0-9]+)?")
_FROM_1904 = 1462
"""Days from the beginning of one count of days to that of the other."""
_EXPONENT = re.compile(r"[0-9](?:\.[0-9]+e[-+]?|e[-+])[0-9]+", re.IGNORECASE)
_MONTHS = "(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_NO_CODES = {
    "像是日期，可能是表格软件把编码改成了日期": (
        r"[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}(?:[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?"
        rf"|[0-9]{{1,2}}-{_MONTHS}(?:-(?:[0-9]{{2}}){{1,2}})?|{_MONTHS}-[0-9]{{2}}"
        r"|(?:[0-9]{4}年)?[0-9]{1,2}月(?:[0-9]{1,2}日)?"
    ),
    "是逻辑值，可能是公式的结果": "(?i:true|false)",
}
NO_CODE = "|".join(_NO_CODES.values())
"""What a spreadsheet makes of a code and is none, even where the signs are those of a code."""
_DIGITS = 15
"""Digits of a number that a spreadsheet keeps."""
_SEVERAL = 9
"""Signs from which two parts of a code are two codes."""
CENT = Decimal("0.01")
_LARGEST = Decimal(10) ** 16
_NOISE, _MOST_NOISE = Decimal("1e-14"), Decimal("1e-6")
"""What binary fractions leave behind: a share of the number, and no more than this."""


NOT_COMPUTED = "#公式未计算"
"""What stands in the place of a formula whose result is not in the file."""


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


def check_formula(text: str) -> None:
    """Refuse what a formula left that did not work out.

    Raises:
        MisreadError: for the error of a formula, or one without a result.
    """
    if text == NOT_COMPUTED:
        raise MisreadError("type", "单元格是公式，但文件里没有保存计算结果；请用表格软件打开并保存一次，或改填数值")
    if is_error(text):
        raise MisreadError("type", "单元格是公式错误")


def is_number(text: str) -> bool:
    """Whether the cell is a number, of any unit."""
    match = _NUMBER.fullmatch(_MONEY_SIGN.sub(r"\1", _figures(text)))
    return match is not None and (match["unit"] is None or unit_named(match["unit"].strip("()")) is not None)


def _figures(text: str) -> str:
    """A number's text in normal width and small letters, blanks only where they stand between two figures."""
    return _BLANKS.sub("", unprotected(text)).lower().translate(_DASHES)


def is_ordinal(text: str) -> bool:
    """Whether the cell numbers a row: 1, ①, ㈠."""
    return is_number(text) or all(category(sign) == "No" for sign in squeezed(text))


def number(text: str, measure: str | None, given: Unit | None, own: Unit | None, finest: Decimal = CENT) -> Decimal:
    """A number in the stored unit (yuan, square metres, one).

    Args:
        text: The cell.
        measure: What the field counts; None takes no unit.
        given: The unit that header or unit line give it, fitting or not.
        own: The unit of the contract, for a file that names none.
        finest: What must be known to say the number, in the stored unit: 1 of persons, 0.01 of money.

    Raises:
        MisreadError: when it is no number, the unit that governs it does not fit, or digits of it are missing.
    """
    check_formula(text)
    figures, signs = _MONEY_SIGN.subn(r"\1", _figures(text))
    match = _NUMBER.fullmatch(figures)
    if match is None:
        raise MisreadError("type", _no_number(text))
    if signs and measure != "money":
        raise MisreadError("unit", "是金额，此栏不是")
    named = (match["inner"] or match["unit"] or "").strip("()")
    unit = given or own
    if named:
        unit = unit_named(named)
        if unit is None:
            is_mark = all(sign in FOOTNOTE for sign in named)
            raise MisreadError("type", _no_number(text) if is_mark else f"应为数字，“{named}”不是可识别的单位")
    if unit is not None and unit.measure != measure:
        source = "" if named else "（表头或单位行给出）"
        raise MisreadError("unit", f"单位“{unit.name}”{source}不适用于此栏")
    try:
        value = Decimal(re.sub(r"[,\s]", "", match["number"]))
    except InvalidOperation:
        raise MisreadError("type", "应为数字") from None
    factor = unit.factor if unit is not None else Decimal(1)
    if match["exponent"] or match["small"]:
        _check_digits(value, factor, finest)
    if match["minus"]:
        value = -value
    return value * factor


def _no_number(text: str) -> str:
    marks = "".join(sign for sign in text if sign in FOOTNOTE)
    if re.search(r"[0-9]\s+[0-9]", text):
        return "应为一个数字，一格里有几个"
    if marks and is_number(text.translate(dict.fromkeys(map(ord, marks)))):
        return f"应为数字，“{marks}”不是数字的一部分；如是注释标记请删去"
    return "应为数字"


def _check_digits(value: Decimal, factor: Decimal, finest: Decimal) -> None:
    """A number cell gives all its digits; 1.87E-05 is how one was shown, and what is not shown is lost."""
    exponent = value.as_tuple().exponent
    if value and isinstance(exponent, int) and (exponent > 20 or Decimal(1).scaleb(exponent) * factor > finest):
        raise MisreadError(
            "type", "是科学计数法，写出的数位不够，其余数位已丢失；请把该列设为数值格式，显示全部数位后重新填写"
        )


def whole(value: Decimal) -> int:
    """The number as an int; 12.0 is one, and so is 12.000000000000002, the noise of a binary fraction.

    Raises:
        MisreadError: when it has a fraction or is too large.
    """
    if abs(value) >= _LARGEST:
        raise MisreadError("type", "数字过大，请核对")
    nearest = value.to_integral_value()
    if abs(value - nearest) > min(abs(value) * _NOISE, _MOST_NOISE):
        raise MisreadError("type", "应为整数")
    return int(nearest)


def amount(value: Decimal) -> Decimal:
    """The number with four decimals; what lies beyond, a hundredth of a cent, is rounded.

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
    check_formula(text)
    key = squeezed(text).upper()
    if key in TRUTH:
        return TRUTH[key]
    if key in NOTHING:
        return None
    raise MisreadError("type", "应为“是”或“否”")


@lru_cache(maxsize=2**16)
def day(text: str) -> date:
    """A date, however written, with or without a time; five digits are a spreadsheet's serial number of the day.

    Raises:
        MisreadError: when it is none.
    """
    check_formula(text)
    plain = _time_text(text)
    if match := _DATE.fullmatch(plain) or _COMPACT.fullmatch(plain):
        year, month, of_month = (int(part) for part in match.groups() if part is not None and part.isdecimal())
        found = _existing(year, month, of_month)
        if match["weekday"] and "一二三四五六日".find(match["weekday"].replace("天", "日")) != found.weekday():
            raise MisreadError("type", "日期与所写的星期不符，请核对")
        return found
    if match := _SERIAL.fullmatch(plain):
        return date(1899, 12, 30) + timedelta(days=int(match[1]))
    raise MisreadError("type", "应为日期，按年、月、日写，如 2010-01-20")


def _time_text(text: str) -> str:
    """A date's text in normal width; blanks only where they stand between two figures, each as one."""
    plain = re.sub(r"(?<![0-9])\s+|\s+(?![0-9])", "", unprotected(text))
    return re.sub(r"\s+", " ", plain).lower().translate(_DASHES).replace("—", "-")


@lru_cache(maxsize=2**16)
def month(text: str) -> date:
    """The first day of a month, however written.

    Raises:
        MisreadError: when it is none, or is the number 2010.1, which may be January or October.
    """
    check_formula(text)
    plain = _time_text(text)
    if re.fullmatch(r"[0-9]{4}\.[0-9]", plain):
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


def since_1900(text: str) -> str:
    """The serial number of a day that is counted from 1904, as one that is counted from 1900; other text as it is."""
    match = _SERIAL.fullmatch(squeezed(text))
    return str(int(match[1]) + _FROM_1904) if match else text


def _existing(year: int, of_year: int, of_month: int) -> date:
    try:
        found = date(year, of_year, of_month)
    except ValueError:
        raise MisreadError("type", "没有这一天，请核对") from None
    if not 1900 <= year <= 2999:
        raise MisreadError("type", "年份应在 1900 与 2999 之间")
    return found


def code(text: str) -> str:
    """A code in normal width, without blanks and without what protected it; a number cell counts as its digits.

    Raises:
        MisreadError: for a number that has lost digits, a date, a truth value, two codes, or the error of a formula.
    """
    check_formula(text)
    shown = unprotected(text)
    parts = shown.split()
    if len(parts) > 1 and ("\n" in shown or all(len(part) >= _SEVERAL for part in parts)):
        raise MisreadError("pattern", "一格里应只有一个编码")
    plain = "".join(parts).translate(_DASHES)
    if match := re.fullmatch(r"([0-9]+)\.0+", plain):
        return match[1]
    if _EXPONENT.fullmatch(plain):
        # A number cell is written out. An exponent is what a spreadsheet showed, and wrote into a text.
        raise MisreadError("type", LOST_DIGITS)
    for what, forms in _NO_CODES.items():
        if re.fullmatch(forms, plain):
            raise MisreadError("pattern", f"{what}；请把该列设为文本格式后重新填写")
    return plain


def may_be_cut(code: str) -> bool:
    """Whether a code can be a number that a spreadsheet cut to 15 digits: 17 digits or more, and then only zeros."""
    return len(code) > _DIGITS + 1 and code.isdecimal() and not code[_DIGITS:].strip("0")


def are_cut(texts: Iterable[str]) -> bool:
    """Whether all long numbers among the codes of a column look cut: one alone may end in zeros by itself."""
    long = [plain for text in texts if (plain := squeezed(text)).isdecimal() and len(plain) > _DIGITS + 1]
    return all(map(may_be_cut, long))


def words(text: str) -> str:
    """A text as it stands.

    Raises:
        MisreadError: for the error of a formula.
    """
    check_formula(text)
    return text
