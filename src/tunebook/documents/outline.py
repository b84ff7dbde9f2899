"""The headings of a PDF, whose text has none: from its bookmarks, else by how large and bold its letters are.

>>> titles = [Title(page=0, level=1, text="Scope"), Title(page=1, level=2, text="Hand tools")]
>>> marked(["1 Scope\\nThis manual covers …", "Hand\\ntools\\nKeep them dry."], titles)[0]
['# 1 Scope\\nThis manual covers …', '## Hand tools\\nKeep them dry.']

A bookmark's place on its page tells which of several lines that say the same is meant.  Left out on purpose: pages whose text
is turned.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tunebook.documents.parsed import unmarked

if TYPE_CHECKING:
    from pypdfium2 import PdfBookmark, PdfDest, PdfDocument

    from tunebook.documents.letters import Line

DEEPEST = 6
_PAGES_OF_ONE = 5  # that have a bookmark, at least: a file that lists chapters alone says more by its letters
_MOST_LINES = 3  # of one heading
_ENUMERATED = re.compile(
    r"\s*(?:(?i:chapter|section|part|appendix|annex)\s+(?:\d+(?:\.\d+)*|[IVXLC]+|[A-Z])\b"
    r"|\d+(?:\.\d+)*\b(?=\W)|[A-Z](?:\.\d+)+|[A-Z](?=[.):]\s))[\s.:)–—-]*"
)
_LETTER = re.compile(r"\s*(?:[IVXLC]+|[A-Z])\s+(?=\S)")  # "II Plotting styles", "A Forms"


@dataclass(frozen=True, slots=True)
class Title:
    page: int  # from 0
    level: int  # from 1
    text: str
    y: float | None = None  # points from the page's bottom, where the file says it


def bookmarks(document: PdfDocument) -> list[Title]:
    """What the file itself lists as its parts; those that name no page are left out."""
    found = []
    for mark in document.get_toc(max_depth=DEEPEST):
        to = mark.get_dest()
        page = to.get_index() if to else None
        if to and page is not None and (text := _title(mark)):
            found.append(Title(page, min(mark.level, DEEPEST - 1) + 1, text, _y(to)))
    return found if len(found) * _PAGES_OF_ONE >= len(document) else []


def _title(mark: PdfBookmark) -> str:
    try:
        return " ".join(mark.get_title().split())
    except UnicodeDecodeError:
        return ""


def _y(to: PdfDest) -> float | None:
    """Of "XYZ" (left, top, zoom) and of "FitH" (top); 0 stands for none."""
    _, places = to.get_view()
    return (places[1] if len(places) == 3 else places[0] if len(places) == 1 else None) or None


def marked(
    texts: Sequence[str], titles: Sequence[Title], lines: Mapping[int, Sequence[Line]] | None = None
) -> tuple[list[str], int]:
    """Pages with `#` before the lines that are these titles, each on one line; and how many were found.

    No other line is a heading: what begins with a `#` of its own is kept apart.  `lines`: of the pages whose lines' places are
    known.
    """
    pages, found = [unmarked(text) for text in texts], 0
    by_page: dict[int, list[Title]] = {}
    for title in titles:
        by_page.setdefault(title.page, []).append(title)
    for page, its in by_page.items():
        if page < len(pages):
            told = _Page(pages[page].split("\n"), _tops((lines or {}).get(page, ())))
            found += sum(map(told.mark, its))
            pages[page] = told.text()
    return pages, found


def _tops(lines: Sequence[Line]) -> dict[str, list[float]]:
    """Where each line stands, by what it says."""
    tops: dict[str, list[float]] = {}
    for line in lines:
        tops.setdefault(_plain(line.text), []).append(line.top)
    return tops


@dataclass(slots=True)
class _Page:
    lines: Sequence[str]
    tops: Mapping[str, Sequence[float]]
    plain: Sequence[str] = field(init=False)
    unnumbered: Sequence[str] = field(init=False)
    headings: dict[int, tuple[int, int]] = field(default_factory=dict)  # first line → the one behind the last, level
    done: int = 0

    def __post_init__(self) -> None:
        self.plain = list(map(_plain, self.lines))
        self.unnumbered = [_plain(_ENUMERATED.sub("", line, count=1)) or _plain(line) for line in self.lines]

    def mark(self, title: Title) -> bool:
        """Finds its line: the one nearest to its place, else the first behind the last one found, else the first."""
        places: list[tuple[int, int]] = []
        for number in (None, _ENUMERATED, _LETTER):  # what of it may be missing on the page
            wanted = _plain(number.sub("", title.text, count=1) if number else title.text)
            places = places or [place for place in self._places(wanted) if not self._taken(*place)]
        if not places:
            return False
        begin, end = min(places, key=lambda place: (self._distance(place[0], title), place[0] < self.done, place[0]))
        self.headings[begin] = end, title.level
        self.done = end
        return True

    def text(self) -> str:
        told: list[str] = []
        at = 0
        for begin, (end, level) in sorted(self.headings.items()):
            told += [*self.lines[at:begin], f"{'#' * level} {' '.join(' '.join(self.lines[begin:end]).split())}"]
            at = end
        return "\n".join([*told, *self.lines[at:]])

    def _places(self, wanted: str) -> Iterator[tuple[int, int]]:
        """Lines that say a title and nothing more but its number."""
        for begin in range(len(self.lines)):
            if not self.plain[begin] or not wanted:
                continue
            said = ""
            for end in range(begin, min(begin + _MOST_LINES, len(self.lines))):
                said += self.plain[end]
                if wanted in (said, self.unnumbered[begin] + said[len(self.plain[begin]) :]):
                    yield begin, end + 1
                    break

    def _taken(self, begin: int, end: int) -> bool:
        return any(begin < last and first < end for first, (last, _) in self.headings.items())

    def _distance(self, begin: int, title: Title) -> float:
        """Points from where the bookmark points to, where both are known."""
        same = [at for at, said in enumerate(self.plain[: begin + 1]) if said == self.plain[begin]]
        tops = self.tops.get(self.plain[begin], ())
        return math.inf if title.y is None or len(same) > len(tops) else abs(tops[len(same) - 1] - title.y)


def _plain(text: str) -> str:
    """Letters and digits, in lower case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
