"""The library: its documents, what was read from them and how they were split.

    GET /api/documents?limit=50&after=guides/loading.pdf      →  {"documents": […], "next": "guides/wren.md"}

A document's id is part of the query, not of the path: ids hold slashes.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, UploadFile
from fastapi.responses import FileResponse

from tunebook.errors import TunebookError
from tunebook.serve.access import Manages, Reads
from tunebook.serve.problems import body_of, problem_of
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


@router.get("/documents/file", response_class=FileResponse)
def file(id: Id, reader: Reads, service: Served) -> FileResponse:
    """The file that it was read from: to keep, never to open in the browser."""
    path = service.project.source_file(id, reader.groups)
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'"}
    return FileResponse(path, media_type="application/octet-stream", filename=path.name, headers=headers)


@router.post("/documents", status_code=201)
def upload(
    reader: Manages,
    service: Served,
    files: Annotated[list[UploadFile], "one or more"],
    replace: Annotated[bool, Form(description="put it in the place of one with its name")] = False,
) -> dict[str, Any]:
    """Files into documents/, for the next sync; `failed` holds those that were refused, with their reason."""
    saved, failed = [], []
    for one in files:
        try:
            saved.append(service.project.take(one.filename or "", one.file, replace).name)
        except TunebookError as error:
            failed.append({"file": one.filename} | body_of(problem_of(error)))
    return {"saved": saved, "failed": failed}


@router.delete("/documents")
def forget(id: Id, reader: Manages, service: Served, file: bool = False) -> dict[str, Any]:
    """Out of library, caches, reports and thumbs, `file` also from the disk; the receipt says what is stale now."""
    service.project.document(id)
    return service.project.forget(id, with_file=file)


@router.get("/sync")
def last_sync(reader: Manages, service: Served) -> dict[str, Any]:
    """What the last sync did, and what it could not read: {path, error} each; null before the first."""
    return {"sync": service.project.last_sync()}
