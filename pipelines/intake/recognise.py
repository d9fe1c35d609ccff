"""Which export a file is, told by the headers of its sheets alone; and what to say when it is none, or two.

Chooses between contracts. Finds no header itself, judges no data row, and knows no period.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pipelines.contracts.schema import Contract
from pipelines.intake.cells import is_number
from pipelines.intake.draft import RefusalError
from pipelines.intake.header import SEARCHED_ROWS, Header, Index, headers_of, lacking
from pipelines.intake.headings import heading, squeezed
from pipelines.intake.months import wide_headers
from pipelines.intake.naming import public_name
from pipelines.intake.sheet import Sheet
from pipelines.intake.turned import turned_headers

_NEAR = 0.8
"""A report that lacks more than this share of its required columns is not worth naming."""
_LONGEST = 20
"""A longer text is no name of a column."""
_HEADER_WORDS = (
    "序号", "名称", "姓名", "编号", "编码", "代码", "类别", "类型", "指标", "项目", "地区", "单位", "时间", "日期",
    "年", "月", "季度", "人数", "数量", "金额", "合计", "小计", "备注", "社区", "街道",
)  # fmt: skip


_LONG_HEADER_WORDS = tuple(word for word in _HEADER_WORDS if len(word) > 1)
"""Names of persons end with 年 and 月 too."""


@dataclass
class Recognised:
    """A file's export, its headers, and what the clerk should know about the other sheets."""

    contract: Contract
    headers: list[Header]
    notes: list[str]
    passed_over: list[tuple[str, str]]
    """Sheets with a table that is not read: name, and why."""


def refuse_alien(
    found: Sequence[Sheet], contracts: Mapping[str, Contract], index: Index, words: frozenset[str] = frozenset()
) -> None:
    """Refuse a file by its first rows if no contract matches; headers stand nowhere else.

    Raises:
        RefusalError: when no contract matches.
    """
    by_sheet = [(sheet, headers_of(sheet, contracts, index)) for sheet in found if sheet.cells.height]
    if by_sheet and not any(_whole(sheet, headers, contracts, index) for sheet, headers in by_sheet):
        raise RefusalError(_nothing_matches(found, [headers for _, headers in by_sheet], contracts, words))


def recognise(
    found: Sequence[Sheet], contracts: Mapping[str, Contract], index: Index, words: frozenset[str] = frozenset()
) -> Recognised:
    """The export of a file, and the header of every sheet that has its columns.

    Args:
        found: The sheets of the file.
        contracts: By export.
        index: Of their headers.
        words: That name nobody; of other headers only those that do not look like the name of a person are repeated.

    Raises:
        RefusalError: when no contract matches, when two match equally well, or when a column stands there twice.
    """
    by_sheet = [(sheet, headers_of(sheet, contracts, index)) for sheet in found]
    whole = [_whole(sheet, headers, contracts, index) for sheet, headers in by_sheet]
    most: dict[str, int] = {}
    for headers in whole:
        for export, header in headers.items():
            most[export] = max(most.get(export, 0), header.matched)
    if not most:
        raise RefusalError(_nothing_matches(found, [headers for _, headers in by_sheet], contracts, words))
    top = [export for export, count in most.items() if count == max(most.values())]
    if len(top) > 1:
        titles = "”和“".join(contracts[export].title for export in sorted(top))
        raise RefusalError(f"表头同时符合“{titles}”，无法判断是哪一种报表。请补上只有其中一种才有的列后再报送。")
    contract = contracts[top[0]]
    chosen = [of_sheet[contract.export] for of_sheet in whole if contract.export in of_sheet]
    result = Recognised(contract, chosen, [], [])
    _describe(result, found, [of_sheet for _, of_sheet in by_sheet], whole, contracts)
    result.notes += _columns(result, words)
    return result


def _whole(
    sheet: Sheet, headers: Mapping[str, Header], contracts: Mapping[str, Contract], index: Index
) -> dict[str, Header]:
    """The headers of a sheet that have all required columns; in another layout when as it stands there is none."""
    whole = {export: header for export, header in headers.items() if not lacking(contracts[export], header)}
    if not whole or any(contracts[export].wide_months for export in whole):
        whole |= wide_headers(sheet, contracts, index)
    return whole or turned_headers(sheet, contracts, index)


def _nothing_matches(
    found: Sequence[Sheet],
    by_sheet: Iterable[Mapping[str, Header]],
    contracts: Mapping[str, Contract],
    words: frozenset[str],
) -> str:
    """What to say when no contract matches: the nearest one and what it lacks; or else what was found instead."""
    near = [(contracts[export], header) for headers in by_sheet for export, header in headers.items()]

    def lacks(pair: tuple[Contract, Header]) -> tuple[float, int]:
        required = sum(spec.required for spec in pair[0].fields.values())
        return (len(lacking(*pair)) / max(required, 1), -pair[1].matched)

    contract, header = min(near, key=lacks, default=(None, None))
    # A column of a common name is in any table.
    if contract and header and lacks((contract, header))[0] <= _NEAR:
        missing = "、".join(lacking(contract, header))
        return (
            f"表头不符合任何一种报表。最接近的是“{contract.title}”"
            f"（工作表“{header.sheet.name}”第 {header.first + 1} 行），缺少的列：{missing}。请补齐后再报送。"
        )
    return _alien(found, contracts, words)


def _alien(found: Sequence[Sheet], contracts: Mapping[str, Contract], words: frozenset[str]) -> str:
    """What to say of a file that is none of ours: what its columns are called, and which report has similar ones."""
    sheet, row, texts = max(map(_words, found), key=lambda words: len(words[2]))
    if not texts:
        return (
            "没有找到报表的表头，不是要报送的报表。请核对是否拿错了文件；"
            f"应报送的报表请按模板的列名填写（如“{next(iter(contracts.values())).title}”）。"
        )
    names = [heading(text).names[-1] for text in texts]
    alike = {export: _alike(contract, names) for export, contract in contracts.items()}
    nearest = max(alike, key=lambda export: alike[export], default=None)
    # It may be a row about a person.
    named = [" ".join(text.split()) for text in texts if _names_a_column(text, words)]
    listed = "、".join(named[:6]) + ("…" if len(texts) > len(named[:6]) else "")
    told = f"没有找到报表的表头：工作表“{sheet.name}”第 {row + 1} 行的列是“{listed}”，不是要报送的报表。"
    if nearest is None or alike[nearest] < min(3, len(contracts[nearest].fields)):
        return f"{told}请核对是否拿错了文件；应报送的报表请按模板的列名填写。"
    missing = "、".join(spec.header for spec in contracts[nearest].fields.values() if spec.required)
    return f"{told}最接近的是“{contracts[nearest].title}”，缺少的列：{missing}。请按模板的列名填写后再报送。"


def _alike(contract: Contract, names: Sequence[str]) -> int:
    """How many columns of a contract sound like one of these."""
    return sum(bool(get_close_matches(heading(spec.header).names[-1], names, 1)) for spec in contract.fields.values())


def is_header_word(text: str) -> bool:
    """Whether a text ends as names of columns do."""
    return squeezed(text).endswith(_HEADER_WORDS)


def _names_a_column(text: str, words: frozenset[str]) -> bool:
    """Whether a text that stands where names of columns do is one, as far as can be told: none of a person."""
    plain = squeezed(text)
    if len(plain) > _LONGEST or re.search(r":|\d{5}", plain):
        return False
    return plain.endswith(_LONG_HEADER_WORDS) or public_name(plain, words) == plain


def _words(sheet: Sheet) -> tuple[Sheet, int, list[str]]:
    """The row of a sheet that is most likely its header, if any is: it has words that headers have."""
    best: tuple[Sheet, int, list[str]] = (sheet, 0, [])
    for at, row in enumerate(sheet.cells.head(SEARCHED_ROWS).rows()):
        texts = [text for text in row if text and not is_number(text)]
        # Only such a row is quoted: any other might tell of a person.
        if len(texts) > max(len(best[2]), 1) and any(map(is_header_word, texts)):
            best = (sheet, at, texts)
    return best


def _describe(
    result: Recognised,
    found: Sequence[Sheet],
    by_sheet: Sequence[Mapping[str, Header]],
    whole: Sequence[Mapping[str, Header]],
    contracts: Mapping[str, Contract],
) -> None:
    contract = result.contract
    for header in result.headers:
        for columns in header.doubled.values():
            letters = "、".join(column.letter for column in columns)
            name = header.sheet.name
            raise RefusalError(
                f"工作表“{name}”里“{columns[0].header}”一列出现了不止一次（{letters} 列）。请只保留一列后再报送。"
            )
    for sheet, near, matching in zip(found, by_sheet, whole, strict=True):
        if contract.export in matching:
            result.notes += [*sheet.notes(), *matching[contract.export].sheet.how]
            continue
        if matching:
            title = contracts[max(matching, key=lambda export: matching[export].matched)].title
            result.passed_over.append((sheet.name, f"工作表“{sheet.name}”是“{title}”，未读取；请另存为单独的文件报送"))
        elif contract.export in near and near[contract.export].matched >= 2:
            missing = "、".join(lacking(contract, near[contract.export]))
            result.passed_over.append(
                (sheet.name, f"工作表“{sheet.name}”缺少列：{missing}，未读取；如有数据请补齐后重新报送")
            )
        else:
            result.notes.append(f"工作表“{sheet.name}”没有可识别的表头，未读取。")


def _columns(result: Recognised, words: frozenset[str]) -> Iterator[str]:
    """What is to be known of columns: those that are not asked for, and those that are absent."""
    ignored = dict.fromkeys(text for header in result.headers for text in header.ignored)
    if ignored:
        named = [text for text in ignored if _names_a_column(text, words)]
        others = f"等 {len(ignored)} 列" if len(named) < len(ignored) else ""
        yield f"未采用的列：{'、'.join(named)}{others}。"
    fields = result.contract.fields.items()
    absent = [
        spec.header
        for name, spec in fields
        if not spec.required and any(name not in header.columns for header in result.headers)
    ]
    if absent:
        yield f"缺少选填列：{'、'.join(absent)}，按空处理。"
