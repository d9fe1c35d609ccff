"""For which streets a file speaks: what was said, its name, titles, sheets and sections, or else its rows.

Decides on codes of streets. Reads no cells.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pipelines.intake.draft import RefusalError
from pipelines.intake.register import Register

SMALLEST_SHARE = 20
"""A street with less than one row in so many (5 %) is a fault, not scope."""


@dataclass
class Streets:
    """The streets that each source names, as codes. Titles and sheets are those of all sheets together."""

    explicit: frozenset[str] = frozenset()
    file: frozenset[str] = frozenset()
    titles: dict[str, frozenset[str]] = field(default_factory=dict)
    sheets: dict[str, frozenset[str]] = field(default_factory=dict)
    sections: set[str] = field(default_factory=set)

    def named(self, register: Register) -> frozenset[str]:
        """The streets that the file is for; empty when nobody names any.

        Raises:
            RefusalError: when those that speak disagree.
        """
        titles = frozenset().union(*self.titles.values())
        sheets = frozenset().union(*self.sheets.values())
        sections = frozenset(self.sections)
        said = {
            "报送时指明": self.explicit,
            "文件名": self.file,
            "标题": titles,
            "工作表名": sheets,
            "分段行": sections,
        }
        speaking = {source: codes for source, codes in said.items() if codes}
        of_file = [codes for source, codes in speaking.items() if source not in ("工作表名", "分段行")]
        outer = of_file[0] if of_file else sheets or sections
        # A sheet or a section is a part of the file: together they may be fewer than the file is for, never others.
        if any(codes != outer for codes in of_file) or not (sheets <= outer and sections <= outer):
            listed = "；".join(f"{source}：{names(codes, register.streets)}" for source, codes in speaking.items())
            raise RefusalError(f"所属街道互相矛盾：{listed}。请改成一致后再报送。")
        return outer

    def of_sheet(self, sheet: str) -> str | None:
        """The street of the rows of a sheet, as far as sheet, title, file or what was said name just one."""
        for codes in (self.sheets.get(sheet), self.titles.get(sheet), self.file, self.explicit):
            if codes:
                return next(iter(codes)) if len(codes) == 1 else None
        return None


def names(codes: Iterable[str], streets: Mapping[str, str]) -> str:
    """Names of streets for a message."""
    return "、".join(streets.get(code, code) for code in sorted(codes))
