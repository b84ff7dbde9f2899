"""Examples beside what the desk found, the curve of a run, and the adapters.

POST /api/adapters/promote {"adapter": "hybrid-3f2ac9d1b0aa"}        POST /api/adapters/roll-back {"target": "hybrid"}
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from tunebook.serve.access import Manages
from tunebook.serve.service import Served

router = APIRouter(tags=["tuning"])


class Named(BaseModel):
    adapter: str = Field(min_length=1, max_length=200)


class Target(BaseModel):
    target: str = Field(min_length=1, max_length=200)


@router.get("/examples")
def examples(
    reader: Manages,
    service: Served,
    offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    kind: Annotated[str, Query(max_length=50)] = "",
) -> dict[str, Any]:
    """Rows with their findings; `kind` keeps those with such a finding, `*` those with any."""
    return service.project.workbench.examples(offset, limit, kind)


@router.get("/tune/live")
def live(reader: Manages, service: Served) -> dict[str, Any]:
    """The curve of the run that goes on; `adapter` is null where none does."""
    return service.project.workbench.live() or {"adapter": None}


@router.get("/adapters")
def adapters(reader: Manages, service: Served) -> dict[str, Any]:
    """What each was made from, what it cost, and whether it answers now."""
    return {"adapters": service.project.workbench.adapters()}


@router.post("/adapters/promote")
def promote(given: Named, reader: Manages, service: Served) -> dict[str, Any]:
    """Makes an adapter the one that answers."""
    return service.project.workbench.promote(given.adapter)


@router.post("/adapters/roll-back")
def roll_back(given: Target, reader: Manages, service: Served) -> dict[str, Any]:
    """Back to the one that answered before."""
    return service.project.workbench.roll_back(given.target)
