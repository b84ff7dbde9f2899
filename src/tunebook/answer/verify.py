"""An answer held against its hits: every sentence with its citations and a verdict, and what becomes of the rest.

    verify("It carries 80 kg. It flies.", hits, "How much does the Wren carry?")
    →  claims: "It carries 80 kg." supported, citing [1]; "It flies." not supported, "no passage speaks of it"

The model's own markers are not asked for and not trusted, and the header of a table is no claim; nor are a heading and "The
steps are:", where no passage bears them out and nothing in them can be checked.  An answer of which no
sentence has a quote gets the place in the best hit that speaks most of what was asked, marked as not supporting it, so that
the reader can look there.  `settled` applies the policy to sentences that nothing supports: leave them marked, drop them, or
abstain.

    grounded = (mean of the claims' scores by words + share of the answer's words + share of its word pairs in the hits) / 3
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from tunebook.answer.attribute import UNCITED, Source, Span, among, nearest, read
from tunebook.answer.checks import NUMBERS, Check
from tunebook.answer.counting import counted
from tunebook.answer.cutting import heads_table, leads_in, without
from tunebook.answer.refusals import lead
from tunebook.answer.sentences import sentences
from tunebook.answer.text import tokens, words
from tunebook.values import Citation, Claim, Hit

Policy = Literal["mark", "drop", "abstain"]
WHY = {
    "passage": "{kind} {text!r} stands elsewhere in the passage",
    "elsewhere": "{kind} {text!r} stands in another passage",
    "asked": "{kind} {text!r} stands in the question and in no passage",
    "missing": "{kind} {text!r} stands in no passage",
    "misplaced": "{kind} {text!r} stands in another place in the quote",
    "swapped": "the quote has another {kind} where the answer says {text!r}",
    "contradicted": "{text!r} is negated on one side only",
}
YES_OR_NO = frozenset(["yes", "no", "ja", "nein", "oui", "non", "s\u00ed"])


@dataclass(frozen=True, slots=True)
class Verified:
    """A text with its claims and citations; `grounded` is None where there was nothing to hold it against."""

    text: str
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    grounded: float | None = None
    unsupported: tuple[str, ...] = ()


def verify(text: str, hits: Sequence[Hit], question: str) -> Verified:
    """Every sentence of the text with its citations and verdict; markers count documents from 1."""
    if not hits:
        return Verified(text)
    claims: list[Claim] = []
    citations: list[Citation] = []
    markers: dict[str, int] = {}
    sources = read(hits)
    for start, end in sentences(text):
        if heads_table(text, start, end):
            continue
        sentence = text[start:end]
        if _says_yes_or_no(sentence):
            if not leads_in(text, start, end):
                claims.append(Claim(sentence, start, end, None, 0.0, (), ("no word in it can be checked",)))
            continue
        before = lead(sentence.lower())  # "According to the text, " is said of no document
        own = counted(text, start, end)
        span = among(sentence[len(before) :] or sentence, sources, question, own)
        if leads_in(text, start, end) and _says_nothing(sentence, span, own):
            continue
        if span is None or span.recall < UNCITED:
            claims.append(Claim(sentence, start, end, False, 0.0, (), ("no passage speaks of it",)))
            continue
        claims.append(_claim(sentence, start, end, span, len(citations)))
        marker = markers.setdefault(span.hit.passage.document, len(markers) + 1)
        citations.append(_citation(marker, span, sentence))
    if claims and not citations and (span := nearest(question, hits)):
        why = ("the nearest passage does not say it",) if claims[0].supported is False else claims[0].why
        claims[0] = replace(claims[0], citations=(0,), why=why)
        citations.append(replace(_citation(1, span, claims[0].sentence), supported=claims[0].supported))
    unsupported = tuple(claim.sentence for claim in claims if claim.supported is False)
    return Verified(text, tuple(claims), tuple(citations), _grounded(text, claims, sources), unsupported)


def _says_yes_or_no(sentence: str) -> bool:
    """Whether that is all ("Yes.", "No, it is not.", "None."): no word that a passage could hold."""
    found = [word for word in words(sentence) if word.kind not in ("stop", "negation") or word.norm == "1"]
    return all(word.norm in YES_OR_NO for word in found)


def _says_nothing(sentence: str, span: Span | None, own: frozenset[str]) -> bool:
    """Whether nothing bears it out, and nothing in it can be checked but the number of what follows."""
    if any(word.kind in NUMBERS and word.norm not in own for word in words(sentence)):
        return False
    return span is None or not (span.supported or any(one.found != "held" for one in span.checks))


def settled(found: Verified, policy: Policy, hits: Sequence[Hit], question: str) -> Verified | None:
    """The text after the policy; None where nothing of it may be said."""
    if policy == "mark" or not found.unsupported:
        return found
    kept = [claim for claim in found.claims if claim.supported is not False]
    if policy == "abstain" or not kept:
        return None
    text = without(found.text, _dropped(found))
    again = verify(text, hits, question)
    return Verified(text, again.claims, again.citations, again.grounded, found.unsupported)


def _dropped(found: Verified) -> list[tuple[int, int]]:
    """The sentences that nothing supports, and what only leads to one of them."""
    claimed = {(claim.start, claim.end): claim.supported for claim in found.claims}
    gone = {span for span, supported in claimed.items() if supported is False}
    for span, after in reversed(list(pairwise(sentences(found.text)))):
        if after in gone and span not in claimed and leads_in(found.text, *span):
            gone.add(span)
    return sorted(gone)


def _citation(marker: int, span: Span, sentence: str) -> Citation:
    passage = span.hit.passage
    return Citation(marker, passage.document, passage.page, span.start, span.end, span.quote, span.supported, sentence)


def _claim(sentence: str, start: int, end: int, span: Span, place: int) -> Claim:
    why = [_said(one) for one in span.checks if one.found != "held"]
    if span.supported is not True and not why:
        why = ["the quote holds too little of it"]
    return Claim(sentence, start, end, span.supported, round(span.score, 4), (place,), tuple(dict.fromkeys(why)))


def _said(one: Check) -> str:
    return WHY[one.found].format(kind=one.kind, text=one.text)


def _grounded(text: str, claims: Sequence[Claim], sources: Sequence[Source]) -> float | None:
    said = tokens(text)
    if not said or not claims:
        return None
    held = [[word.norm for word in source.said] for source in sources]
    alone = set(said)
    pairs = set(pairwise(said))
    lengths = [len(claim.sentence.split()) for claim in claims]
    borne = sum(claim.score * length for claim, length in zip(claims, lengths, strict=True)) / max(sum(lengths), 1)
    words_held = len(alone & {word for words in held for word in words}) / len(alone)
    pairs_held = len(pairs & {pair for words in held for pair in pairwise(words)}) / len(pairs) if pairs else words_held
    return round((borne + words_held + pairs_held) / 3, 4)
