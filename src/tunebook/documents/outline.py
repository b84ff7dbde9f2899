"""The headings of a PDF, whose text has none: from its bookmarks, else by how large and bold its letters are.

>>> titles = [Title(page=0, level=1, text="Scope"), Title(page=1, level=2, text="Hand tools")]
>>> marked(["1 Scope\\nThis manual covers …", "Hand\\ntools\\nKeep them dry."], titles)
['# 1 Scope\\nThis manual covers …', '## Hand tools\\nKeep them dry.']

By size: a line is a heading where its letters are larger than most of the document's by a seventh, or where it is bold and
begins with a number ("3.2 Deposits").  Left out on purpose: bold lines without a number, for as many are labels or heads of
tables; pages whose text is turned.
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfTextPage

_PAGES_OF_ONE = 5
_LARGER = 1.15
_MOST_LINES = 3  # of one heading
_MOST_CHARS = 120  # of one line
_MOST_SHARE = 0.15  # of all letters; where more are large, size says something else
_DEEPEST = 6
_BOLD_WEIGHT = 600
_BOLD = re.compile(r"bold|black|heavy|demi|cmbx|sfbx|ecbx", re.IGNORECASE)
_NUMBERED = re.compile(r"(\d+(?:\.\d+){0,4})\.?\s+\S*[^\W\d_]")
_ENUMERATED = re.compile(
    r"\A\s*(?:(?:chapter|section|part|appendix|annex)\b)?[\s\d.:–-]*(?:\b[A-Z]\b[\s\d.:–-]*)?", re.IGNORECASE
)
_LEADERS = re.compile(r"(?:\.\s?){4}")  # of a list of contents
_MARKS = re.compile(r"^(#{1,6})[ \t]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Title:
    page: int  # from 0
    level: int  # from 1
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; `size`: of its letters in points, 0 where they differ."""

    text: str
    size: float
    bold: bool


def bookmarks(document: PdfDocument) -> list[Title]:
    """What the file itself lists as its parts, in order; those that name no page are left out.

    None where there is less than one for every five pages: a file that lists chapters alone says more by its letters.
    """
    found = []
    for mark in document.get_toc(max_depth=_DEEPEST):
        to = mark.get_dest()
        page = to.get_index() if to else None
        if page is not None and (text := " ".join(mark.get_title().split())):
            found.append(Title(page, min(mark.level, _DEEPEST - 1) + 1, text))
    return found if len(found) * _PAGES_OF_ONE >= len(document) else []


def lines_of(textpage: PdfTextPage) -> list[Line]:
    """The lines of a page that hold letters or digits."""
    from pypdfium2 import raw

    letters = [chr(raw.FPDFText_GetUnicode(textpage, index)) for index in range(textpage.count_chars())]
    found, begin = [], 0
    for at, letter in enumerate([*letters, "\n"]):
        if letter in "\r\n":
            known = [index for index in range(begin, at) if letters[index].isalnum()]
            if known:
                found.append(_line(textpage, "".join(letters[begin:at]).strip(), known[0], known[-1]))
            begin = at + 1
    return found


def _line(textpage: PdfTextPage, text: str, first: int, last: int) -> Line:
    sizes = [_size(textpage, first), _size(textpage, last)]
    even = max(sizes) <= 1.1 * min(sizes)
    return Line(text, max(sizes) if even else 0.0, _is_bold(textpage, first) and _is_bold(textpage, last))


def _size(textpage: Any, index: int) -> float:
    """By the font's own height, so that it holds for letters of all shapes, however the page is scaled."""
    from pypdfium2 import raw

    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(textpage, index, box)
    return float(round(2 * (box.top - box.bottom)) / 2)


def _is_bold(textpage: Any, index: int) -> bool:
    from pypdfium2 import raw

    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    raw.FPDFText_GetFontInfo(textpage, index, name, len(name), flags)
    return raw.FPDFText_GetFontWeight(textpage, index) >= _BOLD_WEIGHT or bool(
        _BOLD.search(name.value.decode("latin-1"))
    )


def by_size(pages: Sequence[Sequence[Line]]) -> list[Title]:
    """Headings by their letters; none where nothing is of one size, or too much is large."""
    letters: Counter[float] = Counter()
    for line in (line for lines in pages for line in lines if line.size):
        letters[line.size] += len(line.text)
    if not letters:
        return []
    body = letters.most_common(1)[0][0]
    large = sorted((size for size in letters if size >= _LARGER * body), reverse=True)
    if sum(letters[size] for size in large) > _MOST_SHARE * letters.total():
        return []
    running = _running(pages)
    found = [
        (page, run)
        for page, lines in enumerate(pages)
        for run in _runs([line for line in lines if _said(line) not in running], body)
        if len(run) <= _MOST_LINES
    ]
    used = sorted({run[0].size for _, run in found if run[0].size in large}, reverse=True)
    return [Title(page, _level(run[0], used), " ".join(line.text for line in run)) for page, run in found]


def _runs(lines: Sequence[Line], body: float) -> Iterator[list[Line]]:
    """Neighbouring lines that may be one heading."""
    run: list[Line] = []
    for line in lines:
        alike = bool(run) and (line.size, line.bold) == (run[0].size, run[0].bold) and line.size >= _LARGER * body
        if run and (not alike or _NUMBERED.match(line.text)):
            yield run
            run = []
        if _may_be(line, body):
            run.append(line)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _may_be(line: Line, body: float) -> bool:
    if len(line.text) > _MOST_CHARS or not any(map(str.isalpha, line.text)) or _LEADERS.search(line.text):
        return False
    bold = line.bold and line.size >= body and not line.text[-1].isdigit()  # as lines of a list of contents end
    return line.size >= _LARGER * body or (bold and _NUMBERED.match(line.text) is not None)


def _level(line: Line, sizes: Sequence[float]) -> int:
    """By size from the largest on; a number in letters of the text's size stands below all of them, by its parts."""
    if line.size in sizes:
        return min(sizes.index(line.size) + 1, _DEEPEST)
    number = _NUMBERED.match(line.text)
    return min(len(sizes) + 1 + (number[1].count(".") if number else 0), _DEEPEST)


def _running(pages: Sequence[Sequence[Line]]) -> set[tuple[str, float]]:
    """What stands at the top or the bottom of more than one page, numbers apart."""
    seen = Counter(said for lines in pages if lines for said in {_said(lines[0]), _said(lines[-1])})
    return {said for said, count in seen.items() if count > 1}


def _said(line: Line) -> tuple[str, float]:
    return "".join(filter(str.isalpha, line.text)), line.size


def marked(texts: Sequence[str], titles: Sequence[Title]) -> list[str]:
    """Pages with `#` before the lines that are these titles, each on one line.  What begins with a `#` of its own is no heading."""
    pages = [_MARKS.sub("\\1\N{NO-BREAK SPACE}", text) for text in texts]
    for page, its in groupby(titles, lambda title: title.page):
        if page < len(pages):
            pages[page] = _page(pages[page].split("\n"), list(its))
    return pages


def _page(lines: Sequence[str], titles: Sequence[Title]) -> str:
    told: list[str] = []
    plain = list(map(_plain, lines))
    done = 0
    for title in titles:
        if place := _find(plain, _plain(title.text), done):
            begin, end = place
            told += [*lines[done:begin], f"{'#' * title.level} {' '.join(' '.join(lines[begin:end]).split())}"]
            done = end
    return "\n".join([*told, *lines[done:]])


def _find(lines: Sequence[str], title: str, start: int) -> tuple[int, int] | None:
    """Which lines, from `start` on, say the title and nothing more but its number."""
    for begin in range(start, len(lines) if title else 0):
        said = ""
        for end in range(begin, min(begin + _MOST_LINES, len(lines))):
            said += lines[end]
            if said == title:
                return begin, end + 1
            if not title.startswith(said):
                break
    return None


def _plain(text: str) -> str:
    """Letters and digits in lower case, behind the number if there are any."""
    whole, rest = ("".join(filter(str.isalnum, one.casefold())) for one in (text, _ENUMERATED.sub("", text, count=1)))
    return rest or whole
