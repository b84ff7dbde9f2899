"""PDF to text, page by page, with pdfium: what stands on the page but its running head, headings as `#`, and what was
filled into its form.

>>> read_pdf(Path("sheet.pdf")).pages
(Page(number=1, start=0, end=412), Page(number=2, start=414, end=460))

kreuzberg 4.10.4 reads with pdfium as well, but takes what lies within the page's size from 0, 0 on: the rest of a page that
is turned, as landscape pages are, or whose box begins elsewhere, is lost without a word.  Other pages are alike to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tunebook.documents import outline
from tunebook.documents.forms import filled
from tunebook.documents.letters import Line, by_size, lines_of
from tunebook.documents.parsed import Parsed, clean, join_pages
from tunebook.documents.running import without_running
from tunebook.errors import ReadFailed

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_MOST_PAGES = 1000  # of a file that is looked at letter by letter, which takes longer than reading it
_PARTING = "\ufffe"  # what pdfium gives for a hyphen at the end of a line, the line's end gone
_PARTED = re.compile(rf"([^\W\d_]+){_PARTING}([^\W\d_]+)")
_WORD = re.compile(rf"(?<![\w{_PARTING}-])[^\W\d_]+(?:-[^\W\d_]+)*(?![\w{_PARTING}])")


def read_pdf(path: Path) -> Parsed:
    """Page by page; what is filled in stands below the page's text.  Raises ReadFailed where pdfium cannot open the file."""
    import pypdfium2 as pdfium

    try:
        with pdfium.PdfDocument(path) as document:
            title = document.get_metadata_value("Title")
            if document.get_formtype():
                document.init_forms()
            titles = outline.bookmarks(document)
            wanted = range(len(document)) if len(document) <= _MOST_PAGES else ()
            read = [_page(document, index, index in wanted) for index in range(len(document))]
    except pdfium.PdfiumError as error:
        raise ReadFailed("PDF is password-protected" if "password" in str(error).lower() else "Invalid PDF") from error
    headed = _headed(rejoined([clean(text or "") for text, _ in read]), titles, [lines for _, lines in read])
    texts = without_running(headed)
    missing = tuple(f"page {number}" for number, (text, _) in enumerate(read, 1) if text is None)
    if missing and len(missing) == len(read):
        raise ReadFailed("none of its pages can be loaded")
    return replace(join_pages(enumerate(texts, 1), title=title), missing=missing)


def _headed(texts: Sequence[str], titles: Sequence[outline.Title], lines: Sequence[Sequence[Line]]) -> list[str]:
    """By the bookmarks, if their pages say at least half of them ("Page 1" is said by none), else by the letters."""
    headed, found = outline.marked(texts, titles, dict(enumerate(lines)))
    return headed if titles and 2 * found >= len(titles) else outline.marked(texts, by_size(lines))[0]


def _page(document: PdfDocument, index: int, with_lines: bool) -> tuple[str | None, list[Line]]:
    """Its text, None where it cannot be loaded; and its lines, as far as they are upright."""
    import pypdfium2 as pdfium

    try:
        page = document[index]
    except pdfium.PdfiumError:
        return None, []
    textpage = page.get_textpage()
    box = page.get_bbox()
    text = textpage.get_text_range() if box == page.get_mediabox() else textpage.get_text_bounded(*box)  # cropped
    fields = filled(document, page, textpage) if document.formenv else []
    lines = lines_of(textpage) if with_lines and page.get_rotation() in (0, 180) else []
    textpage.close()
    page.close()
    return "\n\n".join(filter(None, (text.strip(), "\n".join(fields)))), lines


def rejoined(texts: Sequence[str]) -> list[str]:
    """Pages with the words whole that a line's end parts, as far as the document tells which ones had no hyphen before.

    Of 31 such words of a manual set in TeX 27 stood elsewhere in it in one piece.  What stands there in neither form is
    joined where most others are, unless both of its halves are words of the document.
    """
    words = {word.lower() for text in texts for word in _WORD.findall(text)}

    def whole(match: re.Match[str]) -> bool | None:
        first, second = match[1].lower(), match[2].lower()
        return False if f"{first}-{second}" in words else True if first + second in words else None

    told = [whole(match) for text in texts for match in _PARTED.finditer(text)]
    hyphenates = told.count(True) > told.count(False)

    def join(match: re.Match[str]) -> str:
        known = whole(match)
        compound = {match[1].lower(), match[2].lower()} <= words or not match[2].islower()
        joins = hyphenates and not compound if known is None else known
        return match[1] + ("" if joins else "-") + match[2]

    return [_PARTED.sub(join, text).replace(_PARTING, "-") for text in texts]
