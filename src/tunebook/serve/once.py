"""A change that is sent twice is made once.

    POST /api/sync   Idempotency-Key: 7c1f…        the second time: the first answer again, with Idempotent-Replayed: true

Keys belong to who sends them and are kept for a day.  The same key with another request is refused (422), and while the
first request is still being answered (409).  An answer of 500 and more is not kept, nor one to a request that broke off:
such a request may be sent again.  Left out on purpose: questions, which change nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
from email.message import Message as Head

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tunebook.serve.access import who
from tunebook.serve.kept import Answers, Kept
from tunebook.serve.problems import Problem, in_the_way, respond
from tunebook.serve.service import service_of

MAX_KEY_CHARS = 200
CHANGES = ("POST", "PUT", "PATCH", "DELETE")
QUESTIONS = ("/api/ask", "/api/search", "/api/search/run", "/api/advise", "/api/examples/check")


class Once:
    """Middleware; it stands behind the limits of size."""

    def __init__(self, app: ASGIApp, answers: Answers) -> None:
        self._app = app
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = Headers(scope=scope).get("idempotency-key") if scope["type"] == "http" else None
        if key is None or not _changes(scope):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        reader = who(service_of(request), request)
        if reader is None or not 0 < len(key) <= MAX_KEY_CHARS:
            await self._app(scope, receive, send)
            return
        body = Body(request)
        try:
            kept = await asyncio.to_thread(self._answers.begin, reader.key, key)
        except OSError as error:
            await respond(in_the_way(error))(scope, receive, send)
            return
        if kept is None:
            await self._first(scope, body, send, (reader.key, key))
            return
        await body.read()
        await _again(kept, body.digest)(scope, receive, send)

    async def _first(self, scope: Scope, body: Body, send: Send, whose: tuple[str, str]) -> None:
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
            await self._app(scope, body, remember)
        finally:
            again = status >= 500 or status == 429 or not body.whole
            answer = None if again else Kept(body.digest, status, headers, b"".join(pieces))
            await asyncio.to_thread(self._answers.end, *whose, answer)


class Body:
    """A request's body as it passes through, and what it is told by: method, address and content.

    The boundary of an upload, which differs from one sending to the next, is left out.
    """

    def __init__(self, request: Request) -> None:
        head = Head()
        head["content-type"] = request.headers.get("content-type", "")
        self._boundary = (head.get_boundary() or "").encode("latin-1", "replace")
        self._receive = request.receive
        self._told = hashlib.sha256(f"{request.method} {request.url}\n".encode())
        self._rest = b""
        self.whole = False

    @property
    def digest(self) -> str:
        return self._told.hexdigest()

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request" and not self.whole:
            self.whole = not message.get("more_body", False)
            self._count(message.get("body", b""))
        return message

    async def read(self) -> None:
        """To its end, or to where it breaks off."""
        while not self.whole and (await self())["type"] == "http.request":
            pass

    def _count(self, piece: bytes) -> None:
        """What could be the beginning of a boundary waits for the next piece."""
        found = self._rest + piece
        if self._boundary:
            found = found.replace(self._boundary, b"\n")
        ready = len(found) if self.whole else max(0, len(found) - max(0, len(self._boundary) - 1))
        self._told.update(found[:ready])
        self._rest = found[ready:]


def _changes(scope: Scope) -> bool:
    path = scope["path"]
    return scope["method"] in CHANGES and path.startswith("/api/") and path not in QUESTIONS


def _again(kept: Kept, request: str) -> Response:
    if kept.status is None:
        return respond(Problem(409, "in_progress", "the first request with this key is still being answered", "wait"))
    if kept.request != request:
        return respond(
            Problem(422, "key_reused", "this Idempotency-Key was sent with another request", "take a new one")
        )
    answer = Response(kept.body, kept.status)
    for name, value in kept.headers:
        answer.headers[name] = value
    answer.headers["Idempotent-Replayed"] = "true"
    return answer
