"""Search and ask.

POST /api/ask {"question": "How heavy is it?", "approach": "rag"}   →  what `tunebook ask --json` prints
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import Field, StringConstraints, field_validator

from tunebook.errors import TunebookError
from tunebook.project import Question
from tunebook.serve.access import Asks, Reads
from tunebook.serve.asking import Asked
from tunebook.serve.problems import Given, body_of, problem_of
from tunebook.serve.service import Served

router = APIRouter(tags=["asking"])
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Condition = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class SearchRequest(Given):
    query: Words
    k: int = Field(10, ge=1, le=100)
    where: list[Condition] = Field([], max_length=20, description='conditions on metadata, such as "year>=2024"')
    explain: bool = Field(False, description="each stage's rank and score for each hit")


class Query(Given):
    id: str = Field(min_length=1, max_length=200, pattern=r"^\S+$")
    prompt: Words


class RunRequest(Given):
    queries: list[Query] = Field(min_length=1, max_length=10_000)
    k: int = Field(100, ge=1, le=1000)

    @field_validator("queries")
    @classmethod
    def _ids_differ(cls, queries: list[Query]) -> list[Query]:
        id, times = Counter(query.id for query in queries).most_common(1)[0]
        if times > 1:
            raise ValueError(f"id {id!r} is there {times} times")
        return queries


class AskRequest(Given):
    question: Words
    approach: str = Field("rag", max_length=100)
    stream: bool = Field(False, description="server-sent events: `piece` with {text}, then `answer`")


@router.post("/search")
def search(asked: SearchRequest, reader: Reads, service: Served) -> dict[str, Any]:
    """The passages that fit best, of those that the reader may read."""
    hits = service.project.search(asked.query, asked.k, reader.groups, asked.where)
    return {"hits": [hit.explained() if asked.explain else hit.as_json() for hit in hits]}


@router.post("/search/run", response_class=PlainTextResponse)
def search_run(asked: RunRequest, reader: Reads, service: Served) -> str:
    """A TREC run of documents: `qid Q0 docid rank score tag`, a line each."""
    with TemporaryDirectory() as folder:
        queries, run = Path(folder, "queries.jsonl"), Path(folder, "run.txt")
        queries.write_text("".join(one.model_dump_json() + "\n" for one in asked.queries), encoding="utf-8")
        service.project.search_run(queries, run, asked.k, reader.groups)
        return run.read_text(encoding="utf-8")


@router.post("/ask", response_model=None)
async def ask(asked: AskRequest, reader: Asks, service: Served, request: Request) -> Response:
    """An answer with what it rests on."""
    question = Question(({"role": "user", "content": asked.question},), reader.groups)
    one = Asked(service, request, question, asked.approach)
    if not asked.stream:
        return JSONResponse((await one.answer()).as_json())
    pieces = one.pieces()
    first = await anext(pieces, "")  # an error before the first word still has its status
    return StreamingResponse(
        _events(one, first, pieces), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


async def _events(asked: Asked, first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    try:
        if first:
            yield _piece(first)
        async for piece in rest:
            yield _piece(piece)
        yield f"event: answer\ndata: {json.dumps(asked.finished.as_json())}\n\n"
    except TunebookError as error:
        yield f"event: error\ndata: {json.dumps(body_of(problem_of(error)))}\n\n"


def _piece(text: str) -> str:
    return f"event: piece\ndata: {json.dumps({'text': text})}\n\n"


@router.get("/approaches")
def approaches(reader: Reads, service: Served) -> dict[str, Any]:
    """Every approach: whether it can answer this reader, and why not."""
    found = service.project.approaches(reader.groups)
    return {"approaches": [{"name": name, "available": why is None, "why": why} for name, why in found.items()]}
