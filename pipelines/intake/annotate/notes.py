"""The notes (comments) of one sheet: their texts, and the shapes in which the spreadsheet program shows them.

What a clerk has noted before is kept; notes of an earlier hand-back go. Text in, text out.
"""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipelines.intake.annotate.marks import WORDS, cell_name, column_number
from pipelines.intake.annotate.package import UnusualError, attributes, escaped, prefix_of

AUTHOR = "固本"
_BEFORE = "\n——原有批注——\n"
_OURS = tuple(f"【{word}】" for word in WORDS.values())
"""How notes of a hand-back begin: some programs forget who wrote a note."""
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_EMPTY = f'<comments xmlns="{_MAIN}"><authors></authors><commentList></commentList></comments>'
_SHAPES = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>'
    "</o:shapelayout></xml>"
)
_TYPE = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_NAMESPACES = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_LINE = 20
"""Characters of a note's line."""
_LONGEST = 2_000

Place = tuple[int, int]
"""Row and column, counted from 1."""


@dataclass(frozen=True)
class Noted:
    """The notes of a sheet: their texts, the shapes, and the cells whose former shapes are gone."""

    comments: str
    shapes: str


def noted(comments: str | None, shapes: str | None, texts: Mapping[Place, str]) -> Noted:
    """Write notes.

    Args:
        comments: The part with the notes that are there; None for none.
        shapes: The part with their shapes.
        texts: The notes to be added, by cell.
    """
    written, gone = _comments(comments or _EMPTY, texts)
    return Noted(written, _drawing(shapes or _SHAPES, texts, gone | set(texts)))


def _comments(text: str, texts: Mapping[Place, str]) -> tuple[str, set[Place]]:
    p = prefix_of(text, "comments")
    text = re.sub(rf"<{p}(authors|commentList)\s*/>", rf"<{p}\1></{p}\1>", text)
    authors = [
        html.unescape(name or "")
        for name in re.findall(rf"<{p}author\s*/>|<{p}author\b[^>]*>(.*?)</{p}author>", text, re.DOTALL)
    ]
    if AUTHOR not in authors:
        text = text.replace(f"</{p}authors>", f"<{p}author>{AUTHOR}</{p}author></{p}authors>", 1)
        authors.append(AUTHOR)
    ours = str(authors.index(AUTHOR))
    gone: set[Place] = set()
    before: dict[Place, str] = {}

    def kept(match: re.Match[str]) -> str:
        given = attributes(match[1])
        place = _place(given.get("ref", ""))
        words = html.unescape("".join(re.findall(rf"<{p}t\b[^>]*>(.*?)</{p}t>", match[2], re.DOTALL)))
        if not words.startswith(_OURS):
            if place not in texts:
                return match[0]
            before[place] = words
            return ""
        _, found, clerks = words.partition(_BEFORE)
        if found:
            before[place] = clerks
        else:
            gone.add(place)
        return ""

    text = re.sub(rf"<{p}comment\b([^>]*)>(.*?)</{p}comment>", kept, text, flags=re.DOTALL)
    notes = before | {place: _whole(note, before.get(place)) for place, note in texts.items()}
    added = "".join(_comment(p, cell_name(*place), ours, note) for place, note in sorted(notes.items()))
    if f"</{p}commentList>" not in text:
        raise UnusualError("comments without a list")
    return text.replace(f"</{p}commentList>", f"{added}</{p}commentList>", 1), gone


def _whole(note: str, before: str | None) -> str:
    note = note if len(note) <= _LONGEST else f"{note[:_LONGEST]}…"
    return note if not before else f"{note}{_BEFORE}{before}"


def _comment(p: str, ref: str, author: str, note: str) -> str:
    return (
        f'<{p}comment ref="{ref}" authorId="{author}"><{p}text><{p}r><{p}rPr><{p}sz val="10"/></{p}rPr>'
        f'<{p}t xml:space="preserve">{escaped(note)}</{p}t></{p}r></{p}text></{p}comment>'
    )


def _place(ref: str) -> Place:
    found = re.fullmatch(r"\$?([A-Z]{1,3})\$?(\d+)", ref)
    return (int(found[2]), column_number(found[1])) if found else (0, 0)


def _drawing(text: str, texts: Mapping[Place, str], gone: set[Place]) -> str:
    def kept(match: re.Match[str]) -> str:
        if 'ObjectType="Note"' not in match[0]:
            return match[0]
        at = [re.search(rf"<x:{name}>\s*(\d+)\s*</x:{name}>", match[0]) for name in ("Row", "Column")]
        return "" if all(at) and tuple(int(one[1]) + 1 for one in at if one) in gone else match[0]

    text = re.sub(r"<v:shape\b(?!type).*?</v:shape>", kept, text, flags=re.DOTALL)
    added = "".join(_shapes(texts.items(), has_type='id="_x0000_t202"' in text))
    before, end, after = text.rpartition("</xml>")
    if not end:
        raise UnusualError("shapes that are no VML")
    return f"{before}{added}{end}{after}"


def _shapes(notes: Iterable[tuple[Place, str]], *, has_type: bool) -> Iterable[str]:
    if not has_type:
        yield _TYPE.replace("<v:shapetype", f"<v:shapetype {_NAMESPACES}", 1)
    for at, ((row, column), note) in enumerate(sorted(notes), 1):
        lines = sum(len(line) // _LINE + 1 for line in note[:_LONGEST].splitlines())
        bottom = row + min(max(lines + 1, 3), 18)
        anchor = f"{column},12,{max(row - 2, 0)},8,{column + 4},12,{bottom},4"
        yield (
            f'<v:shape {_NAMESPACES} id="_x0000_s{900_000 + at}" type="#_x0000_t202" '
            'style="position:absolute;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
            '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
            f'<v:textbox style="mso-direction-alt:auto"/><x:ClientData ObjectType="Note"><x:MoveWithCells/>'
            f"<x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>"
            f"<x:Row>{row - 1}</x:Row><x:Column>{column - 1}</x:Column></x:ClientData></v:shape>"
        )
