"""A question put over its hits, within the budget in the model's own tokens.

    book_prompt(kit, question, hits, seconds)    →  Prompt, whose hits are the passages that are shown
    over_found(kit, questions)                   →  the prompt of each question over what a search finds for it

Shown are the hits whose score is near enough to the best one's (`search.max_gap`).  The answer's tokens are kept free first.
Of the history, the latest turns that fit into `answer.history_tokens` stay; then passages are dropped from the lowest rank
until the rest fits.  What was left out for want of room is said in the answer.  Where the window is not known (an endpoint
without `model.window`), nothing is dropped but history.
"""

from __future__ import annotations

from collections.abc import Sequence

from tunebook.answer import over_passages, signals, within
from tunebook.answer.converse import standalone
from tunebook.approaches.kit import Kit, Prompt, Question, retrieve
from tunebook.approaches.room import Room
from tunebook.approaches.why import below, far
from tunebook.values import Hit, Message


def over_found(kit: Kit, questions: Sequence[Question]) -> list[Prompt]:
    found = zip(questions, retrieve(kit, questions), strict=True)
    return [book_prompt(kit, question, hits, seconds) for question, (hits, seconds) in found]


def book_prompt(kit: Kit, question: Question, hits: tuple[Hit, ...], seconds: float | None) -> Prompt:
    """The question over its hits, the best last; skipped where even the best hit is about something else."""
    settings, instruction = kit.settings.answer, kit.settings.instruction
    room = Room.of(kit)
    messages, left_out = room.conversation(question)
    free = room.window - (question.max_new_tokens or settings.max_new_tokens) if room.window else None
    near = within(hits, kit.settings.max_gap)
    shown = near
    prompt = _over(messages, shown, instruction)
    while free is not None and len(shown) > 1 and room.messages(prompt) > free:
        shown = shown[:-1]
        prompt = _over(messages, shown, instruction)
    if len(shown) < len(near):
        left_out = {"passages": len(near) - len(shown), **left_out}
    seen, confidence = _judged(kit, question, hits)
    skip = far(hits, settings.min_similarity)
    if kit.screen and confidence is not None and confidence < kit.screen.threshold:
        skip = skip or below("gate", confidence, kit.screen.threshold, "answer.false_refusals")
    return Prompt(prompt, shown, seconds, skip, left_out, hits, seen, confidence)


def _judged(kit: Kit, question: Question, hits: Sequence[Hit]) -> tuple[dict[str, float], float | None]:
    """The signals of what was found, and the screen's confidence; what no search found (a control's hits) has neither."""
    if not any(hit.stages for hit in hits):
        return {}, None
    seen = signals(standalone(question.messages), hits, None, None)
    return seen, kit.screen.confidence(seen) if kit.screen else None


def _over(messages: Sequence[Message], hits: Sequence[Hit], instruction: str) -> tuple[Message, ...]:
    return over_passages(messages, [hit.passage for hit in reversed(hits)], instruction)
