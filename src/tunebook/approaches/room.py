"""How much of a question the model has room for, in its own tokens; the same for every approach.

    room = Room.of(kit)
    room.conversation(question)      →  (messages, {"messages": 2}): the latest turns that fit, and how many messages did not

Left out on purpose: cutting a message.  What stays is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tunebook.answer.converse import recent
from tunebook.approaches.kit import Kit, Prompt, Question
from tunebook.values import Message

FRAME_TOKENS = 8  # of the chat template, around each message
CHARS_A_TOKEN = 3.5  # where the model's tokenizer is not at hand


@dataclass(frozen=True, slots=True)
class Room:
    """`window` is the longest prompt and answer together; None: not known (an endpoint without `model.window`)."""

    window: int | None
    history_tokens: int
    counted: Callable[[Sequence[str]], Sequence[int]] | None  # tokens of each text

    @classmethod
    def of(cls, kit: Kit) -> Room:
        window = getattr(kit.model, "window", None) or kit.settings.model.window
        return cls(window, kit.settings.answer.history_tokens, getattr(kit.model, "count_tokens", None))

    def texts(self, texts: Sequence[str]) -> int:
        """Tokens of all of them together."""
        return int(sum(self.counted(texts)) if self.counted else sum(map(len, texts)) / CHARS_A_TOKEN)

    def messages(self, messages: Sequence[Message]) -> int:
        return self.texts([message["content"] for message in messages]) + FRAME_TOKENS * len(messages)

    def conversation(self, question: Question) -> tuple[tuple[Message, ...], dict[str, int]]:
        """What the model sees of a question with the turns before it, and how many messages are left out."""
        seen, gone = recent(question.messages, self.history_tokens, self.messages)
        return seen, {"messages": gone} if gone else {}


def bare(kit: Kit, question: Question) -> Prompt:
    """The question alone, with the latest turns before it."""
    messages, left_out = Room.of(kit).conversation(question)
    return Prompt(messages, left_out=left_out)
