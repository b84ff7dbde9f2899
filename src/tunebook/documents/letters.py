"""The lines of a PDF's page with their size and weight, and which of them are headings by that.

    by_size([lines_of(textpage) for each page])  →  [Title(page=0, level=1, text="Hiring a bicycle"), …]

A line is a heading where its letters are larger than most of the document's by a seventh, or where it is bold and begins with
a number ("3.2 Deposits") and few other lines are bold.  Left out on purpose: bold lines without a number, for as many are
labels or heads of tables.
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tunebook.documents.outline import DEEPEST, Title

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

_LARGER = 1.15
_MOST_LINES = 3  # of one heading
_MOST_CHARS = 120  # of one line
_MOST_SHARE = 0.15  # of all letters; where more are large, or bold, that says something else
_REPEATED = 3  # pages on which one of the first or last lines is the same
_OUTER_LINES = 2
_BOLD_WEIGHT = 600
_BOLD = re.compile(r"bold|black|heavy|demi|cmbx|sfbx|ecbx", re.IGNORECASE)
_NUMBERED = re.compile(r"([1-9]\d?(?:\.[1-9]\d?){0,4})\.?\s+\S*[^\W\d_]")
_LEADERS = re.compile(r"(?:\.\s?){4}")  # of a list of contents
_NUMBER = re.compile(r"\d+")
_CJK = "\u2e80"  # from here on one letter may be a word


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; `size`: of its letters in points, 0 where they differ; `top`: points from the page's bottom."""

    text: str
    size: float
    bold: bool
    top: float = 0.0


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
    (size, top), (other, _) = _size(textpage, first), _size(textpage, last)
    even = max(size, other) <= 1.1 * min(size, other)
    return Line(text, max(size, other) if even else 0.0, _is_bold(textpage, first) and _is_bold(textpage, last), top)


def _size(textpage: Any, index: int) -> tuple[float, float]:
    """By the font's own height, so that it holds for letters of all shapes, however the page is scaled; and its top."""
    from pypdfium2 import raw

    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(textpage, index, box)
    return float(round(2 * (box.top - box.bottom)) / 2), float(box.top)


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
    kept = [[line for line in lines if (line.text, line.size) not in running] for lines in pages]
    bold = _bold_counts(pages, body)
    found = [
        (page, run) for page, lines in enumerate(kept) for run in _runs(lines, body, bold) if len(run) <= _MOST_LINES
    ]
    used = sorted({run[0].size for _, run in found if run[0].size in large}, reverse=True)
    return [Title(page, _level(run[0], used), " ".join(line.text for line in run)) for page, run in found]


def _bold_counts(pages: Sequence[Sequence[Line]], body: float) -> bool:
    """Whether bold lines with a number are headings: few letters are bold, and the numbers begin at one."""
    plain = [line for lines in pages for line in lines if line.size < _LARGER * body]
    bold = [line for line in plain if line.bold]
    numbers = {match[1] for line in bold if (match := _NUMBERED.match(line.text))}
    few = sum(len(line.text) for line in bold) <= _MOST_SHARE * sum(len(line.text) for line in plain)
    return few and bool(numbers & {"1", "1.1"})


def _runs(lines: Sequence[Line], body: float, bold: bool) -> Iterator[list[Line]]:
    """Neighbouring lines that may be one heading."""
    run: list[Line] = []
    for line in lines:
        alike = bool(run) and (line.size, line.bold) == (run[0].size, run[0].bold) and line.size >= _LARGER * body
        if run and (not alike or _NUMBERED.match(line.text)):
            yield run
            run = []
        if _may_be(line, body, bold):
            run.append(line)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _may_be(line: Line, body: float, bold: bool) -> bool:
    letters = [letter for letter in line.text if letter.isalpha()]
    if (
        len(line.text) > _MOST_CHARS
        or _LEADERS.search(line.text)
        or (len(letters) < 2 and max(letters, default="") < _CJK)
    ):
        return False
    numbered = bold and line.bold and line.size >= body and _NUMBERED.match(line.text) is not None
    return line.size >= _LARGER * body or (numbered and not line.text[-1].isdigit())  # as lists of contents end


def _level(line: Line, sizes: Sequence[float]) -> int:
    """By size from the largest on; a number in letters of the text's size stands below all of them, by its parts."""
    if line.size in sizes:
        return min(sizes.index(line.size) + 1, DEEPEST)
    number = _NUMBERED.match(line.text)
    return min(len(sizes) + 1 + (number[1].count(".") if number else 0), DEEPEST)


def _running(pages: Sequence[Sequence[Line]]) -> set[tuple[str, float]]:
    """(text, size) of what stands at the top or the bottom of several pages, also with the page's number in it."""
    seen: dict[tuple[str, float], set[tuple[int, str]]] = {}
    for page, lines in enumerate(pages):
        for line in {*lines[:_OUTER_LINES], *lines[-_OUTER_LINES:]}:
            for said in _without_page(line.text, page):
                seen.setdefault((said, line.size), set()).add((page, line.text))
    repeated = [(size, its) for (_, size), its in seen.items() if len({page for page, _ in its}) >= _REPEATED]
    return {(text, size) for size, its in repeated for _, text in its}


def _without_page(text: str, page: int) -> Iterator[str]:
    """The text itself, and with its first or last number told from the page on: alike on pages that count on."""
    yield text
    numbers = list(_NUMBER.finditer(text))
    for number in {numbers[0], numbers[-1]} if numbers else ():
        yield f"{text[: number.start()]}<{int(number[0][:9]) - page}>{text[number.end() :]}"
