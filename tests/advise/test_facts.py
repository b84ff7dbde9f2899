"""What the data says: the regularity of completions, and findings with points."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebook.advise import DataFacts, format_regularity
from tunebook.advise.facts import findings
from tunebook.advise.weights import GOAL, RISK, VOLATILITY


def test_fewer_than_ten_completions_are_unknown() -> None:
    assert format_regularity([]) is None
    assert format_regularity(["Answer: 1"] * 9) is None
    assert format_regularity(["Answer: 1"] * 10) == 1


def test_json_objects_share_a_shape_where_their_keys_do() -> None:
    same = [f'{{"limit": {n}, "unit": "kg"}}' for n in range(6)]
    fenced = ['```json\n{"unit": "lb",\n "limit": 9}\n```']
    other = ['{\n"speed": 1\n}', '{\n"range": 2\n}', "[1]"]
    assert format_regularity(same + fenced + other) == pytest.approx(0.7)


def test_labels_and_headings_make_a_skeleton_in_their_order() -> None:
    plain = [f"Answer: {n}\nSource: sheet {n}" for n in range(4)]
    bold = [f"**Answer:** {n}\n\n**Source:** sheet {n}" for n in range(3)]
    swapped = [f"Source: sheet {n}\nAnswer: {n}" for n in range(3)]
    assert format_regularity(plain + bold + swapped) == pytest.approx(0.7)
    assert format_regularity([f"## Steps\n{n} turns\n## Risk\nnone of {n}" for n in range(10)]) == 1


def test_a_shared_first_or_last_line_is_a_shape() -> None:
    assert format_regularity([f"Dear customer,\nabout {n}" for n in range(8)] + ["x", "y"]) == pytest.approx(0.8)
    assert format_regularity([f"about {n}\n  Larkmoor support " for n in range(9)] + ["x"]) == pytest.approx(0.9)


def test_free_prose_addresses_and_repeated_answers_have_no_shape() -> None:
    assert format_regularity([f"The Wren carries {n} kg." for n in range(20)]) == 0
    assert format_regularity(["https://example.org/a"] * 12) == 0
    assert format_regularity(["I do not know."] * 12) == 0
    assert format_regularity([""] * 12) == 0


@given(st.lists(st.text(alphabet="ab:{}\"'#*-1` \n"), min_size=10, max_size=30))
def test_regularity_is_a_share_and_order_does_not_matter(completions: list[str]) -> None:
    share = format_regularity(completions)
    assert share is not None
    assert 0 <= share <= 1
    assert format_regularity(completions[::-1]) == share


def test_long_strange_completions_cost_linear_time() -> None:
    strange = ["```\n" + "\n" * 20_000 + "x", "a" * 50_000 + ":", "**" * 20_000, "# a" + " #" * 20_000 + "b"]
    started = time.perf_counter()
    format_regularity(strange * 5)
    assert time.perf_counter() - started < 5


def test_an_empty_project_says_nothing() -> None:
    assert findings(DataFacts()) == ()


def test_the_mix_of_cases_scales_the_points() -> None:
    knowledge, behaviour = findings(DataFacts(knowledge_cases=60, behaviour_cases=20))
    assert (knowledge.factor, knowledge.rag, knowledge.tuning) == (GOAL, 3.5, 0)
    assert (behaviour.answer, behaviour.rag, behaviour.tuning) == ("20 of 80 cases ask for behaviour", 0, 1.75)
    assert findings(DataFacts(knowledge_cases=9)) == ()


@pytest.mark.parametrize(("changed", "leans"), [(0, "tuning"), (1, "tuning"), (2, "rag"), (50, "rag")])
def test_changes_are_seen_relative_to_the_library(changed: float, leans: str) -> None:
    (finding,) = findings(DataFacts(documents=100, changed_documents_a_month=changed))
    assert (finding.factor, finding.leans) == (VOLATILITY, leans)


def test_examples_that_teach_facts_lean_to_retrieval_and_regular_ones_to_tuning() -> None:
    facts = DataFacts(examples=80, examples_with_sources=0.5, completions_in_documents=0.5, format_regularity=0.6)
    by_goal = [finding for finding in findings(facts) if finding.factor == GOAL]
    assert [(finding.tuning, finding.rag) for finding in by_goal] == [(1.5, 0), (0, 2), (0, 1)]


def test_unanswerable_cases_count_from_ten_on() -> None:
    assert not [f for f in findings(DataFacts(knowledge_cases=50, unanswerable_cases=9)) if f.factor == RISK]
    assert [f for f in findings(DataFacts(knowledge_cases=50, unanswerable_cases=10)) if f.factor == RISK]


def test_impossible_facts_are_our_own_fault() -> None:
    for wrong in ({"documents": -1}, {"unanswerable_cases": 1}, {"format_regularity": 1.5}):
        with pytest.raises(AssertionError):
            DataFacts(**wrong)


def test_several_kinds_of_examples_may_each_have_a_form() -> None:
    tickets = [f'{{"area": "brakes", "bike": {n}}}' for n in range(20)]
    calls = [f"Caller: {n}\nWants: a van" for n in range(20)]
    prose = [f"The Wren carries {n} kg." for n in range(10)]
    assert format_regularity(tickets + calls + prose) == pytest.approx(0.8)
    assert format_regularity(tickets + calls[:2] + prose) == pytest.approx(20 / 32), "twice is no form"
