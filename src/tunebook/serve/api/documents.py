"""The library: its documents, what was read from them and how they were split.

    GET /api/documents?limit=50&after=guides/loading.pdf      →  {"documents": […], "next": "guides/wren.md"}

A document's id is part of the query, not of the path: ids hold slashes.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, UploadFile
from fastapi.responses import FileResponse, JSONResponse
from pydantic import Field

from tunebook.errors import TunebookError
from tunebook.serve.access import Manages, Reads
from tunebook.serve.problems import Given, Problem, body_of, problem_of
from tunebook.serve.service import Limit, Served

router = APIRouter(tags=["documents"])
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


class Upload(Given):
    files: list[UploadFile] = Field(min_length=1, description="one or more")
    replace: bool = Field(False, description="put it in the place of one with its name")


@router.post("/documents", status_code=201, response_model=None)
def upload(
    reader: Manages, service: Served, sent: Annotated[Upload, Form(media_type="multipart/form-data")]
) -> dict[str, Any] | JSONResponse:
    """Files into documents/, for the next sync; `failed` holds those that were refused, each with its reason.

    Where all were, that is an error, and `failed` stands beside it.
    """
    saved: list[str] = []
    refused: list[tuple[str, Problem]] = []
    for one in sent.files:
        try:
            saved.append(service.project.take(one.filename or "", one.file, sent.replace).name)
        except TunebookError as error:
            refused.append((one.filename or "", problem_of(error)))
    failed = [{"file": name} | body_of(problem) for name, problem in refused]
    if saved:
        return {"saved": saved, "failed": failed}
    problem = _none_of([problem for _, problem in refused])
    return JSONResponse(body_of(problem) | {"failed": failed}, problem.status)


def _none_of(refused: list[Problem]) -> Problem:
    """Why no file was taken: the one reason, or all of them, under the code that they share."""
    if len(refused) == 1:
        return refused[0]
    kinds = {(problem.status, problem.code) for problem in refused}
    status, code = kinds.pop() if len(kinds) == 1 else (422, "file_refused")
    reasons = "; ".join(problem.message for problem in refused)
    return Problem(status, code, f"none of {len(refused)} files was taken: {reasons}", "`failed` holds each reason")


@router.delete("/documents")
def forget(id: Id, reader: Manages, service: Served, file: bool = False) -> dict[str, Any]:
    """Out of library, caches, reports and thumbs, `file` also from the disk; the receipt says what is stale now."""
    service.project.document(id)
    return service.project.forget(id, with_file=file)


@router.get("/sync")
def last_sync(reader: Manages, service: Served) -> dict[str, Any]:
    """What the last sync did, and what it could not read: {path, error} each; null before the first."""
    return {"sync": service.project.last_sync()}
