"""Why there is no answer, in a few words that name the setting which moves it.

far(hits, 0.3)                                               →  "best cosine 0.21 < 0.3 (answer.min_similarity)"
below("gate", 0.12, 0.2039, "answer.false_refusals")         →  "gate 0.12 < 0.2039 (answer.false_refusals)"
"""

from __future__ import annotations

from collections.abc import Sequence

from tunebook.answer import too_far
from tunebook.values import Hit

NOTHING_FOUND = "nothing was found"
SAID_SO = "the model says so"
WROTE_NOTHING = "the model wrote nothing"
SPENT = "the model wrote no answer within answer.max_new_tokens (one that reasons needs more)"
FEWEST_DIGITS, MOST_DIGITS = 4, 17


def far(hits: Sequence[Hit], min_similarity: float) -> str | None:
    """None where a hit is near enough."""
    if not too_far(hits, min_similarity):
        return None
    cosines = [hit.stages["cosine"] for hit in hits if "cosine" in hit.stages]
    return below("best cosine", max(cosines), min_similarity, "answer.min_similarity") if cosines else NOTHING_FOUND


def unsupported(sentences: int, of: int, policy: str) -> str:
    return f"{sentences} of {of} sentences not supported (answer.unsupported = {policy!r})"


def withheld(said: str) -> str:
    return f"the model server's filter kept the answer back: {said}"


def below(what: str, value: float, limit: float, setting: str) -> str:
    """With as many digits as it takes to tell the two apart."""
    for digits in range(FEWEST_DIGITS, MOST_DIGITS):
        if float(f"{value:.{digits}g}") < float(f"{limit:.{digits}g}"):
            break
    return f"{what} {value:.{digits}g} < {limit:.{digits}g} ({setting})"
