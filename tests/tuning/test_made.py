"""Questions made from passages: what is asked for, verbatim answers, and the round trip."""

from __future__ import annotations

import random

import pytest
from helpers import hits_of, passage
from hypothesis import given
from hypothesis import strategies as some

from tunebook.tuning.made import drafts, drawn, kept

HERON = passage("The Heron carries up to 80 kg of freight. It was first sold in 1998 by Larkmoor.", "heron.md")


def asked(text: str) -> list[tuple[str, str]]:
    return [(draft.question, draft.answer) for draft in drafts(passage(text), 1)]


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("The Heron carries up to 80 kg of freight.", "The Heron carries up to how many kg of freight?", "80"),
        ("The Heron was first sold in 1998 to a baker.", "The Heron was first sold in what year to a baker?", "1998"),
        ("The first shop was opened on 6 May 1904 by two sisters.", "The first shop was opened when by two sisters?", "6 May 1904"),
        ("All of the frames are welded in Tarn Edge.", "All of the frames are welded in what?", "Tarn Edge"),
        ("In winter, the yard belongs to the Heron.", "The yard belongs to what?", "Heron"),
        ("The bike carries a load of up to\nno less than 8 kg.", "The bike carries a load of up to no less than how many kg?", "8"),
    ],
)  # fmt: skip
def test_a_fact_becomes_the_question_word_in_its_place(text, question, answer):
    assert (question, answer) in asked(text)


@pytest.mark.parametrize(
    "text",
    [
        "It rains.",
        "A heading without an end about 80 things",
        "The Mid-Atlantic climate is mild all through the year.",
        "The Latin language was spoken all over the province.",
        "The Court of Justice rejected all of the arguments.",
        "The Heron is what the Heron always was to everybody here.",
    ],
)
def test_what_cannot_be_asked_well_is_not_asked(text):
    assert asked(text) == []


def test_an_answer_is_as_long_as_the_teams_own():
    assert {draft.answer for draft in drafts(HERON, 2)} >= {"80", "1998"}
    assert {draft.answer for draft in drafts(HERON, 8)} == {
        "The Heron carries up to 80 kg of freight.",
        "It was first sold in 1998 by Larkmoor.",
    }
    assert drafts(HERON, 17)[0].answer == HERON.text


@given(some.text(alphabet="ABab 19,.;'-\n", max_size=80), some.integers(1, 30))
def test_answers_are_verbatim_and_not_in_their_question(text, words):
    for draft in drafts(passage(text), words):
        assert draft.answer in text
        assert draft.question.endswith("?")
        if words <= 6:
            assert draft.answer.lower() not in draft.question.lower()


def test_one_of_each_passage_comes_before_a_second_of_any():
    other = passage("The Wren carries 19 kg of freight at most.", "wren.md")
    found = drawn([HERON, other], 2, 1, random.Random(0))
    assert {draft.passage.document for draft in found} == {"heron.md", "wren.md"}
    assert len(drawn([HERON, other], 100, 1, random.Random(0))) == len(drafts(HERON, 1)) + len(drafts(other, 1))
    assert drawn([], 5, 1, random.Random(0)) == []


def test_the_round_trip_keeps_what_finds_its_passage_again():
    both = drafts(HERON, 1)[:2]
    elsewhere = [passage(f"Other {n}.", f"o{n}.md") for n in range(3)]
    assert kept(both, [hits_of(HERON), hits_of(*elsewhere, HERON)]) == both[:1]


def test_a_draft_is_an_example_over_its_document():
    made = drafts(HERON, 1)[0].example()
    assert (made.sources, made.answerable, made.group) == (("heron.md",), True, "heron.md")
    assert made.knows
    assert made.id.startswith("made-")


def test_a_question_that_two_passages_answer_is_not_asked():
    alike = [passage(f"It carries up to {load} kg of freight.", f"{load}.md") for load in (60, 80)]
    found = drawn([HERON, *alike], 20, 1, random.Random(0))
    assert {draft.passage.document for draft in found} == {"heron.md"}
