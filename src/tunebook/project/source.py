"""What a reader may see of one document: its text and how it was split, and a page of it as a picture.

    source = read_source(parts, "documents/terms/haul-agreement.pdf", groups=None)
    source["text"][source["passages"][0]["start"] : source["passages"][0]["end"]]
    draw(parts, "documents/terms/haul-agreement.pdf", Span(612, 651))[0].marks

A document that the asker's groups may not read is answered as one that is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebook.documents.picture import Picture, draw_page
from tunebook.errors import BadInput
from tunebook.library.store import Entry
from tunebook.project import shelf
from tunebook.project.parts import Parts
from tunebook.values import Document, Page


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start:end` of a document's text."""

    start: int
    end: int


def read_source(parts: Parts, id: str, groups: Sequence[str] | None = None) -> dict[str, Any]:
    """Text, pages and passages.  Raises NoDocument."""
    document, entry = _find(parts, id, groups)
    return {
        "document": document.id,
        "title": document.title,
        "format": _format(document, entry),
        "pictures": _has_pictures(document, entry),
        "changed": _changed(parts, entry),
        "version": document.hash,
        "text": document.text,
        "pages": [{"number": page.number, "start": page.start, "end": page.end} for page in document.pages],
        "passages": [
            {"start": passage.start, "end": passage.end, "page": passage.page, "heading": passage.heading}
            for passage in parts.library.store.passages_of(id)
        ],
        "groups": list(document.groups),
    }


def draw(
    parts: Parts, id: str, span: Span, page: int | None = None, groups: Sequence[str] | None = None
) -> tuple[Picture, int]:
    """The page that holds the span (or the page named), with the span marked; and that page's number.

    Raises NoDocument, BadInput where the document has no pictures, ReadFailed where the page cannot be drawn.
    """
    document, entry = _find(parts, id, groups)
    if not _has_pictures(document, entry):
        raise BadInput(f"{id}: its pages are not drawn, for it is no PDF", "its text is shown instead")
    held = _page_of(document, span.start)
    if page is not None and (held is None or page != held.number):
        return draw_page(_path(parts, entry), page), page
    if held is None:
        return draw_page(_path(parts, entry), 1), 1
    near = (span.start - held.start) / max(held.end - held.start, 1)
    quote = document.text[span.start : min(span.end, held.end)]
    languages = parts.settings.documents.ocr_languages if document.metadata.get("scanned_pages") else ""
    return draw_page(_path(parts, entry), held.number, quote, near, languages), held.number


def _find(parts: Parts, id: str, groups: Sequence[str] | None) -> tuple[Document, Entry]:
    return shelf.document(parts, id, groups), parts.library.store.entries()[id]


def _page_of(document: Document, start: int) -> Page | None:
    return next((page for page in document.pages if page.start <= start < page.end), None)


def _format(document: Document, entry: Entry) -> str:
    return str(document.metadata.get("format") or Path(entry.file).suffix.removeprefix(".").lower() or "text")


def _has_pictures(document: Document, entry: Entry) -> bool:
    return Path(entry.file).suffix.lower() == ".pdf" and bool(document.pages)


def _changed(parts: Parts, entry: Entry) -> str | None:
    """Why the text may not be what the file says now; None where it is."""
    try:
        status = _path(parts, entry).stat()
    except OSError:
        return "the file is not there any more; the text is what was read from it"
    same = (status.st_size, status.st_mtime_ns) == (entry.size, entry.mtime_ns)
    return None if same else "the file has changed since it was read; a sync reads it again"


def _path(parts: Parts, entry: Entry) -> Path:
    return parts.folder.file(entry.file)
