"""Answers with one planted error each, and as many without: what a check of citations has to tell apart.

    planted(cases, documents, count=300, seed=0)     half of them with one number, name or negation altered

An answer is a data set's own gold answer of at least a sentence (`clapnq`), or the sentence of the gold document that holds
a short one (`squad2`).  Its passages are those of the gold document and of two other documents, shuffled.  A number
becomes another number, in half of the cases one that stands in the same document; a name another name of the same document
where it has one, else of another document; a negation is put in or taken out.  Whether a text was altered is drawn before
anything of it is looked at; a kind that a text does not offer is replaced by the next one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tunebook.documents import split
from tunebook.values import Case, Document, Hit, Passage

KINDS = ("number", "name", "negation")
NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")
NAME = re.compile(r"(?<=[a-z,;] )(?:[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})*)")
POSITIVE = re.compile(r"\b(is|are|was|were|can|could|will|would|has|had|did|does|should|may|must)\b(?! not|n't)")
NEGATIVE = re.compile(r"\b(is|are|was|were|can|could|will|would|has|had|did|does|do|should|may|must) not\b")
MONTHS = {
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
}
MAX_TOKENS = 160


@dataclass(frozen=True, slots=True)
class Planted:
    """One answer to check: `kind` is the error that was planted, or None."""

    id: str
    question: str
    text: str
    kind: str | None
    hits: tuple[Hit, ...]


def planted(cases: Sequence[Case], documents: Mapping[str, Document], count: int, seed: int) -> list[Planted]:
    """`count` answers (fewer where the cases do not offer as many), every other one altered."""
    draw = random.Random(seed)
    names = sorted(documents)
    made: list[Planted] = []
    order = [case for case in cases if case.answerable and case.sources and case.answers]
    draw.shuffle(order)
    for case in order:
        if len(made) == count:
            break
        document = documents[case.sources[0].document]
        text = _gold(case, document)
        if text is None:
            continue
        kind: str | None = None
        if len(made) % 2:
            found = _altered(text, document, documents[draw.choice(names)], len(made) // 2, draw)
            if found is None:
                continue
            text, kind = found
        made.append(Planted(case.id, case.prompt, text, kind, _hits(document, documents, names, draw)))
    return made


def _gold(case: Case, document: Document) -> str | None:
    """A gold answer of eight words or more, or the document's sentence that holds a short one."""
    answer = case.answers[0]
    if len(answer.split()) >= 8:
        return re.sub(r"\s+", " ", answer).strip()
    at = document.text.find(answer)
    if at < 0:
        return None
    start = max((document.text.rfind(mark, 0, at) + 2 for mark in (". ", "? ", "! ")), default=0)
    start = start if start >= 2 else 0
    ends = [
        found.end()
        for found in re.finditer(r"[.!?](?=\s+[A-Z]|\s*$)", document.text)
        if found.end() >= at + len(answer)
    ]
    end = min(ends, default=len(document.text))
    return document.text[start:end].strip()


def _altered(text: str, document: Document, other: Document, turn: int, draw: random.Random) -> tuple[str, str] | None:
    makers: dict[str, Callable[[], str | None]] = {
        "number": lambda: _number(text, document, draw),
        "name": lambda: _name(text, document, other, draw),
        "negation": lambda: _negation(text, draw),
    }
    for step in range(len(KINDS)):
        kind = KINDS[(turn + step) % len(KINDS)]
        made = makers[kind]()
        if made is not None:
            return made, kind
    return None


def _number(text: str, document: Document, draw: random.Random) -> str | None:
    places = list(NUMBER.finditer(text))
    if not places:
        return None
    place = draw.choice(places)
    near = sorted({found[0] for found in NUMBER.finditer(document.text)} - {found[0] for found in places})
    if near and draw.random() < 0.5:
        return text[: place.start()] + draw.choice(near) + text[place.end() :]
    value = place[0]
    while value == place[0]:
        digits = list(place[0])
        where = draw.choice([index for index, char in enumerate(digits) if char.isdigit()])
        digits[where] = draw.choice("123456789")
        value = "".join(digits)
    return text[: place.start()] + value + text[place.end() :]


def _name(text: str, document: Document, other: Document, draw: random.Random) -> str | None:
    places = [found for found in NAME.finditer(text) if found[0] not in MONTHS]
    if not places:
        return None
    place = draw.choice(places)
    for source in (document, other):
        names = {found[0] for found in NAME.finditer(source.text)} - MONTHS
        names = {name for name in names if name not in text and place[0] not in name}
        if names:
            return text[: place.start()] + draw.choice(sorted(names)) + text[place.end() :]
    return None


def _negation(text: str, draw: random.Random) -> str | None:
    negative = list(NEGATIVE.finditer(text))
    if negative:
        place = draw.choice(negative)
        return text[: place.start()] + place[1] + text[place.end() :]
    positive = list(POSITIVE.finditer(text))
    if not positive:
        return None
    place = draw.choice(positive)
    return text[: place.end()] + " not" + text[place.end() :]


def _hits(
    document: Document, documents: Mapping[str, Document], names: Sequence[str], draw: random.Random
) -> tuple[Hit, ...]:
    others = draw.sample([name for name in names if name != document.id], 2)
    passages = [p for id in (document.id, *others) for p in cut(documents[id])]
    draw.shuffle(passages)
    return tuple(Hit(rank, 1 / rank, passage, {"cosine": 0.5}) for rank, passage in enumerate(passages, 1))


def cut(document: Document) -> list[Passage]:
    """Passages of a document, words for tokens."""
    return split(document, lambda texts: [len(text.split()) for text in texts], MAX_TOKENS)
