"""Rows that say what another row said, or the opposite; and rows that a case asks.

Two prompts are equal where they differ in case, white space or punctuation alone; near where `alike` says so.  Equal ones are
fatal: the row would count twice, contradict, or show a case.  Near ones are a warning: whether "give it one of 6" repeats
"rate it one of 6" is the owner's to say.  Short near prompts with other answers are the rule in any data set of slots.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from tunebook.tuning.checks.alike import NEAR, Near, bare, plain, similarity, unaccented
from tunebook.tuning.checks.finding import Finding, found, named
from tunebook.values import Case, Example, Message

PROSE_CHARS = 60  # shorter completions are the same or not
LONG_WORDS = 30  # a text as long as this is no coincidence
LABEL_WORDS, LABEL_ROWS = 6, 3  # a completion so short and so frequent is a label


def repeated(examples: Sequence[Example]) -> Iterator[Finding]:
    """Rows with the prompt of an earlier one, to the letter or but for case, white space and punctuation."""
    exact: dict[str, Example] = {}
    dressed: dict[str, Example] = {}
    for example in examples:
        prompt = "\n".join(message["content"] for message in example.messages)
        first = exact.setdefault(plain(prompt), example)
        earlier = first if first is not example else dressed.setdefault(_key(prompt), example)
        if earlier is example:
            continue
        same = _answer(earlier) == _answer(example)
        apart = "" if earlier is first else ", but for punctuation"
        if same:
            yield found(example, "duplicate", f"same prompt and completion as {named(earlier)}{apart}")
        else:
            told = f"another completion for the prompt of {named(earlier)}{apart}"
            yield found(example, "contradiction", told, fatal=earlier is first)


def leaks(examples: Sequence[Example], cases: Sequence[Case], fatal: bool) -> Iterator[Finding]:
    """Rows with a case's prompt, accents or none, or with a source document behind a case."""
    prompts = {unaccented(_key(asked(case.messages))): case.id for case in cases}
    documents = {source.document: case.id for case in cases for source in case.sources}
    for example in examples:
        if case := prompts.get(unaccented(_key(asked(example.messages)))):
            yield found(example, "leak", f"its prompt is that of case {case}", fatal)
            continue
        shared = next((document for document in example.sources if document in documents), None)
        if shared:
            yield found(example, "leak", f"its source {shared} is behind case {documents[shared]}", fatal)


def nearly(examples: Sequence[Example], cases: Sequence[Case], drop_leaks: bool) -> Iterator[Finding]:
    """Near an earlier row or a case with the same answer, near a row with another label; long texts whatever the answer.

    A long text that is a case's but for the instruction around it is a leak like any other; the rest are warnings.
    """
    texts = [asked(messages) for messages in (*(c.messages for c in cases), *(e.messages for e in examples))]
    labels = _labels(examples)
    for pair in sorted(Near(texts, len(cases)).pairs(), key=lambda pair: (pair.later, -pair.similarity, pair.earlier)):
        example = examples[pair.later - len(cases)]
        long = len(texts[pair.later].split()) >= LONG_WORDS
        if pair.earlier < len(cases):
            case = cases[pair.earlier]
            if long or any(_alike(example.completion or "", answer) for answer in case.answers):
                told = f"its prompt is nearly that of case {case.id} ({pair.similarity:.0%} alike)"
                yield found(example, "leak", told, fatal=long and pair.similarity == 1 and drop_leaks)
            continue
        earlier = examples[pair.earlier - len(cases)]
        near = f"nearly the prompt of {named(earlier)} ({pair.similarity:.0%} alike)"
        if (long or example.completion) and _alike(earlier.completion or "", example.completion or ""):
            yield found(example, "near-duplicate", f"{near}, with the same answer", fatal=False)
        elif {_answer(earlier), _answer(example)} <= labels:
            yield found(example, "contradiction", f"{near}, with another label", fatal=False)


def asked(messages: Sequence[Message]) -> str:
    """A whole dialogue: many end alike ("and on Sundays?").  A system message asks nothing."""
    return "\n".join(message["content"] for message in messages if message["role"] != "system")


def _key(text: str) -> str:
    """The bare text; of one that is punctuation alone, the text."""
    return bare(text) or text.strip()


def _answer(example: Example) -> str:
    return answer_key(example.completion or "")


@lru_cache(maxsize=65536)
def answer_key(completion: str) -> str:
    """Equal for completions that say the same: JSON by value, all else without its dress."""
    if completion.lstrip()[:1] in ("{", "["):
        try:
            return json.dumps(json.loads(completion), sort_keys=True)
        except (ValueError, RecursionError):
            pass
    return _key(completion)


def _alike(a: str, b: str) -> bool:
    """Whether two completions say the same: equal, or prose that is nearly equal and holds the same numbers."""
    if answer_key(a) == answer_key(b):
        return True
    if min(len(a), len(b)) < PROSE_CHARS or "{" in (a.lstrip()[:1], b.lstrip()[:1]):
        return False
    return re.findall(r"\d+", a) == re.findall(r"\d+", b) and similarity(a, b) >= NEAR


def _labels(examples: Sequence[Example]) -> set[str]:
    counted = Counter(_answer(example) for example in examples if example.completion)
    return {text for text, rows in counted.items() if rows >= LABEL_ROWS and len(text.split()) <= LABEL_WORDS}
