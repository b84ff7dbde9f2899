"""Every error in one shape, OpenAI's own, so that its clients read it too.

    {"error": {"message": "no document 'x.md'", "type": "not_found", "code": "no_document", "param": null,
               "hint": "the list of documents shows the ids"}}

`type` follows the status; `code` says which error it is, and does not change; `hint` says what to do.
"""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from tunebook.errors import EndpointFailed, LibraryFailed, TunebookError, ours
from tunebook.project import (
    AdapterRefused,
    Exists,
    NoAdapter,
    NoDocument,
    NoReport,
    NoRow,
    NoTrace,
    Refused,
    Unavailable,
)

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "too_large_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
    502: "upstream_error",
    503: "unavailable_error",
}
TOO_LARGE = "serve.max_upload_bytes and serve.max_body_bytes"
STATUS: tuple[tuple[type[TunebookError], int, str], ...] = (
    (NoDocument, 404, "no_document"),
    (NoRow, 404, "no_row"),
    (NoReport, 404, "no_trial"),
    (NoTrace, 404, "no_trace"),
    (NoAdapter, 404, "no_adapter"),
    (AdapterRefused, 409, "refused"),
    (Refused, 422, "file_refused"),
    (Exists, 409, "file_exists"),
    (Unavailable, 409, "approach_unavailable"),
    (EndpointFailed, 502, "model_server_failed"),
    (LibraryFailed, 503, "library_failed"),
)
HTTP = {  # of the framework's own errors
    400: ("invalid", "/openapi.json describes the request"),
    404: ("no_route", "/openapi.json lists the routes"),
    405: ("wrong_method", "/openapi.json lists the routes"),
    413: ("too_large", TOO_LARGE),
}
log = logging.getLogger("tunebook.serve")


class Given(BaseModel):
    """The JSON of a request under `/api/`.  A field that is misspelt is refused: a filter would be missing in silence."""

    model_config = ConfigDict(extra="forbid")


class ErrorBody(BaseModel):
    message: str
    type: str
    code: str
    param: str | None = None
    hint: str = ""


class RefusedFile(BaseModel):
    file: str
    error: ErrorBody


class ErrorAnswer(BaseModel):
    """What every answer with a status of 400 and more holds."""

    error: ErrorBody
    failed: list[RefusedFile] = Field([], description="of an upload of which no file was taken: each with its reason")


class Problem(TunebookError):
    """An error of the server's own, with its status."""

    def __init__(self, status: int, code: str, message: str, hint: str = "", param: str | None = None) -> None:
        super().__init__(message, hint)
        self.status, self.code, self.param = status, code, param


def problem_of(error: TunebookError) -> Problem:
    """The status and code of any error that tunebook raises on purpose."""
    if isinstance(error, Problem):
        return error
    for kind, status, code in STATUS:
        if isinstance(error, kind):
            return Problem(status, code, error.message, error.hint)
    return Problem(400, "bad_input", error.message, error.hint)


def in_the_way(error: OSError) -> Problem:
    """Of a disk that is full, or a path that may not be written; any other is raised."""
    known = ours(error)
    if known is None:
        raise error
    log.error("%s (%s)", known.message, known.hint)
    return Problem(503, "storage_failed", known.message, known.hint)


def body_of(problem: Problem) -> dict[str, Any]:
    kind = TYPES.get(problem.status, "invalid_request_error" if problem.status < 500 else "server_error")
    told = ErrorBody(message=problem.message, type=kind, code=problem.code, param=problem.param, hint=problem.hint)
    return {"error": told.model_dump()}


def respond(problem: Problem) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if problem.status == 401 else None
    if problem.status in (429, 503):
        headers = {"Retry-After": "5"}
    return JSONResponse(body_of(problem), problem.status, headers)


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, in which every operation fails in the one shape, whatever it answers otherwise."""
    if app.openapi_schema is None:
        found = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        schemas = found.setdefault("components", {}).setdefault("schemas", {})
        shape = ErrorAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= shape.pop("$defs") | {"ErrorAnswer": shape}
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}}
        for item in found["paths"].values():
            for operation in item.values():
                operation["responses"].pop("422", None)
                operation["responses"]["4XX"] = {"description": "What was wrong, and what to do.", "content": content}
        app.openapi_schema = found
    return app.openapi_schema


def _invalid_part(errors: list[dict[str, Any]]) -> tuple[str, str]:
    """The field, and what is wrong with it; of the branches of a union the one that came furthest."""
    told = max(errors, key=lambda one: (not one["type"].endswith("_type"), len(one["loc"])))
    if told["type"] == "json_invalid":
        return "body", f"not JSON, at character {told['loc'][-1]}: {(told.get('ctx') or {}).get('error', '')}"
    place = [str(part) for part in told["loc"][1:] if str(part).isidentifier() or str(part).isdigit()]
    why = "unknown field" if told["type"] == "extra_forbidden" else str(told["msg"]).removeprefix("Value error, ")
    return ".".join(place) or str(told["loc"][0]), why


def install(app: FastAPI) -> None:
    """Every way of failing ends in the one shape, and is documented so."""
    app.openapi = lambda: document(app)  # type: ignore[method-assign]

    @app.exception_handler(TunebookError)
    async def _told(request: Request, error: TunebookError) -> JSONResponse:
        return respond(problem_of(error))

    @app.exception_handler(OSError)
    async def _in_the_way(request: Request, error: OSError) -> JSONResponse:
        return respond(in_the_way(error))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        where, why = _invalid_part(jsonable_encoder(error.errors(), custom_encoder={bytes: repr}))
        hint = "/openapi.json describes the request"
        if where == "body" and "json" not in request.headers.get("content-type", ""):
            why, hint = "not sent as JSON", "send a JSON object, with the header Content-Type: application/json"
        return respond(Problem(422, "invalid", f"{where}: {why}", hint, where))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        if isinstance(error.__cause__, OSError):  # an upload that no temporary file could take
            return respond(in_the_way(error.__cause__))
        code, hint = HTTP.get(error.status_code, ("refused", ""))
        answer = respond(Problem(error.status_code, code, str(error.detail), hint))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def _bug(request: Request, error: Exception) -> JSONResponse:
        log.exception("a fault of tunebook at %s %s", request.method, request.url.path, exc_info=error)
        return respond(Problem(500, "fault", "a fault of tunebook; its log says more", "please report it"))
