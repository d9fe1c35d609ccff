"""The styles of a workbook, with some added: a faulty cell keeps its own style and changes its colour.

Text of styles.xml in, text out. Knows no cell.
"""

import re

from pipelines.intake.annotate.package import UnusualError, attributes, prefix_of
from pipelines.intake.draft import Severity

# No colours of the spreadsheet program's own palette: they are taken away again when the corrected workbook comes back.
COLOURS: dict[Severity, str] = {"fault": "FFFFC1C2", "warning": "FFFFF0A1"}
_MOST = 60_000
"""A workbook may have 64,000 styles."""


class Styles:
    """The styles of one workbook; those added get the next numbers."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._p = prefix_of(text, "styleSheet")
        self._added: dict[str, list[str]] = {"fonts": [], "fills": [], "cellXfs": []}
        self._items = {name: self._found(name) for name in self._added}
        ours = [at for at, fill in enumerate(self._items["fills"]) if any(c in fill for c in COLOURS.values())]
        self._xfs = [_with(xf, fillId=0) if _number(xf, "fillId") in ours else xf for xf in self._items["cellXfs"]]
        self._fills = {severity: self.fill(colour) for severity, colour in COLOURS.items()}
        self._marked: dict[tuple[int, Severity], int] = {}

    def _section(self, name: str) -> re.Match[str]:
        found = re.search(rf"(<{self._p}{name}\b[^>]*>)(.*?)(</{self._p}{name}>)", self._text, re.DOTALL)
        if found is None:
            raise UnusualError(f"styles without {name}")
        return found

    def _found(self, name: str) -> list[str]:
        item = f"{self._p}{'xf' if name == 'cellXfs' else name.removesuffix('s')}"
        return re.findall(rf"<{item}\b[^>]*/>|<{item}\b[^>]*>.*?</{item}>", self._section(name)[2], re.DOTALL)

    def _add(self, name: str, item: str) -> int:
        self._added[name].append(item)
        return len(self._items[name]) + len(self._added[name]) - 1

    def fill(self, colour: str) -> int:
        """Add a colour of cells; returns its number."""
        p = self._p
        return self._add(
            "fills",
            f'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor rgb="{colour}"/>'
            f'<{p}bgColor indexed="64"/></{p}patternFill></{p}fill>',
        )

    def font(self, inner: str) -> int:
        """Add a font, given as the tags inside without prefix; returns its number."""
        p = self._p
        return self._add("fonts", f"<{p}font>{inner.replace('<', f'<{p}')}</{p}font>")

    def style(self, font: int = 0, fill: int = 0, *, quoted: bool = False) -> int:
        """Add a style of wrapped text; returns its number. Quoted text never becomes a formula, also when edited."""
        p, prefix = self._p, ' quotePrefix="1"' if quoted else ""
        return self._add(
            "cellXfs",
            f'<{p}xf numFmtId="0" fontId="{font}" fillId="{fill}" borderId="0" xfId="0" applyFont="1" applyFill="1" '
            f'applyAlignment="1"{prefix}><{p}alignment horizontal="left" vertical="top" wrapText="1"/></{p}xf>',
        )

    def marked(self, base: int, severity: Severity) -> int:
        """The number of the style that is like another one, in the colour of a fault or warning."""
        key = (base, severity)
        if key not in self._marked:
            if not 0 <= base < len(self._xfs) or len(self._xfs) + len(self._added["cellXfs"]) > _MOST:
                raise UnusualError("a style that is not there, or too many")
            xf = _with(self._xfs[base], fillId=self._fills[severity], applyFill=1)
            self._marked[key] = self._add("cellXfs", xf)
        return self._marked[key]

    @property
    def text(self) -> str:
        """The styles with those that were added."""
        for name, added in self._added.items():
            section = self._section(name)
            items = self._xfs if name == "cellXfs" else self._items[name]
            count = len(items) + len(added)
            start = re.sub(r'\scount="\d*"', "", section[1])[:-1] + f' count="{count}">'
            # Font sections may be marked with what only they know.
            whole = f"{start}{''.join(items)}{''.join(added)}{section[3]}"
            self._text = self._text[: section.start()] + whole + self._text[section.end() :]
        return self._text


def _number(xf: str, name: str) -> int:
    value = attributes(xf[: xf.index(">")]).get(name, "0")
    return int(value) if value.isdigit() else 0


def _with(xf: str, **numbers: int) -> str:
    """The style with these attributes of its start tag."""
    start, rest = xf[: xf.index(">")], xf[xf.index(">") :]
    closing = "/" if start.endswith("/") else ""
    start = start.removesuffix("/")
    for name, number in numbers.items():
        start = re.sub(rf'\s{name}="[^"]*"', "", start) + f' {name}="{number}"'
    return start + closing + rest
