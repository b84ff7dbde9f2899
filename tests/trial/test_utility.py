"""What an answer is worth: the terms by hand, and the weights at which another arm would win."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tunebook.settings import WeightSettings
from tunebook.trial.utility import Terms, case_weights, tipping, worth

KINDS = ["knowledge", "knowledge", "behaviour", "behaviour"]


def arm(right: list[float], retrieves: bool = False, **terms: Any) -> Terms:
    rows = np.array([right])
    none = np.zeros_like(rows)
    fields = {"wrong": none, "cited": none, "seconds": 0.0} | terms
    return Terms(rows, **fields, retrieves=retrieves)


def mean(terms: Terms, **weights: float) -> float:
    return float(worth(terms, KINDS, WeightSettings(**weights)).mean())


def test_by_default_the_worth_is_the_score() -> None:
    assert worth(arm([1, 0.5, 0, 1]), KINDS, WeightSettings()).tolist() == [[1, 0.5, 0, 1]]


def test_each_weight_by_hand() -> None:
    asked = arm([1, 0, 1, 0], wrong=np.array([[0, 1, 0, 0]]), cited=np.array([[1, 0.5, 0, 0]]), seconds=2.0)
    assert mean(asked) == 0.5
    assert mean(asked, wrong=0.4) == pytest.approx(0.5 - 0.4 / 4)
    assert mean(asked, citations=0.2) == pytest.approx(0.5 + 0.2 * 1.5 / 4)
    assert mean(asked, second=0.01) == pytest.approx(0.5 - 0.02)
    assert mean(asked, volatility=0.5) == pytest.approx(0.5 - 0.5 / 4), "half of what it knows goes stale"
    assert mean(arm([1, 0, 1, 0], retrieves=True), volatility=0.5) == 0.5, "a library follows"


def test_a_right_refusal_does_not_go_stale() -> None:
    refusing = arm([1, 1, 1, 0], answerable=np.array([True, False, True, True]))
    assert worth(refusing, KINDS, WeightSettings(volatility=0.5)).tolist() == [[0.5, 1, 1, 0]]


def test_kinds_are_weighted_to_a_mean_of_one() -> None:
    weights = case_weights(
        ["knowledge", "behaviour", "behaviour", "behaviour"], WeightSettings(knowledge=1, behaviour=1)
    )
    assert weights.tolist() == pytest.approx([2, 2 / 3, 2 / 3, 2 / 3])
    assert case_weights([], WeightSettings()).tolist() == []


def test_where_another_arm_would_win_is_exact() -> None:
    arms = {"rag": arm([0.6, 0.6, 0, 0], retrieves=True), "tuned": arm([0.4, 0.4, 0.6, 0.6])}
    found = {(row["weight"], row["wins"]): row for row in tipping(arms, KINDS, WeightSettings())}
    # knowledge share s: rag .6 s, tuned .4 s + .6 (1 − s); equal at s = .75
    assert found["knowledge", "rag"]["at"] == pytest.approx(0.75)
    assert found["knowledge", "rag"]["now"] == 0.5
    # volatility v: rag .3, tuned .2 (1 − v) + .3; never below .3
    assert ("volatility", "rag") not in found
    assert set(found) == {("knowledge", "rag")}


def test_the_nearest_rival_is_named_on_both_sides() -> None:
    arms = {"a": arm([0.5] * 4), "b": arm([0.6] * 4, seconds=2.0), "c": arm([0.45] * 4, seconds=0.0)}
    found = tipping(arms, KINDS, WeightSettings(second=0.02))
    # at .02 a second b is worth .56; from .05 on a (.5) is ahead; c never
    assert [(row["weight"], row["wins"], round(row["at"], 6)) for row in found] == [("second", "a", 0.05)]


def test_of_several_that_overtake_at_once_the_furthest_ahead_is_named_and_of_equals_the_simplest() -> None:
    right = [1.0, 0.0, 1.0, 0.0]
    arms = {name: arm(right, seconds=seconds) for name, seconds in (("base", 2.0), ("prompted", 1.0), ("tuned", 1.9))}
    assert [row["wins"] for row in tipping(arms, KINDS, WeightSettings()) if row["weight"] == "second"] == ["prompted"]
    both = {"base": arm(right), "rag": arm(right, retrieves=True), "hybrid": arm(right, retrieves=True)}
    assert [row["wins"] for row in tipping(both, KINDS, WeightSettings()) if row["weight"] == "volatility"] == ["rag"]
