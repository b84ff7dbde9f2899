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
        ("It is what they call the Wren.", [("name", "Wren", "asked")]),
        ("In May 1987 Ada Ash did not sell 12 bikes to Oslo.", [("negation", "bikes", "contradicted")]),
        ("Ben Oak did sell the vans.", [("negation", "sell", "contradicted"), ("negation", "vans", "contradicted")]),
        ("Nobody sold bikes.", [("negation", "sold", "contradicted")]),
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


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("It closes at 5 am.", "It closes at 5 pm every day."),
        ("It works down to 15 degrees.", "It works down to -15 degrees."),
        ("The fee is €20.", "The fee is $20."),
        ("The fee is 20 dollars.", "The fee is 20 crowns."),
        ("The discount is 20.", "The discount is 20%."),
        ("The discount is 20 crowns.", "The discount is 20%."),
        ("It lasts 2 hours.", "It lasts 2½ hours."),
        ("The load is 80 g.", "The load is 80 kg."),
        ("The limit is 3 m.", "The limit is 3 mm."),
        ("The battery weighs 3 pounds.", "The battery weighs 3 kg."),
        ("It takes 3 months.", "It takes 3 weeks."),
        ("It takes one week to repair.", "It takes three weeks to repair."),
        ("At least 20 boxes fit.", "At most 20 boxes fit."),
        ("You may bring more than 20 kg.", "You may bring no more than 20 kg."),
        ("You may not bring more than 20 kg.", "You may bring more than 20 kg."),
        ("Call before 9:00.", "Call after 9:00."),
        ("The fee rose by 5%.", "The fee fell by 5%."),
        ("In winter it is open.", "In summer it is open."),
        ("May 5 is the last day.", "June 5 is the last day."),
        ("It was signed on 2024-06-05.", "It was signed on 2024-05-06."),
    ],
)
def test_another_unit_bound_date_or_the_opposite_is_not_held(sentence, quote):
    assert {found for _, _, found in amiss(sentence, quote)} & {"swapped", "missing"}


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("It takes one week.", "It takes one week for frames, three weeks for forks."),
        ("80 boxes", "80 large boxes"),
        ("12 people were hurt.", "12 persons were hurt."),
        ("It carries 80 kilograms.", "It carries 80kg."),
        ("It is 15 °C.", "It is 15 degrees."),
        ("It is 10, 20 and 30%.", "It is 10%, 20% and 30%."),
        ("Open from 9 am to 5 pm.", "Open 9-5."),
        ("It closes at 5 daily.", "It closes at 5 pm daily."),
        ("It opens at 8 every morning.", "It opens at 8:00 every morning."),
        ("Python 3.10 is needed.", "Python version 3.10 is needed."),
        ("The fare to Quenby 3.50 crowns.", "The fare to Quenby is 3.5 crowns."),
        ("Up to 20 boxes fit.", "No more than 20 boxes fit."),
        ("It will not start below 5 degrees.", "It won't start below 5 degrees."),
        ("It costs $5 per day.", "It costs 5 dollars a day."),
        ("The office opens at 9.", "The office is open Monday to Friday 9:00-17:00."),
    ],
)
def test_the_same_in_other_words_is_held(sentence, quote):
    assert amiss(sentence, quote) == []


def test_a_bare_number_is_a_share_where_shares_are_asked_for():
    none = frozenset[str]()
    asked = Evidence("The discount is 20%.", none, none, none, frozenset({"percentag"}))
    assert [one.found for one in check("The discount is 20.", asked)] == ["held"]
