"""Advice beside a trial's report: agreement, and the sentence with the trial's figures."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebook.advise import Answers, DataFacts, advise, parse_answers, render
from tunebook.advise.measured import SIMPLEST_FIRST, compare

SCORES = {"base": 0.1, "rag": 0.52, "hybrid": 0.6}

ARMS = ("base", "prompted", "rag", "tuned", "hybrid", "full_context")
number = st.floats(allow_nan=True) | st.none() | st.just("?")
any_estimate = st.none() | st.fixed_dictionaries({}, optional=dict.fromkeys(("mean", "low", "high", "n"), number))
pair = st.fixed_dictionaries(
    {"a": st.sampled_from(ARMS), "b": st.sampled_from(ARMS), "metric": st.just("score"), "difference": any_estimate}
)
reports: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "verdict": st.fixed_dictionaries(
            {},
            optional={
                "recommended": st.sampled_from((*ARMS, "cannot tell")),
                "decided": st.booleans(),
                "runner_up": st.none() | st.sampled_from(ARMS),
                "difference": any_estimate,
                "cases_needed": st.none() | st.integers(0, 10_000),
            },
        ),
        "approaches": st.dictionaries(st.sampled_from(ARMS), st.fixed_dictionaries({"score": any_estimate})),
        "pairs": st.lists(pair),
    },
)


def estimate(mean: float, half: float | None = 0.05) -> dict[str, Any]:
    low, high = (None, None) if half is None else (mean - half, mean + half)
    return {"mean": mean, "low": low, "high": high, "n": 120}


def report(recommended: str, runner_up: str | None = None, half: float | None = 0.05, **verdict: Any) -> dict[str, Any]:
    """A trial of base, rag and hybrid; `half` is half the width of every paired interval."""
    names = sorted(SCORES)
    pairs = [
        {"a": a, "b": b, "metric": "score", "difference": estimate(SCORES[a] - SCORES[b], half)}
        for a in names
        for b in names
        if a < b
    ]
    decided = recommended != "cannot tell"
    return {
        "verdict": {"recommended": recommended, "decided": decided, "runner_up": runner_up, **verdict},
        "approaches": {name: {"score": estimate(mean)} for name, mean in SCORES.items()},
        "pairs": [{"a": "rag", "b": "hybrid", "metric": "knowledge", "difference": estimate(0.9)}, *pairs],
    }


def test_no_trial_is_none() -> None:
    assert compare("rag", None).agreement == "none"


def test_a_decided_trial_agrees_with_its_figures_and_interval() -> None:
    measured = compare("hybrid", report("hybrid", "rag"))
    assert measured.agreement == "agrees"
    assert measured.sentence == (
        "The trial agrees: hybrid scored 60% (55-65) on 120 cases, rag 52% (47-57), "
        "a difference of +8 points (+3 to +13), case by case."
    )


def test_a_decided_trial_disagrees_and_is_to_be_believed() -> None:
    measured = compare("rag", report("hybrid", "base"))
    assert measured.agreement == "disagrees"
    assert "+8 points (+3 to +13), case by case; believe the trial" in measured.sentence


def test_a_trial_of_one_approach_compares_nothing() -> None:
    trial = {"verdict": {"recommended": "rag", "decided": False, "runner_up": None}}
    trial["approaches"] = {"rag": {"score": estimate(0.52)}}
    measured = compare("rag", trial)
    assert (measured.agreement, measured.decided) == ("none", False)
    assert measured.sentence == "The trial ran rag alone (rag scored 52% (47-57) on 120 cases), so it compares nothing."
    assert compare("hybrid", trial).sentence == measured.sentence


def test_a_pair_is_found_in_either_order() -> None:
    assert "-8 points (-13 to -3)" in compare("hybrid", report("rag")).sentence


def test_an_approach_that_was_not_run_is_said_to_be_so() -> None:
    measured = compare("tuned", report("hybrid", "rag"))
    assert (measured.agreement, measured.decided) == ("disagrees", False)
    assert "without running tuned" in measured.sentence


@pytest.mark.parametrize(
    ("recommended", "agreement", "says"),
    [
        ("hybrid", "agrees", "rag is the simplest of them"),
        ("rag", "agrees", "the simplest of them"),
        ("base", "none", "does not bear out base"),
        ("tuned", "none", "did not run tuned"),
    ],
)
def test_cannot_tell_agrees_with_the_undecided_best_only(recommended: Any, agreement: str, says: str) -> None:
    measured = compare(recommended, report("cannot tell", "rag", half=0.1, cases_needed=400))
    assert (measured.agreement, measured.cases_needed) == (agreement, 400)
    assert says in measured.sentence


def test_where_doing_nothing_is_not_beaten_for_sure_no_approaches_are_called_equal() -> None:
    measured = compare("rag", report("cannot tell", "always_refuse", cases_needed=40))
    assert (measured.agreement, measured.decided, measured.cases_needed) == ("none", False, 40)
    assert measured.sentence.startswith("The trial cannot tell whether any approach beats giving one answer to ")


def test_an_approach_without_a_score_is_not_said_to_have_one() -> None:
    told = [compare("tuned", report("none")), compare("tuned", report("cannot tell", "always_refuse"))]
    assert all("(tuned was not scored)" in one.sentence for one in told)


def test_an_approach_that_is_barred_is_not_among_the_best() -> None:
    why = "The hybrid is not promoted: it refuses 10% of the unanswerable cases, rag 60%."
    trial = report("rag", "base", half=0.6, decided=False, barred={"hybrid": why})
    hybrid, rag = compare("hybrid", trial), compare("rag", trial)
    assert hybrid.agreement == "none"
    assert hybrid.sentence.endswith(why)
    assert rag.agreement == "agrees"
    assert "hybrid" not in rag.sentence
    assert compare("hybrid", report("rag", "base", barred={"hybrid": why})).sentence.endswith(why)


def test_without_pairs_overlapping_intervals_are_not_told_apart() -> None:
    trial = report("cannot tell") | {"pairs": []}
    assert [compare(name, trial).agreement for name in ("base", "rag", "hybrid")] == ["none", "agrees", "agrees"]


def test_no_interval_is_said_and_tells_nothing_apart() -> None:
    measured = compare("base", report("cannot tell", half=None))
    assert measured.agreement == "agrees"
    assert "no interval: fewer than two groups" in compare("hybrid", report("hybrid", "rag", half=None)).sentence


@given(reports)
def test_cannot_tell_never_disagrees_and_every_report_gets_one_line(trial: dict[str, Any]) -> None:
    undecided = {**trial, "verdict": {**trial.get("verdict", {}), "recommended": "cannot tell"}}
    for name in SIMPLEST_FIRST:
        assert compare(name, undecided).agreement != "disagrees"  # type: ignore[arg-type]
        assert "\n" not in compare(name, trial).sentence  # type: ignore[arg-type]


@given(reports)
def test_any_report_gives_an_advice_without_nan(trial: dict[str, Any]) -> None:
    advice = advise(Answers({"goal": "both"}), DataFacts(), trial)
    assert advice.recommended == "hybrid"
    assert json.dumps(advice.as_json(), allow_nan=False)
    assert not re.search(r"\b(nan|inf)\b", render(advice))


def test_a_trial_moves_the_confidence_and_not_the_recommendation() -> None:
    answers = parse_answers({"goal": "both", "citations": "welcome", "volatility": "monthly"})
    facts = DataFacts(documents=10, examples=100)
    trials = (None, report("cannot tell", "rag", half=0.1), report("hybrid", "rag"), report("rag", "hybrid"))
    advices = [advise(answers, facts, trial) for trial in trials]
    assert {advice.recommended for advice in advices} == {"hybrid"}
    assert [advice.confidence for advice in advices] == ["medium", "medium", "high", "low"]
    needed = advise(answers, facts, report("cannot tell", "rag", cases_needed=400)).collect
    assert any(sentence.startswith("About 400 cases in all") for sentence in needed)
    assert "To collect before a trial can decide" in render(advices[0])
    assert "To collect for a surer trial" in render(advices[2])


def test_the_figures_are_those_that_the_report_leads_with() -> None:
    trial = report("hybrid", "rag", difference=estimate(0.08, 0.07))  # allowing for all comparisons
    assert "+8 points (+1 to +15)" in compare("hybrid", trial).sentence
    trial["pairs"] = [row | {"among": estimate(row["difference"]["mean"], 0.06)} for row in trial["pairs"]]
    assert "+50 points (+44 to +56)" in compare("base", trial).sentence


@pytest.mark.parametrize("given", [{"knowledge": None, "second": 0.2}, {"knowledge": 0.0, "second": 0.0}])
def test_where_weights_are_set_worth_is_told_and_not_the_score(given: dict[str, Any]) -> None:
    weights = {"weights": given, "worth": {"base": 0.1, "rag": 0.4, "hybrid": 0.25}}
    measured = compare("hybrid", report("rag", "base", **weights))
    assert measured.sentence == (
        "The trial disagrees: by the weights that are set, rag is worth 0.40 on 120 cases, hybrid worth 0.25, and no "
        "difference case by case is in the report; believe the trial, it was measured here."
    )
    told = compare("rag", report("rag", "base", difference=estimate(0.3), **weights)).sentence
    assert told.endswith("base worth 0.10, a difference of +30 points (+25 to +35), case by case.")
    undecided = report("cannot tell", "base", leader="rag", **weights)
    assert compare("rag", undecided).sentence.startswith(
        "The trial could not tell the best apart (base worth 0.10, rag worth 0.40)"
    )
    assert "rag is worth 0.40" in compare("hybrid", undecided).sentence


def test_what_is_simpler_than_the_one_taken_for_now_is_not_among_the_best() -> None:
    """Trainings that differ make `hybrid` wide, so that nobody is told from it; rag is told to be above base."""
    trial = report("rag", "hybrid", half=0.7, decided=False, leader="hybrid")
    told = compare("hybrid", trial).sentence
    assert told.startswith(
        "The trial could not tell the best apart (rag 52% (47-57), hybrid 60% (55-65)); hybrid is among "
    )
    assert "base" not in told


def test_one_that_was_given_up_has_its_difference() -> None:
    given_up = {"base": estimate(0.4, 0.1)}
    told = compare("base", report("hybrid", "rag", given_up=given_up)).sentence
    assert "a difference of +40 points (+30 to +50), case by case; believe the trial" in told
