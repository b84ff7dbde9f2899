"""When an answer is no answer.

    says_nothing_found("The passages do not mention a price.", "The documents do not say.")   →  True
    too_far(hits, min_similarity=0.3)      True where even the best hit is about something else

Left out on purpose: a threshold fitted on the project's own cases.  The default similarity is a plain one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tunebook.values import Hit

_NOUN = r"(documents?|passages?|text|context|(given|provided|above) information|information (given|provided|above))"
_SUBJECT = (
    rf"(the |these |those |any of the )?(given |provided |above )?{_NOUN}( (that|which|you|i)\b[^.]{{0,30}}| \w+ed)?"
)
_NOT = r"(do not|does not|don't|doesn't|did not|didn't|cannot|can't)"
_SAY = (
    r"(\w+ly )?(say|mention|hold|contain|provide|state|specify|give|include|answer|tell|indicate|discuss|address"
    r"|have (any )?information)"
)
_SPEAKS = (
    r"(mentions?|states?|says?|suggests?|provides?|describes?|discuss(es)?|gives?|focus(es)?)"  # of the matter, that is
)
_SAID = r"(mentioned|provided|stated|specified|given|contained|found|available|answered)"
_REFUSALS = re.compile(
    rf"\b{_SUBJECT} ({_NOT} {_SAY}|says? nothing|mentions? nothing)\b"
    rf"|\b{_SUBJECT} {_SPEAKS} [^.]{{0,160}}\bbut (it|they) {_NOT} (\w+ly )?(say|mention|specify|state|tell|provide|explain)\b"
    rf"|(\bnot|n't|cannot) (be )?({_SAID} )?(in|by|from) {_SUBJECT}"
    rf"|\bi ({_NOT}|am unable to|am not able to) (know|find|answer|tell)\b|\bi'm (unable|not able) to (find|answer|tell)\b"
    r"|\bno (answer|information) (is |was )?(given|found|available)|\bnot possible to answer|^no information\b"
    r"|\bthere('s| is| was) no (mention of|indication of|information (on|about|regarding|in))\b",
    re.IGNORECASE,
)


def says_nothing_found(text: str, abstention: str) -> bool:
    """True where the text is the agreed abstention, or says in other words that the documents do not hold the answer."""
    text = text.replace("\u2019", "'")
    plain = text.strip().lower().rstrip(".")
    return not plain or plain.startswith(abstention.strip().lower().rstrip(".")) or bool(_REFUSALS.search(text[:200]))


def too_far(hits: Sequence[Hit], min_similarity: float) -> bool:
    """True where no hit's cosine reaches the minimum, or there is no hit at all."""
    cosines = [hit.stages["cosine"] for hit in hits if "cosine" in hit.stages]
    return not hits or (bool(cosines) and max(cosines) < min_similarity)
