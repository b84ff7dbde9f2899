"""Sync, tune and trial, as jobs.

POST /api/sync {}   →  202 {"id": "20261122-101500-a1b2c3", "state": "queued", …}
GET  /api/jobs/{id}/events                server-sent events until it is over
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import Field

from tunebook.project import Project
from tunebook.serve.access import Manages
from tunebook.serve.jobs import Job
from tunebook.serve.problems import Given, Problem
from tunebook.serve.service import Limit, Served, Service

router = APIRouter(tags=["jobs"])
EVENT_SECONDS = 0.5
Inside = Annotated[str, Field(min_length=1, max_length=1000, description="a path in the project folder")]


class SyncRequest(Given):
    paths: list[Inside] = Field([], description="none: what the last sync was pointed at, else documents/")


class TuneRequest(Given):
    target: Literal["tuned", "hybrid", "retriever"] = "tuned"
    examples: Inside | None = None


class TrialRequest(Given):
    approaches: list[str] | None = Field(None, min_length=1)
    cases: Inside | None = None
    examples: Inside | None = None
    groups: list[str] | None = Field(None, description="over the documents of a reader in these groups; null: all")
    budget_seconds: float | None = Field(None, gt=0, description="fit it into a time; the report says what it gave up")
    fresh: Literal["hold"] | None = Field(None, description="also measure an update: hold back documents")
    compare: str | None = Field(None, max_length=64, description='"last", or the id of an earlier trial')


class ProposeRequest(Given):
    count: int = Field(10, ge=1, le=200, description="at most")


@router.post("/sync", status_code=202)
def sync(asked: SyncRequest, reader: Manages, service: Served) -> dict[str, Any]:
    """Makes the library mirror the documents."""
    for path in asked.paths:
        _inside(service.project, path)
    return shown(service.jobs.add("sync", asked.model_dump(), reader.key))


@router.post("/tune", status_code=202)
def tune(asked: TuneRequest, reader: Manages, service: Served) -> dict[str, Any]:
    """Trains an adapter from the examples."""
    _inside(service.project, asked.examples)
    return shown(service.jobs.add("tune", asked.model_dump(), reader.key))


@router.post("/trial", status_code=202)
def trial(asked: TrialRequest, reader: Manages, service: Served) -> dict[str, Any]:
    """Measures the approaches on the cases; the result is the report without its cases."""
    for path in (asked.cases, asked.examples):
        _inside(service.project, path)
    for name in asked.approaches or ():
        if name not in service.project.approaches():
            raise Problem(400, "unknown_approach", f"unknown approach {name!r}", "GET /api/approaches lists them")
    return shown(service.jobs.add("trial", asked.model_dump(), reader.key))


@router.post("/propose", status_code=202)
def propose(asked: ProposeRequest, reader: Manages, service: Served) -> dict[str, Any]:
    """Lets the model write cases for the documents; they wait among the thumbs until a person accepts them."""
    return shown(service.jobs.add("propose", asked.model_dump(), reader.key))


@router.get("/jobs")
def jobs(reader: Manages, service: Served, limit: Limit = 20, before: str = "") -> dict[str, Any]:
    """Newest first; `next` is the `before` of the next page."""
    found = [job for job in service.jobs.all() if not before or job.id < before]
    page = found[:limit]
    return {"jobs": [shown(job) for job in page], "next": page[-1].id if len(found) > limit else None}


@router.get("/jobs/{id}")
def job(id: str, reader: Manages, service: Served) -> dict[str, Any]:
    return shown(service.jobs.get(id))


@router.get("/jobs/{id}/log", response_class=PlainTextResponse)
def log(id: str, reader: Manages, service: Served) -> str:
    """What its process said."""
    return service.jobs.log(id)


@router.post("/jobs/{id}/cancel")
def cancel(id: str, reader: Manages, service: Served) -> dict[str, Any]:
    """Ends it; nothing that was finished is lost."""
    return shown(service.jobs.cancel(id))


@router.get("/jobs/{id}/events", response_class=StreamingResponse)
async def events(id: str, reader: Manages, service: Served, request: Request) -> StreamingResponse:
    """Server-sent events: `progress` with {at, what, done, total, note}, then one `end` with the job."""
    await asyncio.to_thread(service.jobs.get, id)
    return StreamingResponse(_events(service, id, request), media_type="text/event-stream")


async def _events(service: Service, id: str, request: Request) -> AsyncIterator[str]:
    jobs, sent = service.jobs, 0
    while not (service.stopping or await request.is_disconnected()):
        job = await asyncio.to_thread(jobs.get, id)  # before the events: else the last ones could be missed
        fresh = await asyncio.to_thread(jobs.events, id, sent)
        sent += len(fresh)
        for event in fresh:
            yield f"event: progress\ndata: {json.dumps(event)}\n\n"
        if job.over:
            yield f"event: end\ndata: {json.dumps(shown(job), default=str)}\n\n"
            return
        await asyncio.sleep(EVENT_SECONDS)


def shown(job: Job) -> dict[str, Any]:
    return asdict(job)


def _inside(project: Project, path: str | None) -> None:
    """Raises Problem 400 where a path leads out of the project folder, or nowhere."""
    if path is None:
        return
    try:
        target = (project.root / path).resolve()
        fine = target.is_relative_to(project.root.resolve()) and target.exists()
    except (OSError, ValueError):
        fine = False
    if not fine:
        raise Problem(400, "no_such_path", f"no path {path!r} in the project folder", "name one relative to it")
