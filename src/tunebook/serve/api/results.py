"""What the long work left: adapters and trials, and what the advisor says.

POST /api/adapters/tuned-3f2a/promote          GET /api/trials/807d6dc506de/report.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from tunebook.serve.access import Manages, Reads
from tunebook.serve.problems import Given, Problem
from tunebook.serve.service import Limit, Served

router = APIRouter(tags=["results"])
REPORT_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
)


@router.get("/project")
def project(reader: Reads, service: Served) -> dict[str, Any]:
    """What is served: its name, how many documents this reader sees, and whether questions can be asked."""
    found = service.project
    return {
        "name": found.root.name,
        "documents": len(found.documents(reader.groups)),
        "model": found.settings.model.name,
        "embedder": found.settings.embedder.known_as,
        "ready": service.ready,
        "why": service.not_ready or None,
    }


@router.get("/settings")
def settings(reader: Manages, service: Served) -> dict[str, Any]:
    """The settings in force; they hold no secrets."""
    return service.project.settings.model_dump(mode="json")


@router.get("/generations")
def generations(reader: Manages, service: Served) -> dict[str, Any]:
    """The builds of the library, and which is searched."""
    return {"generations": service.project.generations()}


@router.post("/generations/{number}/use")
def use_generation(number: int, reader: Manages, service: Served) -> dict[str, Any]:
    """Searches another finished build from now on."""
    return service.project.use_generation(number)


@router.get("/adapters")
def adapters(reader: Manages, service: Served) -> dict[str, Any]:
    """What was tuned, newest first, with figures, `in_use`, and why one is `stale`."""
    return {"adapters": service.project.adapters.all()}


@router.post("/adapters/{name}/promote")
def promote(name: str, reader: Manages, service: Served) -> dict[str, Any]:
    """Puts an adapter into use, at once."""
    return service.project.use_adapter(name)


@router.post("/adapters/roll-back")
def roll_back(
    reader: Manages, service: Served, target: Annotated[Literal["tuned", "hybrid", "retriever"], Query()]
) -> dict[str, Any]:
    """Puts the adapter back into use that was there before; before the first retriever there was the embedder as it came."""
    known = service.project.adapters
    folder = known.roll_back(target)
    if folder is None and not (target == "retriever" and known.drop(target)):
        raise Problem(409, "nothing_before", f"no adapter was in use for {target} before", "GET /api/adapters")
    return {"target": target, "adapter": folder.name if folder else None}


@router.get("/traces")
def traces(reader: Manages, service: Served, limit: Limit = 100, after: str = "") -> dict[str, Any]:
    """Answers that were kept (`traces.keep`), newest first; `next` is the `after` of the next page."""
    found = [one for one in service.project.traces() if not after or one["created"] < after]
    return {"traces": found[:limit], "next": found[limit - 1]["created"] if len(found) > limit else None}


@router.get("/traces/{id}")
def trace(id: str, reader: Manages, service: Served) -> dict[str, Any]:
    """What lies behind an answer, and which of its sources have `changed` since."""
    return service.project.trace(id)


@router.get("/trials")
def trials(reader: Manages, service: Served) -> dict[str, Any]:
    """The trials, newest first, with their verdicts."""
    return {"trials": service.project.reports.all()}


@router.get("/trials/{id}")
def trial(id: str, reader: Manages, service: Served) -> dict[str, Any]:
    """A whole report; docs/design/report-json.md says what is in it."""
    return service.project.reports.get(id)


@router.get("/trials/{id}/report.html", response_class=HTMLResponse)
def report(id: str, reader: Manages, service: Served) -> HTMLResponse:
    """The report for people: one page, which loads nothing and runs no script but its own."""
    page: Path = service.project.reports.page(id)
    return HTMLResponse(page.read_text(encoding="utf-8"), headers={"Content-Security-Policy": REPORT_POLICY})


class AdviseRequest(Given):
    answers: dict[str, Any] | None = None


@router.post("/advise")
def advise(reader: Manages, service: Served, asked: AdviseRequest | None = None) -> dict[str, Any]:
    """What to expect before measuring, from the questionnaire's answers and the data."""
    told: dict[str, Any] = service.project.advise(asked.answers if asked else None).as_json()
    return told
