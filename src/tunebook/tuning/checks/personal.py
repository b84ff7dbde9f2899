"""Personal data in prompts and completions: what a tuned model could say to anybody.

    list(values("Write to jo.ash@mail.net or +44 20 7946 0958"))
    →  [Value("e-mail address", "j…t"), Value("phone number", "+…8")]

A pattern finds a candidate, python-stdnum or phonenumbers checks it: an IBAN or a card has a check sum, a phone number a
plan of its country.  Bare numbers whose check sum lets every tenth pass (national ids of nine to eleven digits) count only
beside a word that names them.  A value is never shown: its first and last characters are.  Left out on purpose: names
and postal addresses, which need a model to be told from anybody's; role addresses (info@) and reserved ones
(example.org, RFC 2606), which are nobody's.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tunebook.tuning.checks.finding import Finding, found
from tunebook.values import Example

_EMAIL = re.compile(r"(?<![\w.+-])([\w.+-]{1,64})@((?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24})(?![\w-])", re.IGNORECASE)
ROLE_ADDRESSES = re.compile(
    "info|contact|hello|help|support|service|sales|office|admin|billing|press|jobs|team|desk|no-?reply", re.IGNORECASE
)
_RESERVED = re.compile(r"(?:^|\.)(?:example\.(?:com|org|net)|example|test|invalid|localhost)$", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.])(?:\+|00)?\(?\d[\d ().\u2010-\u2013/-]{6,22}\d(?!\w|\.\d)")
PHONE_REGIONS = ("US", "GB")  # for numbers without a country code, and only where they are grouped as there


@dataclass(frozen=True, slots=True)
class Value:
    what: str
    masked: str


@dataclass(frozen=True, slots=True)
class Number:
    """A pattern of candidates, and the module of python-stdnum whose `is_valid` decides; `beside`: words that must be near."""

    what: str
    pattern: re.Pattern[str]
    module: str
    beside: re.Pattern[str] | None = None


def _number(what: str, pattern: str, module: str, beside: str | None = None) -> Number:
    near = re.compile(beside, re.IGNORECASE) if beside else None
    return Number(what, re.compile(rf"(?<![\w.-])(?:{pattern})(?![\w-]|\.\d)"), module, near)


NUMBERS = (
    _number("IBAN", r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?", "iban"),
    _number("card number", r"(?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|6011|65\d\d)(?:[ -]?\d{4}){3}", "luhn"),
    _number("card number", r"3[47]\d{2}[ -]?\d{6}[ -]?\d{5}", "luhn"),
    _number("US social security number", r"\d{3}-\d{2}-\d{4}", "us.ssn"),
    _number("NHS number", r"\d{3} ?\d{3} ?\d{4}", "gb.nhs", r"\bnhs\b"),
    _number("Italian codice fiscale", r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", "it.codicefiscale"),
    _number("Spanish identity number", r"\d{8}-?[A-Z]", "es.dni"),
    _number("Spanish identity number", r"[XYZ]-?\d{7}-?[A-Z]", "es.nie"),
    _number("French social security number", r"[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}", "fr.nir"),
    _number("Swiss AHV number", r"756\.\d{4}\.\d{4}\.\d{2}", "ch.ssn"),
    _number("Brazilian CPF", r"\d{3}\.\d{3}\.\d{3}-\d{2}", "br.cpf"),
    _number("German tax id", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", "de.idnr", r"steuer|identifikationsnummer|tax|idnr"),
    _number("Dutch BSN", r"\d{9}", "nl.bsn", r"\bbsn\b|burgerservicenummer"),
    _number("Polish PESEL", r"\d{11}", "pl.pesel", r"\bpesel\b"),
    _number("Aadhaar number", r"\d{4} ?\d{4} ?\d{4}", "in_.aadhaar", r"aadhaar|aadhar"),
)  # fmt: skip
NEAR_CHARS = 40
FEWEST_DIGITS = 7


def personal_data(examples: Sequence[Example]) -> Iterator[Finding]:
    for example in examples:
        texts = [message["content"] for message in example.messages]
        answers = [one for one in (example.completion, example.rejected) if one]
        held = dict.fromkeys(value for text in (*texts, *answers) for value in values(text))
        if held:
            told = ", ".join(f"{value.what} {value.masked}" for value in held)
            yield found(example, "personal-data", told, fatal=False)


def values(text: str) -> Iterator[Value]:
    """What of a text is somebody's, masked; each stretch of the text once."""
    for match in _EMAIL.finditer(text) if "@" in text else ():
        if not ROLE_ADDRESSES.fullmatch(match[1]) and not _RESERVED.search(match[2]):
            yield Value("e-mail address", masked(match[0]))
    if sum(map(str.isdigit, text)) < FEWEST_DIGITS:
        return
    taken: list[tuple[int, int]] = []
    for number in NUMBERS:
        for match in number.pattern.finditer(text):
            if _free(match, taken) and _beside(text, match, number) and _valid(match[0], number.module):
                taken.append(match.span())
                yield Value(number.what, masked(match[0]))
    for match in _PHONE.finditer(text):
        if _free(match, taken) and _is_phone(match[0]):
            yield Value("phone number", masked(match[0]))


def masked(value: str) -> str:
    """`j…t`: enough to find it again, too little to use it."""
    return f"{value[0]}…{value[-1]}"


def _free(match: re.Match[str], taken: Sequence[tuple[int, int]]) -> bool:
    return all(match.end() <= start or match.start() >= end for start, end in taken)


def _beside(text: str, match: re.Match[str], number: Number) -> bool:
    around = text[max(0, match.start() - NEAR_CHARS) : match.end() + NEAR_CHARS]
    return number.beside is None or number.beside.search(around) is not None


def _valid(text: str, module: str) -> bool:
    checker: Any = importlib.import_module(f"stdnum.{module}")
    compact = re.sub(r"[ -]", "", text) if module == "luhn" else text
    return bool(checker.is_valid(compact))


def _is_phone(text: str) -> bool:
    """A valid number with its country's code, or grouped as its region groups it."""
    import phonenumbers

    digits = sum(map(str.isdigit, text))
    if not FEWEST_DIGITS <= digits <= 15:
        return False
    international = text.startswith(("+", "00"))
    if not international and not re.search(r"\d[ ().-]+\d", text):
        return False  # a row of digits is an order, a price or a year as well
    written = "+" + text[2:] if text.startswith("00") else text
    leniency = phonenumbers.Leniency.VALID if international else phonenumbers.Leniency.STRICT_GROUPING
    for region in (None,) if international else PHONE_REGIONS:
        if any(phonenumbers.PhoneNumberMatcher(written, region, leniency=leniency)):
            return True
    return False
