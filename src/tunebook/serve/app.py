"""Puts the server together.

    app = create_app(Project.open("."))        uvicorn.run(app) serves it; tunebook serve does so

Models are loaded while the server already answers `/healthz`; `/readyz` turns to 200 when questions can be asked.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.routing import Route

from tunebook import __version__
from tunebook.errors import ours
from tunebook.project import Project
from tunebook.serve import chat, models, oidc, pages, problems
from tunebook.serve.access import Reads
from tunebook.serve.api import router as api
from tunebook.serve.guard import Guard
from tunebook.serve.mcp import Gate
from tunebook.serve.once import Once
from tunebook.serve.service import Served, Service
from tunebook.settings import ServeSettings

log = logging.getLogger("tunebook.serve")

STEP_TOKENS = 64  # of prompts, read by a model in process while the event loop waits: some 40 ms


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
    )
    app.state.service = service
    problems.install(app)
    app.add_middleware(Once, answers=service.kept)
    app.add_middleware(Guard, settings=settings, metrics=service.metrics)  # the outermost
    for router in (chat.router, models.router, api, oidc.router, pages.router):
        app.include_router(router)
    _health(app)
    app.state.gate = Gate(service)
    app.router.routes.append(Route("/mcp", app.state.gate, include_in_schema=False))
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    service.desk.open()
    service.jobs.open()
    tasks = [asyncio.create_task(_load(service)), asyncio.create_task(_watch_the_loop(service))]
    async with app.state.gate.open():
        yield
    for task in tasks:
        task.cancel()
    await asyncio.to_thread(service.jobs.close)
    await service.desk.close()


async def _load(service: Service) -> None:
    """Loads what questions need; a project without documents or models is served too, and says what it lacks."""
    try:
        await asyncio.to_thread(service.project.load, STEP_TOKENS)
        gc.freeze()  # a full collection over what the models brought would hold up the event loop each time
        service.ready, service.not_ready = True, ""
        await service.desk.answered.wait()
        gc.freeze()  # and over what the first answer brought
    except Exception as error:
        known = ours(error)
        if known:
            service.not_ready = known.message
            log.warning("not ready: %s (%s)", known.message, known.hint)
        else:
            service.not_ready = "a fault of tunebook; its log says more"
            log.exception("not ready: a fault of tunebook")


async def _watch_the_loop(service: Service) -> None:
    """How late its turns come; and whether the server was told to stop."""
    with service.pulse.opened():
        while True:
            await service.pulse.beat()
            if service.stopping:
                service.desk.refuse()  # so that the answers that are being written get the time that is left
            if not service.ready:
                service.pulse.forget()  # loading holds it up, and nobody is answered yet


def _health(app: FastAPI) -> None:
    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz", tags=["health"])
    def healthz() -> dict[str, str]:
        """The process is well."""
        return {"status": "ok", "version": __version__}

    @app.head("/readyz", include_in_schema=False)
    @app.get("/readyz", tags=["health"], responses={503: {"description": "not yet"}})
    def readyz(service: Served) -> Any:
        """Questions can be asked."""
        if service.ready:
            return {"status": "ready"}
        return JSONResponse({"status": "not ready", "why": service.not_ready}, 503, {"Retry-After": "2"})

    @app.get("/metrics", tags=["health"], response_class=PlainTextResponse)
    def metrics(reader: Reads, service: Served) -> Response:
        """For Prometheus."""
        service.metrics.waiting.set(service.desk.waiting)
        service.metrics.asked.set(service.desk.asked)
        service.metrics.blocked(*service.pulse.longest())
        return Response(service.metrics.text(), media_type=CONTENT_TYPE_LATEST)
