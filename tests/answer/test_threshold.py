"""The threshold of a gate: what the cases bear out, and what noise is not given."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta

from tunebook.answer.gate import out_of_fold
from tunebook.answer.threshold import SURE, borne_out, crossed, threshold_for
from tunebook.project.gates import Given, _at


@pytest.mark.parametrize("given", [1, 7, 22, 300, 5000])
@pytest.mark.parametrize("accepted", [0.05, 0.2, 0.5])
def test_a_share_is_borne_out_where_the_bound_of_clopper_and_pearson_is_no_higher(given, accepted):
    for wrong in {0, 1, given // 10, given // 5, given // 3, given}:
        upper = beta.ppf(SURE, wrong + 1, given - wrong) if wrong < given else 1.0
        assert borne_out(wrong, given, accepted) == (upper <= accepted), (wrong, given)


def test_all_may_be_wrong_or_none_and_neither_asks_for_evidence():
    assert borne_out(3, 3, 1.0)
    assert not borne_out(0, 1000, 0.0)


def test_the_threshold_answers_as_much_as_the_cases_bear_out():
    confidences = [0.9 - place / 100 for place in range(40)]
    right = [place < 25 for place in range(40)]
    assert threshold_for(confidences, right, 0.1) == confidences[24]  # a 26th, wrong: no more than .15
    assert threshold_for(confidences, right, 0.2) == confidences[26]
    assert threshold_for(confidences, right, 0.05) == 1.0, "45 right ones would do"
    assert threshold_for(confidences, right, 1.0) == confidences[-1]
    assert threshold_for([], [], 0.2) == 1.0


def test_a_reports_threshold_is_chosen_without_the_answer_that_it_is_held_against():
    confidences = [0.9 - place / 1000 for place in range(60)]
    right = [place < 40 for place in range(60)]
    groups = [place // 2 for place in range(60)]
    found = crossed(confidences, right, groups, 0.2)
    for place in (0, 41, 59):
        rest = [p for p in range(60) if groups[p] % 10 != groups[place] % 10]
        assert found[place] == threshold_for([confidences[p] for p in rest], [right[p] for p in rest], 0.2)
    assert crossed(confidences, right, ["one"] * 60, 0.2) == [1.0] * 60


def promises(answers: int, wrong: float, accepted: float, times: int = 100) -> tuple[float, float]:
    """Of so many sets of answers with signals that tell nothing: the share that is given a threshold, and the share whose
    report says that less than the accepted share is wrong."""
    draw, given, promised = np.random.default_rng(0), 0, 0
    for _ in range(times):
        rows = [{"cosine": draw.normal(), "late": draw.normal(), "lead": draw.normal()} for _ in range(answers)]
        right = [bool(one) for one in draw.random(answers) >= wrong]
        groups = [str(place) for place in range(answers)]
        confidences = out_of_fold(rows, right, groups, 0)
        assert confidences is not None
        given += threshold_for(confidences, right, accepted) < 1
        row = _at(Given(rows, right, [True] * answers, groups, answers), confidences, accepted)
        promised += row["wrong"] is not None and row["wrong"]["mean"] <= accepted
    return given / times, promised / times


@pytest.mark.parametrize(
    ("answers", "wrong", "accepted"), [(30, 0.5, 0.2), (60, 0.5, 0.2), (120, 0.5, 0.3), (60, 0.3, 0.2)]
)
def test_noise_is_promised_nothing(answers, wrong, accepted):
    """Without a bound and out of no fold, between .30 and .65 of these were promised what is not so."""
    given, promised = promises(answers, wrong, accepted)
    assert given <= 0.08
    assert promised <= 0.02
