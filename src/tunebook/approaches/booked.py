"""A question put over its hits, within the budget in the model's own tokens.

    book_prompt(kit, question, hits, seconds)    →  Prompt, whose hits are the passages that are shown

Shown are the hits whose score is near enough to the best one's (`search.max_gap`).  The answer's tokens are kept free first.
Of the history, the latest turns that fit into `answer.history_tokens` stay; then passages are dropped from the lowest rank
until the rest fits.  What was left out for want of room is said in the answer.  Where the window is not known (an endpoint
without `model.window`), nothing is dropped but history.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tunebook.answer import over_passages, signals, too_far, within
from tunebook.answer.converse import recent, standalone
from tunebook.approaches.kit import Kit, Prompt, Question
from tunebook.values import Hit, Message

FRAME_TOKENS = 8  # of the chat template, around each message
CHARS_A_TOKEN = 3.5  # where the model's tokenizer is not at hand


def book_prompt(kit: Kit, question: Question, hits: tuple[Hit, ...], seconds: float | None) -> Prompt:
    """The question over its hits, the best last; skipped where even the best hit is about something else."""
    settings, instruction = kit.settings.answer, kit.settings.instruction
    count = _counter(kit)
    messages = recent(question.messages, settings.history_tokens, count)
    window = getattr(kit.model, "window", None) or kit.settings.model.window
    free = window - (question.max_new_tokens or settings.max_new_tokens) if window else None
    near = within(hits, kit.settings.max_gap)
    shown = near
    prompt = _over(messages, shown, instruction)
    while free is not None and len(shown) > 1 and count(prompt) > free:
        shown = shown[:-1]
        prompt = _over(messages, shown, instruction)
    left_out = {"passages": len(near) - len(shown), "messages": len(question.messages) - len(messages)}
    left_out = {what: number for what, number in left_out.items() if number}
    skip = too_far(hits, settings.min_similarity) or _screened(kit, question, hits)
    return Prompt(prompt, shown, seconds, skip=skip, left_out=left_out, found=hits)


def _screened(kit: Kit, question: Question, hits: Sequence[Hit]) -> bool:
    """Hits that no search found (a control's) have nothing to be judged by."""
    if kit.screen is None or not any(hit.stages for hit in hits):
        return False
    return not kit.screen.lets(signals(standalone(question.messages), hits, None, None))


def _over(messages: Sequence[Message], hits: Sequence[Hit], instruction: str) -> tuple[Message, ...]:
    return over_passages(messages, [hit.passage for hit in reversed(hits)], instruction)


def _counter(kit: Kit) -> Callable[[Sequence[Message]], int]:
    count = getattr(kit.model, "count_tokens", None)

    def tokens(messages: Sequence[Message]) -> int:
        texts = [message["content"] for message in messages]
        counted = sum(count(texts)) if count else sum(len(text) for text in texts) / CHARS_A_TOKEN
        return int(counted) + FRAME_TOKENS * len(texts)

    return tokens
