"""`hybrid`: the model fine-tuned to answer from retrieved passages, over retrieved passages.

The book is opened where the question is of a kind that the examples answer from documents (a linear reading
of the embedder decides); a task of form alone (a ticket to sort, a call to sum up) is answered without passages, as it
was trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tunebook.approaches.booked import book_prompt
from tunebook.approaches.kit import Kit, Question, Unavailable, ask, retrieve
from tunebook.approaches.room import bare
from tunebook.values import Answer


class Hybrid:
    name = "hybrid"

    def __init__(self, kit: Kit) -> None:
        if "hybrid" not in kit.adapters:
            raise Unavailable("there is no adapter for hybrid", "run: tunebook tune --for hybrid")
        if kit.library is None:
            raise Unavailable("the library is empty", "put documents into documents/ and run: tunebook sync")
        self._kit = kit

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        kit = self._kit
        texts = [question.text for question in questions]
        opened = kit.needs_book(texts) if kit.needs_book else [True] * len(texts)
        wanted = [index for index, needed in enumerate(opened) if needed]
        found = dict(zip(wanted, retrieve(kit, [questions[index] for index in wanted]), strict=True)) if wanted else {}
        prompts = [
            book_prompt(kit, question, *found[index]) if index in found else bare(kit, question)
            for index, question in enumerate(questions)
        ]
        return ask(kit, self.name, questions, prompts, kit.adapters["hybrid"])
