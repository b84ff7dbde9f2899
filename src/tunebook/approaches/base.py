"""`base`: the chat model as it came, asked nothing but the question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tunebook.approaches.kit import Kit, Prompt, Question, ask
from tunebook.values import Answer


class Base:
    name = "base"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        return ask(self._kit, self.name, questions, [Prompt(question.messages) for question in questions])
