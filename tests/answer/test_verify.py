"""Every sentence of an answer has a verdict, and the policy for what nothing supports."""

from __future__ import annotations

import pytest
from helpers import hits_of, passage
from hypothesis import given
from hypothesis import strategies as st

from tunebook.answer import settled, verify

HITS = hits_of(passage("The Heron carries 80 kg in its box. It was built in Lima in 1987.", "h.md", title="The Heron"))
ASKED = "What about the Heron?"
MIXED = "The Heron carries 80 kg. Penguins adore marmalade sandwiches. It was built in 1988."


def test_every_sentence_has_its_verdict_its_citation_and_what_is_amiss():
    found = verify(MIXED, HITS, ASKED)
    assert [claim.supported for claim in found.claims] == [True, False, False]
    assert [claim.citations for claim in found.claims] == [(0,), (), (1,)]
    assert [claim.why for claim in found.claims] == [
        (),
        ("no passage speaks of it",),
        ("number '1988' stands in no passage",),
    ]
    assert found.unsupported == ("Penguins adore marmalade sandwiches.", "It was built in 1988.")
    assert [MIXED[claim.start : claim.end] for claim in found.claims] == [claim.sentence for claim in found.claims]
    assert 0 < found.grounded < 1


def test_an_answer_without_a_quote_points_at_the_nearest_place_which_does_not_say_it():
    found = verify("Penguins adore marmalade. They fly.", HITS, "When was the Heron built?")
    (citation,) = found.citations
    assert (citation.quote, citation.supported) == ("It was built in Lima in 1987.", False)
    assert [(claim.supported, claim.citations) for claim in found.claims] == [(False, (0,)), (False, ())]
    assert found.claims[0].why == ("the nearest passage does not say it",)
    assert verify("Penguins adore marmalade.", HITS, "Is tea healthy?").citations == ()


def test_what_is_said_word_for_word_is_wholly_grounded():
    assert verify(HITS[0].passage.text, HITS, ASKED).grounded == 1


def test_without_passages_there_is_nothing_to_hold_it_against():
    found = verify(MIXED, [], ASKED)
    assert (found.claims, found.citations, found.grounded, found.unsupported) == ((), (), None, ())


def test_mark_leaves_the_text_as_it_is():
    found = verify(MIXED, HITS, ASKED)
    assert settled(found, "mark", HITS, ASKED) is found


def test_drop_takes_the_sentences_out_and_says_which():
    kept = settled(verify(MIXED, HITS, ASKED), "drop", HITS, ASKED)
    assert kept is not None
    assert kept.text == "The Heron carries 80 kg."
    assert kept.unsupported == ("Penguins adore marmalade sandwiches.", "It was built in 1988.")
    assert [kept.text[claim.start : claim.end] for claim in kept.claims] == ["The Heron carries 80 kg."]


@pytest.mark.parametrize(("text", "policy"), [("Penguins adore marmalade.", "drop"), (MIXED, "abstain")])
def test_nothing_is_said_where_nothing_is_left_or_one_is_enough(text, policy):
    assert settled(verify(text, HITS, ASKED), policy, HITS, ASKED) is None


@given(st.lists(st.sampled_from(["The Heron carries 80 kg.", "Penguins fly.", "It was built in 1988.\n", "No!", " "])))
def test_dropping_leaves_no_unsupported_sentence(parts):
    text = " ".join(parts)
    kept = settled(verify(text, HITS, ASKED), "drop", HITS, ASKED)
    if kept is not None:
        assert all(claim.supported is not False for claim in kept.claims)
        assert all(kept.text[claim.start : claim.end] == claim.sentence for claim in kept.claims)
