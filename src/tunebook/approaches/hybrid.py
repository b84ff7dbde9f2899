"""`hybrid`: the model fine-tuned to answer from retrieved passages, over retrieved passages.

The book is opened where the question is of a kind that the examples answer from documents (a linear reading
of the embedder decides); a task of form alone (a ticket to sort, a call to sum up) is answered without passages, as it
was trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tunebook.approaches.booked import over_found
from tunebook.approaches.kit import Kit, Question, ask
from tunebook.approaches.room import bare
from tunebook.values import Answer


class Hybrid:
    name = "hybrid"

    def __init__(self, kit: Kit) -> None:
        self._adapter = kit.need_adapter("hybrid", "run: tunebook tune --for hybrid")
        kit.need_library()
        self._kit = kit

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        kit = self._kit
        texts = [question.text for question in questions]
        opened = kit.needs_book(texts) if kit.needs_book else [True] * len(texts)
        asked = list(zip(questions, opened, strict=True))
        booked = iter(over_found(kit, [question for question, needed in asked if needed]))
        prompts = [next(booked) if needed else bare(kit, question) for question, needed in asked]
        return ask(kit, self.name, questions, prompts, self._adapter)
