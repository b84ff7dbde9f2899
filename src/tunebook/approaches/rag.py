"""`rag`: the chat model over retrieved passages, each sentence of its answer attributed to its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tunebook.approaches.booked import book_prompt
from tunebook.approaches.kit import Kit, Question, Unavailable, ask, retrieve
from tunebook.values import Answer


class Rag:
    name = "rag"

    def __init__(self, kit: Kit) -> None:
        if kit.library is None:
            raise Unavailable("the library is empty", "put documents into documents/ and run: tunebook sync")
        self._kit = kit

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        found = retrieve(self._kit, questions)
        prompts = [
            book_prompt(self._kit, q, hits, seconds) for q, (hits, seconds) in zip(questions, found, strict=True)
        ]
        return ask(self._kit, self.name, questions, prompts)
