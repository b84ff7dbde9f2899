"""What stands beside a number: its unit, and whether it is the most or the least.

    differs(80 of "The load is 80 g.", "The load is 80 g.", "The load is 80 kg.", …)     →  True

A number that the quote holds is another one where each time it stands there its unit, or the bound before it ("at
least"), is another.  Of two different words after a number one has to be a known unit, and the quote must not have
ours further on: "80 large boxes" are "80 boxes", and "12 people" may be "12 persons".

Left out on purpose: converting.  1 kg and 1000 g are two numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from tunebook.answer.lexicon import CURRENCIES, KNOWN_UNITS
from tunebook.answer.polarity import bound, bound_behind, forbidden
from tunebook.answer.text import Word, words

NEAR_WORDS = 3  # after a number, in which its unit may stand behind other words
_BLANKS = frozenset(["", " ", "-", "\u00a0", "\u202f", "\u2009", "\n"])
_DEGREE = "degr"
_DEGREES = frozenset([_DEGREE, "celsiu", "fahrenheit"])
_SHARES = frozenset(["percent", "percentag", "rat", "shar"])  # stems: where they stand, a bare number may be one


def differs(word: Word, sentence: str, quote: str, around: frozenset[str]) -> bool:
    """True where the quote has the number and never with the same unit and bound.

    `around` is what stands beside the quote and in the question.
    """
    here, there = words(sentence), words(quote)
    places = [place for place, other in enumerate(there) if other.kind == word.kind and other.norm == word.norm]
    if not places:
        return False
    own = next(place for place, other in enumerate(here) if other.start == word.start)
    return all(
        _bounds_otherwise(sentence, word, quote, there[place])
        or (word.kind == "number" and _measures_otherwise((here, own, sentence), (there, place, quote), around))
        for place in places
    )


_Place = tuple[Sequence[Word], int, str]


def _bounds_otherwise(sentence: str, word: Word, quote: str, other: Word) -> bool:
    if forbidden(sentence, word.start) != forbidden(quote, other.start):
        return False  # "above 25 is not allowed" is "25 at most"
    ours = bound(sentence, word.start) or bound_behind(sentence, word.end)
    return ours * (bound(quote, other.start) or bound_behind(quote, other.end)) < 0


def _measures_otherwise(ours: _Place, theirs: _Place, around: frozenset[str]) -> bool:
    one, other = unit(*ours), unit(*theirs)
    if one == other or ({one, other} <= _DEGREES and _DEGREE in (one, other)):
        return False
    if one is None or other is None:
        told = around | {word.norm for word in ours[0]}
        return "percent" in (one, other) and not told & _SHARES if one is None else False
    known = one in KNOWN_UNITS or other in KNOWN_UNITS
    return known and one not in _following(theirs) and other not in _following(ours)


def unit(found: Sequence[Word], place: int, text: str) -> str | None:
    """The currency before a number, or the word that follows it at once."""
    word = found[place]
    before = found[place - 1] if place else None
    if before and before.norm in CURRENCIES and text[before.end : word.start] in _BLANKS:
        return before.norm
    after = found[place + 1] if place + 1 < len(found) else None
    if after is None or text[word.end : after.start] not in _BLANKS:
        return None
    return after.norm if after.kind == "word" or after.norm in KNOWN_UNITS else None


def _following(place: _Place) -> list[str]:
    found, at, _ = place
    return [word.norm for word in found[at + 1 : at + 1 + NEAR_WORDS]]
