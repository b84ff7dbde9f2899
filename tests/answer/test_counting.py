"""How many things an answer lists is borne out by the answer itself."""

from __future__ import annotations

import pytest

from tunebook.answer.counting import counted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Pay in three ways: card, cash and invoice.", {"3"}),
        ("Pay in 2 ways: by card or in cash.", {"2"}),
        ("Pay in four ways: card, cash and invoice.", set()),
        ("There are three ways:\n- card\n- cash\n\n* invoice\nThe end.", {"3"}),
        ("**There are two ways:**\n1. card\n2. cash", {"2"}),
        ("There are three ways:\nsee below", set()),
        ("There are three ways.\n- card\n- cash\n- invoice", set()),
    ],
)
def test_the_number_of_what_is_listed_is_known(text, found):
    first = text.split("\n")[0]
    assert counted(text, 0, len(first)) == found
