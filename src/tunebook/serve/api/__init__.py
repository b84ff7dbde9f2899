"""Everything that the command line can do, under `/api/`."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from tunebook.serve.api import asking, cases, documents, jobs, reading, results, session, tuning
from tunebook.serve.api.strict import all_known

router = APIRouter(prefix="/api", dependencies=[Depends(all_known)])
for part in (asking, documents, reading, cases, tuning, jobs, results, session):
    router.include_router(part.router)
