"""What is known of an answer before anyone reads it: figures of retrieval and generation that a gate goes by.

    signals("How heavy is the Wren?", hits, None, None)    →  {"cosine": .62, "late": .71, …, "lacks_words": 1}

`lacks_…` count what the question says and the sentence nearest to it does not: its negations, names, numbers and dates, and
other telling words.  Nearest is the sentence of the hits that shares most of the question's telling words, of equal ones the
shortest.  Questions that only look answerable often differ from their passage in one such word ("Who did *not* lease the
barn?", "Who leased it in *1912*?"), which a similarity of whole texts hardly sees: see docs/design/gate.md.

Left out on purpose: synonyms.  A gate learns from its examples how much a word that is missing means where people ask in
words of their own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tunebook.answer.attribute import candidates
from tunebook.answer.sentences import sentences
from tunebook.answer.text import Word, words
from tunebook.models import Generation
from tunebook.values import Hit

LACKS = {
    "negation": "lacks_negations",
    "name": "lacks_names",
    "number": "lacks_numbers",
    "date": "lacks_numbers",
    "word": "lacks_words",
}
READ_AGAIN = ("late", "reranker")  # one of them, by what reads passages again
FOUND = ("cosine", "bm25_a_word", *READ_AGAIN, "lead", "sentence_holds", *dict.fromkeys(LACKS.values()))
WRITTEN = ("grounded", "mean_logprob", "log_tokens")
SIGNALS = FOUND + WRITTEN


def signals(
    question: str, hits: Sequence[Hit], generated: Generation | None, grounded: float | None
) -> dict[str, float]:
    """By name; a signal that does not apply is absent.

    `sentence_holds` is the largest share of the question's telling words that one sentence of the hits, or two or three
    neighbours, hold with their passage's title; `lead` is how far the search's score of the first hit is above that of the
    second: a passage that answers stands out among those that only speak of the matter.
    """
    found: dict[str, float] = {}
    asked = [word for word in words(question) if word.kind != "stop"]
    norms = {word.norm for word in asked}
    if cosines := [hit.stages["cosine"] for hit in hits if "cosine" in hit.stages]:
        found["cosine"] = max(cosines)
    if lexical := [hit.stages["bm25"] for hit in hits if "bm25" in hit.stages]:
        found["bm25_a_word"] = max(lexical) / max(len(norms), 1)
    for name in READ_AGAIN:
        if scores := [hit.stages[name] for hit in hits if name in hit.stages]:
            found[name] = max(scores)
    if len(hits) > 1:
        found["lead"] = hits[0].score - hits[1].score
    if hits and norms:
        found["sentence_holds"] = max(len(norms & its) for hit in hits for its in _stretches(hit)) / len(norms)
        found |= _lacking(asked, hits)
    if grounded is not None:
        found["grounded"] = grounded
    if generated is not None:
        if generated.completion_tokens is not None:
            found["log_tokens"] = math.log1p(generated.completion_tokens)
        if generated.mean_logprob is not None:
            found["mean_logprob"] = generated.mean_logprob
    return found


def _lacking(asked: Sequence[Word], hits: Sequence[Hit]) -> dict[str, float]:
    """How many words of each kind the nearest sentence lacks."""
    telling = {word.norm for word in asked if word.kind != "negation"}
    held = max((its for hit in hits for its in _sentences(hit)), key=lambda its: (len(telling & its), -len(its)))
    counts = dict.fromkeys(LACKS.values(), 0.0)
    for word in asked:
        counts[LACKS[word.kind]] += word.norm not in held
    return counts


def _sentences(hit: Hit) -> Iterator[set[str]]:
    """The normal forms of the words of each sentence; at least one set."""
    text = hit.passage.text
    for start, end in sentences(text) or [(0, len(text))]:
        yield {word.norm for word in words(text[start:end])}


def _stretches(hit: Hit) -> list[set[str]]:
    """The same of each sentence and of two and three neighbours, with the passage's title and heading."""
    title = {word.norm for word in words(f"{hit.passage.title} . {hit.passage.heading}")}
    text = hit.passage.text
    return [title | {word.norm for word in words(text[start:end])} for start, end in candidates(text)] or [title]
