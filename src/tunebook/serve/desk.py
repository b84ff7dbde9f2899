"""Brings waiting questions to the model: in threads of their own, those that wait together in one batch.

    answer = await desk.ask(Question(messages), "rag")

A model in process has one thread: while it answers a batch, the next one gathers.  A model at an endpoint has a few, which
share the number of requests that it takes at a time; a batch is searched for together, and each answer goes out as it
comes.  The event loop only hands over and never waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tunebook.errors import TunebookError
from tunebook.project import Question
from tunebook.serve.problems import Problem
from tunebook.values import Answer

GATHER_SECONDS = 0.005  # what arrives within this is asked together
Answers = Callable[[Sequence[Question], str], Iterator[tuple[int, Answer]]]


@dataclass(frozen=True, slots=True)
class Waiting:
    question: Question
    approach: str
    answer: asyncio.Future[Answer]


class Desk:
    """`answers` is `Project.answers`; it is called with questions to one approach."""

    def __init__(self, answers: Answers, threads: int, batch: int, limit: int) -> None:
        self._answers = answers
        self._threads, self._batch, self._limit = threads, batch, limit
        self._waiting: deque[Waiting] = deque()
        self._arrived = asyncio.Event()
        self._pool = ThreadPoolExecutor(threads, "model")
        self._workers: list[asyncio.Task[None]] = []
        self._outcomes: deque[tuple[Waiting, Answer | Exception]] = deque()
        self.asked = 0  # questions that are with the model now
        self.answered = asyncio.Event()  # once the first batch is

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def open(self) -> None:
        """Begins to answer; called in the event loop."""
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._threads)]

    async def close(self) -> None:
        """Answers what is with the model, and refuses what still waits."""
        for worker in self._workers:
            worker.cancel()
        self.refuse()
        await asyncio.to_thread(self._pool.shutdown, True)
        while self._outcomes:
            self._settle_next()

    def refuse(self) -> None:
        """Refuses what waits, and all that is asked from now on."""
        self._limit = 0
        while self._waiting:
            _settle(
                self._waiting.popleft(), Problem(503, "stopping", "the server is stopping", "ask again in a moment")
            )

    async def ask(self, question: Question, approach: str) -> Answer:
        """Raises what the approach raises, and Problem 503 where too many wait."""
        if len(self._waiting) >= self._limit:
            why = f"{self._limit} questions are waiting" if self._limit else "the server is stopping"
            raise Problem(503, "busy", why, "ask again in a moment")
        one = Waiting(question, approach, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        self._arrived.set()
        return await one.answer

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._arrived.wait()
            if self._batch > 1:
                await asyncio.sleep(GATHER_SECONDS)
            batch = self._take()
            if not self._waiting:
                self._arrived.clear()
            if batch:
                self.asked += len(batch)
                try:
                    await loop.run_in_executor(self._pool, self._answer, batch, loop)
                finally:
                    self.asked -= len(batch)
                    self.answered.set()

    def _take(self) -> list[Waiting]:
        """The first that waits and others to the same approach; who has gone away is left out."""
        batch: list[Waiting] = []
        later: deque[Waiting] = deque()
        while self._waiting and len(batch) < self._batch:
            one = self._waiting.popleft()
            if one.answer.cancelled():
                continue
            (batch if not batch or one.approach == batch[0].approach else later).append(one)
        self._waiting.extendleft(reversed(later))
        return batch

    def _answer(self, batch: list[Waiting], loop: asyncio.AbstractEventLoop) -> None:
        """In a thread.  Where a batch is refused, each question is asked alone: one bad one spoils no other."""
        left = dict(enumerate(batch))
        try:
            for index, answer in self._answers([one.question for one in batch], batch[0].approach):
                loop.call_soon_threadsafe(self._hand_out, left.pop(index), answer)
        except TunebookError as error:
            if len(batch) == 1:
                loop.call_soon_threadsafe(self._hand_out, batch[0], error)
            else:
                for one in left.values():
                    self._answer([one], loop)
        except Exception as error:
            for one in left.values():
                loop.call_soon_threadsafe(self._hand_out, one, error)

    def _hand_out(self, one: Waiting, outcome: Answer | Exception) -> None:
        """One at each turn of the event loop: a batch that is written at once would hold up whatever else waits for a turn."""
        self._outcomes.append((one, outcome))
        if len(self._outcomes) == 1:
            asyncio.get_running_loop().call_soon(self._settle_next)

    def _settle_next(self) -> None:
        if not self._outcomes:  # the desk was closed meanwhile
            return
        _settle(*self._outcomes.popleft())
        if self._outcomes:
            asyncio.get_running_loop().call_soon(self._settle_next)


def _settle(one: Waiting, outcome: Answer | Exception) -> None:
    if one.answer.done():
        return
    if isinstance(outcome, Exception):
        one.answer.set_exception(outcome)
    else:
        one.answer.set_result(outcome)
