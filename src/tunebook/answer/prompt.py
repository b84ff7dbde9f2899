"""Which hits are shown, and the two prompts that are not just the question: passages before it, or demonstrations before it.

    over_passages(messages, passages, instruction)
    →  system: instruction      user: Read this text: … / Wren > Load / The Wren carries … / According to the text: How much …?

Passages stand in the order given: the approaches put the best last, next to the question.  On 48 answerable examples of
SQuAD 2 the starter's answers held the right one in .33 that way, against .21 with numbered passages, best first; there
are no numbers to cite by, for citations come from attribution.  Sentences that give orders to whoever answers are left out
(fence.py).  Earlier turns of a conversation stay where they were.
The same prompt serves `rag`, `hybrid` and the training rows of `hybrid`.
"""

from __future__ import annotations

from collections.abc import Sequence

from tunebook.answer.fence import fenced
from tunebook.values import Example, Hit, Message, Passage


def over_passages(messages: Sequence[Message], passages: Sequence[Passage], instruction: str) -> tuple[Message, ...]:
    """Chat messages that put the passages before the last question."""
    *earlier, question = messages
    shown = "\n\n".join(text for text in map(shown_text, passages) if text)
    content = f"Read this text:\n\n{shown}\n\nAccording to the text: {question['content']}"
    return (*_with_system(earlier, instruction), {"role": "user", "content": content})


def within(hits: Sequence[Hit], max_gap: float) -> tuple[Hit, ...]:
    """The hits whose score is at most `max_gap` below the best one's, in their order: those that are worth showing.

    Where the first stands out, the others tell a small model nothing and lead it astray.
    """
    best = max((hit.score for hit in hits), default=0.0)
    return tuple(hit for hit in hits if hit.score >= best - max_gap)


def demonstrated(messages: Sequence[Message], examples: Sequence[Example], instruction: str) -> tuple[Message, ...]:
    """Chat messages that show worked examples as earlier turns before the question."""
    turns: list[Message] = []
    for example in examples:
        turns += [
            {"role": "user", "content": example.prompt},
            {"role": "assistant", "content": example.completion or ""},
        ]
    *earlier, question = messages
    return (*_with_system(earlier, instruction), *turns, question)


def _with_system(messages: Sequence[Message], instruction: str) -> tuple[Message, ...]:
    """A conversation's own system message stays, with the instruction after it."""
    if messages and messages[0]["role"] == "system":
        return ({"role": "system", "content": f"{messages[0]['content']}\n\n{instruction}"}, *messages[1:])
    return ({"role": "system", "content": instruction}, *messages)


def shown_text(passage: Passage) -> str:
    """A passage as the model sees it: its path of headings, and its text without orders; "" where nothing is left."""
    path = fenced(" > ".join(part for part in (passage.title, passage.heading) if part))
    text = fenced(passage.text)
    return f"{path}\n{text}" if path and text else text
