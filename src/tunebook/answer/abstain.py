"""When an answer is no answer.

    says_nothing_found("The passages do not mention a price.", "The documents do not say.")   →  True
    too_far(hits, min_similarity=0.3)      True where even the best hit is about something else

Left out on purpose: a threshold fitted on the project's own cases.  The default similarity is a plain one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tunebook.values import Hit

_SUBJECT = r"(the |these |those |any of the )?(given |provided |above )?(documents?|passages?|text|context|information)"
_REFUSALS = re.compile(
    rf"\b{_SUBJECT}\b[^.]{{0,40}}\b(do(es)? not|don't|doesn't|did not|didn't|cannot)\b[^.]{{0,20}}"
    r"\b(say|mention|hold|contain|provide|state|specify|give|include|answer|tell)"
    rf"|\b(not|n't) (mentioned|provided|stated|specified|given|contained|found|available) (in|by) {_SUBJECT}"
    r"|\bi (do not|don't|cannot|can't) (know|find|answer)\b|\bno (answer|information) (is |was )?(given|found|available)",
    re.IGNORECASE,
)


def says_nothing_found(text: str, abstention: str) -> bool:
    """True where the text is the agreed abstention, or says in other words that the documents do not hold the answer."""
    plain = text.strip().lower().rstrip(".")
    return not plain or plain.startswith(abstention.strip().lower().rstrip(".")) or bool(_REFUSALS.search(text[:200]))


def too_far(hits: Sequence[Hit], min_similarity: float) -> bool:
    """True where no hit's cosine reaches the minimum, or there is no hit at all."""
    cosines = [hit.stages["cosine"] for hit in hits if "cosine" in hit.stages]
    return not hits or (bool(cosines) and max(cosines) < min_similarity)
