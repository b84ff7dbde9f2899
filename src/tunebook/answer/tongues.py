"""Words of German, French, Spanish, Italian, Portuguese and Dutch by their stems (Snowball's), in a text of that language.

    tongue("Die Bücher sind ausgeliehen.")      →  "german"
    stems("german", "mietverträge")             →  ("mietvertrag", ("mietverträg", "~tvertrag", "~vertrag", …))
    is_name("Der Bau von Anton Falk.", 12, 17)  →  True: beside another capital; a German noun by itself is none

A text that is too short to tell is taken for English, so that a word keeps its English stem as one that may stand for it.
The last part of a long German or Dutch word stands for the word: "Vertrag" for "Mietvertrag", and not the other way round.
Left out on purpose: parts of words by a dictionary, and German names that stand alone ("in Hamburg").
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from tunebook.answer.lexicon import SMALL, STOP, stem

READ_CHARS = 400  # at a text's beginning, to tell its language by
LEAST_SHARE = 0.1  # small words of a language among all words
COMPOUND, LONGEST = 9, 40  # letters of a word that may be one of two
LEAST_PART = 5
_WORD = re.compile(r"[^\W\d_]+")
_OF_NAMES = re.compile(r"\b([A-Z]\w*) (?:de|del|della|di|da|dos|du|la|le|au|aux|von|van|y|e|et|con|zu|zum) (?=[A-Z])")
_LETTERS = {"german": "äöüß", "french": "êëçœ", "spanish": "ñ¿¡", "portuguese": "ãõ"}
_ACCENT = re.compile(r"[\u00c0-\u024f]")
_COMPOUNDS = frozenset(["german", "dutch"])
_CAPITAL_BEFORE, _CAPITAL_BEHIND = re.compile(r"\b([A-ZÄÖÜ]\w*) $"), re.compile(r" ([A-ZÄÖÜ]\w*)")
# small words of German that are English words of weight, or seldom begin a sentence of it
_TOO = """
aber alle allen aller alles da dann denn dessen deren dort durch er etwa etwas gegen gilt geht gibt hat hatte hatten hier ihm ihn
ihr ihre ihrem ihren ihrer in jede jedem jeden jeder jedes jetzt man mehr nach noch nun nur ob ohne sehr seit sein seine
seinem seinen seiner selbst so sowie sonst um unter über vor war waren was weil wenn wer wo wurde wurden worden zwischen am an
"""
SMALL_TOO = SMALL["german"] | frozenset(_TOO.split())
_TOLD_BY = SMALL | {
    "german": (SMALL_TOO | {"nicht", "kein", "keine", "keinen", "keiner"}) - {"man", "war", "hat", "so"}
}
_TELLING = {language: its - STOP for language, its in _TOLD_BY.items()}
_OTHERS_TOO = frozenset(
    ["a", "also", "am", "an", "as", "do", "in", "is", "me", "no", "of", "on", "s", "so", "t", "was", "we", "will"]
)
_ENGLISH = STOP - _OTHERS_TOO


def tongue(text: str) -> str | None:
    """The language of which the text has most small words; None for English, and where two have as many.

    They are written small, not between two capitals ("Rio de Janeiro"), and no English small word is beside them in
    greater number; an accent counts as one more, and beside an accent so does a small word that opens the text.
    """
    head = text[:READ_CHARS]
    said = _WORD.findall(_OF_NAMES.sub(" ", head))
    small = [word for word in said if word.islower()]
    english = sum(word.lower() in STOP for word in said)
    if not said or (head.isascii() and 4 * english > len(said) + 4):
        return None
    opening = [said[0].lower()] if _ACCENT.search(head) else []
    counts = {language: sum(word in its for word in (*small, *opening)) for language, its in _TELLING.items()}
    for language, letters in _LETTERS.items():
        counts[language] += bool(counts[language]) and any(letter in head for letter in letters)
    best, second = sorted(counts, key=lambda language: -counts[language])[:2]
    ahead = counts[best] > max(counts[second], sum(word in _ENGLISH for word in small))
    return best if ahead and counts[best] >= LEAST_SHARE * len(said) else None


@lru_cache(maxsize=65536)
def stems(language: str, lower: str) -> tuple[str, tuple[str, ...]]:
    """A word's normal form, and what may stand for it."""
    norm: str = _stemmer(language).stemWord(lower)
    parts: tuple[str, ...] = ()
    if language in _COMPOUNDS and COMPOUND <= len(norm) <= LONGEST:
        parts = tuple(f"~{norm[at:]}" for at in range(3, len(norm) - LEAST_PART + 1))
    return norm, (stem(lower), *parts)


def is_name(text: str, start: int, end: int) -> bool:
    """Whether a German word with a capital stands beside another that is no small word."""
    before, behind = _CAPITAL_BEFORE.search(text[max(0, start - 40) : start]), _CAPITAL_BEHIND.match(text, end)
    return any(one and one[1].lower() not in SMALL_TOO for one in (before, behind))


def content(language: str, text: str) -> frozenset[str]:
    """The stems of the words of a text that is known to be of that language, small words left out, and its numbers."""
    small = SMALL_TOO if language == "german" else SMALL[language]
    found = re.findall(r"\d+(?:[.,]\d+)*|[^\W\d_]+", text.lower())
    return frozenset(
        stems(language, word)[0] for word in found if word not in small and (len(word) > 1 or word.isdecimal())
    )


@cache
def _stemmer(language: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(language)
