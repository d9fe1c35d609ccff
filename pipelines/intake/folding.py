"""What is one and the same to the eye: signs nobody sees, widths, and radicals that look like characters.

Folds nothing that changes a value: ① ² ½ ㊀ stay what they are, and are digits of no number. Pure functions of text.
"""

import re
import unicodedata
from functools import lru_cache

import polars as pl

_UNSEEN = (
    (0x00, 0x08), (0x0E, 0x1F), (0x7F, 0x84), (0x86, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F), (0x600, 0x605),
    (0x61C, 0x61C), (0x6DD, 0x6DD), (0x70F, 0x70F), (0x890, 0x891), (0x8E2, 0x8E2), (0x115F, 0x1160),
    (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800),
    (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x110BD, 0x110BD),
    (0x110CD, 0x110CD), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Category Cf, control signs that are no white space, variation selectors, fillers, the blank of braille."""
_DOUBLES = ((0x2E80, 0x2FDF), (0x31C0, 0x31EF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F))
"""Radicals, strokes, compatibility ideographs: each looks the same as a character."""
_WIDE = ((0xA0, 0xA0), (0x2011, 0x2011), (0x202F, 0x202F), (0x3000, 0x3000), (0xFE10, 0xFE6F), (0xFF01, 0xFFEF))
"""Full, half and small width, vertical forms, blanks and dashes that do not break."""
_KANGXI = range(0x2F00, 0x2FD6)
_RADICALS = (
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻"
    "⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳㇆㇏"
    "㇐㇑㇒㇓㇔㇕㇖㇗㇘㇙㇚㇛㇜㇝㇞㇟㇠㇡"
)  # fmt: skip
_CHARACTERS = (
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿"
    "肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟𠃌乀"
    "一丨丿丿丶𠃍乛𠃊𠃎𠄌亅𡿨𠃋乀𠃑乚乙𠄎"
)  # fmt: skip
"""Unicode's EquivalentUnifiedIdeograph, for those that no normal form of Unicode folds."""


def _signs(*ranges: tuple[int, int]) -> str:
    # As Python and Rust both read it.
    return "[" + "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges) + "]"


_IS_UNSEEN = re.compile(_signs(*_UNSEEN))
_ODD = "^=|" + _signs(*_UNSEEN, *_DOUBLES)
_IS_ODD = re.compile(_ODD)
_AS_TEXT = re.compile(r'=\s*(?:T\(\s*)?"((?:[^"]|"")*)"\s*\)?')
"""How a csv keeps a spreadsheet from making a number of a code: ="440307"."""
_QUOTED = re.compile(r"""['‘’`](?P<marked>[^'‘’`]*)['‘’`]?|["“”](?P<quoted>[^"“”]*)["“”]""")
"""An apostrophe that kept a code a text and came along, or quotation marks around all of it."""
_CHARACTER_OF = dict(zip(map(ord, _RADICALS), _CHARACTERS, strict=True)) | {
    code: unicodedata.normalize("NFKC", chr(code)) for code in _KANGXI
}
_NARROW = {
    code: unicodedata.normalize("NFKC", chr(code)) for first, last in _WIDE for code in range(first, last + 1)
} | _CHARACTER_OF


def cleaned(text: str) -> str:
    """A text as it looks: without the signs nobody sees, each radical as the character it looks like; widths stay.

    What stands as ="440307" is 440307, as the spreadsheet program shows it.
    """
    plain = _characters(_IS_UNSEEN.sub("", text)).strip()
    shown = _AS_TEXT.fullmatch(plain)
    return plain if shown is None else shown[1].replace('""', '"').strip()


def _characters(text: str) -> str:
    return unicodedata.normalize("NFC", text).translate(_CHARACTER_OF)


def is_odd(text: str) -> bool:
    """Whether a text may have to be cleaned."""
    return _IS_ODD.search(text) is not None


def cleaned_cells(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells of text, each cleaned; most frames have nothing to clean and are given back."""
    odd = cells.select(pl.all().str.contains(_ODD).any()).row(0, named=True)
    columns = [_cleaned(cells[name]) for name, is_odd in odd.items() if is_odd]
    return cells.with_columns(columns) if columns else cells


def _cleaned(column: pl.Series) -> pl.Series:
    texts = column.filter(column.str.contains(_ODD)).unique().to_list()
    return column.replace(texts, [cleaned(text) or None for text in texts])


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """The text cleaned, and in normal width."""
    if text.isascii():
        return cleaned(text) if is_odd(text) else text.strip()
    return cleaned(unicodedata.normalize("NFC", _IS_UNSEEN.sub("", text)).translate(_NARROW))


def unprotected(text: str) -> str:
    """The text in normal width, without the signs that keep a spreadsheet from reading it: '440307, ="440307"."""
    plain = folded(text)
    quoted = _QUOTED.fullmatch(plain)
    return plain if quoted is None else (quoted["marked"] or quoted["quoted"] or "").strip()
