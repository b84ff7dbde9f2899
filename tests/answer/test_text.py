"""Words and their kinds, and sentences."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebook.answer.text import sentences, tokens, words


def kinds(text: str) -> list[tuple[str, str]]:
    return [(word.norm, word.kind) for word in words(text) if word.kind != "stop"]


def test_what_can_be_checked_is_told_apart():
    assert kinds("Yesterday Dr. Ash did not sell 3 million bikes in May.") == [
        ("yesterday", "word"),
        ("dr", "name"),
        ("ash", "name"),
        ("not", "negation"),
        ("sell", "word"),
        ("3000000", "number"),
        ("bik", "word"),
        ("may", "date"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("4,960 kg", "4960 kg"),
        ("four", "4"),
        ("forty-five", "45"),
        ("3 million", "3,000,000"),
        ("two hundred", "200"),
        ("1.0", "1"),
        ("carries", "carried"),
        ("stopped", "stopping"),
        ("didn't", "did not"),
        ("cannot", "can not"),
        ("Sept", "September"),
        ("80kg", "80 kg"),
    ],
)
def test_other_spellings_of_the_same_are_equal(one, other):
    assert set(tokens(one)) - {"can"} == set(tokens(other)) - {"can"}


@pytest.mark.parametrize(("one", "other"), [("1.5", "15"), ("2019", "2020"), ("12:30", "1230"), ("glass", "glas s")])
def test_different_things_stay_different(one, other):
    assert tokens(one) != tokens(other)


def test_a_name_after_an_abbreviation_is_one_sentence():
    text = "Dr. Ash came. He met J. Oak of Oak Inc. in May. 1. The first. Then\nanother"
    assert [text[a:b] for a, b in sentences(text)] == [
        "Dr. Ash came.",
        "He met J. Oak of Oak Inc. in May.",
        "The first.",
        "Then",
        "another",
    ]


@given(st.text(max_size=120))
def test_words_are_where_they_say(text):
    found = words(text)
    assert all(0 <= word.start < word.end <= len(text) and word.norm for word in found)
    assert all(before.end <= after.start for before, after in pairwise(found))
