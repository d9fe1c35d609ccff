"""What a file says about its period: in words, in its name, its titles, a column.

Finds periods in text, and decides which one a file is of. Reads no cells itself.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from pipelines.contracts.schema import Contract
from pipelines.intake.draft import RefusalError
from pipelines.intake.folding import folded
from pipelines.intake.headings import squeezed
from pipelines.periods import Cadence, Period

_CHINESE_YEAR = re.compile(r"[〇○零一二三四五六七八九]{4}(?=年|$)")
_CHINESE_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_YEAR = r"(?<!\d)((?:19|20)\d{2})"
_ANY_YEAR = r"(?:(?<!\d)(?:19|20)\d{2})"
_TO = r"[-–—~〜至到]"
# Ranges and days are no periods. They are blanked out before periods are looked for.
_NO_PERIODS = re.compile(
    "|".join(
        (
            r"(?:填表|填报|制表|报送|上报|打印|导出|生成|更新)(?:日期|时间):?[\d年月日号./:-]*",
            rf"(?:{_ANY_YEAR}年)?(?<!\d)\d{{1,2}}(?:月?{_TO}|月{_TO}{_ANY_YEAR}年)\d{{1,2}}月份?",
            rf"{_ANY_YEAR}[./-]\d{{1,2}}{_TO}{_ANY_YEAR}[./-]\d{{1,2}}(?!\d)",
            rf"{_ANY_YEAR}(?:0[1-9]|1[0-2]){_TO}{_ANY_YEAR}(?:0[1-9]|1[0-2])(?!\d)",
            rf"{_ANY_YEAR}年?{_TO}{_ANY_YEAR}年?(?!\d)",
            rf"{_ANY_YEAR}年?(?:上半年|下半年|前[二三两]季度|第?[一二三1-3]季?度?{_TO}第?[二三四2-4]季度)",
            rf"{_ANY_YEAR}年\d{{1,2}}月\d{{1,2}}[日号]?",
            rf"{_ANY_YEAR}([-/.])\d{{1,2}}\1\d{{1,2}}(?:\d\d:\d\d:\d\d|(?!\d))",
            rf"{_ANY_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)",
        )
    )
)
_QUARTER = re.compile(rf"{_YEAR}(?:年度?第?([1-4一二三四])季度?|-?[Qq]([1-4])(?!\d))")
_MONTH_NAMES = {
    name: at for at, name in enumerate(["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"], 1)
}
_MONTH = re.compile(
    rf"{_YEAR}(?:年(1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月|[-./](0[1-9]|1[0-2])(?![\d.])|-([1-9])(?![\d.-])|(0[1-9]|1[0-2])(?!\d))"
)
_WHOLE_YEAR = re.compile(rf"{_YEAR}年")
_YEAR_ALONE = re.compile(r"\(?(?:19|20)[0-9]{2}(?:年度?|度)?\)?")
_BARE_YEAR = re.compile(rf"{_YEAR}(?!\d)")


@dataclass(frozen=True)
class Said:
    """A period, and where it was found."""

    period: Period
    where: str


_CLOCK = re.compile(
    r"(?<=[0-9日号])(?:\s+|(?<=[0-9])T|(?<=[日号]))"
    r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?(?![0-9])"
)
"""The time after a day. Its blank parts two figures: it is looked for before blanks go."""


def _squeezed(text: str) -> str:
    """The text without times of the day, in normal width and without blanks."""
    return squeezed(_CLOCK.sub("", folded(text)))


_MONTH_WORD = r"(1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月"
_MONTH_ALONE = re.compile(
    rf"(?:{_YEAR}年)?{_MONTH_WORD}份?|{_YEAR}[-./]?(0[1-9]|1[0-2])(?:-01)?|{_YEAR}/(0?[1-9]|1[0-2])/0?1"
)
_MONTH_INSIDE = re.compile(rf"(?<![\d.\-年]){_MONTH_WORD}")


def month_named(text: str) -> tuple[int, int] | None:
    """Year (0 when not said) and month of a text that is nothing else: 3月, 2010年3月份, 201003."""
    match = _MONTH_ALONE.fullmatch(_squeezed(text))
    if match is None:
        return None
    year, month = match[1] or match[3] or match[5] or 0, match[2] or match[4] or match[6]
    return int(year), _MONTH_NAMES.get(month) or int(month)


def month_of_sheet(name: str) -> tuple[int, int] | None:
    """The one month that the name of a sheet speaks of: 就业3月, 2010年3月."""
    if whole := month_named(name):
        return whole
    found = {(one.period.end.year, one.period.end.month) for one in periods_in(name, "")}
    if not found:
        plain = _NO_PERIODS.sub("□", _squeezed(name))
        found = {(0, _MONTH_NAMES.get(text) or int(text)) for text in _MONTH_INSIDE.findall(plain)}
        return found.pop() if len(found) == 1 else None
    is_month = all(one.period.cadence is Cadence.MONTH for one in periods_in(name, ""))
    return found.pop() if is_month and len(found) == 1 else None


def periods_in_name(file_name: str) -> list[Said]:
    """What the name of a file says: the name itself, else the folders it lies in, the nearest first."""
    return next((said for part, whole in parts_of_name(file_name) if (said := periods_in(part, whole, True))), [])


def parts_of_name(file_name: str) -> list[tuple[str, str]]:
    """Name, folders and archive of a file, the nearest first, and how to tell the clerk which that is."""
    name, *folders = reversed(file_name.split("/"))
    parts = [(name.rsplit(".", 1)[0], f"文件名“{name}”")]
    return parts + [(folder.removesuffix(".zip"), f"“{folder}”的名称") for folder in folders]


def periods_in(text: str, where: str, bare_year: bool = False) -> list[Said]:
    """The periods named in a text.

    Args:
        text: A title, or the name of a file.
        where: How to tell the clerk where that was.
        bare_year: Whether 2010 alone is a year; in the name of a file it is.
    """
    plain = _CHINESE_YEAR.sub(lambda match: match.group().translate(_CHINESE_DIGITS), _squeezed(text))
    # A line that is nothing else says the year.
    bare_year = bare_year or _YEAR_ALONE.fullmatch(plain) is not None
    plain = _NO_PERIODS.sub("□", plain)
    found: list[Said] = []
    for pattern in (_QUARTER, _MONTH, _WHOLE_YEAR, *((_BARE_YEAR,) if bare_year else ())):
        for match in pattern.finditer(plain):
            found.append(Said(_period(pattern, match), where))
        plain = pattern.sub("□", plain)
    return found


_NUMBER_OF_MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_SEVERAL_MONTHS = re.compile(
    rf"(?<![\d.\-/])(?P<first>{_NUMBER_OF_MONTH})月?{_TO}(?:{_ANY_YEAR}[年./-])?(?P<last>{_NUMBER_OF_MONTH})月(?!\d{{1,2}}[日号])"
    rf"|(?<=[0-9]{{4}}[年.])(?P<begin>{_NUMBER_OF_MONTH}){_TO}(?P<end>{_NUMBER_OF_MONTH})(?![\d./\-月日号])"
)
_CUMULATIVE = re.compile(
    r"累[计計积積]|截[至止]|(?:年初|今年|本年度?|全年)(?:以来|至今|到今)|(?:上|下)半年|前(?:[二三两]个?季度?|[二三四五六七八九十]+个?月)"
)


def cumulative(text: str, period: Period, is_stock: bool = False) -> str | None:
    """What in a text says that figures are of more than this period: 累计, 1—9月, 截至9月; None when nothing does.

    Args:
        text: A title, or a name.
        period: Of the figures.
        is_stock: Whether some of them are as of a day: by which day is no question then.
    """
    plain = _squeezed(text)
    for match in _SEVERAL_MONTHS.finditer(plain):
        parts = [part for part in match.groups() if part]
        first, last = (_MONTH_NAMES.get(part) or int(part) for part in parts)
        if (first, last) != (period.start.month, period.end.month) and first != last:
            return match.group()
    found = re.search("累[计計积積]", plain) if is_stock else _CUMULATIVE.search(plain)
    return found.group() if found else None


def _period(pattern: re.Pattern[str], match: re.Match[str]) -> Period:
    year, part = int(match[1]), next((group for group in match.groups()[1:] if group), "")
    number = _MONTH_NAMES.get(part) or int(part or 0)
    if pattern is _QUARTER:
        return Period.containing(date(year, 3 * number, 1), Cadence.QUARTER)
    if pattern is _MONTH:
        return Period.containing(date(year, number, 1), Cadence.MONTH)
    return Period(date(year, 12, 31), Cadence.YEAR)


def period_in_cell(text: str) -> Period | None:
    """The period that a cell of the column 统计期 is; None when it cannot be read."""
    plain = _squeezed(text)
    if match := re.fullmatch(r"([0-9]{4})([-/])([0-9]{1,2})\2[0-9]{1,2}", plain):
        # A date cell shown as a month.
        plain = f"{match[1]}-{match[3]:0>2}"
    found = periods_in(plain, "", bare_year=True)
    return found[0].period if len(found) == 1 else None


def agreed(said: Iterable[Said], contract: Contract) -> Period:
    """The period that all who speak agree on.

    A longer period that contains the shorter one does not contradict it.

    Raises:
        RefusalError: when nobody speaks, when two disagree, or when the cadence is not the contract's.
    """
    found = list(dict.fromkeys(said))
    if not found:
        raise RefusalError(
            f"无法判断是哪一期：文件名、标题和“统计期”列都没有写明{_CADENCES[contract.cadence]}。"
            f"请在文件名或标题中写明（如“{_EXAMPLES[contract.cadence]}”），或用 --period 指明。"
        )
    shortest = min((one.period for one in found), key=lambda period: period.cadence.months)
    if not all(one.period.contains(shortest) for one in found):
        raise RefusalError(f"统计期互相矛盾：{'；'.join(_listed(found))}。请改成一致后再报送。")
    if shortest.cadence is not contract.cadence:
        raise RefusalError(
            f"“{contract.title}”应按{_CADENCES[contract.cadence]}报送（如“{_EXAMPLES[contract.cadence]}”），"
            f"文件写的是：{'；'.join(_listed(found))}。请核对后再报送。"
        )
    return shortest


_CADENCES = {Cadence.MONTH: "月份", Cadence.QUARTER: "季度", Cadence.YEAR: "年度"}
_EXAMPLES = {Cadence.MONTH: "2010年3月", Cadence.QUARTER: "2010年第1季度", Cadence.YEAR: "2010年"}


def _listed(found: Iterable[Said]) -> Iterator[str]:
    for one in found:
        yield f"{one.where}写的是{one.period.chinese}"
