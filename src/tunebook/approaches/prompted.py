"""`prompted`: the chat model with the best prompt we can write: an instruction, and the most similar worked examples.

The examples nearest to the question (by the embedder) are shown as earlier turns.  That is more than a fixed prompt
gives, on purpose: tuning has to beat good prompting, not bad prompting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tunebook.answer import demonstrated
from tunebook.approaches.kit import Kit, Prompt, Question, ask
from tunebook.approaches.room import Room
from tunebook.values import Answer


class Prompted:
    name = "prompted"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def answer(self, questions: Sequence[Question]) -> Iterator[tuple[int, Answer]]:
        settings = self._kit.settings.answer
        shown = (
            [[] for _ in questions]
            if self._kit.nearest is None
            else self._kit.nearest([question.text for question in questions], settings.demonstrations)
        )
        room, prompts = Room.of(self._kit), []
        for question, examples in zip(questions, shown, strict=True):
            messages, left_out = room.conversation(question)
            made = demonstrated(messages, examples, settings.prompted_instruction)
            prompts.append(Prompt(made, left_out=left_out))
        return ask(self._kit, self.name, questions, prompts)
