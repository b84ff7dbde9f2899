"""What is excepted: "except", "unless" and "without" turn what is said of the thing behind them.

    denied("The Heron has a bell.", "All bikes except the Heron have a bell.")          →  ["Heron"]
    denied("A permit is needed to enter.", "You may not enter without a permit.")       →  []: that is what it says

An exception denies as a negation does, for the thing behind it: of that thing both sides say the same where the denials of
both are even in number, or those of both are odd.  Only a text that says nothing but what the sentence says is compared: "closed
on Mondays" may well be what "open except on Mondays" means.

Left out on purpose: what is excepted by a clause ("except when the lights are on"), and exceptions in several steps.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tunebook.answer.lexicon import stem
from tunebook.answer.polarity import negates
from tunebook.answer.sentences import sentences
from tunebook.answer.text import Word, words

MOST_WORDS = 3  # of the name of what is excepted
_EXCEPTS = re.compile(r"\b(?:except(?:ing)?|excluding|with the exception of|unless|without)\b", re.I)
_MARK = re.compile(r"[,;:.!?()]")
_CLAUSE = frozenset(["when", "where", "while", "if", "as", "that", "to", "what"])
_REQUIRES = ("need", "required", "requires", "requirement", "necessary", "must", "mandatory")
_SAYS_SO = frozenset(map(stem, (*_REQUIRES, "including", "every")))
_TELLING = ("word", "name", "date", "number")


def denied(sentence: str, quote: str) -> list[str] | None:
    """The thing that one side excepts where the other denies that; None where that is not the matter."""
    norms = _denied(sentence, quote)
    norms = _denied(quote, sentence) if norms is None else norms
    if norms is None:
        return None
    return [sentence[word.start : word.end] for word in words(sentence) if word.norm in norms][:1]


def _denied(plain: str, excepting: str) -> frozenset[str] | None:
    """What a sentence of `excepting` excepts, where `plain` says that it is no exception; nothing where it says that it is one."""
    said = {word.norm for word in words(plain) if word.kind in _TELLING}
    for start, end in sentences(excepting):
        sentence = excepting[start:end]
        match = _EXCEPTS.search(sentence)
        if match is None:
            continue
        read = words(sentence)
        out = _excepted(sentence, match, read)
        told = [word.norm for word in read if word.kind in _TELLING]
        once = all(told.count(norm) == 1 for norm in out)
        if out and once and out <= said <= {*told, *_SAYS_SO}:
            return out if (_denials(plain) - _denials(sentence)) % 2 else frozenset()
    return None


def _excepted(sentence: str, match: re.Match[str], read: Sequence[Word]) -> frozenset[str]:
    """The things behind an exception, up to the next small word; behind "unless" all up to the next mark."""
    mark = _MARK.search(sentence, match.end())
    until = mark.start() if mark else len(sentence)
    behind = [word for word in read if match.end() <= word.start < until]
    if match[0].lower() == "unless":
        return frozenset(word.norm for word in behind if word.kind in _TELLING)
    out: list[Word] = []
    for word in behind:
        if word.kind == "stop" and not out and word.norm not in _CLAUSE:
            continue
        if word.kind not in _TELLING or len(out) == MOST_WORDS or (out and word.kind != out[0].kind):
            break
        out.append(word)
    return frozenset(word.norm for word in out)


def _denials(text: str) -> int:
    """How many negations and exceptions there are; "neither … nor" is one."""
    found = words(text)
    own = [place for place, word in enumerate(found) if word.kind == "negation" and word.norm not in ("nor", "without")]
    return sum(negates(text, found, place) for place in own) + len(_EXCEPTS.findall(text))
