"""Negations and what they govern; bounds of numbers."""

from __future__ import annotations

import pytest

from tunebook.answer.polarity import bound, bound_behind, polarity


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
        ("There is no parking available.", "There is parking available."),
        ("Never immerse the motor.", "Immerse the motor."),
        ("There is no longer a bus.", "There is a bus."),
        ("Tickets are non-refundable.", "Tickets are refundable."),
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
        ("Never immerse the motor in water.", "The motor must not be immersed in water."),
        ("You must not use the tunnel.", "The tunnel must not be used."),
        ("There is no parking available.", "Parking isn't available."),
        ("The weight must not exceed 20 kg.", "The weight is 20 kg at most."),
        ("Tickets are non-refundable.", "Tickets are not refundable."),
        ("Help the non-paying parent.", "The parent is paying."),
        ("Non-U.S. citizens write a letter.", "Citizens of the U.S. write a letter."),
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
        ("must not exceed 20", -1),
        ("exceeding 20", 1),
        ("the maximum weight is 20", -1),
        ("Minimum age: 20", 1),
        ("min. 20", 1),
        ("max 20", -1),
        ("the maximum was reached in 20", 0),
        ("about 20", 0),
    ],
)
def test_a_bound_is_the_most_or_the_least(text, side):
    assert bound(text, text.index("20")) == side


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("12 and over", 1),
        ("12 years or older", 1),
        ("20% or more", 1),
        ("20 kg or less", -1),
        ("12 or 13", 0),
        ("12 or more than that", 0),
    ],
)
def test_a_bound_may_stand_behind_its_number(text, side):
    assert bound_behind(text, 2) == side
