"""What counts as an abstention, and what does not."""

from __future__ import annotations

import pytest
from helpers import hits_of, passage

from tunebook.answer import says_nothing_found, too_far
from tunebook.settings import ABSTENTION

ABSTENTIONS = (
    ABSTENTION,
    "the documents do not say",
    "The documents do not say. Ask the desk.",
    "",
    "  \n",
    "The passages do not mention a price.",
    "The provided text doesn't contain that information.",
    "The given context does not provide the answer.",
    "This is not mentioned in the documents.",
    "The opening hours aren't stated in the passages.",
    "I don't know.",
    "I don’t know.",
    "I cannot answer that from the passages.",
    "I can't find it.",
    "There is no information available about the price.",
    "No answer is given.",
    "The passages provided do not specify how long it takes.",
    "The text that you gave me does not directly state it.",
    "I’m sorry, but the context doesn’t have information about this.",
    "This information cannot be found in the passages.",
    "The answer is not in the documents.",
    "There is no mention of a price in the passages.",
    "The passages say nothing about a price.",
    "It is not possible to answer this.",
    "I am unable to answer this question.",
    "I'm not able to find that.",
    "No information about the price.",
    "The text mentions that the programme began again, but it does not specify when that was.",
    "The passages describe the race in detail, but they do not explicitly state who won.",
)
ANSWERS = (
    "It carries 80 kg.",
    "No.",
    "No, one person lifts up to 20 kg; a 32 kg sack takes two people.",
    "The customer does not pay for the second trip.",
    "Do not lift it alone.",
    "The document is kept for three years.",
    "The load sheet does not leave the depot.",
    "If you cannot find the key, ring the desk.",
    "Saying nothing is not allowed.",
    "Keep the passage free.",
    "The passage does not have a lift.",
    "The information desk does not answer calls on Sundays.",
    "There is no information desk in the depot.",
    "No, customer information cannot be given over the phone.",
    "Give no information about customers to callers.",
    "If there is no answer on the phone, ring the depot.",
    "The context menu does not include Save.",
    "The text must not be longer than a page.",
    "The document is kept for three years, but it does not hold prices.",
    "The text says 80 kg. It does not rust, but it does not float either.",
    "The Heron carries 80 kg, but it does not say so on its side.",
)


@pytest.mark.parametrize("text", ABSTENTIONS)
def test_abstentions_are_seen_in_many_wordings(text):
    assert says_nothing_found(text, ABSTENTION)


@pytest.mark.parametrize("text", ANSWERS)
def test_answers_are_no_abstentions(text):
    assert not says_nothing_found(text, ABSTENTION)


def test_the_agreed_words_may_be_the_teams_own():
    assert says_nothing_found("Ask the desk", "Ask the desk.")
    assert not says_nothing_found("Ask the driver.", "Ask the desk.")


def test_too_far_is_the_best_cosine_below_the_minimum():
    near, far = hits_of(passage("a"), cosine=0.5), hits_of(passage("b"), cosine=0.1)
    assert not too_far([*far, *near], 0.3)
    assert too_far(far, 0.3)
    assert not too_far(far, 0.1)
    assert too_far([], -1)


def test_hits_of_words_alone_are_not_judged_by_distance():
    (hit,) = hits_of(passage("a"))
    lexical = type(hit)(hit.rank, hit.score, hit.passage, {"bm25": 3.0})
    assert not too_far([lexical], 0.99)
