"""What stands before every route: request ids, secure headers, limits of size, a line in the log, counts.

It is plain ASGI, so that a stream passes through piece by piece.  The log tells method, route, status, time and key;
never what was asked or answered.
"""

from __future__ import annotations

import logging
import re
import secrets
import time

from opentelemetry.trace import Span
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tunebook.serve import traces
from tunebook.serve.metrics import Metrics
from tunebook.serve.problems import TOO_LARGE, Problem, respond
from tunebook.settings import ServeSettings

UPLOADS = "/api/documents"
ENVELOPE_BYTES = 100_000  # of a multipart upload, around its files
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
log = logging.getLogger("tunebook.access")


class Guard:
    def __init__(self, app: ASGIApp, settings: ServeSettings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with traces.request(scope["method"], Headers(scope=scope)) as span:
            await self._watched(scope, receive, send, span)

    async def _watched(self, scope: Scope, receive: Receive, send: Send, span: Span) -> None:
        request = Headers(scope=scope)
        id = _request_id(request.get("x-request-id", ""))
        begin, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = id
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        limit = self._limit(scope)
        self._metrics.open_requests.inc()
        try:
            if int(request.get("content-length") or 0) > limit:
                await respond(_too_large(limit))(scope, receive, answer)
            else:
                await self._app(scope, _counted(receive, limit), answer)
        except HTTPException:  # read by what stands before the routes, which answer for themselves
            await respond(_too_large(limit))(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - begin
            route = _template(scope)
            traces.answered(span, scope["method"], route, status)
            self._metrics.open_requests.dec()
            self._metrics.request(scope["method"], route, status, seconds)
            reader = scope.get("tunebook.reader", "-")
            told = {"id": id, "method": scope["method"], "route": route, "status": status, "key": reader}
            log.info("request", extra={"fields": told | {"seconds": round(seconds, 4)}})

    def _limit(self, scope: Scope) -> int:
        uploads = scope["path"] == UPLOADS and scope["method"] == "POST"
        return self._settings.max_upload_bytes + ENVELOPE_BYTES if uploads else self._settings.max_body_bytes


def _counted(receive: Receive, limit: int) -> Receive:
    """A request that does not say how long it is ends where it is too long."""
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise HTTPException(413, _too_large(limit).message)
        return message

    return counted


def _template(scope: Scope) -> str:
    """`/api/jobs/{id}` for `/api/jobs/20260105-…`: what is counted and logged tells no values."""
    if "route" not in scope:
        return "none"
    path = str(scope["path"])
    for name, value in scope.get("path_params", {}).items():
        path = re.sub(rf"(?<=/){re.escape(str(value))}(?=/|$)", "{" + name + "}", path, count=1)
    return path


def _too_large(limit: int) -> Problem:
    return Problem(413, "too_large", f"more than {limit:,} bytes", TOO_LARGE)


def _request_id(given: str) -> str:
    return given if re.fullmatch(r"[\w.-]{1,64}", given) else secrets.token_hex(8)
