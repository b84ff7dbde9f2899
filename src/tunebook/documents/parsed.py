"""What a reader of one format hands on: `Parsed`, built page by page where the format has pages.

>>> join_pages([(1, "Wren"), (2, "Prices")]).pages[1]
Page(number=2, start=6, end=12)

Offsets are exact by construction: the text is assembled here, and nobody changes it afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tunebook.values import Page


@dataclass(frozen=True, slots=True)
class Parsed:
    """Text with `\\n` newlines, pages if the format has them, and the title that the file itself states.

    `scanned`: pages whose text was read from a picture; `missing`: parts that the file lists and does not hold.
    """

    text: str
    pages: tuple[Page, ...] = ()
    title: str | None = None
    scanned: int = 0
    missing: tuple[str, ...] = ()


def clean(text: str) -> str:
    """The text with `\\n` newlines, and U+FFFD for NUL, which no database takes."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


_MARK = re.compile(r"^( {0,3}#{1,6})[ \t]", re.MULTILINE)


def unmarked(text: str) -> str:
    """Text that is no Markdown, so that no line of it is taken for a heading: "# a comment" gets a no-break space."""
    return _MARK.sub("\\1\N{NO-BREAK SPACE}", text)


_RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_RAISED_NUMBER = re.compile(r"[\s,0-9+−-]+")


def raised(text: str) -> str:
    """What stands above the line: a number in the letters that Unicode has for it, lest 10⁶ becomes 106; else as it is."""
    return text.translate(_RAISED) if _RAISED_NUMBER.fullmatch(text) else text


def join_pages(contents: Iterable[tuple[int, str]], title: str | None = None, scanned: int = 0) -> Parsed:
    """Pages (number, text) in order, with an empty line between them that belongs to none."""
    parts: list[str] = []
    pages: list[Page] = []
    position = 0
    for number, content in contents:
        parts.append(content)
        pages.append(Page(number, position, position + len(content)))
        position += len(content) + len("\n\n")
    return Parsed("\n\n".join(parts), tuple(pages), title, scanned)


_ITEM = re.compile(r"\s*(?:-|\d+\.) ")
_EMPTY_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+\n")


def join_blocks(blocks: Iterable[str]) -> str:
    """Blocks with one empty line between them; list items that follow each other stay together."""
    text = ""
    item = False
    for block in (block.rstrip() for block in blocks):
        if block.strip():
            was_item, item = item, _ITEM.match(block) is not None
            text += ("" if not text else "\n" if was_item and item else "\n\n") + block
    return _EMPTY_LINES.sub("\n\n", text)
