"""What the pages show of tuning and deciding while it goes on.

GET /api/examples/desk?finding=leak      →  rows of examples.jsonl with the desk's finding beside each
GET /api/tune/live                       →  {"adapter": "tuned-3f2a…", "train": [[1, 2.31], …], …}
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from tunebook.serve.access import Manages
from tunebook.serve.service import Limit, Served

router = APIRouter(tags=["results"])


@router.get("/examples/desk")
def desk(
    reader: Manages,
    service: Served,
    limit: Limit = 50,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    finding: Annotated[str, Query(max_length=50)] = "",
) -> dict[str, Any]:
    """Examples with what the desk found; `finding` keeps those with such a one, `*` those with any."""
    return service.project.workbench.examples(after, limit, finding)


@router.get("/tune/live")
def curve(reader: Manages, service: Served) -> dict[str, Any]:
    """The curve of the run that goes on; `adapter` is null where none does."""
    return service.project.workbench.live() or {"adapter": None}


@router.get("/trial/live")
def scores(reader: Manages, service: Served) -> dict[str, Any]:
    """Scores so far of the trial that runs; `names` is empty where none does."""
    return service.project.reports.live() or {"names": [], "cases": 0, "approaches": {}}


@router.get("/advise/questions")
def questions(reader: Manages, service: Served) -> dict[str, Any]:
    """The advisor's questionnaire."""
    return {"questions": service.project.questions()}
