"""Everything that the command line can do, under `/api/`."""

from __future__ import annotations

from fastapi import APIRouter

from tunebook.serve.api import asking, documents, jobs, session

router = APIRouter(prefix="/api")
for part in (asking, documents, jobs, session):
    router.include_router(part.router)
