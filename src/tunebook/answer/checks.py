"""What a sentence claims that can be checked one by one: its numbers, dates, names and negations.

    check("It carries 90 kg.", evidence of "It carries 80 kg in its box.")   →  [Check("number", "90", "swapped")]

A number, date or name is held by the quote, or stands in the rest of the passage, or in another one, or (a name) in the
question alone, or nowhere.  Held is not enough: where quote and sentence run alike but for a number (or a name) that differs,
or a number that the quote has not ("two weeks", of a heading "Section two") stands before a word that has another one there
("six weeks"), it is `swapped`; where it stands among words of the sentence other than those it stands among here, it is
`misplaced`.  A number with another unit or bound ("at least", of "at most"; measures.py), and a word in whose place the quote
has its opposite, are `swapped` too.  A word that is negated on one side and not on the other (polarity.py) is `contradicted`.

Left out on purpose: who does what to whom.  "A sued B" and "B sued A" hold the same words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

from tunebook.answer.denials import denied_in_clauses
from tunebook.answer.elsewhere import denied_elsewhere
from tunebook.answer.exceptions import denied
from tunebook.answer.lexicon import OPPOSITES, stem
from tunebook.answer.measures import differs
from tunebook.answer.polarity import polarity
from tunebook.answer.text import Word, holds, norms, words

Found = Literal["held", "passage", "elsewhere", "asked", "missing", "misplaced", "swapped", "contradicted"]
NUMBERS, FACTS = ("number", "date"), ("number", "date", "name")
FACTORS: Mapping[str, Mapping[Found, float]] = {
    # what is left of a sentence's support; chosen on planted errors in examples, measured on cases
    "number": {"held": 1, "misplaced": 0.65, "passage": 0.7, "elsewhere": 0.6, "swapped": 0.4, "missing": 0.3},
    "name": {
        "held": 1,
        "misplaced": 0.65,
        "passage": 0.8,
        "elsewhere": 0.7,
        "asked": 0.7,
        "swapped": 0.4,
        "missing": 0.5,
    },
    "word": {"swapped": 0.4},
    "negation": {"contradicted": 0.3},
}
TURNS = frozenset(map(stem, ["except", "excluding", "unless"]))
_ENGLISH_NOT = re.compile(r"\b(?:not|never|cannot|neither|nor|nobody|nothing)\b|n['\u2019]t\b", re.IGNORECASE)
SWAP_WORDS = 3  # this near to what both sides share, one thing counts as put for another
NEAR_WORDS = 3  # content words on either side that a fact stands among
MISPLACED_BELOW = 0.51  # share of a fact's neighbours


@dataclass(frozen=True, slots=True)
class Check:
    """One fact of a sentence, and where it was found."""

    kind: str
    text: str
    found: Found

    @property
    def factor(self) -> float:
        return FACTORS["number" if self.kind in NUMBERS else self.kind][self.found]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The quote, and normal forms farther from it: beside it (title, headings), in its passage, in any hit, in the question."""

    quote: str
    beside: frozenset[str]
    passage: frozenset[str]
    hits: frozenset[str]
    asked: frozenset[str]


def check(sentence: str, evidence: Evidence) -> list[Check]:
    """Every number, date and name of a sentence, every word the quote has the opposite of, every negation that differs."""
    said, read = words(sentence), words(evidence.quote)
    theirs = _counted(read)
    counted = frozenset(b.norm for a, b in pairwise(theirs) if a.kind == "number" and b.kind == "word")
    ours = _counted(said, counted)
    quoted = norms(read)
    swapped = _swapped(ours, theirs)
    labels = evidence.beside | {word.norm for word in read if evidence.quote.startswith(":", word.end)}
    found = []
    for place, word in enumerate(ours):
        text = sentence[word.start : word.end]
        if word.kind in FACTS:
            where = _where(word, quoted, evidence)
            other = place in swapped and not (word.kind == "name" and word.norm in labels)
            if other or _measures_otherwise(place, ours, theirs) or _differs(word, sentence, evidence):
                where = "missing" if where == "missing" else "swapped"
            elif where == "held" and _agreement(place, ours, theirs) < MISPLACED_BELOW:
                where = "misplaced"
            found.append(Check(word.kind, text, where))
        elif place in swapped and not holds(quoted, word):
            found.append(Check("word", text, "swapped"))
    return found + _negations(sentence, evidence.quote)


def _counted(found: Sequence[Word], units: frozenset[str] | None = None) -> list[Word]:
    """The words but stop words; "one" before a word (of `units`, where they are given) is a number."""
    return [
        replace(word, kind="number") if word.kind == "stop" else word
        for word, after in zip(found, [*found[1:], None], strict=True)
        if word.kind != "stop"
        or (word.norm == "1" and after and after.kind == "word" and (units is None or after.norm in units))
    ]


def factor(checks: Sequence[Check]) -> float:
    """What the checks leave of a sentence's support: the worst of each kind, multiplied."""
    left = 1.0
    for kinds in (NUMBERS, ("name",), ("word",), ("negation",)):
        left *= min((one.factor for one in checks if one.kind in kinds), default=1.0)
    return left


def _where(word: Word, quoted: frozenset[str], evidence: Evidence) -> Found:
    if holds(quoted, word) or holds(evidence.beside, word):
        return "held"
    if holds(evidence.passage, word):
        return "passage"
    if holds(evidence.hits, word):
        return "elsewhere"
    return "asked" if word.kind == "name" and word.norm in evidence.asked else "missing"


def _swapped(ours: Sequence[Word], theirs: Sequence[Word]) -> set[int]:
    """Places of facts that stand where the quote, otherwise alike, has another of the kind; of words, where it has the opposite."""
    matcher = SequenceMatcher(None, [word.norm for word in ours], [word.norm for word in theirs], autojunk=False)
    places: set[int] = set()
    for op, i, j, k, m in matcher.get_opcodes():
        if op == "replace" and j - i <= SWAP_WORDS:
            after, until = theirs[k : min(m, k + SWAP_WORDS)], theirs[max(k, m - SWAP_WORDS) : m]
            there = [*(after if i else ()), *(until if j < len(ours) else ())]
            near = (*ours[max(0, i - SWAP_WORDS) : j], *theirs[max(0, k - SWAP_WORDS) : m])
            turned = any(word.kind == "negation" or word.norm in TURNS for word in near)  # "not after" is "before"
            places |= {
                place
                for place in range(i, j)
                if _another(ours[place], there, theirs[k:m]) or (not turned and _opposite(ours[place], there))
            }
    return places


def _another(one: Word, there: Sequence[Word], replaced: Sequence[Word]) -> bool:
    alike = [word for word in there if one.kind in FACTS and word.kind in FACTS]
    alike = [word for word in alike if (word.kind in NUMBERS) == (one.kind in NUMBERS)]
    return bool(alike) and not holds(norms(replaced), one)


def _opposite(one: Word, there: Sequence[Word]) -> bool:
    return any(word.norm in OPPOSITES.get(one.norm, ()) for word in there)


def _measures_otherwise(place: int, ours: Sequence[Word], theirs: Sequence[Word]) -> bool:
    """A number that the quote has not, before a word that stands behind another number there."""
    if ours[place].kind != "number" or place + 1 == len(ours) or ours[place + 1].kind != "word":
        return False
    unit = ours[place + 1].norm
    known = holds(norms(theirs), ours[place])
    return not known and any(a.kind == "number" and b.norm == unit for a, b in pairwise(theirs))


def _differs(word: Word, sentence: str, evidence: Evidence) -> bool:
    around = evidence.beside | evidence.asked
    return word.kind in NUMBERS and differs(word, sentence, evidence.quote, around)


def _agreement(place: int, ours: Sequence[Word], theirs: Sequence[Word]) -> float:
    """Share of the fact's neighbours that the quote holds which are its neighbours there too; 1 where it holds none."""
    norm, held = ours[place].norm, {word.norm for word in theirs}
    near = {word.norm for word in _around(place, ours, NEAR_WORDS)} & held - {norm}
    if not near:
        return 1.0
    there = [index for index, word in enumerate(theirs) if word.norm == norm]
    shares = [len(near & {w.norm for w in _around(index, theirs, NEAR_WORDS + 1)}) / len(near) for index in there]
    return max(shares, default=1.0)


def _around(place: int, found: Sequence[Word], width: int) -> Sequence[Word]:
    return [*found[max(0, place - width) : place], *found[place + 1 : place + 1 + width]]


def _negations(sentence: str, quote: str) -> list[Check]:
    """One check for each word that is negated on one side and only stands without negation on the other.

    What an exception says decides alone, where there is one.
    """
    if (excepted := denied(sentence, quote)) is not None:
        return [Check("negation", text, "contradicted") for text in excepted]
    by_clause = denied_in_clauses(sentence, quote)
    if by_clause is not None and not (_ENGLISH_NOT.search(sentence) or _ENGLISH_NOT.search(quote)):
        return [Check("negation", text, "contradicted") for text in by_clause]
    here, there = polarity(sentence), polarity(quote)
    english = [
        sentence[word.start : word.end]
        for norm, (sides, word) in here.items()
        if norm in there and not sides & there[norm][0]
    ]
    return [Check("negation", text, "contradicted") for text in [*english, *denied_elsewhere(sentence, quote)]]
