"""The next best step: more cases where they would tell, and the lever against the commonest failure."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from helpers import case

from tunebook.settings import load_settings
from tunebook.trial import assemble
from tunebook.trial.measured import Measured, Outcome, Run
from tunebook.trial.scores import score
from tunebook.values import Answer

SETTINGS = load_settings(None, ["trial.resamples=300"])
CASES = [case(f"c{n}", kind="behaviour", answers=("turn left at the mill",)) for n in range(60)]


def outcome(name: str, right: Callable[[int], bool]) -> Outcome:
    texts = ["turn left at the mill" if right(place) else "no idea whatsoever" for place in range(len(CASES))]
    answers = [Answer(text, False, name, "fake") for text in texts]
    return Outcome((Run(answers, [score(c, a) for c, a in zip(CASES, answers, strict=True)]),))


def test_where_the_lead_could_be_chance_more_cases_are_asked_for():
    prompted = outcome("prompted", lambda place: place % 2 == 0)
    tuned = outcome("tuned", lambda place: place % 2 == 1 or place % 6 == 0)
    told = assemble.verdict(Measured.of(CASES, {"prompted": prompted, "tuned": tuned}, SETTINGS))
    assert (told["recommended"], told["leader"]) == ("prompted", "tuned")
    needed = told["cases_needed"]
    assert told["next_step"].startswith(
        f"About {needed} cases would tell tuned from prompted, if they differ as these do: add {needed - 60}. "
    )
    assert (
        "“wrong content”: use a larger base model, or tune on examples like these (tuned, hybrid)." in told["next_step"]
    )


@pytest.mark.parametrize("better", ["tuned", "prompted"])
def test_where_it_is_clear_none_are(better):
    clear = {
        name: outcome(name, lambda place, name=name: name == better or place % 5 == 0) for name in ("prompted", "tuned")
    }
    told = assemble.verdict(Measured.of(CASES, clear, SETTINGS))
    assert told["recommended"] == better
    assert "would tell" not in told["next_step"]


def test_the_lever_is_against_what_the_weights_make_costly():
    cases = [*CASES[:20], *(case(f"k{n}", answers=("86 cm",)) for n in range(5))]
    answers = [Answer("no idea whatsoever", False, "base", "fake") for _ in cases]
    wrong = Outcome((Run(answers, [score(c, a) for c, a in zip(cases, answers, strict=True)]),))

    def step(*weights: str) -> str:
        settings = load_settings(None, ["trial.resamples=300", *weights])
        return assemble.verdict(Measured.of(cases, {"base": wrong, "prompted": wrong}, settings))["next_step"]

    assert step().startswith("20 of base's wrong answers are “wrong content”")
    assert step("weights.knowledge=9", "weights.behaviour=1").startswith("5 of base's wrong answers are “did not know”")
    assert "“did not know”" in step("weights.knowledge=1", "weights.behaviour=0")
    one = assemble.verdict(Measured.of(cases[:1], {"base": Outcome((Run(answers[:1], wrong.scored[:1]),))}, SETTINGS))
    assert one["next_step"].startswith("1 of base's wrong answers is “wrong content”")
