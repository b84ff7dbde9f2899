"""Conditions on metadata, one by one."""

from __future__ import annotations

import pytest

from tunebook.errors import BadInput
from tunebook.library.filters import holds, parse

SHEET = {
    "year": 2024,
    "format": "pdf",
    "modified": "2024-06-03T10:00:00",
    "tags": ["rent", "barn"],
    "draft": False,
    "n": None,
}


@pytest.mark.parametrize(
    "condition",
    ["year=2024", "year>=2024", "year<2024.5", "year != 2023", "format=pdf", "modified>=2024-06", "modified<2024-07",
     "tags=barn", "draft=false", "draft=False", " format = pdf "],
)  # fmt: skip
def test_what_holds(condition):
    assert holds(parse([condition]), SHEET)


@pytest.mark.parametrize(
    "condition",
    ["year=2023", "year>2024", "format!=pdf", "format=PDF", "modified>=2025", "tags=loft", "author=Ann", "author!=Ann",
     "n=1", "draft=true", "year=", "format<2"],
)  # fmt: skip
def test_what_does_not(condition):
    assert not holds(parse([condition]), SHEET)


def test_all_must_hold_and_none_is_no_condition():
    assert holds(parse(["year=2024", "format=pdf"]), SHEET)
    assert not holds(parse(["year=2024", "format=docx"]), SHEET)
    assert holds((), {})


@pytest.mark.parametrize("text", ["", "year", "=2024", "!"])
def test_what_is_no_condition_is_told(text):
    with pytest.raises(BadInput, match="no condition"):
        parse([text])


def test_what_is_too_large_or_no_number_is_text():
    assert holds(parse(["big>1"]), {"big": 10**400})
    assert holds(parse(["maker=Nan", "size=inf"]), {"maker": "Nan", "size": "inf"})


def test_numbers_are_no_text():
    assert holds(parse(["year<300"]), {"year": 31})
    assert holds(parse(["a=x=y"]), {"a": "x=y"})
