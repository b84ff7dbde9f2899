"""`rag`: the chat model over retrieved passages, each sentence of its answer attributed to its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tunebook.answer import over_passages, too_far
from tunebook.approaches.kit import Kit, Prompt, Question, Unavailable, ask, retrieve
from tunebook.settings import AnswerSettings
from tunebook.values import Answer, Hit


class Rag:
    name = "rag"

    def __init__(self, kit: Kit) -> None:
        if kit.library is None:
            raise Unavailable("the library is empty", "put documents into documents/ and run: tunebook sync")
        self._kit = kit

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        found = retrieve(self._kit, questions)
        settings = self._kit.settings.answer
        prompts = [book_prompt(q, hits, seconds, settings) for q, (hits, seconds) in zip(questions, found, strict=True)]
        return ask(self._kit, self.name, questions, prompts)


def book_prompt(question: Question, hits: tuple[Hit, ...], seconds: float | None, settings: AnswerSettings) -> Prompt:
    """The question over its hits, the best last; skipped where even the best hit is about something else."""
    instruction = settings.instruction
    messages = over_passages(question.messages, [hit.passage for hit in reversed(hits)], instruction)
    return Prompt(messages, hits, seconds, skip=too_far(hits, settings.min_similarity))
