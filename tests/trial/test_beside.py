"""What stands beside a verdict: time, controls that scored higher, and steps that can be taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from helpers import case

from tunebook.settings import load_settings
from tunebook.trial import assemble
from tunebook.trial.measured import Measured, Outcome, Run
from tunebook.trial.scores import score
from tunebook.values import Answer, Case, Seconds

CASES = [case(f"k{n}", answers=("80 kg",)) for n in range(40)]


def outcome(name: str, right: Callable[[int], bool], seconds: float = 1.0, cases: Sequence[Case] = CASES) -> Outcome:
    answers = [
        Answer("80 kg" if right(place) else f"{name} {place}", False, name, "fake") for place in range(len(cases))
    ]
    timed = (Answer("", False, name, "fake", seconds=Seconds(total=seconds)),)
    return Outcome((Run(answers, [score(c, a) for c, a in zip(cases, answers, strict=True)]),), timed)


def told(outcomes: dict[str, Outcome], *settings: str, cases: Sequence[Case] = CASES) -> dict[str, Any]:
    return assemble.verdict(Measured.of(cases, outcomes, load_settings(None, ["trial.resamples=300", *settings])))


def test_an_answer_that_takes_far_longer_is_told_where_waiting_counts_nothing() -> None:
    both = {"rag": outcome("rag", lambda n: n < 5, 1.0), "hybrid": outcome("hybrid", lambda n: n < 38, 10.0)}
    said = told(both)["reason"].replace("\N{NO-BREAK SPACE}", " ")
    assert (
        "An answer of hybrid takes 10 s (median), one of rag 1.0 s: that counts nothing here (weights.second)." in said
    )
    assert "An answer of" not in told(both, "weights.second=0.01")["reason"]
    both["hybrid"] = outcome("hybrid", lambda n: n < 38, 2.0)
    assert "An answer of" not in told(both)["reason"]


def test_controls_that_scored_higher_are_told() -> None:
    arms = {"rag": outcome("rag", lambda n: n < 5), "hybrid": outcome("hybrid", lambda n: n < 30)}
    controls = {"naive_hybrid": outcome("naive_hybrid", lambda n: n < 36), "oracle": outcome("oracle", lambda n: n < 4)}
    assert "Controls that scored higher: naive_hybrid (90%)." in told({**arms, **controls})["reason"]
    assert "Controls" not in told(arms)["reason"]


def test_an_approach_that_learnt_nothing_is_not_told_to_tune_on_more() -> None:
    forms = [case(f"b{n}", kind="behaviour", answers=("turn left at the mill",)) for n in range(20)]
    wrong = {name: outcome(name, lambda n: False, cases=forms) for name in ("prompted", "rag", "tuned")}
    found = assemble.failure_map(Measured.of(forms, wrong, load_settings(None, [])))
    levers = {name: rows[0]["lever"] for name, rows in found.items()}
    assert levers["tuned"] == "tune on more examples like these, or use a larger base model"
    assert (
        levers["rag"] == levers["prompted"] == "use a larger base model, or tune on examples like these (tuned, hybrid)"
    )


def test_a_lever_that_leads_to_an_approach_that_scored_lower_says_so() -> None:
    arms = {"rag": outcome("rag", lambda n: n < 5), "tuned": outcome("tuned", lambda n: n < 30)}
    assert told(arms)["next_step"].endswith("give it the documents: rag or hybrid.")
    both = arms | {"hybrid": outcome("hybrid", lambda n: n < 6)}
    assert told(both)["next_step"].endswith("rag or hybrid. Over all cases rag and hybrid scored lower here.")
    assert told(both, "weights.second=0.001")["next_step"].endswith("rag and hybrid were worth less here.")


def test_cases_of_one_group_are_asked_to_be_spread() -> None:
    def step(groups: Sequence[str]) -> str:
        cases = [case(f"k{n}", answers=("80 kg",), group=group) for n, group in enumerate(groups)]
        arms = {"base": outcome("base", lambda n: n % 9 == 0), "rag": outcome("rag", lambda n: n % 9 != 1)}
        return str(told(arms, cases=cases)["next_step"])

    assert step(["a"] * 40).startswith("All 40 cases are of one group, which tells little more than one case: add ")
    assert step(["a"] * 35 + ["b", "c", "d", "e", "f"]).startswith("35 of 40 cases are of one group")
    assert "of one group" not in step([str(n) for n in range(40)])
