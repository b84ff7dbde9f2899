"""The plainest negations of other languages: "nicht erlaubt", "keine Hunde", "n'est pas ouverte", "não abre", "не открыт".

    denied_elsewhere("Hunde sind erlaubt.", "Hunde sind hier nicht erlaubt.")     →  ["erlaubt"]

Of these languages nothing is known but a few words, so that little is said: one side has such a negation and the other has
none, and the other says the word that stands right behind it.  The Spanish "no" is read as the English one (polarity.py).
Left out on purpose: negations far from their word ("nimmt Hunde nicht mit", "nicht im Preis enthalten"), opposites.
"""

from __future__ import annotations

import re

from tunebook.answer.text import holds, norms, words

_LEAST_LETTERS = 4  # of the word that is negated: shorter ones are small words
_NEGATION = re.compile(
    r"(?:\b(?:nicht|nie|niemals|kein(?:e[mnrs]?)?|ohne|pas|jamais|aucune?|sans|nunca|jam\u00e1s|ning\u00fan|ninguna"
    r"|non(?= )|n\u00e3o|niet|geen|nooit|\u043d\u0435"  # Italian, Portuguese, Dutch, Russian; and Arabic:
    r"|\u0644\u0627|\u0644\u0645|\u0644\u0646|\u0644\u064a\u0633\u062a?|\u063a\u064a\u0631)"
    r"|\bn(?:e |['\u2019])\w+ plus)\b(?: mehr\b)?",
    re.IGNORECASE,
)


def denied_elsewhere(sentence: str, quote: str) -> list[str]:
    """The words of the sentence that are negated on one side only."""
    ours, theirs = list(_NEGATION.finditer(sentence)), list(_NEGATION.finditer(quote))
    text, found = (sentence, ours) if ours else (quote, theirs)
    if (ours and theirs) or len(found) % 2 == 0:  # "nicht ohne"
        return []
    behind = {match.end() + 1 for match in found}
    negated = [one for one in words(text) if one.start in behind and one.end - one.start >= _LEAST_LETTERS]
    said, there = (negated, norms(words(quote))) if ours else (words(sentence), norms(negated))
    return [sentence[one.start : one.end] for one in said if holds(there, one)]
