"""Questions that wait are answered together; one that is bad, or gone, spoils no other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tunebook.errors import BadInput
from tunebook.project import Question
from tunebook.serve.desk import Desk
from tunebook.serve.problems import Problem
from tunebook.values import Answer


class Model:
    """Says the question; "bad" is refused, and with it its batch.  It waits until `go` is set."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, list[str]]] = []
        self.go = threading.Event()
        self.go.set()

    def __call__(self, questions: Sequence[Question], approach: str) -> Iterator[tuple[int, Answer]]:
        texts = [question.text for question in questions]
        self.batches.append((approach, texts))
        assert self.go.wait(10)
        if "bad" in texts:
            raise BadInput("bad")
        yield from ((index, Answer(text, False, approach, "m")) for index, text in enumerate(texts))


def question(text: str) -> Question:
    return Question(({"role": "user", "content": text},))


def run(work: Callable[[Desk, Model], Any], batch: int = 8, limit: int = 100) -> Any:
    async def whole() -> Any:
        model = Model()
        desk = Desk(model, 1, batch, limit)
        desk.open()
        try:
            return await work(desk, model)
        finally:
            model.go.set()
            await desk.close()

    return asyncio.run(whole())


async def all_of(desk: Desk, *texts: str, approach: str = "rag") -> list[Any]:
    return await asyncio.gather(*(desk.ask(question(t), approach) for t in texts), return_exceptions=True)


def test_what_waits_is_asked_together_and_each_gets_its_own() -> None:
    async def work(desk: Desk, model: Model) -> None:
        answers = await all_of(desk, "a", "b", "c")
        assert [answer.text for answer in answers] == ["a", "b", "c"]
        assert model.batches == [("rag", ["a", "b", "c"])]

    run(work)


def test_a_batch_has_one_approach_and_a_limit() -> None:
    async def work(desk: Desk, model: Model) -> None:
        await asyncio.gather(all_of(desk, "a", "b", "c"), all_of(desk, "x", approach="base"))
        assert sorted(len(texts) for _, texts in model.batches) == [1, 1, 2]
        assert {approach for approach, texts in model.batches if "x" in texts} == {"base"}

    run(work, batch=2)


def test_one_bad_question_spoils_no_other() -> None:
    async def work(desk: Desk, model: Model) -> None:
        good, bad, other = await all_of(desk, "a", "bad", "b")
        assert (good.text, other.text) == ("a", "b")
        assert isinstance(bad, BadInput)

    run(work)


def test_who_has_gone_is_not_asked_for() -> None:
    async def work(desk: Desk, model: Model) -> None:
        model.go.clear()
        first = asyncio.create_task(desk.ask(question("first"), "rag"))
        await asyncio.sleep(0.1)
        gone = asyncio.create_task(desk.ask(question("gone"), "rag"))
        stays = asyncio.create_task(desk.ask(question("stays"), "rag"))
        await asyncio.sleep(0.05)
        gone.cancel()
        await asyncio.sleep(0)
        model.go.set()
        assert (await first).text == "first"
        assert (await stays).text == "stays"
        assert ["stays"] in [texts for _, texts in model.batches]

    run(work)


def test_too_many_and_a_server_that_stops_are_refused() -> None:
    async def work(desk: Desk, model: Model) -> None:
        model.go.clear()
        first = asyncio.create_task(desk.ask(question("first"), "rag"))
        await asyncio.sleep(0.1)
        waiting = [asyncio.create_task(desk.ask(question(str(n)), "rag")) for n in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Problem) as busy:
            await desk.ask(question("more"), "rag")
        assert busy.value.status == 503
        desk.refuse()
        assert [type(found) for found in await asyncio.gather(*waiting, return_exceptions=True)] == [Problem, Problem]
        model.go.set()
        assert (await first).text == "first"  # what was with the model is answered

    run(work, limit=2)


def test_a_batch_is_handed_out_one_answer_a_turn_of_the_loop() -> None:
    async def work(desk: Desk, model: Model) -> list[int]:
        turn, answered, loop = 0, [], asyncio.get_running_loop()

        def count() -> None:
            nonlocal turn
            turn += 1
            if len(answered) < 8:
                loop.call_soon(count)

        async def one(text: str) -> None:
            await desk.ask(question(text), "rag")
            answered.append(turn)

        count()
        await asyncio.gather(*(one(str(number)) for number in range(8)))
        assert len(model.batches) == 1
        return answered

    turns = run(work)
    assert len(set(turns)) == 8, turns
