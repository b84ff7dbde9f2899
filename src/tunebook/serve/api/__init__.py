"""Everything that the command line can do, under `/api/`."""

from __future__ import annotations

from fastapi import APIRouter

from tunebook.serve.api import asking, cases, documents, jobs, reading, results, session, tuning

router = APIRouter(prefix="/api")
for part in (asking, documents, reading, cases, tuning, jobs, results, session):
    router.include_router(part.router)
