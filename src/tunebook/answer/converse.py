"""A conversation made ready: what is searched for its last question, and how much of its history the model sees.

    standalone(["How heavy is the Heron?", "It weighs 31 kg.", "And what does it carry?"])
    →  "And what does it carry? heavy Heron"

A question that refers to something ("it", "those", "the same", "what about winter?") takes along the telling words of the question
before it; all others are searched as they are.  Measured on MTRAG's conversations: taking them along always, or from more
turns, or from the answers, finds less than the bare question (docs/experiments.md).
Left out on purpose: a rewrite by the chat model.  One of 135M parameters cannot be trusted with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import takewhile

from tunebook.answer.text import words
from tunebook.values import Message

_REFERS = re.compile(
    r"\b(it|its|they|them|their|theirs|he|she|him|his|her|hers|this|that|these|those|there|one|ones|same|such|other|another"
    r"|else|former|latter)\b"
    r"|[它她该該]|(?<![其吉排])他(?!人)|[这那這]([个個些]|种|種)"
    r"|[こそ](れ|の(?!ほか|他|後)|ちら)|彼(?!岸)|그것|이것",  # Chinese, Japanese, Korean
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"^\W*(and|or|what about|how about)\b|呢\W*$|^(では|じゃあ)", re.IGNORECASE)
FEW_WORDS = 2  # telling words of a question that goes on ("and in winter?")


def standalone(messages: Sequence[Message]) -> str:
    """What is searched for the last message: itself, with words of the question before it where it refers to something."""
    question = messages[-1]["content"]
    earlier = [message["content"] for message in messages[:-1] if message["role"] == "user"]
    if not earlier or not refers(question):
        return question
    known = {word.norm for word in words(question)}
    carried: list[tuple[int, int]] = []
    for word in words(earlier[-1]):
        if word.kind not in ("stop", "negation") and word.norm not in known:
            known.add(word.norm)
            joined = carried and word.start < carried[-1][1]  # pairs of characters overlap
            start = carried.pop()[0] if joined else word.start
            carried.append((start, word.end))
    return " ".join([question, *(earlier[-1][start:end] for start, end in carried)])


def refers(question: str) -> bool:
    """True for a question that does not stand alone."""
    if _REFERS.search(question):
        return True
    telling = [word for word in words(question) if word.kind not in ("stop", "negation")]
    return bool(_GOES_ON.search(question)) and len(telling) <= FEW_WORDS


def recent(
    messages: Sequence[Message], room_tokens: int, count: Callable[[Sequence[Message]], int]
) -> tuple[tuple[Message, ...], int]:
    """The system messages that open it, as one; as many of the latest turns as there is room for; and the last question.

    And how many messages there was no room for.  A turn is a question with all that follows it up to the next, so that no
    answer stands without its question; what an assistant says before the first one belongs to none, and is left out.
    """
    opening = list(takewhile(lambda message: message["role"] == "system", messages[:-1]))
    head = [{"role": "system", "content": "\n\n".join(one["content"] for one in opening)}] if opening else []
    *history, question = messages[len(opening) :]
    starts = [place for place, message in enumerate(history) if message["role"] == "user"]
    kept = len(history)
    for start in reversed(starts):
        room_tokens -= count(history[start:kept])
        if room_tokens < 0:
            break
        kept = start
    return (*head, *history[kept:], question), kept - min(starts, default=kept)
