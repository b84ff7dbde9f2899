"""Examples made from passages, where the team has few of its own: a fact of a sentence is asked for, the passage answers.

    drafts(passage, words=2)     "The Heron carries up to 80 kg of freight."
    →  [Draft("The Heron carries up to how many kg of freight?", "80", …), …]

The cloze questions of unsupervised reading (Lewis, Denoyer and Riedel 2019, arXiv:1906.04980), by rule: a number, date or name of a
clause becomes the question word in its place.  The answer is a verbatim part of the passage, as long as the team's
own answers are: the fact alone, or the sentences from its own on.  `kept` is the round trip: a search for the question has to
find its passage again.

Left out on purpose: the chat model as the author.  The starter model's questions passed a round trip in 2 of 12 passages.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tunebook.answer import sentences
from tunebook.answer.text import Word, words
from tunebook.values import Example, Hit, Passage, content_hash

FOUND_AMONG = 3
BARE_WORDS = 6  # answers of up to so many words are facts, longer ones are sentences
CLAUSE_WORDS = (4, 25)  # of a question
_YEAR = re.compile(r"1[0-9]{3}|20[0-9]{2}")
_BEFORE_YEARS = ("in", " since", " by", " until", " of", " from", " before", " after")
_BREAK = re.compile(r"[,;:()\u2013\u2014]\s|\s[\u2013\u2014-]\s")


@dataclass(frozen=True, slots=True)
class Draft:
    """A question whose answer is a verbatim part of the passage."""

    passage: Passage
    question: str
    answer: str

    def example(self) -> Example:
        passage = self.passage
        asked = ({"role": "user", "content": self.question},)
        return Example(
            id=f"made-{content_hash(self.question)[:10]}",
            messages=asked,
            completion=self.answer,
            sources=(passage.document,),
            answerable=True,
            group=passage.document,
            row=0,
        )


def drafts(passage: Passage, answer_words: int) -> list[Draft]:
    """One for each number, date and name that a clause can be asked for."""
    found = []
    spans = sentences(passage.text)
    for place, (start, end) in enumerate(spans):
        sentence = passage.text[start:end]
        if sentence[-1] not in ".!?":
            continue  # a heading, a cell of a table
        for left, right, asked_by in _facts(sentence):
            question = _question(sentence, left, right, asked_by)
            fact = sentence[left:right]
            if question and fact.lower() not in question.lower():
                answer = fact if answer_words <= BARE_WORDS else _from(passage.text, spans[place:], answer_words)
                found.append(Draft(passage, question, answer))
    return found


def drawn(passages: Sequence[Passage], count: int, answer_words: int, draw: random.Random) -> list[Draft]:
    """At most `count`, from as many passages as there are, one of each before a second of any.

    What two passages ask alike ("It carries up to how many kg?") is left out: each has its own answer.
    """
    piles = [drafts(passage, answer_words) for passage in draw.sample(list(passages), len(passages))]
    asked = Counter(draft.question for pile in piles for draft in pile)
    piles = [[draft for draft in pile if asked[draft.question] == 1] for pile in piles]
    for pile in piles:
        draw.shuffle(pile)
    found: list[Draft] = []
    while len(found) < count and any(piles):
        found += [pile.pop() for pile in piles if pile]
    return found[:count]


def kept(drafted: Sequence[Draft], hits: Sequence[Sequence[Hit]]) -> list[Draft]:
    """Those whose passage is among the first hits of a search for the question."""
    return [
        draft
        for draft, its in zip(drafted, hits, strict=True)
        if draft.passage.id in {hit.passage.id for hit in its[:FOUND_AMONG]}
    ]


def _facts(sentence: str) -> list[tuple[int, int, str]]:
    """(start, end, question word) of what can be asked for; neighbours of a kind are one fact."""
    found: list[tuple[int, int, str]] = []
    its = words(sentence)
    place = 0
    while place < len(its):
        last = place
        while last + 1 < len(its) and _one_fact(sentence, its[last], its[last + 1]):
            last += 1
        first, final = its[place], its[last]
        if first.kind in ("number", "date", "name") and _stands_alone(sentence, first, final, its[last + 1 : last + 2]):
            found.append((first.start, final.end, _asked_by(sentence, its[place : last + 1])))
        place = last + 1
    return found


def _one_fact(sentence: str, one: Word, other: Word) -> bool:
    """ "Van Gend", "6 May 1904"."""
    between = sentence[one.end : other.start]
    dated = {one.kind, other.kind} in ({"date"}, {"date", "number"}) and between in (" ", ", ")
    return dated or (one.kind == other.kind == "name" and between == " ")


def _stands_alone(sentence: str, first: Word, final: Word, following: Sequence[Word]) -> bool:
    """Whether a question word can take its place: no part of a longer word, and no name before the noun that it describes."""
    if sentence[final.end : final.end + 1] not in ("", " ", ".", ",", ";") or (
        first.start and sentence[first.start - 1] != " "
    ):
        return False
    if first.kind != "name":
        return True
    named = sentence[first.start : final.end]
    ends = sentence[final.end :].strip(" ")[:1] in ("", ".", ",", ";")
    return len(named) > 2 and (ends or (bool(following) and following[0].kind == "stop" and following[0].norm != "of"))


def _asked_by(sentence: str, fact: Sequence[Word]) -> str:
    first, final = fact[0], fact[-1]
    if first.kind == "name":
        return "what"
    if any(word.kind == "date" for word in fact):
        return "when"
    before = sentence[: first.start].rstrip().lower()
    if _YEAR.fullmatch(sentence[first.start : final.end]) and before.endswith(_BEFORE_YEARS):
        return "what year"
    return "how many" if sentence[final.end : final.end + 2].strip().isalpha() else "what"


def _question(sentence: str, left: int, right: int, asked_by: str) -> str | None:
    """The clause around the fact, asked; the whole sentence where the clause says too little."""
    breaks = [(match.start(), match.end()) for match in _BREAK.finditer(sentence)]
    start = max((end for _, end in breaks if end <= left), default=0)
    end = min((begin for begin, _ in breaks if begin >= right), default=len(sentence))
    least, most = CLAUSE_WORDS
    if len(sentence[start:end].split()) < least + 2:
        start, end = 0, len(sentence)
    asked = " ".join(f"{sentence[start:left]}{asked_by}{sentence[right:end]}".split()).rstrip(".!?;:, ")
    asked = re.sub(
        r"\b(on|in|at) when\b|\bthe (?=what\b)", lambda m: "when" if m[1] else "", asked, flags=re.IGNORECASE
    )
    if not least <= len(asked.split()) <= most:
        return None
    return f"{asked[0].upper()}{asked[1:]}?"


def _from(text: str, spans: Sequence[tuple[int, int]], answer_words: int) -> str:
    """Sentences from the first span on, until about so many words."""
    start, end = spans[0]
    for _, following in spans[1:]:
        if len(text[start:following].split()) > 1.3 * answer_words:
            break
        end = following
    return text[start:end]
