"""The library: its documents, what was read from them and how they were split.

    GET /api/documents?limit=50&after=guides/loading.pdf      →  {"documents": […], "next": "guides/wren.md"}

A document's id is part of the query, not of the path: ids hold slashes.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from tunebook.serve.access import Reads
from tunebook.serve.service import Served

router = APIRouter(tags=["documents"])
Limit = Annotated[int, Query(ge=1, le=1000)]
Id = Annotated[str, Query(min_length=1, max_length=2000)]


@router.get("/documents")
def documents(reader: Reads, service: Served, limit: Limit = 100, after: str = "") -> dict[str, Any]:
    """Documents by id, `limit` at a time; `next` is the `after` of the next page, null at the end."""
    found = [one for one in service.project.documents(reader.groups) if one.id > after]
    page = found[:limit]
    next_page = page[-1].id if len(found) > limit else None
    return {"documents": [asdict(one) for one in page], "total": len(found), "next": next_page}


@router.get("/documents/text")
def text(id: Id, reader: Reads, service: Served) -> dict[str, Any]:
    """A document as it was read: offsets everywhere count this text's characters."""
    found = service.project.document(id, reader.groups)
    return asdict(found)


@router.get("/documents/passages")
def passages(id: Id, reader: Reads, service: Served) -> dict[str, Any]:
    """How a document was split, in order."""
    return {"passages": [asdict(one) for one in service.project.passages(id, reader.groups)]}
