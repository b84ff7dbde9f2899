"""Sentences of a text, and its words with what can be checked about each: numbers, dates, names, negations.

    [word.kind for word in words("Dr. Ash did not sell 3 million bikes in May.")]
    →  name name stop negation word number word stop date        "3 million" is one number, 3000000

Normal forms make spellings equal: "4,960" and "4960", "four" and "4", "carries" and "carried", "n't" and "not".
Left out on purpose: grammar, and any language's words but English's.  In other languages numbers and words are compared as
they are written, and negation is not seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

WordKind = Literal["number", "date", "name", "negation", "stop", "word"]

_TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d]+?(?=n['\u2019]t\b)|n['\u2019]t\b|[^\W\d_]\w*|\w+")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]\u201d\u2019]*\s+(?=[^a-z\s])|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|Dr|Mrs?|Ms|Prof|St|No|Nr|vs|Fig|Inc|Ltd|Corp|Co|Jr|Sr|approx|cf|Gen|Col|Lt|Sen|Rep|e\.g|i\.e|[A-Z]\.[A-Z]))\.$"
)
_LIST_NUMBER = re.compile(r"\(?(\d{1,2}|[a-z])[.)]")
STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "being",
        "but",
        "by",
        "can",
        "could",
        "do",
        "does",
        "did",
        "for",
        "from",
        "had",
        "has",
        "have",
        "he",
        "her",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "may",
        "might",
        "of",
        "on",
        "or",
        "our",
        "she",
        "should",
        "so",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "us",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
        "yes",
        "also",
        "only",
        "any",
        "about",
        "such",
        "some",
        "both",
        "s",
        "t",
        "th",
        "st",
        "nd",
        "rd",
        "one",
        "am",
        "me",
        "my",
    ]
)
NEGATIONS = frozenset(["not", "n't", "never", "no", "none", "neither", "nor", "without", "cannot", "nobody", "nothing"])
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: value for value, word in enumerate(_SMALL)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_DATES = {name: name for name in (*MONTHS, *DAYS)} | {name[:3]: name for name in MONTHS} | {"sept": "september"}


@dataclass(frozen=True, slots=True)
class Word:
    """Characters `start:end` of a text; `norm` is equal for equal words in other spellings."""

    start: int
    end: int
    norm: str
    kind: WordKind


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence or line, without outer white space; "Dr. Ash" and "J. Ash" stay whole."""
    spans, start = [], 0
    for boundary in [*_SENTENCE_END.finditer(text), None]:
        end = boundary.start() if boundary else len(text)
        if boundary and "\n" not in boundary[0] and _ABBREVIATION.search(text, max(start, end - 12), end):
            continue
        piece = text[start:end]
        if any(char.isalnum() for char in piece) and not _LIST_NUMBER.fullmatch(piece.strip()):
            left = start + len(piece) - len(piece.lstrip())
            spans.append((left, left + len(piece.strip())))
        start = boundary.end() if boundary else end
    return spans


def tokens(text: str) -> list[str]:
    """Normal forms of the words, in order."""
    return [word.norm for word in words(text)]


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[Word, ...]:
    """The words of a text in order, each with its normal form and what it is."""
    found: list[Word] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        lower = match[0].lower().replace("\u2019", "'")
        scale = _SCALES.get(lower)
        if scale and found and found[-1].kind == "number" and _amount(found[-1].norm) is not None:
            last = found.pop()
            value = (_amount(last.norm) or 0.0) * scale
            found.append(Word(last.start, end, _plain(value), "number"))
        elif lower in _VALUES and lower != "one" and found and _tens_before(found[-1], text, start):
            last = found.pop()
            found.append(Word(last.start, end, str(int(last.norm) + _VALUES[lower]), "number"))
        else:
            found.append(_word(match[0], lower, start, end, _opens(text, start)))
    return tuple(found)


def _word(raw: str, lower: str, start: int, end: int, opens: bool) -> Word:
    if raw[0].isdigit():
        return Word(start, end, _number(lower), "number")
    if lower == "one":
        return Word(start, end, "1", "stop")
    if lower in _VALUES:
        return Word(start, end, str(_VALUES[lower]), "number")
    if lower in NEGATIONS:
        return Word(start, end, "not" if lower in ("n't", "cannot") else lower, "negation")
    if lower in _DATES and raw[0].isupper() and not (opens and lower in ("may", "march", "mar")):
        return Word(start, end, _DATES[lower], "date")
    if lower in STOP:
        return Word(start, end, lower, "stop")
    named = raw[0].isupper() and not opens
    return Word(start, end, stem(lower), "name" if named else "word")


def _opens(text: str, start: int) -> bool:
    """True for the first word of a sentence, whose capital says nothing."""
    before = text[:start].rstrip(" \t\"'`(\u201c\u2018")
    return not before or (before[-1] in ".!?:\n" and not _ABBREVIATION.search(before, max(0, len(before) - 12)))


def _tens_before(last: Word, text: str, start: int) -> bool:
    """ "forty-five", "forty five"."""
    between = text[last.end : start]
    return last.kind == "number" and between in ("-", " ", "\u2011") and text[last.start : last.end].lower() in _TENS


def _number(raw: str) -> str:
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", raw)
    value = _amount(plain)
    return plain if value is None else _plain(value)


def _amount(norm: str) -> float | None:
    return float(norm) if re.fullmatch(r"\d{1,15}(\.\d+)?", norm, re.ASCII) else None


def _plain(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def stem(word: str) -> str:
    """A light stem: plural, past and present forms of a word fall together; short words stay as they are."""
    word = word.removesuffix("'s").removesuffix("'")
    if len(word) > 4 and word.endswith(("ies", "ied")):
        return word[:-3] + "y"
    for ending in ("ing", "ed", "es", "s"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and not word.endswith("ss") and re.search("[aeiouy]", rest):
            if ending in ("ing", "ed") and rest[-1] == rest[-2] and rest[-1] not in "lse":
                rest = rest[:-1]
            return rest.removesuffix("e")
    return word.removesuffix("e") if len(word) > 3 else word
