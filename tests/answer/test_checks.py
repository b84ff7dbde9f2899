"""Numbers, dates, names and negations of a sentence, each checked by itself."""

from __future__ import annotations

import pytest

from tunebook.answer.checks import Evidence, check, factor

QUOTE = "In May 1987 Ada Ash sold 12 bikes to Oslo, and Ben Oak did not sell any of the 40 vans."


def evidence(quote: str = QUOTE) -> Evidence:
    rest, hits = frozenset({"77", "lima"}), frozenset({"88", "quito"})
    return Evidence(quote, frozenset({"heron"}), rest, rest | hits, frozenset({"wren"}))


def amiss(sentence: str, quote: str = QUOTE) -> list[tuple[str, str, str]]:
    return [(c.kind, c.text, c.found) for c in check(sentence, evidence(quote)) if c.found != "held"]


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("In May 1987 Ada Ash sold twelve bikes to Oslo.", []),
        ("In May 1987 Ada Ash sold 13 bikes to Oslo.", [("number", "13", "missing")]),
        ("In May 1987 Ada Ash sold 40 bikes to Oslo.", [("number", "40", "swapped")]),
        ("In June 1987 Ada Ash sold 12 bikes.", [("date", "June", "missing")]),
        ("Of these 77 were red.", [("number", "77", "passage")]),
        ("Of these 88 were red.", [("number", "88", "elsewhere")]),
        ("In May 1987 Ada Ash sold 12 bikes to Lima.", [("name", "Lima", "swapped")]),
        ("It is what they call the Wren.", [("name", "Wren", "elsewhere")]),
        ("In May 1987 Ada Ash did not sell 12 bikes to Oslo.", [("negation", "bikes", "contradicted")]),
        ("Ben Oak did sell the vans.", [("negation", "sell", "contradicted"), ("negation", "vans", "contradicted")]),
        ("Nobody sold bikes.", [("negation", "sold", "contradicted"), ("negation", "bikes", "contradicted")]),
    ],
)
def test_each_fact_is_found_or_said_to_be_amiss(sentence, found):
    assert amiss(sentence) == found


def test_a_number_among_other_words_is_misplaced():
    quote = "The Heron weighs 31 kg and carries 80 kg in its box."
    assert amiss("The box holds 31 kg.", quote) == [("number", "31", "misplaced")]


def test_an_opening_no_is_an_answer_and_negates_nothing():
    assert amiss("No, Ada Ash sold bikes.") == []


def test_the_worst_of_each_kind_counts_once():
    one, two = check("Ash sold 13.", evidence()), check("Ash sold 13 or 14 or 15.", evidence())
    assert factor(one) == factor(two) == 0.3
    assert factor([]) == 1


def test_a_number_of_the_heading_does_not_hold_another_count_of_the_same_thing():
    """“Section two: notice” is no evidence for two weeks where the quote says six."""
    quote, none = "Either side may end this agreement with six weeks of notice.", frozenset[str]()
    evidence = Evidence(quote, frozenset({"section", "two", "notice", "2"}), none, none, none)
    assert [one.found for one in check("The notice is two weeks.", evidence)] == ["swapped"]
    assert [one.found for one in check("Section two says so.", evidence)] == ["held"]
