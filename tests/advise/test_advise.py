"""The recommendation, its confidence, what to collect, and how it reads."""

from __future__ import annotations

import doctest
import json
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import tunebook.advise
from tunebook.advise import QUESTIONS, Answers, DataFacts, advise, parse_answers, render
from tunebook.advise.advice import Recommended
from tunebook.advise.decide import recommend

RETRIEVES = ("rag", "hybrid")
STOCKED = DataFacts(documents=100, examples=200)

share = st.none() | st.floats(0, 1)

any_answers = st.fixed_dictionaries(
    {}, optional={question.key: st.sampled_from([c.key for c in question.choices]) for question in QUESTIONS}
).map(Answers)


@st.composite
def data_facts(draw: st.DrawFn) -> DataFacts:
    knowledge, behaviour = draw(st.integers(0, 300)), draw(st.integers(0, 300))
    return DataFacts(
        documents=draw(st.integers(0, 1000)),
        knowledge_cases=knowledge,
        behaviour_cases=behaviour,
        unanswerable_cases=draw(st.integers(0, knowledge + behaviour)),
        examples=draw(st.none() | st.integers(0, 1000)),
        examples_with_sources=draw(share),
        completions_in_documents=draw(share),
        format_regularity=draw(share),
        changed_documents_a_month=draw(st.none() | st.floats(0, 1e6)),
    )


@pytest.mark.parametrize(
    ("mapping", "facts", "recommended"),
    [
        ({}, DataFacts(), "base"),
        ({"budget": "neither", "stakes": "little"}, STOCKED, "base"),
        ({"goal": "facts"}, STOCKED, "rag"),
        ({"citations": "critical"}, STOCKED, "rag"),
        ({"volatility": "daily"}, STOCKED, "prompted"),
        ({"volatility": "weekly", "citations": "welcome"}, STOCKED, "rag"),
        ({"goal": "behaviour"}, STOCKED, "tuned"),
        ({"goal": "behaviour", "volatility": "daily", "citations": "none"}, STOCKED, "tuned"),
        ({"goal": "behaviour", "citations": "critical"}, STOCKED, "hybrid"),
        ({"goal": "both"}, STOCKED, "hybrid"),
        ({"goal": "both"}, DataFacts(), "hybrid"),
        ({"goal": "facts", "volatility": "never", "citations": "none", "budget": "per_answer"}, STOCKED, "rag"),
        ({"volatility": "never", "citations": "none", "budget": "per_answer"}, STOCKED, "prompted"),
        ({"goal": "behaviour"}, DataFacts(examples=49), "prompted"),
        ({"goal": "behaviour"}, DataFacts(examples=50), "tuned"),
        ({"goal": "behaviour", "examples": "few"}, DataFacts(), "prompted"),
        ({"goal": "behaviour", "examples": "many"}, DataFacts(examples=0), "tuned"),
        ({"goal": "behaviour", "examples": "many"}, DataFacts(examples=12), "prompted"),
        ({"goal": "both"}, DataFacts(examples=12), "rag"),
        ({}, DataFacts(documents=9, knowledge_cases=40, examples=60), "rag"),
        ({}, DataFacts(behaviour_cases=40, examples=60), "tuned"),
        ({}, DataFacts(knowledge_cases=40, behaviour_cases=40, examples=60), "hybrid"),
        ({"goal": "facts"}, DataFacts(behaviour_cases=40, examples=60), "hybrid"),
    ],
)
def test_the_recommendation(mapping: dict[str, str], facts: DataFacts, recommended: str) -> None:
    assert advise(parse_answers(mapping), facts, None).recommended == recommended


def test_a_factor_counts_once_at_its_strongest() -> None:
    advice = advise(parse_answers({"goal": "facts"}), DataFacts(knowledge_cases=40, completions_in_documents=1), None)
    assert (advice.tuning, advice.rag) == (0, 4)


@given(any_answers, data_facts())
def test_any_answers_and_data_give_an_advice(chosen: Answers, facts: DataFacts) -> None:
    advice = advise(chosen, facts, None)
    assert advice.recommended in get_args(Recommended)
    written = json.loads(json.dumps(advice.as_json(), allow_nan=False))
    assert {"factor", "answer", "leans", "weight", "why"} <= set(written["factors"][0])
    assert advice.trial == "none"
    text = render(advice)
    assert all(len(line) <= 110 for line in text.splitlines())


@given(st.floats(0, 20), st.floats(0, 20), st.floats(0, 20), st.sampled_from([True, False, None]))
def test_more_points_for_retrieval_never_take_it_away(tuning: float, rag: float, more: float, can: bool | None) -> None:
    before, after = recommend(tuning, rag, can), recommend(tuning, rag + more, can)
    assert after in RETRIEVES or before not in RETRIEVES
    assert before != "rag" or after == "rag"


@given(any_answers, data_facts(), st.data())
def test_an_answer_that_leans_more_to_retrieval_never_takes_it_away(
    chosen: Answers, facts: DataFacts, data: st.DataObject
) -> None:
    question = data.draw(st.sampled_from(QUESTIONS))
    other = data.draw(st.sampled_from(question.choices))
    now = chosen.to(question)
    rag, tuning = (now.leans.get(lean, 0) if now else 0 for lean in ("rag", "tuning"))
    assume(other.leans.get("rag", 0) > rag)
    before = advise(chosen, facts, None).recommended
    after = advise(Answers({**chosen.chosen, question.key: other.key}), facts, None).recommended
    assert after in RETRIEVES or before not in RETRIEVES
    if other.leans.get("tuning", 0) <= tuning:
        assert before != "rag" or after == "rag"


@given(any_answers, data_facts(), st.integers(1, 300))
def test_more_knowledge_cases_never_take_retrieval_away(chosen: Answers, facts: DataFacts, more: int) -> None:
    before = advise(chosen, facts, None).recommended
    after = advise(chosen, replace(facts, knowledge_cases=facts.knowledge_cases + more), None).recommended
    assert after in RETRIEVES or before not in RETRIEVES


FULL = {"goal": "facts", "volatility": "weekly", "citations": "critical", "budget": "neither", "stakes": "much"}


@pytest.mark.parametrize(
    ("mapping", "facts", "confidence"),
    [
        (FULL, STOCKED, "high"),
        ({"goal": "facts", "volatility": "monthly", "citations": "none"}, STOCKED, "medium"),
        ({"goal": "facts"}, STOCKED, "low"),
        ({**FULL, "goal": None}, STOCKED, "low"),
        (FULL, DataFacts(behaviour_cases=80, examples=200), "medium"),  # said facts, and the cases say behaviour
        ({**FULL, "goal": "behaviour", "citations": "welcome", "volatility": "never"}, STOCKED, "medium"),
        ({**FULL, "goal": "behaviour", "citations": "none", "volatility": "daily", "stakes": "some"}, STOCKED, "low"),
    ],
)
def test_confidence_is_derived_from_what_is_known_and_the_margin(
    mapping: dict[str, str | None], facts: DataFacts, confidence: str
) -> None:
    advice = advise(parse_answers(mapping), facts, None)
    assert advice.confidence == confidence, advice.confidence_why
    assert "of 5 factors are known" in advice.confidence_why


@pytest.mark.parametrize(
    ("mapping", "recommended", "points"),
    [
        ({}, "base", "0.5 points"),
        ({"stakes": "some"}, "prompted", "0.5 points"),
        ({"volatility": "never"}, "prompted", "1 point "),
    ],
)
def test_the_margin_counts_what_makes_base_prompted_and_back(
    mapping: dict[str, str], recommended: str, points: str
) -> None:
    advice = advise(parse_answers(mapping), DataFacts(), None)
    assert advice.recommended == recommended
    assert f"; {points}" in advice.confidence_why


def test_what_to_collect_names_what_is_short_and_nothing_else() -> None:
    short = advise(parse_answers(FULL), DataFacts(knowledge_cases=12, examples=7), None).collect
    assert [sentence.split(":")[0] for sentence in short] == [
        "The documents that hold the answers",
        "At least 50 examples (7 are there)",
        "At least 50 cases for knowledge (12 are there)",
        "At least 20 unanswerable cases (0 are there)",
    ]
    enough = DataFacts(documents=9, knowledge_cases=80, behaviour_cases=50, unanswerable_cases=20, examples=50)
    assert advise(parse_answers(FULL), enough, None).collect == ()
    asked = advise(parse_answers({"goal": "facts"}), enough, None).collect
    assert len(asked) == 1
    assert "Must an answer name its source?" in asked[0]
    assert "How many examples" not in asked[0]


def test_examples_that_are_elsewhere_are_asked_into_the_project() -> None:
    collect = advise(parse_answers({"goal": "both", "examples": "many"}), DataFacts(examples=0), None).collect
    assert "The examples that you have, in examples.jsonl: the project holds none yet." in collect


def test_the_text_goes_factor_by_factor() -> None:
    text = render(advise(parse_answers({"goal": "both", "volatility": "never"}), DataFacts(examples=12), None))
    assert text.startswith("Recommended: rag\n")
    assert "with more examples this becomes hybrid" in " ".join(text.split())
    places = [text.index(f"\n  {question.factor}\n") for question in QUESTIONS]
    assert places == sorted(places)
    assert "    you said: never -> tuning 1, rag 0\n" in text
    assert "    the data says: 12 in the project -> no lean\n" in text
    assert "    not answered\n" in text
    assert "Trial: none\n" in text


def test_the_example_of_the_package_holds() -> None:
    assert doctest.testmod(tunebook.advise) == (0, 4)
