"""The gate: its regression against a known solution, honest confidences, and the curve."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from tunebook.answer.gate import (
    RIDGE,
    Gate,
    area,
    out_of_fold,
    risk_coverage,
    target,
)
from tunebook.answer.signals import FOUND, SIGNALS


def made(count: int = 200, seed: int = 0, share: float = 0.5):
    draw = np.random.default_rng(seed)
    right = draw.random(count) < share
    rows = [{"cosine": 0.5 + 0.2 * good + 0.1 * draw.normal(), "grounded": draw.random()} for good in right]
    return rows, [bool(good) for good in right]


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_the_regression_is_the_penalised_maximum_with_both_kinds_weighed_alike(share):
    rows, right = made(share=share)
    gate = Gate.fit(rows, right)
    x = np.array(
        [[(row[n] - m) / s for n, m, s in zip(gate.names, gate.means, gate.scales, strict=True)] for row in rows]
    )
    y = np.where(right, 1, -1)

    counts = np.where(right, 0.5 / np.mean(right), 0.5 / (1 - np.mean(right)))

    def loss(w):
        return (counts * np.log1p(np.exp(-y * (x @ w[:-1] + w[-1])))).sum() + RIDGE / 2 * (w[:-1] ** 2).sum()

    found = minimize(loss, np.zeros(3)).x
    odds = np.log(np.mean(right) / (1 - np.mean(right)))
    assert [*gate.weights, gate.bias - odds] == pytest.approx(found, abs=1e-3)


def test_confidences_are_those_of_the_cases_as_they_are_mixed():
    rows, right = made(2000, share=0.8)
    gate = Gate.fit(rows, right)
    assert np.mean([gate.confidence(row) for row in rows]) == pytest.approx(np.mean(right), abs=0.01)
    even = Gate.fit(rows, right, share=0.5)
    assert even.weights == gate.weights and even.bias < gate.bias


def test_a_fold_without_an_article_of_many_unanswerable_ones_is_no_surer_of_these():
    draw = np.random.default_rng(0)  # a signal of no worth, and groups of different shares of unanswerable ones
    groups = [place // 20 for place in range(200)]
    right = [bool(draw.random() < (0.1 if group < 3 else 0.9)) for group in groups]
    sure = out_of_fold([{"cosine": float(draw.random())} for _ in groups], right, groups, 0)
    of = {kind: np.mean([c for c, good in zip(sure, right, strict=True) if good is kind]) for kind in (True, False)}
    assert of[True] > of[False] - 0.02


def test_confidence_is_higher_for_what_was_right_and_out_of_fold_is_honest():
    rows, right = made()
    confidences = out_of_fold(rows, right, [place // 2 for place in range(len(rows))], seed=0)
    assert np.mean([c for c, good in zip(confidences, right, strict=True) if good]) > 0.6
    noise = [{"cosine": value} for value in np.random.default_rng(1).random(200)]
    guessed = out_of_fold(noise, right, list(range(200)), seed=0)
    assert area(risk_coverage(guessed, right)) == pytest.approx(1 - np.mean(right), abs=0.15)


def test_the_curve_and_its_area():
    curve = risk_coverage([0.9, 0.5, 0.5, 0.1], [True, False, True, False])
    assert curve == [(0.25, 0.0, 0.9), (0.75, 1 / 3, 0.5), (1.0, 0.5, 0.1)]
    assert area(curve) == pytest.approx(0.5 / 3 + 0.25 * 0.5)


@pytest.mark.parametrize("right", [[True] * 30, [False] * 30, [True, False]])
def test_where_nothing_can_be_learnt_there_is_no_gate(right):
    rows = [{"cosine": 0.5}] * len(right)
    assert Gate.fit(rows, right) is None
    assert out_of_fold(rows, right, list(range(len(right))), 0) is None


def test_a_gate_survives_json_and_a_missing_signal_counts_as_average():
    rows, right = made()
    gate = Gate.fit(rows, right)
    assert Gate.from_json(gate.as_json()) == gate
    middle = dict(zip(gate.names, gate.means, strict=True))
    assert gate.confidence({}) == gate.confidence(middle)


def test_a_gate_is_fitted_on_answerability_where_both_kinds_are_there():
    right = [False] * 20
    assert target([True] * 15 + [False] * 5, right) == ([True] * 15 + [False] * 5, FOUND)
    assert target([True] * 16 + [False] * 4, right) == (right, SIGNALS)
    rows = [{"cosine": 0.5, "grounded": 0.1}] * 20
    gate = Gate.fit(rows, *target([True] * 15 + [False] * 5, right))
    assert gate is not None
    assert gate.names == ("cosine",)
