"""Which words of a text are negated, and on which side of a number a bound lies.

    polarity("No riders may use the tunnel.")       riders: either way, use: negated
    bound("no more than 20 kg", 13)                 →  -1, as "at most", "up to" and "under" do

"not" and "never" govern the next two content words, up to a preposition; the second may be said either way where it is
the first one's object: "never immerse the motor" is "the motor must not be immersed".  "No", "neither" and "without" govern two
as well, of "no parking available" above all the last; but where they open a clause they govern its verb, and what stands
around it may be said either way: "no riders may use the tunnel" is "riders may not use the tunnel" and "the tunnel may not be
used by riders".
"Non-" governs the next word, where that is no name and stands before no other.  "No" with anything but a blank after it
answers the question and negates nothing, and neither do "no more than", "not later than", "not exceed", "not only".

Left out on purpose: a negation that only the grammar carries ("hardly", "refuse to"), and what stands between "not" and its verb.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tunebook.answer.lexicon import stem
from tunebook.answer.text import Word, words

OUTSIDE, UNDER = frozenset([False]), frozenset([True])
EITHER = OUTSIDE | UNDER
SCOPE = (UNDER, UNDER)  # of the content words after a negation
_DETERMINERS = frozenset(["no", "neither", "nor", "without", "none", "nobody", "nothing"])
_SUBJECTS = frozenset(["nobody", "nothing", "none"])  # the others stand before theirs
_ENDS_SCOPE = frozenset(["on", "at", "for", "with", "in", "by", "from"])
_ARTICLES = frozenset(["the", "a", "an", "any", "this", "that", "these", "those", "your", "its", "their", "our", "my"])
_COMPARATIVES = "more less fewer later earlier sooner greater longer shorter higher lower larger smaller"
_COMPARES = frozenset(_COMPARATIVES.split())
_EXCEED = stem("exceed")
_CLAUSE = re.compile(r"[,;:.!?(\n]\s*(?:and\s+|but\s+)?$|\b(?:that|and|but|if|because)\s+$")
_STOPS = re.compile(r"[.!?;]\s")
_WHAT = r"(?: [a-z]+){0,2}?(?: is| are| of|:)?"  # "maximum weight is 20", "max. 20"
_MOST = (
    r"(?:less|fewer|lower|shorter|earlier|sooner) than|at most|up to|under|below|before|until"
    rf"|max(?:imum|\.)?{_WHAT}"
)
_LEAST = (
    r"(?:more|greater|higher|longer|later) than|at least|over|above|after|from|exceed(?:s|ed|ing)?"
    rf"|min(?:imum|\.)?{_WHAT}"
)
_NOT = r"(?:\b(?:not|no|never)|n['\u2019]t)\s+(?:\w+\s+){0,2}"  # "not before nine", "do not start before nine"
_BOUND = re.compile(rf"(?P<turned>{_NOT})?\b(?:(?P<most>{_MOST})|(?P<least>{_LEAST}))\s*[€$£]?\s*$", re.IGNORECASE)
_OVER = r"over|above|more|upwards?|up|older|later|longer|higher"
_UNDER = r"under|below|less|fewer|younger|earlier|shorter|lower"
_BEHIND = re.compile(rf"\s*(?:[^\W\d]+\s+|%\s*)?(?:and|or)\s+(?:(?P<least>{_OVER})|{_UNDER})\b(?! than)", re.IGNORECASE)

_FORBIDDEN = re.compile(
    r"[^.!?;\n]{0,40}?\b(?:(?:not|n['\u2019]t|never) (?:be )?(?:allowed|permitted|possible)|forbidden|prohibited|banned)\b",
    re.I,
)


def polarity(text: str) -> Mapping[str, tuple[frozenset[bool], Word]]:
    """Content word → whether it stands under a negation (True), outside one (False), or both; and its last place."""
    sides: dict[str, tuple[frozenset[bool], Word]] = {}
    found = words(text)
    ahead: list[frozenset[bool]] = []
    reached = opened = False
    for place, word in enumerate(found):
        if place and _STOPS.search(text[found[place - 1].end : word.start]):
            ahead = []
        if word.kind == "negation" and negates(text, found, place):
            opened = opened if word.norm == "nor" else word.norm in _DETERMINERS and _opens_clause(text, found, place)
            ahead, reached = _governed(text, found, place, opened), False
        elif word.kind in ("word", "name"):
            ways = ahead.pop(0) if ahead else OUTSIDE
            if ways == UNDER and reached and _is_object(found, place):
                ways = EITHER
            sides[word.norm] = ((sides[word.norm][0] if word.norm in sides else frozenset()) | ways, word)
            reached = True
        elif word.norm in _ENDS_SCOPE and reached:
            ahead = []
    return sides


def _governed(text: str, found: tuple[Word, ...], place: int, opened: bool) -> list[frozenset[bool]]:
    """How the content words after a negation stand under it."""
    norm = found[place].norm
    if opened:
        return [*([] if norm in _SUBJECTS else [EITHER]), UNDER, EITHER]
    if norm == "non":
        named = place + 1 < len(found) and found[place + 1].kind == "name"
        return [EITHER] if named or _two_at_once(text, found, place) else [UNDER]
    return [EITHER, UNDER] if norm in _DETERMINERS and _two_at_once(text, found, place) else [*SCOPE]


def _is_object(found: tuple[Word, ...], place: int) -> bool:
    """Whether a verb and an article stand right before the word."""
    verb = found[place - 2]
    return found[place - 1].norm in _ARTICLES and verb.kind == "word" and verb.norm not in ("longer", "yet")


def _two_at_once(text: str, found: tuple[Word, ...], place: int) -> bool:
    """Whether two content words follow without anything between them."""
    two = found[place + 1 : place + 3]
    return [one.kind in ("word", "name") for one in two] == [True, True] and text[two[0].end : two[1].start] == " "


def negates(text: str, found: tuple[Word, ...], place: int) -> bool:
    """False for "No, dogs …", "no more than", "not exceed" and "not only"."""
    following = found[place + 1] if place + 1 < len(found) else None
    if following is None:
        return True
    between = text[found[place].end : following.start]
    if found[place].norm == "no" and between.strip():
        return False
    if any(word.norm == _EXCEED for word in found[place + 1 : place + 3]):
        return False
    return following.norm != "only" and not _compares(text, found, place + 1)


def _compares(text: str, found: tuple[Word, ...], at: int) -> bool:
    """True for "more than", and for a verb or two before "more than" and a number: a bound, not a denial."""
    for place in range(at, min(at + 3, len(found) - 1)):
        if text[found[place].start : found[place].end].lower() in _COMPARES and found[place + 1].norm == "than":
            return place == at or (place + 2 < len(found) and found[place + 2].kind == "number")
    return False


def _opens_clause(text: str, found: tuple[Word, ...], place: int) -> bool:
    """True where a clause begins with the negation and goes on after what it stands before."""
    begins = place == 0 or _CLAUSE.search(text, max(0, found[place].start - 12), found[place].start) is not None
    if not begins:
        return False
    rest = found[place + 1 :]
    until = next(
        (n for n, word in enumerate(rest) if n and _STOPS.search(text[rest[n - 1].end : word.start])), len(rest)
    )
    return any(word.kind in ("word", "name") for word in rest[1:until])


def bound(text: str, start: int) -> int:
    """-1 where what begins at `start` is the most (or the latest), 1 where it is the least, 0 where nothing says so."""
    match = _BOUND.search(text[max(0, start - 40) : start])
    if match is None:
        return 0
    return -1 if bool(match["most"]) != bool(match["turned"]) else 1


def bound_behind(text: str, end: int) -> int:
    """The same of what stands behind a number that goes to `end`: 1 for "12 and over", -1 for "12 years or less"."""
    match = _BEHIND.match(text, end)
    return 0 if match is None else 1 if match["least"] else -1


def forbidden(text: str, start: int) -> bool:
    """Whether a clause that goes on at `start` ends in "is not allowed" or the like: what lies beyond the bound is meant."""
    return _FORBIDDEN.match(text, start) is not None
