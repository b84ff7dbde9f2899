"""From answers to the report: an arm that was trained several times, and what the weights hear of a case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from helpers import case

from tunebook.settings import load_settings
from tunebook.trial import assemble
from tunebook.trial.compare import compare_reports
from tunebook.trial.measured import Measured, Outcome, Run
from tunebook.trial.scores import Scored
from tunebook.values import Answer, Hit, Passage

SETTINGS = load_settings(None, ["trial.resamples=300"])
CASES = [case(f"k{n}", answers=("80 kg",)) for n in range(100)]


def outcome(*right: int) -> Outcome:
    """One training for each number of right answers."""
    answers = [Answer("80 kg", False, "tuned", "fake") for _ in CASES]
    return Outcome(tuple(Run(answers, [Scored(float(n < count), None, {}) for n in range(100)]) for count in right))


def test_the_mean_of_an_arm_varies_with_its_trainings() -> None:
    measured = Measured.of(CASES, {"base": outcome(25), "tuned": outcome(20, 50, 80)}, SETTINGS)
    found = assemble.approaches(measured)
    tuned, one = found["tuned"]["score"], assemble.approaches(Measured.of(CASES, {"tuned": outcome(50)}, SETTINGS))
    assert tuned["mean"] == pytest.approx(0.5)
    assert tuned["low"] < 0.15 and tuned["high"] > 0.85
    assert one["tuned"]["score"]["low"] > 0.35
    assert found["tuned"]["knowledge"] == tuned


def test_controls_alone_are_no_approaches() -> None:
    told = assemble.verdict(Measured.of(CASES, {"oracle": outcome(50), "always_refuse": outcome(0)}, SETTINGS))
    assert told["reason"].startswith("Controls alone were run")
    assert assemble.verdict(Measured.of(CASES, {"rag": outcome(50)}, SETTINGS))["reason"].startswith("Whether another")


def test_a_key_that_the_first_passage_holds_does_not_look_wrong() -> None:
    hit = Hit(1, 0.5, Passage("a.md", "", "", None, 0, 1, "text"))
    run = Run([Answer("60 kg", False, "a", "m", hits=(hit,))], [Scored(0.0, "read wrong")])
    arms = {name: Outcome((run,)) for name in ("base", "rag")}

    def why(first: Scored) -> str | None:
        both = {**arms, "first_passage": Outcome((Run(run.answers, [first]),))}
        one = Measured.of(CASES[:1], both, SETTINGS).outcomes["rag"].scored[0]
        return one.why if one else None

    assert why(Scored(0.0, "read wrong")) == "case looks wrong"
    assert why(Scored(1.0, None)) == "read wrong"


def test_the_gain_is_of_all_trainings() -> None:
    measured = Measured.of(CASES, {"base": outcome(25), "tuned": outcome(20, 50, 95)}, SETTINGS)
    gain = assemble.verdict(measured)["gain"]
    assert (gain["of"], gain["over"]) == ("tuned", "base")
    assert gain["total"] == pytest.approx(0.55 - 0.25)


def test_two_trials_are_compared_over_all_trainings() -> None:
    def report(*right: int) -> dict[str, Any]:
        measured = Measured.of(CASES, {"tuned": outcome(*right)}, SETTINGS)
        return {"cases": assemble.by_case(measured), "approaches": assemble.approaches(measured)}

    found = compare_reports(report(50), report(80, 20), 300, 0)
    assert found["arms"]["tuned"]["difference"]["mean"] == pytest.approx(0.0)
    assert "no approach moved beyond chance" in found["sentence"]
    lucky = compare_reports(report(20, 30, 20), report(90, 20, 30), 300, 0)
    assert lucky["arms"]["tuned"]["difference"]["mean"] == pytest.approx(0.7 / 3)
    assert "no approach moved beyond chance" in lucky["sentence"], "one training of three was lucky"
    assert "tuned rose by 60 points" in compare_reports(report(20, 20, 20), report(80, 79, 81), 300, 0)["sentence"]


def test_who_was_given_up_is_told_simplest_first() -> None:
    def stopped(right: int) -> Outcome:
        run = outcome(right).runs[0]
        halves = (half[:50] + [None] * 50 for half in (list(run.answers), list(run.scored)))
        return Outcome((Run(*halves),), stopped="stopped after 50 cases")

    names = ["base", "prompted", "rag", "tuned"]
    measured = Measured.of(CASES, {**{name: stopped(10) for name in names}, "hybrid": outcome(90)}, SETTINGS)
    told = assemble.verdict(measured)
    assert list(told["given_up"]) == names
    assert "Given up on the way, since they could not win any more: base, prompted, rag and tuned." in told["reason"]


def test_what_is_unanswerable_is_told_to_the_weights() -> None:
    cases = [*CASES[:50], *(case(f"u{n}", answers=(), answerable=False) for n in range(50))]
    always = load_settings(None, ["trial.resamples=300", "weights.volatility=1"])
    told = assemble.verdict(Measured.of(cases, {"base": outcome(0), "tuned": outcome(100)}, always))
    assert told["worth"]["tuned"] == pytest.approx(0.5), "the right refusals, and none of the facts"


def test_a_case_in_the_report_knows_all_that_was_asked() -> None:
    def asked(*turns: str) -> str:
        messages = tuple({"role": "assistant" if n % 2 else "user", "content": turn} for n, turn in enumerate(turns))
        found = replace(CASES[0], messages=messages)
        return str(assemble.by_case(Measured.of([found], {}, SETTINGS))[0]["asked"])

    heron, wren = (("Tell me of the " + name, "A bike.", "What does it carry?") for name in ("Heron", "Wren"))
    assert asked(*heron) == asked(*heron) != asked(*wren)


@pytest.mark.parametrize(
    ("right", "told"),
    [
        (5, "does not beat reading out the first passage found (-1 point)"),
        (7, "is not shown to beat"),
        (90, "is above"),
    ],
)
def test_an_arm_is_held_against_search_alone(right: int, told: str) -> None:
    measured = Measured.of(CASES, {"rag": outcome(right), "first_passage": outcome(6)}, SETTINGS)
    assert f"On knowledge, rag {told}" in assemble.verdict(measured)["search_alone"]["sentence"]
