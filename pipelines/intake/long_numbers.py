"""Which long codes of a workbook are stored as numbers, and so have lost their last digits.

A spreadsheet keeps 15 digits of a number; a code of 18 typed into a cell that is not text is silently another code. The
fast reader gives both as text, so the few suspicious ones are looked up in the workbook itself.
"""

import re
from collections.abc import Callable, Iterable
from functools import cached_property

_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>(?:<(?:\w+:)?f\b.*?)?<(?:\w+:)?v>([-+.\deE]{15,})</", re.DOTALL)


class LongNumbers:
    """The long numbers of one sheet; looked for only when somebody asks."""

    def __init__(self, read: Callable[[], Iterable[bytes] | frozenset[int]]) -> None:
        """Keep in mind how to find them.

        Args:
            read: Gives the sheet's XML in pieces that end with a cell, or the whole numbers themselves.
        """
        self._read = read

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and _is_suspicious(text) and int(text) in self._numbers

    @cached_property
    def _numbers(self) -> frozenset[int]:
        found = self._read()
        if isinstance(found, frozenset):
            return found
        values = (
            value
            for xml in found
            for attributes, value in _CELL.findall(xml)
            if b't="' not in attributes or b't="n"' in attributes
        )
        return frozenset(int(number) for number in map(float, values) if number.is_integer())


def _is_suspicious(text: str) -> bool:
    """Whether a code can be a number that lost digits: 16 digits or more that a number can hold exactly."""
    return len(text) >= 16 and text.isdecimal() and int(float(text)) == int(text)
