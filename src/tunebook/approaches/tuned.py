"""`tuned`: the model fine-tuned on the examples, asked nothing but the question and what led up to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tunebook.approaches.kit import Kit, Question, ask
from tunebook.approaches.room import bare
from tunebook.values import Answer


class Tuned:
    name = "tuned"

    def __init__(self, kit: Kit) -> None:
        self._adapter = kit.need_adapter("tuned", "run: tunebook tune")
        self._kit = kit

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        prompts = [bare(self._kit, question) for question in questions]
        return ask(self._kit, self.name, questions, prompts, self._adapter)
