"""Pages that are pictures of text, read by Tesseract where it is installed (`apt-get install tesseract-ocr`).

>>> read_scans(Path("contract.pdf"), read_pdf(Path("contract.pdf")), "eng").scanned
3

A page with fewer than sixteen letters and digits is drawn at 300 dots an inch and read; what is longer, its own text or
what was read, is kept.  Pages that hold text are not read so: an engine makes mistakes, and their text is exact.  Each
page has its own time limit.  Left out on purpose: turning, cleaning and straightening pages beyond what the engine does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunebook.documents.limits import limit
from tunebook.documents.parsed import Parsed, clean, join_pages, unmarked
from tunebook.errors import ReadFailed

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

FEW_LETTERS = 16
DOTS_PER_INCH = 300
MAX_PIXELS = 30_000_000  # of one page; larger ones are drawn smaller
PAGE_SECONDS = 50
MAX_MEMORY_BYTES = 2 * 1024**3
MISSING = "is it a scan?  Tesseract (OCR) reads them where it is installed, in documents.ocr_languages"

Tick = Callable[[], None]  # after every page: whoever waits sees that something happens


def engine() -> str | None:
    """The engine's program; None where there is none."""
    return shutil.which("tesseract")


def read_scans(path: Path, parsed: Parsed, languages: str, tick: Tick = lambda: None) -> Parsed:
    """The PDF with its pages of (nearly) no text read from their pictures; as it came where no engine is there.

    A page on which the engine fails keeps what it has, if others have text; else that raises ReadFailed.
    """
    bare = [page for page in parsed.pages if _letters(parsed.text[page.start : page.end]) < FEW_LETTERS]
    if not bare or not languages or not engine():
        return parsed
    texts = {page.number: parsed.text[page.start : page.end] for page in parsed.pages}
    scanned, failed = 0, None
    for number, drawn in _drawn(path, [page.number for page in bare]):
        try:
            found = recognise(drawn, languages)
        except ReadFailed as failure:
            failed, found = failure, ""
        if _letters(found) > _letters(texts[number]):
            texts[number] = found
            scanned += 1
        tick()
    if failed and not any(map(_letters, texts.values())):
        raise failed
    return replace(join_pages(texts.items(), parsed.title, scanned), missing=parsed.missing)


def read_picture(path: Path, parsed: Parsed, languages: str, tick: Tick = lambda: None) -> Parsed:
    """A picture file's text; a TIFF has a page a picture."""
    if not languages or not engine():
        return parsed
    found = _run(str(path), b"", languages).removesuffix("\f")  # the engine ends each page with a form feed
    texts = [unmarked(clean(text).strip()) for text in found.split("\f")]
    pages = list(enumerate(texts, 1))
    return join_pages(pages, None, len(pages)) if any(texts) else parsed


def recognise(drawn: bytes, languages: str, *configs: str) -> str:
    """The text of a picture in any format that the engine reads, from memory."""
    return unmarked(clean(_run("stdin", drawn, languages, *configs)).replace("\f", "").strip())


def words(drawn: bytes, languages: str) -> list[tuple[str, tuple[int, int, int, int]]]:
    """Each word with its box (left, top, right, bottom) in pixels of the picture, in reading order."""
    rows = (line.split("\t") for line in recognise(drawn, languages, "tsv").split("\n")[1:])
    found = []
    for row in rows:
        if len(row) == 12 and row[0] == "5" and row[11].strip():  # of page, block, paragraph, line and word the last
            left, top, width, height = map(int, row[6:10])
            found.append((row[11].strip(), (left, top, left + width, top + height)))
    return found


def gray(page: PdfPage) -> bytes:
    """A page drawn in shades of grey, as PGM."""
    width, height = page.get_size()
    scale = min(DOTS_PER_INCH / 72, (MAX_PIXELS / max(width * height, 1.0)) ** 0.5)
    shades: Any = page.render(scale=scale, grayscale=True).to_numpy()
    high, wide = shades.shape[:2]
    return b"P5 %d %d 255\n" % (wide, high) + bytes(shades.reshape(high, wide).tobytes())


def _drawn(path: Path, numbers: list[int]) -> Iterator[tuple[int, bytes]]:
    """Those of the pages that have anything on them."""
    import pypdfium2 as pdfium

    with pdfium.PdfDocument(path) as document:
        for number in numbers:
            try:
                page = document[number - 1]
            except pdfium.PdfiumError:  # listed as missing
                continue
            if next(page.get_objects(max_depth=1), None) is not None:
                yield number, gray(page)


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _run(source: str, data: bytes, languages: str, *configs: str) -> str:
    program = engine()
    if program is None:
        raise ReadFailed("no engine for scans is there", MISSING)
    try:
        done = subprocess.run(
            [program, source, "stdout", "-l", languages, "--dpi", str(DOTS_PER_INCH), *configs],
            input=data,
            capture_output=True,
            timeout=PAGE_SECONDS,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            preexec_fn=partial(limit, MAX_MEMORY_BYTES, PAGE_SECONDS),  # it outlives a reader that is killed
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ReadFailed(f"Tesseract took longer than {PAGE_SECONDS} seconds for a page") from None
    if done.returncode:
        raise ReadFailed(_why(done.stderr.decode("utf-8", "replace"), languages))
    return done.stdout.decode("utf-8", "replace")


def _why(said: str, languages: str) -> str:
    if "load" in said and "language" in said:
        return f"Tesseract has not all languages of {languages!r} (documents.ocr_languages)"
    lines = [line for line in said.splitlines() if line.strip()]
    return f"Tesseract: {' '.join(lines[-1].split())[:200]}" if lines else "Tesseract failed without a word"
