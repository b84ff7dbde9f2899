"""The words of a text with what can be checked about each: numbers, dates, names, negations.

    [word.kind for word in words("Dr. Ash did not sell 3 million bikes in May.")]
    →  name name stop negation word number word stop date        "3 million" is one number, 3000000

Normal forms make spellings equal: "4,960" and "4960", "four" and "4", "kg" and "kilograms", "carries" and "carried", "n't" and
"not".  What may also stand for a word is `loose`: "5 pm" is 17:00, and a text that says "at 5" may mean it.  A citation
marker ("[1]", "[^1]", "【1】") is no word.

Left out on purpose: grammar, and any language's words but English's.  In other languages words are compared as they are
written, or in pairs of characters where nothing parts them (unspaced.py), and negation is hardly seen (elsewhere.py,
denials.py); but months of German, French and Spanish are known beside a day or a year, and of six languages the small words
and the numbers from two to twelve.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from tunebook.answer.lexicon import (
    AFTER_NUMBERS,
    CUT_SHORT,
    DATES,
    DAYS_ELSEWHERE,
    ELSEWHERE,
    ENGLISH_TOO,
    KNOWN_UNITS,
    MONTHS,
    NEGATIONS,
    ORDINALS,
    STOP,
    STOP_ELSEWHERE,
    SYMBOLS,
    UNITS,
    UNITS_ELSEWHERE,
    WORDS_TOO,
    stem,
)
from tunebook.answer.numbers import BEHIND_DIGITS, VALUES, VALUES_ELSEWHERE, VALUES_OF, clock, number, shortest, spelled
from tunebook.answer.recall import recalled
from tunebook.answer.sentences import abbreviated
from tunebook.answer.tongues import SMALL_TOO, is_name, stems, tongue
from tunebook.answer.unspaced import SCALES, SCRIPTS, parts

WordKind = Literal["number", "date", "name", "negation", "stop", "word"]

_FRACTION = "\u00bc-\u00be\u2150-\u215e"
_BRAHMIC = "".join(c for c in map(chr, range(0x0900, 0x0E00)) if unicodedata.category(c) in ("Mn", "Mc"))  # of vowels
_POINTS = "\u0640\u064b-\u0652\u0670\u05b0-\u05bd\u05bf\u05c1\u05c2\u05c7"  # vowels of Arabic and Hebrew, which few write; tatweel
_UNSEEN = f"\u00ad\u200b-\u200d{_POINTS}"  # where a word may be broken, and how letters join
_WITHIN = f"\u0300-\u036f{_BRAHMIC}{_UNSEEN}"  # accents and vowels written apart
_TOKEN = re.compile(
    rf"""(?P<marker>(?<=[\w.!?)\]"'*%\u3011])[ ]?(?:\[\^?\d{{1,3}}(?:,[ ]?\d{{1,3}})*\]|\u3010[^\u3011\n]{{1,30}}\u3011))
    | (?P<date>(?<![\d-])\d{{4}}(?P<by>[-/.])\d\d(?P=by)\d\d(?![\d-]) | (?<![\d.])\d{{1,2}}\.\d{{1,2}}\.\d{{4}}(?!\d)
        | (?<![\d./-])\d{{1,2}}(?P<apart>[-/])\d{{1,2}}(?P=apart)\d{{4}}(?![\d/-]))
    | (?P<month>(?<![\d.,])(?:1[0-2]|0?[1-9])(?=\u6708))
    | (?P<version>\b[vV](?=\d+\.\d))
    | (?P<number>\d+[ ]\d/\d(?!\d) | \b\d{{1,3}}(?:st|nd|rd|th)\b | (?<![\d.,:])\d{{1,2}}[ ]?h[ ]?[0-5]\d(?![ ]?min|\w)
        | (?<![\d.,:/])\d{{1,3}}(?:[ \u00a0\u202f\u2009'\u2019]\d{{3}})+(?!\d)(?:[.,]\d+)?
        | \d+(?:[.,:/\u066b\u066c]\d+|\uff0c\d{{3}}(?!\d))*[{_FRACTION}]? | [{_FRACTION}])
    | (?P<half>(?<=[\d ])[AaPp]\.?[Mm]\b(?:(?<=\.[Mm])\.)?)
    | (?P<symbol>°[CF]\b | [°%\u066a\uff05€$£¥] | \b[Pp]er[ ]cent\b)
    | \b[A-Za-z](?:\+\+|\#)(?!\w)
    | (?<=\d)[{SCALES}] | (?P<run>[{SCRIPTS}]+)
    | [^\W\d]+?(?=n['\u2019]t\b) | n['\u2019]t\b | [^\W\d_{SCRIPTS}](?:[^\W{SCRIPTS}]+|[{_WITHIN}]+)*
    | [^\W{SCRIPTS}]+""",
    re.VERBOSE,
)
_LIST_MARK = re.compile(r"(?:^|\n)[ \t]*[-+\u2022#>|]+$")
_JOINS = frozenset([" ", "-", "\u2011", "\u00a0", "\n"])
_LABELS = frozenset(["v", "version", "release", "section", "clause", "article", "chapter", "figure", "table"])
MOST_NUMBER_WORDS = 12


@dataclass(frozen=True, slots=True)
class Word:
    """Characters `start:end` of a text; `norm` is equal for equal words in other spellings, `loose` may stand for them."""

    start: int
    end: int
    norm: str
    kind: WordKind
    loose: tuple[str, ...] = ()


def tokens(text: str) -> list[str]:
    """Normal forms of the words, in order."""
    return [word.norm for word in words(text)]


def norms(found: Iterable[Word]) -> frozenset[str]:
    """What the words hold: their normal forms, and after a tilde what may stand for them."""
    held = set()
    for word in found:
        held.add(word.norm)
        held.update(loose if loose[0] == "~" else f"~{loose}" for loose in word.loose)
    return frozenset(held)


def held_by(word: Word) -> tuple[str, ...]:
    """What a set of `norms` may hold for the word."""
    return (word.norm, f"~{word.norm}", *(loose for loose in word.loose if loose[0] != "~"))


def holds(held: frozenset[str], word: Word) -> bool:
    return not held.isdisjoint(held_by(word))


@recalled
def words(text: str) -> tuple[Word, ...]:
    """The words of a text in order, each with its normal form and what it is."""
    matches = [match for match in _TOKEN.finditer(text) if match.lastgroup != "marker"]
    language = tongue(text)
    found: list[Word] = []
    place = 0
    while place < len(matches):
        match = matches[place]
        lower = _lower(match[0])
        if match["run"]:
            found += [Word(*part) for part in parts(text, *match.span())]
        elif match["month"]:
            found.append(Word(*match.span(), MONTHS[int(match[0]) - 1], "date"))
        elif match["date"] and (dated := _dated(match)):
            found += dated
        elif match["half"] and found and found[-1].kind == "number" and _beside(text, found[-1].end, match.start()):
            found[-1] = _in_half(text, found[-1], match)
        elif match["number"] or lower in VALUES or lower in ("a", "an"):
            taken, word = _counted(text, matches[place : place + MOST_NUMBER_WORDS], found)
            if word is None:
                found.append(_word(text, match, lower, found, matches[place + 1 : place + 2], language))
            else:
                found.append(word)
                place += taken - 1
        else:
            found.append(_word(text, match, lower, found, matches[place + 1 : place + 2], language))
        place += 1
    return tuple(found)


def _counted(text: str, ahead: Sequence[re.Match[str]], found: list[Word]) -> tuple[int, Word | None]:
    """The number that the next matches make, and how many of them; takes "minus" and "half" before it out of what was found."""
    run = [_lower(ahead[0][0])]
    for one, other in pairwise(ahead):
        if one["number"] and one.end() == other.start() and other[0] in BEHIND_DIGITS:
            run.append(BEHIND_DIGITS[other[0]])
            continue
        if text[one.end() : other.start()] not in _JOINS:
            break
        run.append(_lower(other[0]))
    value, taken = spelled(run)
    first = ahead[0]
    start, end = first.start(), ahead[max(taken, 1) - 1].end()
    if taken and (taken > 1 or not first["number"]):
        word = Word(start, end, shortest(value), "number")
    elif first["number"]:
        word = _digits(text, first, found)
        taken = 1
    else:
        return 0, None
    before = _lower(text[found[-1].start : found[-1].end]) if found and text[found[-1].end : start] == " " else ""
    if before == "minus":
        return taken, replace(word, start=found.pop().start, norm=f"-{word.norm}")
    if before == "half" and run[0] == "a":
        return taken, replace(word, start=found.pop().start, norm=shortest(value / 2))
    if text[start - 1 : start] in ("-", "\u2212") and start and _signs(text, start - 1):
        return taken, replace(word, start=start - 1, norm=f"-{word.norm}", loose=())
    return taken, word


def _digits(text: str, match: re.Match[str], found: Sequence[Word]) -> Word:
    if match[0][-1].isalpha():
        return _ordinal(text, match, found)
    raw = _at(text, match)
    norm = number(raw)
    if time := clock(raw, ""):
        return Word(match.start(), match.end(), time[0], "number", time[1])
    if " " in raw and "/" not in raw:
        apart = tuple(f"~{number(part)}" for part in raw.split())  # or cells of a table that has lost its lines
        return Word(match.start(), match.end(), norm, "number", apart)
    if (
        found
        and _labels(text, found[-1])
        and re.fullmatch(r"\d+\.\d+", raw)
        and text[found[-1].end : match.start()] in ("", " ")
        and not _measured(text, match)
    ):
        return Word(match.start(), match.end(), f"v{raw}", "number", (norm,))  # 3.1 and 3.10 are two versions
    return Word(match.start(), match.end(), norm, "number")


def _ordinal(text: str, match: re.Match[str], found: Sequence[Word]) -> Word:
    """ "3rd", for which "third" may stand, and 3; of a date it is 3 itself."""
    norm = number(match[0][:-2])
    after = re.match(r" (?:of )?([A-Za-z]+)", text[match.end() : match.end() + 16])
    dated = (found and found[-1].kind == "date") or (after and DATES.get(after[1].lower()) in MONTHS)
    return Word(*match.span(), norm if dated else f"{norm}th", "number", () if dated else (norm,))


def _labels(text: str, word: Word) -> bool:
    """Whether a number behind the word is a part's or a version's; what opens a sentence may be a name."""
    opening = word.kind == "word" and text[word.start].isupper() and word.norm not in KNOWN_UNITS
    return word.kind == "name" or opening or _lower(text[word.start : word.end]) in _LABELS


def _at(text: str, match: re.Match[str]) -> str:
    """What was matched; "14h30" and "14.30" before "Uhr" as "14:30"."""
    if "h" in match[0]:
        return re.sub(" ?h ?", ":", match[0])
    return match[0].replace(".", ":") if text.startswith(" Uhr", match.end()) else match[0]


def _measured(text: str, match: re.Match[str]) -> bool:
    """Whether a unit follows the number at once."""
    after = re.match(r"\s?([^\W\d_]+|[°%€$£¥])", text[match.end() : match.end() + 20])
    return after is not None and (
        not after[1].isalpha() or stem(UNITS.get(_lower(after[1]), _lower(after[1]))) in KNOWN_UNITS
    )


def _signs(text: str, at: int) -> bool:
    """A minus after a blank, and not between two numbers."""
    before = text[max(0, at - 8) : at]
    return not before or (before[-1] in " \t\n(\u00a0" and not before.rstrip()[-1:].isdecimal())


def _in_half(text: str, word: Word, match: re.Match[str]) -> Word:
    half = _lower(match[0]).replace(".", "")
    time = clock(text[word.start : word.end], half)
    return replace(word, end=match.end(), norm=time[0], loose=time[1]) if time else word


def _dated(match: re.Match[str]) -> list[Word]:
    """Year, month and day of a date in digits; nothing where it is no date, or 06/05/2024, which may be two."""
    spans = [(m.start() + match.start(), m.end() + match.start(), int(m[0])) for m in re.finditer(r"\d+", match[0])]
    of_month, of_day = 1, 2 if match["by"] else 0
    if match["apart"] and spans[1][2] > 12:
        of_month, of_day = 0, 1
    month, day = spans[of_month][2], spans[of_day][2]
    if not (0 < month < 13 and 0 < day < 32) or (match["apart"] and day < 13 and day != month):
        return []
    return [
        Word(start, end, MONTHS[value - 1], "date") if place == of_month else Word(start, end, str(value), "number")
        for place, (start, end, value) in enumerate(spans)
    ]


def _word(
    text: str,
    match: re.Match[str],
    lower: str,
    found: Sequence[Word],
    ahead: Sequence[re.Match[str]],
    language: str | None,
) -> Word:
    start, end = match.span()
    if match["symbol"]:
        return Word(start, end, stem(SYMBOLS[lower]), "stop")
    if match["version"]:
        return Word(start, end, "version", "word")
    if match["number"] or match["date"]:
        return Word(start, end, number(match[0]), "number")
    if lower in CUT_SHORT and text[end : end + 1] == "n" and ahead and ahead[0].start() == end:
        return Word(start, end, CUT_SHORT[lower], "stop")
    if lower == "one":
        return Word(start, end, "1", "stop")
    if lower in NEGATIONS and (lower != "non" or text[end : end + 1] == "-"):
        return Word(start, end, "not" if lower in ("n't", "cannot") else lower, "negation")
    opens = _opens(text, start)
    small = match[0].islower() or opens
    values = VALUES_ELSEWHERE | VALUES_OF.get(language, {}) if language else VALUES_ELSEWHERE
    if lower in values and small:
        return Word(start, end, values[lower], "number")
    counted = bool(found) and found[-1].kind == "number" and _beside(text, found[-1].end, start)
    if lower in ELSEWHERE and _in_date(text, start, end):
        return Word(start, end, ELSEWHERE[lower], "date")
    if language and lower in DAYS_ELSEWHERE:
        return Word(start, end, DAYS_ELSEWHERE[lower], "date")
    if lower in DATES and _is_date(match[0], opens, counted or _counts(text, end, ahead)):
        return Word(start, end, DATES[lower], "date", (stem(lower),) if lower in WORDS_TOO else ())
    if counted and (unit := UNITS_ELSEWHERE.get(lower)) and (language or lower not in ENGLISH_TOO):
        return Word(start, end, unit, "word")
    short = lower if lower in UNITS or len(lower) < 4 else lower.removesuffix("s")
    if short in UNITS and (counted or short not in AFTER_NUMBERS):
        return Word(start, end, stem(UNITS[short]), "word")
    may_be = (ORDINALS[lower],) if lower in ORDINALS and not (found and found[-1].norm in ("a", "1")) else ()
    if lower in STOP or (lower in STOP_ELSEWHERE and small) or (language == "german" and lower in SMALL_TOO):
        return Word(start, end, lower, "stop", may_be)
    named = match[0][0].isupper() and not opens and (language != "german" or is_name(text, start, end))
    norm, others = stems(language, lower) if language else (stem(lower), ())
    return Word(start, end, norm, "name" if named else "word", (*may_be, *others))


def _is_date(raw: str, opens: bool, numbered: bool) -> bool:
    lower = raw.lower()
    if raw[0].isupper():
        return numbered or not (opens and lower in WORDS_TOO)
    return numbered and lower in MONTHS and lower not in WORDS_TOO


def _counts(text: str, end: int, ahead: Sequence[re.Match[str]]) -> bool:
    return bool(ahead) and ahead[0]["number"] is not None and text[end : ahead[0].start()] in (" ", ". ")


def _in_date(text: str, start: int, end: int) -> bool:
    """Whether a day or a year stands beside a month of another language: "3. Mai", "1er mars", "mayo de 2024"."""
    day = re.search(r"\d(?:er|[.\u00ba])? (?:de )?$", text[max(0, start - 8) : start])
    return day is not None or re.match(r" (?:del? )?\d{4}\b", text[end : end + 9]) is not None


def _beside(text: str, end: int, start: int) -> bool:
    return text[end:start] in ("", " ", "-", "\u00a0", "\u202f", "\u2009")


def _opens(text: str, start: int) -> bool:
    """True for the first word of a sentence, whose capital says nothing."""
    begin = max(0, start - 40)
    before = text[begin:start].rstrip(" \t\"'`(\u201c\u2018*_")
    end = begin + len(before)
    return (
        end == 0
        or bool(_LIST_MARK.search(before))
        or (before[-1:] in (*".!?:\n",) and not abbreviated(text, end, start))
    )


def _lower(raw: str) -> str:
    lower = raw.lower().replace("\u2019", "'")
    return lower if lower.isascii() else unicodedata.normalize("NFC", re.sub(f"[{_UNSEEN}]", "", lower))
