"""`base`: the chat model as it came, asked nothing but the question and what led up to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tunebook.approaches.kit import Kit, Question, ask
from tunebook.approaches.room import bare
from tunebook.values import Answer


class Base:
    name = "base"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        return ask(self._kit, self.name, questions, [bare(self._kit, question) for question in questions])
