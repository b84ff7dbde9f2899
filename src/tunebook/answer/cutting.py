"""A text without some of its sentences, and without what they leave behind.

    without('1. It floats.\n2. "It flies. It swims."', …)    "It floats." and "It flies." are taken out
    →  '2. "It swims."'

A list mark goes with its item, a line of which only marks are left goes, a quotation or an emphasis keeps both its ends, and
the header of a table goes with its last row.

Left out on purpose: the words that referred to what was taken out ("however", "the second"), and numbering anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tunebook.answer.sentences import sentences

_PAIRS = (
    ("**", "**"),
    ('"', '"'),
    ("`", "`"),
    ("\u201c", "\u201d"),
    ("\u00ab", "\u00bb"),
    ("(", ")"),
    ("*", "*"),
    ("_", "_"),
)
_BULLET = re.compile(r"[-*+\u2022][ \t]+")
_NUMBERED = r"(?:[-*+\u2022]|\(?(?:\d{1,3}|[A-Za-z])[.)])"
_MARK = re.compile(rf"{_NUMBERED}[ \t]*$")
_NEXT_ITEM = re.compile(rf"[ \t]*{_NUMBERED}[ \t]")
_RULE = re.compile(r"[ \t]*\n[ \t]*(?:\|[ \t]*)?:?--[-:| \t]*(?:\n|$)")
_LEADS_IN = re.compile(r"#[^\n]*|\*\*[^*\n]+\*\*|.*[:\uff1a][*_]*", re.DOTALL)
_FENCE = re.compile(r"^```\w*[ \t]*\n(?:[ \t]*\n)*```[ \t]*$", re.MULTILINE)
_HEADER_ALONE = re.compile(r"^[ \t]*\|[^\n]*\n[ \t]*(?:\|[ \t]*)?:?--[-:| \t]*(?=\n(?![ \t]*\|)|\Z)\n?", re.MULTILINE)


def heads_table(text: str, start: int, end: int) -> bool:
    """True for a row of a table that stands above its rule."""
    return text[start:end].count("|") > 0 and _RULE.match(text, end) is not None


def leads_in(text: str, start: int, end: int) -> bool:
    """True for a heading, and for a line that ends in a colon, with something after it: that says what it leads to."""
    return _LEADS_IN.fullmatch(text, start, end) is not None and _says(text[end:])


def without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text without the sentences at `spans`, given in their order."""
    ends = [0, *(end for _, end in sentences(text))]
    for start, end in reversed(spans):
        bullet = _BULLET.match(text, start, end)
        text = _cut(text, bullet.end() if bullet else start, end, max(one for one in ends if one <= start))
    text = _FENCE.sub("", _HEADER_ALONE.sub("", text))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"(?<! ) +\n", "\n", text)).strip()


def _cut(text: str, start: int, end: int, floor: int) -> str:
    """The text without `start:end`; a list mark that belongs to it stands at `floor` at the earliest."""
    opened, closed = _unpaired(text[start:end])
    line_end = text.find("\n", end) if "\n" in text[end:] else len(text)
    rest = text[end:line_end]
    if not _says(rest) or _NEXT_ITEM.match(rest):
        mark = _MARK.search(text[floor:start])
        start = floor + mark.start() if mark else start
    line_start = text.rfind("\n", 0, start) + 1
    if not (_says(text[line_start:start] + rest) or opened or closed):
        return text[:line_start] + text[line_end + 1 :]
    before, after = text[:start].rstrip(" ") + closed, opened + text[end:].lstrip(" ")
    return before + after if before[-1:] in ("", "\n") else f"{before} {after}"


def _says(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _unpaired(piece: str) -> tuple[str, str]:
    """(marks that open at the beginning and do not close, marks that close at the end and were not opened)."""
    opened = closed = ""
    for left, right in _PAIRS:
        rest = piece.replace("**", "") if left == "*" else piece
        whole = rest.count(left) % 2 == 0 if left == right else rest.count(left) == rest.count(right)
        if whole:
            continue
        if piece.startswith(left, len(opened)):
            opened += left
        elif piece.endswith(right, 0, len(piece) - len(closed)):
            closed = right + closed
    return opened, closed
