"""Puts the server together.

    app = create_app(Project.open("."))        uvicorn.run(app) serves it; tunebook serve does so

Models are loaded while the server already answers `/healthz`; `/readyz` turns to 200 when questions can be asked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from tunebook import __version__
from tunebook.errors import TunebookError
from tunebook.project import Project
from tunebook.serve import chat, models, pages, problems
from tunebook.serve.api import router as api
from tunebook.serve.problems import ErrorAnswer
from tunebook.serve.service import Served, Service
from tunebook.settings import ServeSettings

log = logging.getLogger("tunebook.serve")


def create_app(project: Project, settings: ServeSettings | None = None) -> FastAPI:
    """The server of a project; `settings` None: the project's own."""
    settings = settings or project.settings.serve
    service = Service.of(project, settings)
    app = FastAPI(
        title="tunebook",
        version=__version__,
        summary="Tune it, give it the book, or both: a project's approaches, with citations.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        responses={"4XX": {"model": ErrorAnswer, "description": "What was wrong, and what to do."}},
    )
    app.state.service = service
    problems.install(app)
    for router in (chat.router, models.router, api, pages.router):
        app.include_router(router)
    _health(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    service.desk.open()
    service.jobs.open()
    loading = asyncio.create_task(_load(service))
    yield
    loading.cancel()
    await asyncio.to_thread(service.jobs.close)
    await service.desk.close()


async def _load(service: Service) -> None:
    """Loads what questions need; a project without documents or models is served too, and says what it lacks."""
    try:
        await asyncio.to_thread(service.project.load)
        service.ready, service.not_ready = True, ""
    except TunebookError as error:
        service.not_ready = error.message
        log.warning("not ready: %s (%s)", error.message, error.hint)


def _health(app: FastAPI) -> None:
    @app.get("/healthz", tags=["health"])
    def healthz() -> dict[str, str]:
        """The process is well."""
        return {"status": "ok", "version": __version__}

    @app.get("/readyz", tags=["health"], responses={503: {"description": "not yet"}})
    def readyz(service: Served) -> Any:
        """Questions can be asked."""
        if service.ready:
            return {"status": "ready"}
        return JSONResponse({"status": "not ready", "why": service.not_ready}, 503, {"Retry-After": "2"})
