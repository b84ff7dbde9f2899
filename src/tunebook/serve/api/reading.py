"""What a page shows of a document: its state, its text beside its passages, and a page as a picture with marks.

GET /api/source?document=documents/terms/haul-agreement.pdf                            →  text, pages, passages
GET /api/source/picture?document=documents/terms/haul-agreement.pdf&start=612&end=651  →  PNG in base64, marks
"""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from tunebook.project import Span, Wanted
from tunebook.serve.access import Reads
from tunebook.serve.service import Limit, Served

router = APIRouter(tags=["reading"])
Id = Annotated[str, Query(min_length=1, max_length=2000)]
Offset = Annotated[int, Query(ge=0, le=2**53)]
Words = Annotated[str, Query(max_length=200)]
State = Literal["", "current", "changed", "gone", "new", "failed"]


@router.get("/library")
def library(
    reader: Reads, service: Served, text: Words = "", state: State = "", after: Offset = 0, limit: Limit = 100
) -> dict[str, Any]:
    """Documents with their state and why it is so; `state` "": any."""
    return service.project.states(Wanted(text, state, after, limit), reader.groups)


@router.get("/source")
def source(document: Id, reader: Reads, service: Served) -> dict[str, Any]:
    """A document's text with its pages and passages, as offsets into the text."""
    return service.project.source(document, reader.groups)


@router.get("/source/picture")
def picture(
    document: Id,
    reader: Reads,
    service: Served,
    start: Offset = 0,
    end: Offset = 0,
    page: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> dict[str, Any]:
    """The page that holds the span, or the page named, as a PNG; `marks` are where the span's words stand, in pixels."""
    drawn, number = service.project.picture(document, Span(start, end), page, reader.groups)
    marks = [asdict(mark) for mark in drawn.marks]
    png = base64.b64encode(drawn.png).decode("ascii")
    return {"page": number, "width": drawn.width, "height": drawn.height, "marks": marks, "png": png}
