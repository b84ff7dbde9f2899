"""A hybrid that refuses worse than rag is not recommended, whatever it scores."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers import case

from tunebook.settings import load_settings
from tunebook.trial import assemble
from tunebook.trial.measured import Measured, Outcome, Run
from tunebook.trial.refusing import above_refusing, barred
from tunebook.trial.scores import score
from tunebook.values import Answer

SETTINGS = load_settings(None, ["trial.resamples=300"])
CASES = [case(f"k{n}", answers=("80 kg",)) for n in range(40)] + [
    case(f"u{n}", answers=(), answerable=False) for n in range(40)
]


def outcome(name: str, refuses_vain: float, refuses_known: float) -> Outcome:
    """Right wherever it answers; refuses the first so many of each kind."""

    def answer(place: int) -> Answer:
        share = refuses_known if place < 40 else refuses_vain
        refused = place % 40 < 40 * share
        return Answer("The documents do not say." if refused else "80 kg", refused, name, "fake")

    answers = [answer(place) for place in range(len(CASES))]
    return Outcome((Run(answers, [score(c, a) for c, a in zip(CASES, answers, strict=True)]),))


def measured(hybrid: Outcome, rag: Outcome) -> Measured:
    return Measured.of(CASES, {"base": outcome("base", 0, 0.9), "rag": rag, "hybrid": hybrid}, SETTINGS)


@pytest.mark.parametrize(
    ("hybrid", "rag", "out"),
    [
        ((0.1, 0.0), (0.6, 0.1), True),
        ((0.6, 0.1), (0.6, 0.1), False),
        ((0.7, 0.0), (0.6, 0.1), False),
        ((0.0, 0.0), (0.4, 0.4), False),  # refusing at random is no merit
        ((1.0, 1.0), (0.6, 0.1), True),  # nor is refusing everything
    ],
)
def test_barred_is_who_tells_the_two_kinds_apart_worse(hybrid, rag, out):
    found = barred(measured(outcome("hybrid", *hybrid), outcome("rag", *rag)))
    assert bool(found) is out


def test_a_barred_hybrid_is_not_recommended_and_the_reason_says_why():
    told = assemble.verdict(measured(outcome("hybrid", 0.1, 0.0), outcome("rag", 0.8, 0.2)))
    assert told["recommended"] == "rag"
    assert told["barred"]["hybrid"] in told["reason"]
    assert "refuses 10% of the unanswerable cases and 0% of the answerable, rag 80% of" in told["reason"]


def test_the_hybrid_is_held_against_rag_though_rag_was_given_up_on_the_way():
    asked = range(0, 80, 2)
    whole = outcome("rag", 0.8, 0.2)
    answers = [answer if place in asked else None for place, answer in enumerate(whole.answers)]
    scored = [one if place in asked else None for place, one in enumerate(whole.scored)]
    rag = Outcome((Run(answers, scored),), stopped="stopped after 40 cases: hybrid was 30 points above it")
    told = assemble.verdict(measured(outcome("hybrid", 0.1, 0.0), rag))
    assert list(told["barred"]) == ["hybrid"]
    assert told["recommended"] != "hybrid"
    late = Outcome(outcome("hybrid", 0.1, 0.0).runs, stopped="stopped after 80 cases")
    assert barred(measured(late, whole)) == {}, "who was given up needs no bar"


def test_who_was_given_up_for_a_barred_hybrid_is_a_candidate_again():
    whole = outcome("rag", 0.8, 0.2)
    half = [Run([one if n % 2 else None for n, one in enumerate(whole.answers)],
                [one if n % 2 else None for n, one in enumerate(whole.scored)])]  # fmt: skip
    rag = Outcome(tuple(half), stopped="stopped after 40 cases: hybrid was 30 points above it")
    refusing = Outcome(outcome("base", 0, 1).runs)
    arms = {"base": refusing, "rag": rag, "hybrid": outcome("hybrid", 0.1, 0.0)}
    told = assemble.verdict(Measured.of(CASES, arms, SETTINGS))
    assert list(told["barred"]) == ["hybrid"]
    assert (told["recommended"], told["difference"]["n"]) == ("rag", 40)
    assert "Given up on the way" not in told["reason"]


def test_where_all_were_given_up_for_a_barred_hybrid_they_are_compared():
    """It said "there is nothing to compare", beside their scores."""

    def early(name, right, refused):
        run = outcome(name, right, refused).runs[0]
        halves = ([one if n % 2 else None for n, one in enumerate(rows)] for rows in (run.answers, run.scored))
        return Outcome((Run(*halves),), stopped="stopped after 40 cases: hybrid was 30 points above it")

    arms = {"base": early("base", 0.0, 0.0), "rag": early("rag", 0.8, 0.2), "hybrid": outcome("hybrid", 0.1, 0.0)}
    told = assemble.verdict(Measured.of(CASES, arms, SETTINGS))
    assert list(told["barred"]) == ["hybrid"]
    assert (told["recommended"], told["difference"]["n"], set(told["worth"])) == ("rag", 40, {"base", "rag"})


def test_a_verdict_that_rests_on_one_training_says_so():
    said = "Hybrid was trained once: how much another training would differ is unknown, and in no interval here"
    good, poor = outcome("hybrid", 1, 0), outcome("rag", 1, 0.9)
    told = assemble.verdict(measured(good, poor))
    assert (told["recommended"], said in told["reason"]) == ("hybrid", True)
    assert said not in assemble.verdict(measured(Outcome(good.runs * 2), poor))["reason"]
    assert said not in assemble.verdict(measured(poor, good))["reason"], "nothing was trained for rag"


def test_where_always_refusing_is_not_beaten_for_sure_it_is_said_for_which_questions():
    refusal = Answer("The documents do not say.", True, "always_refuse", "fake")
    never = Outcome((Run([refusal] * len(CASES), [score(c, refusal) for c in CASES]),))
    arms = {"base": outcome("base", 0, 0.9), "rag": outcome("rag", 0.4, 0.35), "always_refuse": never}
    told = assemble.verdict(Measured.of(CASES, arms, SETTINGS))
    assert (told["recommended"], told["leader"], told["runner_up"]) == ("cannot tell", "rag", "always_refuse")
    assert (
        "By its mean score rag is above always refusing where fewer than 52% of the questions have no answer (here 50%)."
        in told["reason"]
    )
    assert "cases would tell rag from always refusing" in told["next_step"] or told["cases_needed"] > 800


def test_shares_that_round_alike_are_told_to_a_tenth():
    arms = {"base": outcome("base", 0, 0.9), "rag": outcome("rag", 0.4, 0.4)}
    said = above_refusing(Measured.of(CASES, arms, SETTINGS), ["rag"])
    assert said.endswith("where fewer than 50.0% of the questions have no answer (here 50.0%).")


def test_too_few_cases_of_a_kind_bar_nobody():
    few = [*range(40), 40, 41]
    one, other = outcome("hybrid", 0, 0), outcome("rag", 1, 0)
    cut = {
        name: Outcome((Run([its.answers[p] for p in few], [its.scored[p] for p in few]),))
        for name, its in {"hybrid": one, "rag": other}.items()
    }
    assert barred(Measured.of([CASES[p] for p in few], cut, SETTINGS)) == {}


def test_where_always_refusing_wins_it_is_said_for_which_questions():
    half = outcome("rag", 0.0, 0.5)  # right on half of the answerable, never refuses the others
    refusal = Answer("The documents do not say.", True, "always_refuse", "fake")
    never = Outcome((Run([refusal] * len(CASES), [score(c, refusal) for c in CASES]),))
    shy = outcome("tuned", 1.0, 0.98)  # comes nearest, since it refuses nearly everything
    arms = {"base": outcome("base", 0, 0.9), "rag": half, "tuned": shy, "always_refuse": never}
    found = Measured.of(CASES, arms, SETTINGS)
    told = assemble.verdict(Measured.of(CASES, arms | {"oracle": outcome("oracle", 0.9, 0.5)}, SETTINGS))
    assert "Oracle" not in told["reason"], "a control is not to be had"
    told = assemble.verdict(found)
    assert (told["recommended"], told["leader"]) == ("none", "tuned")
    weighed = assemble.verdict(replace(found, settings=load_settings(None, ["weights.wrong=0.5"])))
    assert "By its mean score" not in weighed["reason"], "weights may have it otherwise"
    assert told["cases_needed"] is None, "more cases would tell one arm from another, and not from doing nothing"
    assert "would tell" not in told["next_step"]
    assert (
        "By its mean score rag is above always refusing where fewer than 33% of the questions have no answer (here 50%)."
        in told["reason"]
    )
