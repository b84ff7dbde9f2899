"""`rag`: the chat model over retrieved passages, each sentence of its answer attributed to its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tunebook.approaches.booked import over_found
from tunebook.approaches.kit import Kit, Question, ask
from tunebook.values import Answer


class Rag:
    name = "rag"

    def __init__(self, kit: Kit) -> None:
        kit.need_library()
        self._kit = kit

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        return ask(self._kit, self.name, questions, over_found(self._kit, questions))
