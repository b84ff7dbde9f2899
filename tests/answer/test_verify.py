"""Every sentence of an answer has a verdict, and the policy for what nothing supports."""

from __future__ import annotations

import sys

import pytest
from helpers import hits_of, passage
from hypothesis import given
from hypothesis import strategies as st

from tunebook.answer import settled, verify
from tunebook.answer.text import words

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


def verdicts(answer: str, text: str, question: str = "What about it?") -> list[bool | None]:
    return [claim.supported for claim in verify(answer, hits_of(passage(text, "d.md")), question).claims]


PLANS = """| Plan | Price per month, cost | Users |
|---|---|---|
| Basic | 9 EUR | 1 |
| Team | 29 EUR | 10 |
| Pro | 99 EUR | 100 |"""


@pytest.mark.parametrize(
    ("answer", "text", "question"),
    [
        ("Riders may use the tunnel.", "No riders may use the tunnel.", "May riders use the tunnel?"),
        ("It takes one week to repair.", "It takes three weeks to repair.", "How long does it take?"),
        ("It closes at 5 am.", "It closes at 5 pm every day.", "When does it close?"),
        ("The load is 80 g.", "The load is 80 kg.", "What is the load?"),
        ("Speeds above 25 are forbidden.", "Speeds below 25 are forbidden.", "What is forbidden?"),
        ("The fee is $3.5k.", "The fee is $3.5M.", "What is the fee?"),
        ("May 5 is the last day to pay.", "June 5 is the last day to pay.", "When is the last day to pay?"),
        ("The Heron has a bell.", "All bikes except the Heron have a bell.", "Has the Heron a bell?"),
        ("Tickets are refundable.", "Tickets are non-refundable.", "Are tickets refundable?"),
        ("Smoking is allowed in the yard.", "Smoking is prohibited in the yard.", "Where is smoking allowed?"),
        ("Enter through the north gate.", "Enter through the south gate.", "Which gate?"),
        ("It was 25 °F.", "The temperature was 25 °C.", "How warm was it?"),
        ("Children of 12 and over travel free.", "Children under 12 travel free.", "Who travels free?"),
        ("The minimum weight is 20 kg.", "Luggage may weigh up to 20 kg.", "What is the minimum weight?"),
        ("The weight may exceed 20 kg.", "The weight must not exceed 20 kg.", "May the weight exceed 20 kg?"),
        ("Die Frist endet am 3. Juni 2024.", "Die Frist endet am 3. Mai 2024.", "Wann endet die Frist?"),
        ("Le contrat finit le 1er avril 2024.", "Le contrat finit le 1 mars 2024.", "Quand finit le contrat ?"),
        ("El plazo termina el 3 de junio.", "El plazo termina el 3 de mayo.", "\u00bfCu\u00e1ndo termina el plazo?"),
    ],
)
def test_what_is_said_otherwise_is_not_supported(answer, text, question):
    assert verdicts(answer, text, question) == [False]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("You may bring up to 20 kg.", "You may bring no more than 20 kg."),
        ("There is no charge for children.", "Children travel without charge."),
        ("It costs 250 crowns.", "It costs two hundred and fifty crowns."),
        ("The depot opens at 9:00.", "The depot opens at 9."),
        ("It was signed on 6 May 2024.", "It was signed on 2024-05-06."),
        ("It carries 80 kg [1]. It costs 140 crowns.[2]", "It carries 80 kg. It costs 140 crowns."),
        ("票价是140克朗。", "票价是140克朗"),
        ("It raised $3.5M.", "It raised $3.5 million."),
        ("It has 5k users and 2 bn pages.", "It has 5,000 users and two billion pages."),
        ("It costs 1.234,56 €.", "It costs €1,234.56."),
        ("It has 1.234.567 users.", "It has 1,234,567 users."),
        ("It was signed on 2024/05/06.", "It was signed on May 6, 2024."),
        ("It carries 80 kg.【4:0†source】 It costs 140 crowns[^2].", "It carries 80 kg. It costs 140 crowns."),
        ("From 8:00 smoking is not allowed.", "Smoking is not allowed from 8:00."),
        ("Based on the provided passages, it carries 80 kg.", "It carries 80 kg."),
        ("It ends on 31/03/2025.", "It ends on 31 March 2025."),
        ("It ends on 3/31/2025.", "It ends on 2025-03-31."),
        ("Version 2.0 came in 2023.", "v2.0 (came in 2023)"),
        ("La r\u00e9union est \u00e0 14h30.", "La r\u00e9union est \u00e0 14 h 30."),
        ("Der Zug f\u00e4hrt um 14.30 Uhr.", "Der Zug f\u00e4hrt um 14:30 Uhr."),
        ("Die Frist endet am 3. Mai 2024.", "Die Frist endet am 03.05.2024."),
        ("The weight must not exceed 20 kg.", "The maximum weight is 20 kg."),
        ("The motor must not be immersed in water.", "Never immerse the motor in water."),
        ("Parking isn't available.", "There is no parking available."),
        ("You need a permit to enter.", "You may not enter unless you have a permit."),
        ("It has 16 GB of RAM.", "RAM: 16 GB DDR4"),
        ("Smoking is not allowed in the yard.", "Smoking is prohibited in the yard."),
        ("It closes at 17:00.", "It is open from 9:00 and closes at 17:00."),
        ("Tel. +44 20 7946 0958", "Tel. +44 20 7946 0958"),
        ("The Team plan costs 29 EUR per month.", PLANS),
        ("The Team plan has 10 users.", PLANS),
        ("There are three branches: Oslo, Bergen and Lima.", "The branches are in Oslo, Bergen and Lima."),
    ],
)
def test_other_spellings_and_words_are_supported(answer, text):
    assert set(verdicts(answer, text)) == {True}


@pytest.mark.parametrize(
    ("answer", "text", "borne_out"),
    [
        ("The workshop is on the 3rd floor.", "The workshop is on the third floor.", True),
        ("The workshop is on the third floor.", "The workshop is on the 3rd floor.", True),
        ("The workshop is on the 3rd floor.", "The workshop is on floor 3.", True),
        ("The workshop is on the 3rd floor.", "The workshop is on the 2nd floor.", False),
        ("The workshop has 3 floors.", "The workshop is on the third floor.", False),
        ("It opens on the 1st Monday.", "It opens on the first Monday.", True),
        ("It is paid on the 3rd of May.", "It is paid on May 3.", True),
        ("The 3rd member pays nothing.", "A third of the members pay nothing.", False),
        ("The 2nd wash is long.", "A second wash takes one second.", False),
        ("It weighs 1250 kg.", "It weighs 1.250 kg.", False),
    ],
)
def test_ordinals_are_the_same_in_digits_and_in_words(answer, text, borne_out):
    assert verdicts(answer, text) == [borne_out]


@pytest.mark.parametrize("answer", ["Yes.", "No, it is not.", "Ja."])
def test_yes_or_no_alone_is_neither_borne_out_nor_not(answer):
    found = verify(answer, HITS, "Does the Heron carry 80 kg?")
    (claim,), (citation,) = found.claims, found.citations
    assert (claim.supported, claim.why, citation.supported) == (None, ("no word in it can be checked",), None)
    assert citation.quote == "The Heron carries 80 kg in its box."
    assert settled(found, "abstain", HITS, "Does the Heron carry 80 kg?") is found


def test_why_before_what_follows_is_no_claim():
    found = verify("**Why so:**\nThe Heron carries 80 kg.", HITS, ASKED)
    assert [claim.sentence for claim in found.claims] == ["The Heron carries 80 kg."]


def test_one_is_a_number_and_can_be_checked():
    assert verify("One.", HITS, "How many boxes has the Heron?").claims[0].supported is False


def test_a_word_more_in_what_was_asked_is_not_against_the_passage():
    (claim,) = verify("Yes, the Heron was actually built in Lima.", HITS, "Was the Heron built in Lima?").claims
    assert (claim.supported, claim.citations) == (None, (0,))
    (claim,) = verify("The Heron is red.", HITS, "What colour is the Heron?").claims
    assert claim.supported is False


def test_the_number_of_the_items_that_follow_is_no_claim():
    found = verify("It does two things:\n- It carries 80 kg.\n- It was built in Lima.", HITS, ASKED)
    assert [claim.supported for claim in found.claims] == [True, True]
    found = verify("It does three things:\n- It carries 80 kg.\n- It was built in Lima.", HITS, ASKED)
    assert [claim.supported for claim in found.claims] == [False, True, True]


def test_the_header_of_a_table_is_no_claim_and_stays_with_its_rows():
    answer = "| Bike | Load |\n|---|---|\n| Heron | 80 kg |\n| Penguin | marmalade |"
    found = verify(answer, HITS, ASKED)
    assert [claim.sentence for claim in found.claims] == ["| Heron | 80 kg |", "| Penguin | marmalade |"]
    kept = settled(found, "drop", HITS, ASKED)
    assert kept is not None
    assert kept.text == answer.rsplit("\n", 1)[0]


def test_hits_are_taken_apart_once_for_all_sentences(monkeypatch):
    seen: list[str] = []
    monkeypatch.setattr(sys.modules["tunebook.answer.attribute"], "fenced", lambda text: seen.append(text) or text)
    verify(MIXED, HITS, ASKED)
    assert seen == [HITS[0].passage.text]


def test_what_only_leads_to_something_is_no_claim():
    steps = "## Steps\n\nTo get in, follow this:\n1. Press the button.\n2. Lift the lid.\n```bash\nbox open\n```"
    found = verify(steps, hits_of(passage("Press the button and lift the lid, or type box open.", "d.md")), "How?")
    assert [claim.sentence for claim in found.claims] == ["Press the button.", "Lift the lid.", "box open"]
    assert found.unsupported == ()
    assert settled(found, "abstain", HITS, "How?") is found


def test_what_leads_to_a_dropped_sentence_goes_with_it():
    text = "The Heron carries 80 kg.\n\n## Penguins\n\nThey do this:\n- They fly.\n- They swim.\n\n## Lima\n\nBuilt in 1987."
    kept = settled(verify(text, HITS, ASKED), "drop", HITS, ASKED)
    assert kept is not None
    assert kept.text == "The Heron carries 80 kg.\n\n## Lima\n\nBuilt in 1987."


def test_the_head_of_a_table_belongs_to_each_of_its_rows():
    hits = hits_of(passage(PLANS, "d.md"))
    right, wrong = (verify(f"The Team plan costs {cost} EUR per month.", hits, ASKED) for cost in (29, 99))
    assert (right.citations[0].quote, right.citations[0].supported) == ("| Team | 29 EUR | 10 |", True)
    assert not wrong.citations[0].supported


def test_each_sentence_without_blanks_has_its_verdict():
    hits = hits_of(passage("费用是140克朗。许可证有效期为两年。", "d.md"))
    found = verify("费用是140克朗。企鹅会游泳。", hits, "费用是多少？")
    assert [(claim.sentence, claim.supported) for claim in found.claims] == [
        ("费用是140克朗。", True),
        ("企鹅会游泳。", False),
    ]
    assert found.citations[0].quote == "费用是140克朗。"


GERMAN = "Das Museum ist montags zu. Die Jahresgebühr ist von dem Verein auf 1.250,50 Euro gesetzt. Die Frist ist sechs Monate."


@pytest.mark.parametrize(
    ("said", "supported", "quote"),
    [
        ("Die Jahresgebühr ist 1250,50 €.", True, "Die Jahresgebühr ist von dem Verein auf 1.250,50 Euro gesetzt."),
        ("Die Frist ist 6 Monate.", True, "Die Frist ist sechs Monate."),
        ("Die Frist ist drei Monate.", False, "Die Frist ist sechs Monate."),
        ("Die Tickets sind von der Stadt.", False, None),
    ],
)
def test_small_words_of_another_language_bear_nothing_out(said, supported, quote):
    """What was asked holds them as well, and three sentences were quoted for one."""
    asked = f"Was ist {said.split()[0].lower()} {said.split()[1]}?"
    found = verify(said, hits_of(passage(GERMAN, "d.md")), asked)
    assert found.claims[0].supported is supported
    assert quote is None or found.citations[0].quote == quote


@pytest.mark.parametrize("said", ["Die Stadt DEN LA OS.", "It met in Des Moines by DIE."])
def test_what_is_written_large_is_no_small_word(said):
    assert {"name"} <= {word.kind for word in words(said)}


def test_a_line_that_leads_to_nothing_is_a_claim():
    assert verify("Penguins are:", HITS, ASKED).unsupported == ("Penguins are:",)


@pytest.mark.parametrize("line", ["## 90 kg", "The Heron of 1999:", "It swims in Berlin: no boat is faster."])
def test_a_line_that_leads_on_and_can_be_checked_is_a_claim(line):
    assert verify(f"{line}\nThe Heron carries 80 kg.", HITS, ASKED).claims[0].supported is False


def test_the_first_word_behind_a_list_mark_is_no_name_for_its_capital():
    (claim,) = verify("- Colourful box for 80 kg", HITS, ASKED).claims
    assert claim.why == ()
