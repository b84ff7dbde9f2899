"""Search and ask.

POST /api/ask {"question": "How heavy is it?", "approach": "rag"}   →  what `tunebook ask --json` prints
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints

from tunebook.project import Question
from tunebook.serve.access import Asks, Reads
from tunebook.serve.service import Served

router = APIRouter(tags=["asking"])
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class SearchRequest(BaseModel):
    query: Words
    k: int = Field(10, ge=1, le=100)


class AskRequest(BaseModel):
    question: Words
    approach: str = "rag"


@router.post("/search")
def search(asked: SearchRequest, reader: Reads, service: Served) -> dict[str, Any]:
    """The passages that fit best, of those that the reader may read."""
    hits = service.project.search(asked.query, asked.k, reader.groups)
    return {"hits": [hit.as_json() for hit in hits]}


@router.post("/ask")
async def ask(asked: AskRequest, reader: Asks, service: Served) -> dict[str, Any]:
    """An answer with what it rests on."""
    question = Question(({"role": "user", "content": asked.question},), reader.groups)
    return (await service.ask(question, asked.approach)).as_json()


@router.get("/approaches")
def approaches(reader: Reads, service: Served) -> dict[str, Any]:
    """Every approach: whether it can answer this reader, and why not."""
    found = service.project.approaches(reader.groups)
    return {"approaches": [{"name": name, "available": why is None, "why": why} for name, why in found.items()]}
