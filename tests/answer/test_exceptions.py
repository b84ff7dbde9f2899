"""What is excepted is not what is said, and the other way round."""

from __future__ import annotations

import pytest

from tunebook.answer.exceptions import denied


@pytest.mark.parametrize(
    ("one", "other", "thing"),
    [
        ("The Heron has a bell.", "All bikes except the Heron have a bell.", "Heron"),
        ("All bikes, including the Heron, have a bell.", "All bikes except the Heron have a bell.", "Heron"),
        ("Yes, the shop is open on Mondays.", "The shop is open daily, except on Mondays.", "Mondays"),
        ("Guide dogs are not allowed.", "No dogs except guide dogs are allowed.", None),
        ("You can enter without a permit.", "You may not enter without a permit.", "permit"),
        ("You can enter without a permit.", "You may not enter unless you have a permit.", "permit"),
        ("Refunds are not given if the item is damaged.", "Refunds are not given unless the item is damaged.", "item"),
        ("Riders with a ticket pay 60 crowns.", "Riders without a ticket pay 60 crowns.", "ticket"),
    ],
)
def test_what_an_exception_says_is_denied(one, other, thing):
    assert denied(one, other) == ([thing] if thing else None)
    assert (denied(other, one) is None) == (thing is None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Heron has no bell.", "All bikes except the Heron have a bell."),
        ("The Heron is the only bike that has no bell.", "All bikes except the Heron have a bell."),
        ("All bikes except the Heron have a bell.", "All bikes except the Heron have a bell."),
        ("The shop is not open on Mondays.", "The shop is open daily except Mondays."),
        ("A permit is required to enter.", "You may not enter without a permit."),
        ("You need a permit to enter.", "You may not enter unless you have a permit."),
        ("You cannot enter without a permit.", "You may not enter unless you have a permit."),
        ("Refunds are given only if the item is damaged.", "Refunds are not given unless the item is damaged."),
        ("There is no charge for children.", "Children travel without charge."),
    ],
)
def test_what_an_exception_says_in_other_words_is_not(one, other):
    assert denied(one, other) == []
    assert denied(other, one) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The shop is closed on Mondays.", "The shop is open daily except Mondays."),
        ("Dogs are allowed on the ferry.", "Dogs are allowed except when the ferry is full."),
        ("Guests pay a fee.", "Members borrow without a fee, guests pay a fee of 5 crowns."),
        ("The shop is open daily.", "The shop is open daily except Mondays."),
    ],
)
def test_where_something_else_is_said_no_exception_decides(one, other):
    assert denied(one, other) is None
