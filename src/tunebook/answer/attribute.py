"""The best span of the hits behind one sentence, and how much of the sentence it bears out.

    attribute("It carries 80 kg.", hits, "How much does the Wren carry?")
    →  Span(hit=…, start=212, end=251, quote="It carries up to 80 kg in its box.", recall=1.0, …), supported True

The sentence is compared with each sentence of the hits and each two and three neighbours:

    recall(s, q) = Σ weight(t) over the words t of s that are in q  /  Σ weight(t) over the words of s

where numbers and dates weigh 2, names 1.5, words that the question already held a quarter of it, stop words 0, all others
1.  Title, headings and the heads of tables count as held beside the quote, but the quote itself must hold a telling word.  The
span with the highest recall wins, to which the share of the question that it holds adds up to 0.6 and the search's own score
up to 0.3: a short answer ("1685") stands in many places, and the right one speaks of what was asked.

    score = recall × what its checks leave (checks.py)
    not supported: score < 0.35, or a number that stands nowhere, or a number, name
    or negation that the quote has otherwise;   supported: score ≥ 0.6 and none of these;   else: nobody can tell
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tunebook.answer.checks import NUMBERS, Check, Evidence, check, factor
from tunebook.answer.cutting import heads_table
from tunebook.answer.fence import fenced, ordering
from tunebook.answer.lexicon import STOP, STOP_ELSEWHERE
from tunebook.answer.sentences import sentences
from tunebook.answer.text import Word, WordKind, held_by, norms, words
from tunebook.values import Hit, Passage

SUPPORTED, UNSUPPORTED = 0.6, 0.35
UNCITED = 0.25  # recall below which a sentence gets no quote; above it, the quote shows what is amiss
WEIGHTS: Mapping[WordKind, float] = {"number": 2.0, "date": 2.0, "name": 1.5, "word": 1.0}
ASKED_SHARE = 0.25  # of its weight is left to a word that the question already held
QUESTION_SHARE = 0.6  # what holding the whole question adds to a span's recall
HIT_SHARE = 0.3  # what the search's own score, in [0, 1], adds
NEIGHBOURS = 3  # longest candidate, in sentences
_WHETHER = re.compile(
    r"\W*(is|are|was|were|am|do|does|did|can|could|may|might|must|will|would|shall|should|has|have|had)\b", re.I
)
LENGTH_COST = 2e-4  # recall a character, so that the shorter of two like spans wins


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start:end` of a hit's document that stand behind a sentence."""

    hit: Hit
    start: int
    end: int
    quote: str
    recall: float  # of the sentence, in the quote
    checks: tuple[Check, ...]

    @property
    def score(self) -> float:
        """How far the quote bears the sentence out, in [0, 1]."""
        return self.recall * factor(self.checks)

    @property
    def supported(self) -> bool | None:
        wrong = any(
            one.found in ("contradicted", "swapped") or (one.kind in NUMBERS and one.found == "missing")
            for one in self.checks
        )
        if wrong or self.score < UNSUPPORTED:
            return False
        return True if self.score >= SUPPORTED else None


@dataclass(frozen=True, slots=True)
class Source:
    """A hit as it is compared with sentences, read once for all of them."""

    hit: Hit
    beside: frozenset[str]  # its title, headings and the heads of its tables hold
    said: tuple[Word, ...]  # words of the passage without orders
    holds: frozenset[str]
    spans: tuple[tuple[int, int, frozenset[str]], ...]  # candidates, and what each holds


def read(hits: Sequence[Hit]) -> list[Source]:
    """The hits, taken apart."""
    sources = []
    for hit in hits:
        text = hit.passage.text
        said = words(fenced(text))
        alone = {span: norms(words(text[slice(*span)])) for span in sentences(text)}
        heads = [alone[span] for span in alone if heads_table(text, *span)]
        spans = tuple(
            (window[0][0], window[-1][1], frozenset[str]().union(*(alone[span] for span in window)))
            for window in _windows(text)
        )
        sources.append(Source(hit, _beside(hit.passage).union(*heads), said, norms(said), spans))
    return sources


def attribute(sentence: str, hits: Sequence[Hit], question: str) -> Span | None:
    """The best span behind a sentence, or None where no hit shares a telling word with it."""
    return among(sentence, read(hits), question)


def among(sentence: str, sources: Sequence[Source], question: str, own: frozenset[str] = frozenset()) -> Span | None:
    """`attribute`, for hits that were read before; `own` are numbers that the answer bears out itself."""
    asked = frozenset(word.norm for word in words(question))
    weights = {word: weight for word, weight in _weights(sentence, asked).items() if word.norm not in own}
    found = _best(weights, sources, asked - STOP - STOP_ELSEWHERE, bool(_WHETHER.match(question)))
    if found is None:
        return None
    source, start, end, recall = found
    passage = source.hit.passage
    quote = passage.text[start:end]
    everywhere = source.beside.union(*(one.holds for one in sources))
    checks = tuple(check(sentence, Evidence(quote, source.beside | own, source.holds, everywhere, asked)))
    return Span(source.hit, passage.start + start, passage.start + end, quote, recall, checks)


def nearest(question: str, hits: Sequence[Hit]) -> Span | None:
    """The span of the best hit that speaks most of what was asked, for an answer that nothing bears out: where to look.

    None where the hit, with its title and heading, holds no telling word of the question.  It bears out nothing: its recall is 0.
    """
    asked = frozenset(word.norm for word in words(question)) - STOP - STOP_ELSEWHERE
    hit = hits[0]
    passage, beside = hit.passage, _beside(hit.passage)

    def worth(span: tuple[int, int]) -> tuple[int, int]:
        return len(asked & (norms(words(passage.text[slice(*span)])) | beside)), span[0] - span[1]

    best = max(candidates(passage.text), key=worth, default=None)
    if best is None or not worth(best)[0]:
        return None
    start, end = best
    return Span(hit, passage.start + start, passage.start + end, passage.text[start:end], 0.0, ())


def _best(
    weights: Mapping[Word, float], sources: Sequence[Source], asked: frozenset[str], whether: bool
) -> tuple[Source, int, int, float] | None:
    """(source, start, end, recall); offsets into the passage's text.

    Asked `whether` something is so, an answer may say it again with a word more ("generally") that no quote holds.
    """
    total = sum(weights.values())
    if not total:
        return None
    means = {norm: word for word in weights for norm in held_by(word)}
    telling = {norm for norm, word in means.items() if weights[word] >= 1}
    if not telling or (whether and _only_adds(telling, means, sources)):
        telling = set(means)
    best: tuple[tuple[float, int], tuple[Source, int, int, float]] | None = None
    for source in sources:
        for start, end, own in source.spans:
            if own.isdisjoint(telling):
                continue
            held = {means[norm] for sides in (own, source.beside) for norm in means.keys() & sides}
            recall = sum(weight for word, weight in weights.items() if word in held) / total
            near = len((asked & own) | (asked & source.beside)) / max(len(asked), 1)
            worth = recall + QUESTION_SHARE * near + HIT_SHARE * source.hit.score - LENGTH_COST * (end - start)
            key = (round(worth, 6), -source.hit.rank)
            if best is None or key > best[0]:
                best = (key, (source, start, end, recall))
    return best[1] if best else None


def _only_adds(telling: set[str], means: Mapping[str, Word], sources: Sequence[Source]) -> bool:
    """Whether the telling words are plain ones that no candidate holds."""
    plain = all(means[norm].kind == "word" for norm in telling)
    return plain and all(own.isdisjoint(telling) for source in sources for _, _, own in source.spans)


def _weights(sentence: str, asked: frozenset[str]) -> Mapping[Word, float]:
    """Each word of a sentence once, with what it weighs; where none weighs anything, all weigh 1."""
    found = {word.norm: word for word in words(sentence)}
    weighed = {word: WEIGHTS[word.kind] for word in found.values() if word.kind in WEIGHTS}
    told = {word for word in weighed if word.norm in asked and word.kind not in NUMBERS}
    if not weighed:
        return dict.fromkeys(found.values(), 1.0)
    return {word: weight * (ASKED_SHARE if word in told else 1) for word, weight in weighed.items()}


def candidates(text: str) -> Iterator[tuple[int, int]]:
    """Sentences of a passage, and each two and three neighbours, as offsets into its text; orders say nothing."""
    return ((window[0][0], window[-1][1]) for window in _windows(text))


def _windows(text: str) -> Iterator[list[tuple[int, int]]]:
    spans, kept_out = sentences(text), set(ordering(text))
    for count in range(1, NEIGHBOURS + 1):
        for first in range(len(spans) - count + 1):
            window = spans[first : first + count]
            if kept_out.isdisjoint(window):
                yield window


def _beside(passage: Passage) -> frozenset[str]:
    return norms(words(f"{passage.title} . {passage.heading}"))
