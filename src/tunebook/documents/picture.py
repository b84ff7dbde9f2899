"""A page of a PDF as a picture, with the places of a quote on it: what a reader is shown beside an answer.

>>> picture = draw_page(Path("haul-agreement.pdf"), page=2, quote="Bent front wheel 85 cr", near=0.6)
>>> picture.width, picture.marks[0]
(1200, Mark(left=178, top=900, width=139, height=22))

pdfium draws in a child process with limits of its own (`python -m tunebook.documents.picture`): a hostile file costs
its own picture only.  Nothing is kept on the disk, so that forgetting a document leaves no picture of it.
The quote is found by its letters and digits alone, since readers differ in blanks, hyphens and the ends of lines.
A page that is a picture of text is read for its words' places, where an engine for scans is there.
Left out on purpose: pictures of other formats.  Their text is shown in place.
"""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from tunebook.documents import scan
from tunebook.documents.limits import limit
from tunebook.errors import ReadFailed

WIDTH_PIXELS = 1200
MAX_HEIGHT_PIXELS = 6000
MAX_MEMORY_BYTES = 2 * 1024**3
TIMEOUT_SECONDS = 20.0
_AT_ONCE = threading.BoundedSemaphore(2)  # children; others wait
LEAST_LETTERS = 8  # a run that agrees by chance is shorter

Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the picture


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of one line, in pixels of the picture."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """`png` is `width × height` pixels; `marks` is empty where the quote was not found; `pages` are those of the file."""

    png: bytes
    width: int
    height: int
    pages: int
    marks: tuple[Mark, ...]


def draw_page(
    path: Path,
    page: int,
    quote: str = "",
    near: float = 0.0,
    ocr_languages: str = "",
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Picture:
    """Page `page`, counted from 1; of several places of the quote the one nearest to the share `near` of the page.

    On a page without text of its own the quote is looked for by an engine for scans, if `ocr_languages` names any.
    Raises ReadFailed where the file is no PDF, has no such page, or takes too long or too much memory.
    """
    if not path.is_file():
        raise ReadFailed(f"{path.name} is not there any more")
    with _AT_ONCE:
        request = {"path": os.path.abspath(path), "page": page, "quote": quote, "near": near}
        return _drawn(path, request | {"ocr_languages": ocr_languages}, timeout_seconds)


def _drawn(path: Path, request: dict[str, Any], timeout_seconds: float) -> Picture:
    page = request["page"]
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "tunebook.documents.picture"],
            input=json.dumps(request).encode("ascii"),
            capture_output=True,
            timeout=timeout_seconds,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ReadFailed(f"page {page} of {path.name} took longer than {timeout_seconds:g} seconds to draw") from error
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise ReadFailed(f"page {page} of {path.name} cannot be drawn: its reader died ({done.returncode})") from None
    if "error" in answer:
        raise ReadFailed(f"page {page} of {path.name} cannot be drawn: {answer['error']}")
    marks = tuple(Mark(**mark) for mark in answer.pop("marks"))
    return Picture(png=base64.b64decode(answer.pop("png")), marks=marks, **answer)


def find_quote(letters: Sequence[str], quote: str, near: float = 0.0) -> list[tuple[int, int]]:
    """Ranges (first, last) of the page's characters that are the quote; several where it is found in pieces only.

    >>> find_quote("A bent front-\\nwheel: 85 cr.", "front wheel")
    [(7, 18)]
    """
    page, places = _plain(letters)
    wanted, _ = _plain(quote)
    if not wanted:
        return []
    found = list(_occurrences(page, wanted))
    if found:
        start = min(found, key=lambda at: abs(at / max(len(page), 1) - near))
        return [(places[start], places[start + len(wanted) - 1])]
    blocks = SequenceMatcher(None, page, wanted, autojunk=False).get_matching_blocks()
    return [(places[b.a], places[b.a + b.size - 1]) for b in blocks if b.size >= min(LEAST_LETTERS, len(wanted))]


def lines_of(boxes: Sequence[Box]) -> list[Mark]:
    """Boxes of neighbouring characters as one mark a line; a wide gap (another column) begins a new one."""
    marks: list[list[int]] = []
    for left, top, right, bottom in boxes:
        if right <= left or bottom <= top:
            continue
        last = marks[-1] if marks else None
        height = bottom - top
        same_line = last is not None and min(last[3], bottom) - max(last[1], top) > 0.4 * height
        if last is not None and same_line and -height < left - last[2] < 3 * height:
            last[:] = [min(last[0], left), min(last[1], top), max(last[2], right), max(last[3], bottom)]
        else:
            marks.append([left, top, right, bottom])
    return [Mark(left, top, right - left, bottom - top) for left, top, right, bottom in marks]


def _plain(text: Sequence[str]) -> tuple[str, list[int]]:
    """Letters and digits in lower case, and the place in `text` that each comes from (a ligature gives two)."""
    kept: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for letter in unicodedata.normalize("NFKC", char).casefold():
            if letter.isalnum():
                kept.append(letter)
                places.append(place)
    return "".join(kept), places


def _occurrences(page: str, wanted: str) -> Iterator[int]:
    at = page.find(wanted)
    while at >= 0:
        yield at
        at = page.find(wanted, at + 1)


def _draw(path: str, page: int, quote: str, near: float, ocr_languages: str) -> dict[str, Any]:
    """In the child: everything that touches pdfium."""
    import pypdfium2 as pdfium

    document = pdfium.PdfDocument(path)
    if not 1 <= page <= len(document):
        return {"error": f"the file has {len(document)} pages"}
    if document.get_formtype():
        document.init_forms()  # what is filled in is drawn, too
    drawn = document[page - 1]
    width, height = drawn.get_size()
    scale = min(WIDTH_PIXELS / max(width, 1.0), MAX_HEIGHT_PIXELS / max(height, 1.0))
    bitmap = drawn.render(scale=scale)
    letters, box = _text_layer(drawn, bitmap)
    if quote and ocr_languages and sum(map(str.isalnum, letters)) < scan.FEW_LETTERS and scan.engine():
        letters, box = _recognised(drawn, bitmap.width, ocr_languages)
    ranges = find_quote(letters, quote, near)
    marks = [mark for first, last in ranges for mark in lines_of([box(at) for at in range(first, last + 1)])]
    png = io.BytesIO()
    bitmap.to_pil().save(png, format="PNG")
    size = {"width": bitmap.width, "height": bitmap.height, "pages": len(document)}
    return size | {"marks": [asdict(mark) for mark in marks], "png": base64.b64encode(png.getvalue()).decode("ascii")}


def _text_layer(drawn: Any, bitmap: Any) -> tuple[list[str], Callable[[int], Box]]:
    """The page's characters, and where each stands in the picture."""
    from pypdfium2 import raw

    to_pixels = bitmap.get_posconv(drawn).to_bitmap
    text = drawn.get_textpage()

    def box(index: int) -> Box:
        left, bottom, right, top = text.get_charbox(index, loose=True)
        (x0, y0), (x1, y1) = to_pixels(left, top), to_pixels(right, bottom)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    return [chr(raw.FPDFText_GetUnicode(text, index)) for index in range(text.count_chars())], box


def _recognised(drawn: Any, width: int, ocr_languages: str) -> tuple[list[str], Callable[[int], Box]]:
    """The same of a scan: a word's characters share its box in equal parts."""
    picture = scan.gray(drawn)
    factor = width / int(picture.split(b" ", 2)[1])
    letters: list[str] = []
    boxes: list[Box] = []
    for word, (left, top, right, bottom) in scan.words(picture, ocr_languages):
        part = (right - left) / len(word)
        for place, letter in enumerate(word):
            edges = left + place * part, top, left + (place + 1) * part, bottom
            x0, y0, x1, y1 = (round(edge * factor) for edge in edges)
            letters.append(letter)
            boxes.append((x0, y0, x1, y1))
    return letters, boxes.__getitem__


def main() -> None:
    limit(MAX_MEMORY_BYTES)
    request = json.load(sys.stdin.buffer)
    try:
        answer = _draw(**request)
    except Exception as error:  # pdfium raises what it likes on broken files
        answer = {"error": " ".join(str(error).split())[:300] or type(error).__name__}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
