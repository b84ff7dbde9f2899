"""Cases, examples, and the thumbs that become cases.

POST /api/thumbs {"question": "How heavy?", "answer": "20 kg", "thumb": "down", "reason": "it is 19 kg"}
PUT  /api/cases  {"id": "k-07", "prompt": "How heavy?", "answers": ["19 kg"]}
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field, model_validator

from tunebook.serve.access import Asks, Manages
from tunebook.serve.problems import Given
from tunebook.serve.service import Limit, Served

router = APIRouter(tags=["cases"])
After = Annotated[int, Query(ge=0)]
Id = Annotated[str, Query(min_length=1, max_length=500)]
ShortText = Annotated[str, Field(max_length=500)]


class Turn(Given):
    role: Literal["system", "user", "assistant"]
    content: str = Field(max_length=100_000)


class CaseSource(Given):
    document: str = Field(max_length=2_000)
    page: int | None = None
    quote: str | None = Field(None, max_length=100_000)


class CaseRow(Given):
    """A row of cases.jsonl; docs/cases.md says what each field means, and whoever reads it what is wrong in one."""

    id: ShortText | int | None = None
    prompt: str | None = Field(None, max_length=100_000)
    messages: list[Turn] | None = None
    kind: str | None = Field(None, description="knowledge or behaviour")
    answerable: bool | None = None
    answers: list[str] | None = None
    sources: list[str | CaseSource] | None = None
    checks: list[dict[str, Any]] | None = None
    group: ShortText | int | None = None

    @property
    def row(self) -> dict[str, Any]:
        return self.model_dump(exclude_none=True)


class Thumb(Given):
    question: str = Field(min_length=1, max_length=20_000)
    answer: str = Field(max_length=100_000)
    approach: str = Field("rag", max_length=100)
    thumb: Literal["up", "down"]
    reason: str = Field("", max_length=5_000)
    sources: list[Annotated[str, Field(max_length=2_000)]] = Field([], max_length=100, description="cited documents")
    case: CaseRow | None = Field(None, description="the case that it could become")


class Settled(Given):
    state: Literal["accepted", "dismissed"]
    case: CaseRow | None = Field(None, description="with `accepted`: the case that it became")

    @model_validator(mode="after")
    def _no_case_is_dropped(self) -> Settled:
        if self.case and self.state == "dismissed":
            raise ValueError("a thumb that is dismissed becomes no case: leave `case` out")
        return self


@router.get("/cases")
def cases(reader: Manages, service: Served, limit: Limit = 100, after: After = 0) -> dict[str, Any]:
    """Rows as they stand in the file, and how many of each kind; `next` is the `after` of the next page."""
    rows = service.project.casebook.cases()
    counts = Counter(row.get("kind", "knowledge") for row in rows)
    unanswerable = sum(row.get("answerable") is False for row in rows)
    return _page(rows, "cases", limit, after) | {"counts": {**counts, "unanswerable": unanswerable}}


@router.put("/cases")
def save_case(row: CaseRow, reader: Manages, service: Served) -> dict[str, Any]:
    """Adds a case, or replaces the one with its id; without an id it is given one.

    Fields that the file's row has and tunebook does not know stay in it.
    """
    return service.project.casebook.save_case(row.row)


@router.delete("/cases")
def remove_case(id: Id, reader: Manages, service: Served) -> dict[str, Any]:
    service.project.casebook.remove_case(id)
    return {"removed": id}


@router.post("/cases/check")
def check_cases(reader: Manages, service: Served) -> dict[str, Any]:
    """Fields of the cases that nothing reads, cases that contradict themselves, and sources that are not in the library."""
    return service.project.check_cases()


@router.get("/examples")
def examples(reader: Manages, service: Served, limit: Limit = 100, after: After = 0) -> dict[str, Any]:
    return _page(service.project.casebook.examples(), "examples", limit, after)


@router.post("/examples/check")
def check_examples(reader: Manages, service: Served) -> dict[str, Any]:
    """What tuning would use of the examples, and what is wrong with the rest."""
    return service.project.check_examples()


@router.get("/examples/show")
def show_example(row: Id, reader: Manages, service: Served) -> dict[str, Any]:
    """One example, by row or id, as the model sees it: its tokens, and which of them are learnt."""
    return service.project.show_example(row)


@router.post("/thumbs", status_code=201)
def note(thumb: Thumb, reader: Asks, service: Served) -> dict[str, Any]:
    """Keeps what somebody thinks of an answer."""
    return service.project.casebook.note(thumb.model_dump(exclude_none=True) | {"by": reader.key})


@router.get("/thumbs")
def thumbs(reader: Manages, service: Served, limit: Limit = 100, after: After = 0) -> dict[str, Any]:
    """Newest first."""
    return _page(service.project.casebook.thumbs(), "thumbs", limit, after)


@router.post("/thumbs/{id}")
def settle(id: str, settled: Settled, reader: Manages, service: Served) -> dict[str, Any]:
    """Accepts a thumb, with the case that it became (else with its own), or dismisses it."""
    case = settled.case.row if settled.case else None
    thumb, saved = service.project.casebook.settle(id, settled.state, case)
    return {"thumb": thumb, "case": saved}


def _page(rows: list[dict[str, Any]], name: str, limit: int, after: int) -> dict[str, Any]:
    more = after + limit < len(rows)
    return {name: rows[after : after + limit], "total": len(rows), "next": after + limit if more else None}
