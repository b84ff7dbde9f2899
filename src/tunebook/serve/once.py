"""A change that is sent twice is made once.

    POST /api/sync   Idempotency-Key: 7c1f…        the second time: the first answer again, with Idempotent-Replayed: true

Keys belong to who sends them and are kept for a day.  The same key with another request is refused (422), and while the
first request is still being answered (409).  An answer of 500 and more is not kept: such a request may be sent again.
Left out on purpose: streams, and questions, which change nothing.
"""

from __future__ import annotations

import asyncio
import hashlib

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tunebook.serve.access import who
from tunebook.serve.kept import Answers, Kept
from tunebook.serve.problems import Problem, respond
from tunebook.serve.service import service_of

MAX_KEY_CHARS = 200
CHANGES = ("POST", "PUT", "PATCH", "DELETE")


class Once:
    """Middleware; it stands behind the limits of size, so a body that is read here is small or an upload in its limit."""

    def __init__(self, app: ASGIApp, answers: Answers) -> None:
        self._app = app
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = Headers(scope=scope).get("idempotency-key") if scope["type"] == "http" else None
        if key is None or scope["method"] not in CHANGES or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        reader = who(service_of(request), request)
        if reader is None or not 0 < len(key) <= MAX_KEY_CHARS:
            await self._app(scope, receive, send)
            return
        body = None  # an upload is not read here, for its boundary differs from one sending to the next: its length is told by
        told = request.headers.get("content-length", "").encode()
        if not request.headers.get("content-type", "").startswith("multipart/"):
            told = body = await request.body()
        print_ = hashlib.sha256(f"{scope['method']} {request.url}\n".encode() + told).hexdigest()
        kept = await asyncio.to_thread(self._answers.begin, reader.key, key, print_)
        if kept is not None:
            await _again(kept, print_)(scope, receive, send)
            return
        await self._first(scope, receive if body is None else _replay(body), send, (reader.key, key))

    async def _first(self, scope: Scope, receive: Receive, send: Send, whose: tuple[str, str]) -> None:
        status, headers, pieces = 500, [], [b""]

        async def remember(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [[k.decode("latin-1"), v.decode("latin-1")] for k, v in message["headers"]]
            else:
                pieces.append(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, remember)
        finally:
            await asyncio.to_thread(self._answers.end, *whose, status, headers, b"".join(pieces))


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _again(kept: Kept, request: str) -> Response:
    if kept.request != request:
        return respond(
            Problem(422, "key_reused", "this Idempotency-Key was sent with another request", "take a new one")
        )
    if kept.status is None:
        return respond(Problem(409, "in_progress", "the first request with this key is still being answered", "wait"))
    answer = Response(kept.body, kept.status)
    for name, value in kept.headers:
        answer.headers[name] = value
    answer.headers["Idempotent-Replayed"] = "true"
    return answer
