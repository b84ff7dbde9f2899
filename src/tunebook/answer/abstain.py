"""When an answer is no answer.

    says_nothing_found("The passages do not mention a price.", "The documents do not say.")   →  True
    says_nothing_found("No information is kept longer than 30 days.", …)                      →  False
    too_far(hits, min_similarity=0.3)      True where even the best hit is about something else

A refusal speaks of the documents ("none of the passages mentions it"), of whoever answers ("I could not find it"), or is a
whole sentence by itself ("Not mentioned."), and opens the answer: only an apology, a lead-in ("Based on the text, …") or a
sentence about the documents may stand before it; after one that tells what they say ("the text states that …") it counts
where it takes that back ("However, it does not …").  What ordinary sentences say too ("not given", "no mention of") counts
only with the documents beside it, or as all that is said.

Of six other languages the plainest are known (refusals_elsewhere.py), of all others the agreed words, with a clause before
them at most ("申し訳ありませんが、…").

Left out on purpose: a threshold fitted on the project's own cases (`gate` has one).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tunebook.answer.refusals import answers_from_documents, is_of_documents, lead, names_documents, refuses, takes_back
from tunebook.answer.refusals_elsewhere import refuses_elsewhere
from tunebook.answer.sentences import sentences
from tunebook.values import Hit

_READ_CHARS = 300  # of an answer: a refusal opens it
_CLAUSE = re.compile(r"[^\d,\u060c\u3001:.!?\u3002]{1,40}[,\u060c\u3001]\s*")  # before the agreed words: an apology
_RUN_CHARS = 8  # of agreed words that no blank parts; a shorter run may be a value
_ENDS = re.compile(r"[.!?;\n\u3002\uff01\uff1f]")
_DECORATION = " :\t\r\n*_`\"'\u201c\u201d\u2018#>-"


def says_nothing_found(text: str, abstention: str) -> bool:
    """True where the text is the agreed abstention, or says in other words that the documents do not hold the answer."""
    text = text.replace("\u2019", "'").strip()
    if not text or _begins(text, abstention) or _comes_to(text, abstention):
        return True
    beside = answered = False  # the documents were spoken of; and what they say was told
    for start, end in sentences(text[: 2 * _READ_CHARS]):
        if start >= _READ_CHARS:
            return False
        sentence = text[start:end].strip(_DECORATION).lower()
        before = lead(sentence)
        if answered and not takes_back(before):
            return False
        said = sentence[len(before) :].lstrip(_DECORATION)
        if refuses(said, beside or names_documents(before)) or (before and _begins(said, abstention)):
            return True
        if refuses_elsewhere(sentence):
            return True
        beside, answered = is_of_documents(said), answers_from_documents(said)
        if said.strip(" .!,:") and not beside:
            return False
    return False


def _begins(text: str, abstention: str) -> bool:
    """Whether the text begins with these words; a single one must be all of the first sentence, as it begins too many."""
    agreed = _words(abstention)
    if len(agreed) < 2:
        return bool(agreed) and _words(_first(text)) == agreed
    return _words(text)[: len(agreed)] == agreed


def _comes_to(text: str, abstention: str) -> bool:
    """Whether its first sentence is these words behind a clause, and a word ("but") at most; never a single one."""
    clause, agreed = _CLAUSE.match(text), _words(abstention)
    single = len(agreed) < 2 and (abstention.isascii() or len("".join(agreed)) < _RUN_CHARS)
    if clause is None or single:
        return False
    said = _words(_first(text[clause.end() :]))
    return said[-len(agreed) :] == agreed and len(said) <= len(agreed) + 1


def _first(text: str) -> str:
    """Its first sentence."""
    return _ENDS.split(text.lstrip(_DECORATION), maxsplit=1)[0]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.replace("\u2019", "'").casefold())


def too_far(hits: Sequence[Hit], min_similarity: float) -> bool:
    """True where no hit's cosine reaches the minimum, or there is no hit at all."""
    cosines = [hit.stages["cosine"] for hit in hits if "cosine" in hit.stages]
    return not hits or (bool(cosines) and max(cosines) < min_similarity)
