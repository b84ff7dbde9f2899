"""The two prompts that are not just the question: passages before it, or demonstrations before it.

    over_passages(messages, hits, instruction)
    →  system: instruction      user: [1] Wren > Load / The Wren carries … / Question: How much …?

Passages are fenced by their numbers, in the order given; the caller decides the order.  Earlier turns of a
conversation stay where they were.  The same prompt serves `rag`, `hybrid` and the training rows of `hybrid`.
"""

from __future__ import annotations

from collections.abc import Sequence

from tunebook.values import Example, Message, Passage


def over_passages(messages: Sequence[Message], passages: Sequence[Passage], instruction: str) -> tuple[Message, ...]:
    """Chat messages that put the passages before the last question."""
    *earlier, question = messages
    shown = "\n\n".join(f"[{number}] {_headline(passage)}{passage.text}" for number, passage in enumerate(passages, 1))
    content = f"Passages:\n\n{shown}\n\nQuestion: {question['content']}"
    return (*_with_system(earlier, instruction), {"role": "user", "content": content})


def demonstrated(messages: Sequence[Message], examples: Sequence[Example], instruction: str) -> tuple[Message, ...]:
    """Chat messages that show worked examples as earlier turns before the question."""
    turns: list[Message] = []
    for example in examples:
        turns += [{"role": "user", "content": example.prompt}, {"role": "assistant", "content": example.completion or ""}]
    *earlier, question = messages
    return (*_with_system(earlier, instruction), *turns, question)


def _with_system(messages: Sequence[Message], instruction: str) -> tuple[Message, ...]:
    """A conversation's own system message stays, with the instruction after it."""
    if messages and messages[0]["role"] == "system":
        return ({"role": "system", "content": f"{messages[0]['content']}\n\n{instruction}"}, *messages[1:])
    return ({"role": "system", "content": instruction}, *messages)


def _headline(passage: Passage) -> str:
    path = " > ".join(part for part in (passage.title, passage.heading) if part)
    return f"{path}\n" if path else ""
