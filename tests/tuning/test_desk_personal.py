"""Personal data: values with a valid check sum or plan are found and masked, look-alikes are not.

Numbers here are documentation's and test ranges, or made from their check sum.
"""

from __future__ import annotations

import pytest
from helpers import example

from tunebook.tuning import inspect
from tunebook.tuning.checks.personal import values


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Write to jo.ash+bikes@mail.net.", "e-mail address"),
        ("Pay to DE89 3704 0044 0532 0130 00 please", "IBAN"),
        ("IBAN GB82WEST12345698765432", "IBAN"),
        ("card 4111 1111 1111 1111, ok", "card number"),
        ("card 378282246310005", "card number"),
        ("SSN 536-90-4399", "US social security number"),
        ("NHS number 943 476 5870", "NHS number"),
        ("CF RCCMNL83S18D969H", "Italian codice fiscale"),
        ("DNI 54362315K", "Spanish identity number"),
        ("AHV 756.9217.0769.85", "Swiss AHV number"),
        ("CPF 390.533.447-05", "Brazilian CPF"),
        ("Steuer-ID 36 574 261 809", "German tax id"),
        ("my PESEL is 44051401359", "Polish PESEL"),
        ("ring +44 20 7946 0958 today", "phone number"),
        ("ring 0049 30 901820 today", "phone number"),
        ("ring (212) 664-7665 today", "phone number"),
    ],
)
def test_what_is_somebodys_is_found_and_masked(text, what):
    found = list(values(text))
    assert [value.what for value in found] == [what]
    assert len(found[0].masked) == 3


@pytest.mark.parametrize(
    "text",
    [
        "Write to info@mail.net or jo@example.org or jo@shop.test",
        "user@host and @handle and a@b",
        "DE89 3704 0044 0532 0130 01",  # the check sum fails
        "order 4111 1111 1111 1112 and 1234567812345678",
        "tracking 44051401359 and 36574261809",  # ids that nothing names
        "from 1990-2000, 12.05.2024 10:30, 3-4-5, 2024-11-22 10:00:00",
        "room 101, 250 kg, 1,200,000 km, 555 1234, 10.0.0.1, v1.2.3.4",
        "ISBN 978-3-16-148410-0 and 000-00-0000",
        "(1) 1998 (2) 2003 (3) 2011",
        "twenty past five",
    ],
)
def test_what_only_looks_like_it_is_not(text):
    assert list(values(text)) == []


def test_a_finding_is_a_warning_that_shows_no_value():
    row = example(1, "Where is my order? I am jo.ash@mail.net, +44 20 7946 0958.", "I shall ring +44 20 7946 0958.")
    (finding,) = inspect([row], [], lambda texts: [1 for _ in texts], 9).findings
    assert (finding.kind, finding.fatal) == ("personal-data", False)
    assert finding.why == "e-mail address j…t, phone number +…8"
