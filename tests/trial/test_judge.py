"""A judge's preference: both orders, ties, and how far it agrees with people."""

from __future__ import annotations

import pytest

from tunebook.trial.judge import FEWEST_GOLD, Pair, Preference, counts, judge, letter, preferred, sentence
from tunebook.values import Estimate

PAIRS = [Pair(f"How much is {n}?", f"right {n}", f"wrong {n}", f"g{n}") for n in range(FEWEST_GOLD + 10)]


def knows(prompts):
    """Prefers what is right, wherever it stands."""
    return ["A" if prompt.index("right") < prompt.index("wrong") else "B" for prompt in prompts]


@pytest.mark.parametrize(
    ("ask", "first", "steady"),
    [
        (knows, 1.0, True),
        (lambda prompts: ["B" if said == "A" else "A" for said in knows(prompts)], 0.0, True),
        (lambda prompts: ["A"] * len(prompts), 0.5, False),
        (lambda prompts: ["tie"] * len(prompts), 0.5, True),
        (lambda prompts: ["I like both."] * len(prompts), 0.5, False),
        (lambda prompts: ["tie" if said == "A" else "B" for said in knows(prompts)], 0.5, False),
    ],
)
def test_an_answer_is_preferred_only_where_both_orders_say_so(ask, first, steady):
    assert judge(PAIRS[:2], ask) == [Preference(first, steady)] * 2


def test_the_judge_sees_question_reference_and_both_answers_in_both_orders():
    seen = []
    judge([Pair("Q?", "one", "two", "g", "three")], lambda prompts: seen.extend(prompts) or ["A", "B"])
    assert all(part in prompt for prompt in seen for part in ("Q?", "one", "two", "A right answer:\nthree"))
    assert seen[0].index("one") < seen[0].index("two")
    assert seen[1].index("two") < seen[1].index("one")


@pytest.mark.parametrize(
    ("said", "read"), [("A", "a"), ("**B**", "b"), ("Tie.", "tie"), ("Answer A is better", "a"), ("Both", ""), ("", "")]
)
def test_what_can_be_read_from_its_words(said, read):
    assert letter(said) == read


def test_a_judge_counts_where_it_agrees_over_enough_pairs():
    agreeing = preferred(PAIRS, judge(PAIRS, knows))
    assert agreeing and agreeing.mean == 1
    assert counts(agreeing, 0.7)
    assert not counts(preferred(PAIRS[:5], judge(PAIRS[:5], knows)), 0.7)
    chance = preferred(PAIRS, judge(PAIRS, lambda prompts: ["A"] * len(prompts)))
    assert chance and chance.mean == 0.5
    assert not counts(chance, 0.7)
    assert not counts(None, 0.7)


def test_the_sentence_says_whether_it_is_listened_to():
    told = {"model": "M", "agreement": None, "counts": False, "a": "hybrid", "b": "rag", "preferred": None}
    assert "0 pairs" in sentence(told, 0.7)
    told["agreement"] = Estimate(0.9, 0.6, 0.95, 30).as_json()
    assert sentence(told, 0.7).endswith(
        "does not count: it agrees with the team in 90% of 30 pairs, which could be as low as 60%; "
        "judge.agreement asks for 70% at least."
    )
    told |= {"counts": True, "preferred": Estimate(0.6, 0.5, 0.7, 40).as_json()}
    assert "prefers hybrid to rag in 60% of 40 cases (95 % interval 50% to 70%)" in sentence(told, 0.7)
    against = told | {"preferred": Estimate(0.35, 0.25, 0.46, 80).as_json()}
    assert "prefers rag to hybrid in 65% of 80 cases (95 % interval 54% to 75%)" in sentence(against, 0.7)
    neither = told | {"preferred": Estimate(0.5, None, None, 1).as_json()}
    assert "prefers neither hybrid nor rag: each in 50% of 1 case; it agrees" in sentence(neither, 0.7)
    few = told | {"agreement": Estimate(1.0, None, None, 1).as_json()}
    assert "against 1 pair that" in sentence(few, 0.7)
