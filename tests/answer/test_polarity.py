"""Negations and what they govern; bounds of numbers."""

from __future__ import annotations

import pytest

from tunebook.answer.polarity import bound, polarity


def test_a_model_that_says_no_for_ever_is_read():
    """It would take an hour where each one looked at all that follow."""
    assert polarity("no " * 100_000) == {}


def contradicted(one: str, other: str) -> list[str]:
    here, there = polarity(one), polarity(other)
    return [norm for norm, (sides, _) in here.items() if norm in there and not sides & there[norm][0]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("No riders may use the tunnel.", "Riders may use the tunnel."),
        ("Nobody may use the tunnel.", "Riders may use the tunnel."),
        ("The Wren has no brakes.", "The Wren has brakes."),
        ("Neither dogs nor cats are allowed.", "Dogs and cats are allowed."),
        ("There is no charge for children.", "There is a charge for children."),
        ("You can't ride there.", "You can ride there."),
        ("No fee is due.", "A fee is due."),
        ("The Wren does not carry more than the Heron.", "The Wren carries more than the Heron."),
    ],
)
def test_said_and_denied_contradict_each_other(one, other):
    assert contradicted(one, other)
    assert contradicted(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("No riders may use the tunnel.", "Riders may not use the tunnel."),
        ("Nobody may use the tunnel.", "The tunnel may not be used."),
        ("Neither dogs nor cats are allowed.", "Dogs and cats are not allowed."),
        ("There is no charge for children.", "Children travel without charge."),
        ("There is no fee.", "No fee is due."),
        ("No, dogs are allowed.", "Dogs are allowed."),
        ("No. Dogs are allowed.", "Dogs are allowed."),
        ("Bring no more than two boxes.", "Bring at most two boxes."),
        ("Pay not later than Friday.", "Pay by Friday."),
        ("You may not bring more than two boxes.", "You may bring at most two boxes."),
        ("It is not only red.", "It is red."),
        ("It is not. Riders may stay.", "Riders may stay."),
        ("Dogs are not allowed on the ferry.", "Dogs are forbidden on the ferry."),
    ],
)
def test_the_same_in_other_words_does_not(one, other):
    assert contradicted(one, other) == []
    assert contradicted(other, one) == []


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("at most 20", -1),
        ("no more than 20", -1),
        ("up to €20", -1),
        ("not after 20", -1),
        ("don't start after 20", -1),
        ("at least 20", 1),
        ("no less than 20", 1),
        ("not before 20", 1),
        ("may not bring more than 20", -1),
        ("more than 20", 1),
        ("about 20", 0),
    ],
)
def test_a_bound_is_the_most_or_the_least(text, side):
    assert bound(text, text.index("20")) == side
