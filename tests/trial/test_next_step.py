"""The next best step: more cases where they would tell, and the lever against the commonest failure."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from helpers import case

from tunebook.settings import load_settings
from tunebook.trial import assemble
from tunebook.trial.assemble import Measured, Outcome, Run
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
    assert "“wrong content”: tune on more examples like these" in told["next_step"]


@pytest.mark.parametrize("better", ["tuned", "prompted"])
def test_where_it_is_clear_none_are(better):
    clear = {
        name: outcome(name, lambda place, name=name: name == better or place % 5 == 0) for name in ("prompted", "tuned")
    }
    told = assemble.verdict(Measured.of(CASES, clear, SETTINGS))
    assert told["recommended"] == better
    assert "would tell" not in told["next_step"]
