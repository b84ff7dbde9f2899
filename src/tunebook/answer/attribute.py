"""Which words of the hits stand behind each sentence of an answer.

    cite("It carries 80 kg.", hits, "How much does the Wren carry?")
    →  [Citation(marker=1, document="documents/wren.md", page=None, start=212, end=251, quote="…80 kg…", supported=True)]

Citations come from alignment, never from the model's own marker: a small model prints [1] whatever it read.
Each sentence of the answer is compared with each sentence (and pair of neighbours) of the hits:

    recall(s, q) = Σ weight(t) over the tokens t of s that are in q  /  Σ weight(t) over the tokens of s

where numbers weigh 2, words that the question already held 0.25, stop words 0, all others 1.  The quote is the best
span, to the letter; title and headings count as held beside it, but the quote itself must hold a telling word.  It is
`supported` when recall is at least 0.6 and every number of the sentence is in the quote; not supported when a number
is missing or recall is below 0.35; otherwise nobody can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tunebook.values import Citation, Hit, Passage

SUPPORTED, UNSUPPORTED = 0.6, 0.35
_TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*|\w+", re.UNICODE)
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[^a-z\s])|\n+")
_LIST_NUMBER = re.compile(r"\(?(\d{1,2}|[a-z])[.)]")
_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "he",
        "her",
        "his",
        "how",
        "i",
        "if",
        "in",
        "is",
        "it",
        "its",
        "may",
        "not",
        "of",
        "on",
        "or",
        "our",
        "she",
        "so",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "us",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "will",
        "with",
        "you",
        "your",
        "yes",
        "no",
        "also",
        "only",
        "any",
    ]
)


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start:end` of a passage's document that stand behind a sentence, and how much of it they hold."""

    hit: Hit
    start: int
    end: int
    quote: str
    recall: float
    numbers_held: bool

    @property
    def supported(self) -> bool | None:
        if self.recall >= SUPPORTED and self.numbers_held:
            return True
        return False if not self.numbers_held or self.recall < UNSUPPORTED else None


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence or line, without outer white space."""
    spans, start = [], 0
    for boundary in [*_SENTENCE_END.finditer(text), None]:
        end = boundary.start() if boundary else len(text)
        piece = text[start:end]
        if any(char.isalnum() for char in piece) and not _LIST_NUMBER.fullmatch(piece.strip()):
            left = start + len(piece) - len(piece.lstrip())
            spans.append((left, left + len(piece.strip())))
        start = boundary.end() if boundary else end
    return spans


def tokens(text: str) -> list[str]:
    """Lower-case words and numbers, plural s taken off, thousands separators out."""
    found = []
    for token in _TOKEN.findall(text.lower().replace("\u2019", "'")):
        if token[0].isdigit():
            found.append(re.sub(r"(?<=\d),(?=\d{3})", "", token))
        else:
            found.append(token[:-1] if len(token) > 3 and token.endswith("s") and not token.endswith("ss") else token)
    return found


def cite(answer: str, hits: Sequence[Hit], question: str) -> list[Citation]:
    """Citations of an answer, one a sentence that some hit stands behind; markers count documents from 1."""
    citations: list[Citation] = []
    markers: dict[str, int] = {}
    for sentence in dict.fromkeys(answer[start:end] for start, end in sentences(answer)):
        span = attribute(sentence, hits, question)
        if span is None or span.recall < UNSUPPORTED:
            continue
        passage = span.hit.passage
        marker = markers.setdefault(passage.document, len(markers) + 1)
        citations.append(
            Citation(marker, passage.document, passage.page, span.start, span.end, span.quote, span.supported, sentence)
        )
    return citations


def attribute(sentence: str, hits: Sequence[Hit], question: str) -> Span | None:
    """The best span behind a sentence, or None where no hit shares a word with it.

    Equal recall is decided by how much of the question the span holds, then by rank: a short answer ("1685") stands in
    many places, and the right one speaks of what was asked.
    """
    weights = _weights(tokens(sentence), set(tokens(question)))
    total = sum(weights.values())
    if not total:
        return None
    numbers = {token for token in weights if token[0].isdigit()}
    telling = {token for token, weight in weights.items() if weight >= 1} or set(weights)
    asked = set(tokens(question)) - _STOP
    best: tuple[tuple[float, float, int, int], Span] | None = None
    for hit in hits:
        for start, end in _candidates(hit.passage):
            own = set(tokens(hit.passage.text[start:end]))
            if own.isdisjoint(telling):
                continue
            held = own | set(tokens(f"{hit.passage.title} {hit.passage.heading}"))
            recall = sum(weight for token, weight in weights.items() if token in held) / total
            near = len(asked & held) / max(len(asked), 1)
            key = (round(recall, 3) + 0.3 * near, near, -hit.rank, start - end)
            if best is None or key > best[0]:
                best = (key, _span(hit, start, end, recall, numbers <= held))
    return best[1] if best else None


def _weights(words: Sequence[str], asked: set[str]) -> Mapping[str, float]:
    weights = {}
    for word in words:
        if word[0].isdigit():
            weights[word] = 2.0
        elif word not in _STOP:
            weights[word] = 0.25 if word in asked else 1.0
    return weights or dict.fromkeys(words, 1.0)


def _candidates(passage: Passage) -> Iterator[tuple[int, int]]:
    """Sentences of a passage and pairs of neighbours, as offsets into its text."""
    spans = sentences(passage.text)
    yield from spans
    for (start, _), (_, end) in pairwise(spans):
        yield start, end


def _span(hit: Hit, start: int, end: int, recall: float, numbers_held: bool) -> Span:
    passage = hit.passage
    return Span(hit, passage.start + start, passage.start + end, passage.text[start:end], recall, numbers_held)
