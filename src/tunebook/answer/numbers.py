"""Numbers, times and dates in one spelling each, so that equal ones are equal.

    number("4,960")                          →  "4960"         "1.234,5" is "1234.5", "2½" and "2 1/2" are "2.5", "١٤٠" is "140"
    spelled(["two", "hundred", "and", "fifty", "crowns"])     →  (250.0, 4)
    clock("5", "pm")                         →  ("17:00", ("5:00", "5"))

Left out on purpose: a single full stop between thousands (1.250 is a little more than one: where a model has lost the stop of
"1.250 kg", 1250 kg must not be borne out), dates whose day and month cannot be told apart (06/05/2024), and "half" and "a dozen".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
)
_WORDS = [*_SMALL.split(), "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
VALUES = {word: value for value, word in enumerate(_WORDS)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
# two to twelve in German, French, Spanish, Italian, Portuguese and Dutch, but for what means something else too (elf, doze)
_ELSEWHERE = """
zwei deux dois twee / drei trois tres tre três drie / vier quatre cuatro quattro quatro / fünf cinq cinco cinque vijf
/ sechs seis zes / sieben siete sette sete zeven / acht huit ocho oito / neun nueve nove negen
/ zehn dix diez dieci dez tien / undici onze / zwölf douze doce dodici twaalf
"""
VALUES_ELSEWHERE = {word: str(n) for n, line in enumerate(_ELSEWHERE.split("/"), 2) for word in line.split()}
VALUES_OF = {  # of a language, where it is known to be that one
    "french": {"sept": "7"},
    "german": {"elf": "11"},
    "dutch": {"elf": "11"},
    "portuguese": {"sete": "7", "doze": "12"},
}
_GERMAN_TENS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig hundert"
_GERMAN_TEENS = "dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn"
VALUES_ELSEWHERE |= {word: str(10 * n) for n, word in enumerate(_GERMAN_TENS.split(), 2)}
VALUES_ELSEWHERE |= {word: str(n) for n, word in enumerate(_GERMAN_TEENS.split(), 13)}
BEHIND_DIGITS = {"k": "thousand", "K": "thousand", "M": "million", "mn": "mn", "bn": "bn"}  # 5k, $3.5M
BEHIND_DIGITS |= {"万": "万", "萬": "万", "亿": "亿", "億": "亿"}
SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "mn": 1_000_000,
    "bn": 1_000_000_000,
    "万": 10_000,
    "亿": 100_000_000,
}
_MIXED = re.compile(r"(\d{1,15}) (\d)/(\d)")
_DOTTED = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}")  # full stops that can only part thousands
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d\d))?")


def number(raw: str) -> str:
    """The normal form of what is written in digits; what is no amount ("12:30", "1.2.3", "0042") stays as it is written."""
    plain = "".join(_ascii(char) for char in raw)
    if mixed := _MIXED.fullmatch(plain):
        return shortest(int(mixed[1]) + int(mixed[2]) / max(int(mixed[3]), 1))
    if not plain[-1].isdecimal():
        whole = amount(plain[:-1] or "0")
        return plain if whole is None else shortest(whole + unicodedata.numeric(plain[-1]))
    plain = re.sub(r"(?<=\d)[ \u00a0\u202f\u2009'\u2019](?=\d)", "", plain)
    if _DOTTED.fullmatch(plain):
        plain = plain.replace(".", "").replace(",", ".")
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", plain)
    plain = re.sub(r"^(\d+),(\d{1,2})$", r"\1.\2", plain)
    value = amount(plain)
    return plain if value is None or re.match(r"0\d\d", plain) else shortest(value)


def amount(norm: str) -> float | None:
    return float(norm) if re.fullmatch(r"\d{1,15}(\.\d+)?", norm, re.ASCII) else None


def shortest(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def spelled(run: Sequence[str], limit: float = float("inf")) -> tuple[float, int]:
    """Value of the number that a run of words begins with, and how many words it takes; (0, 0) where it begins with none.

    Scales multiply what stands before them, up to below `limit`; what follows a scale is smaller than it and adds up.
    """
    value, taken = _begun(run, limit)
    last = 0
    while taken and taken < len(run):
        scale = SCALES.get(run[taken])
        if scale:
            if value * scale >= limit:
                break
            value, last, taken = value * scale, scale, taken + 1
            continue
        skipped = taken + (run[taken] == "and")
        more, count = spelled(run[skipped:], last) if last and run[skipped : skipped + 1] else (0.0, 0)
        after = SCALES.get(run[skipped + count]) if skipped + count < len(run) else None
        if not count or run[skipped][0].isdigit() or (after and after <= last):
            break
        value, last, taken = value + more, 0, skipped + count
    return value, taken


def _begun(run: Sequence[str], limit: float) -> tuple[float, int]:
    first, second = run[0], run[1] if len(run) > 1 else ""
    if first in ("a", "an", "one") and second in SCALES:
        return (1.0, 1) if SCALES[second] < limit else (0.0, 0)
    if first in _TENS and 0 < VALUES.get(second, 0) < 10:
        return float(VALUES[first] + VALUES[second]), 2
    if first in VALUES and (first != "one" or limit < float("inf")):  # "one" alone is more often a pronoun
        return float(VALUES[first]), 1
    value = amount(number(first)) if first[0].isdecimal() else None
    return (0.0, 0) if value is None else (value, 1)


def clock(raw: str, half: str) -> tuple[str, tuple[str, ...]] | None:
    """The normal form of a time, and what else may stand for it; `half` is "am", "pm" or "".

    What says its half of the day equals what is written in 24 hours, and what does not say it; but not the other half.
    """
    match = _CLOCK.fullmatch("".join(_ascii(char) for char in raw))
    if not match or (not half and (match[2] is None or ":" not in raw)):
        return None
    hour, minute = int(match[1]), match[2] or "00"
    if hour > 24 or (half and not 0 < hour < 13):
        return None
    bare = (f"{hour}:{minute}", *((str(hour),) if minute == "00" else ()))
    if half == "pm" or (hour == 12 and half):
        return f"{(hour % 12) + 12 * (half == 'pm')}:{minute}", bare
    return (f"{hour}:{minute}am", bare) if half else (bare[0], bare[1:])


def _ascii(char: str) -> str:
    """Digits and separators of other scripts."""
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return {"\u066b": ".", "\u066c": ",", "\uff0c": ","}.get(char, char)
