"""One question from a client to its answer, streamed or not; what `chat` and `/api/ask` share.

    asked = Asked(service, request, question, "rag")
    answer = await asked.answer()                     or:  async for piece in asked.pieces(): …; asked.finished

Whoever has gone away, or whose key was revoked meanwhile, is asked for no longer: a question that waits is dropped, and one
that is with the model stops.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

from starlette.requests import Request

from tunebook.project import Question
from tunebook.serve.access import who
from tunebook.serve.problems import Problem
from tunebook.serve.service import Service
from tunebook.values import Answer

LOOK_SECONDS = 0.5  # between two looks whether the client is still there


class Asked:
    def __init__(self, service: Service, request: Request, question: Question, approach: str) -> None:
        self._service = service
        self._request = request
        self._pieces: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._gone = False
        listening = replace(question, on_text=self._hear)
        self._task = asyncio.create_task(service.ask(listening, approach))
        self._task.add_done_callback(self._done)

    async def answer(self) -> Answer:
        """Raises what the approach raises, Problem 499 where the client has gone and 401 where its key has."""
        try:
            while not self._task.done():
                await asyncio.wait([self._task], timeout=LOOK_SECONDS)
                if not self._task.done():
                    await self._need_client()
                self._need_key()
            return await self._task
        finally:
            self.end()

    async def pieces(self) -> AsyncIterator[str]:
        """The answer's text as it is written, together equal to it; raises what the approach raises."""
        shown = ""
        try:
            while piece := await self._written():
                self._need_key()
                shown += piece
                yield piece
            text = (await self._task).text
            self._need_key()
            if text.startswith(shown) and len(text) > len(shown):
                yield text[len(shown) :]
        finally:
            self.end()

    @property
    def finished(self) -> Answer:
        return self._task.result()

    async def _written(self) -> str:
        """What was written since the last look, "" at the end.

        One event of what has gathered: each is sent by itself, and a busy server waits for Python's lock after every sending.
        """
        pieces = [await self._next()]
        while pieces[-1] is not None and not self._pieces.empty():
            pieces.append(self._pieces.get_nowait())
        if pieces[-1] is None and len(pieces) > 1:
            self._pieces.put_nowait(None)
        return "".join(piece for piece in pieces if piece)

    async def _next(self) -> str | None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    return await self._pieces.get()
            await self._need_client()
            self._need_key()

    async def _need_client(self) -> None:
        if await self._request.is_disconnected():
            raise Problem(499, "client_gone", "the client went away")

    def _need_key(self) -> None:
        if who(self._service, self._request) is None:
            raise Problem(
                401, "no_key", "the key was revoked or has ended since the question was asked", "take another"
            )

    def _hear(self, piece: str) -> bool:
        """In the model's thread; False stops the model."""
        if self._gone:
            return False
        with suppress(RuntimeError):  # the loop is closed: the server has stopped
            self._loop.call_soon_threadsafe(self._pieces.put_nowait, piece)
        return True

    def _done(self, task: asyncio.Task[Answer]) -> None:
        self._pieces.put_nowait(None)
        if not task.cancelled():
            task.exception()  # seen, be there nobody left to be told

    def end(self) -> None:
        """Nobody wants the answer any more."""
        self._gone = True
        if not self._task.done():
            self._task.cancel()
