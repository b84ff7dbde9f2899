"""Whether to answer at all: how likely it is that a question can be answered, from what retrieval and generation let see.

    gate = Gate.fit(rows, answerable)        rows: signals(…) of the answers to the project's own cases
    replace(gate, threshold=threshold_for(confidences, right, accepted_wrong=0.2)).lets(signals(question, hits, …))

A logistic regression on standardised signals, with a ridge penalty, in which both kinds weigh alike, however many there are:

    P(y = 1) = 1 / (1 + exp(-(w · z + b))),   minimise Σ cᵢ log(1 + exp(-yᵢ (w · zᵢ + b))) + λ/2 |w|²,   y = ±1
    cᵢ = n / (2 · number of cases of yᵢ)

by Newton's method; afterwards the log odds of y = 1 are added to b, so that confidences speak of the cases as they are mixed
(King & Zeng 2001, Political Analysis 9:137).  The threshold is the lowest confidence at which the cases bear out that no
more than the accepted share of the answers given is wrong (threshold.py).  An answer that is given to an unanswerable
question is wrong; a refusal is neither.

`out_of_fold` gives each case the confidence of a gate that was fitted without its group, so that what a report says of the
gate is not flattered.  All folds take the odds of all the cases: by its own, a fold that lacks a group with many unanswerable
questions would be surer just of these.

Fitted on which questions can be answered, a gate refuses the others, and goes by what was found: what was written adds
more noise than it tells.  Fitted on which answers were right it mostly tells a weak model's good answers from its bad ones,
and goes by both.  `target` takes the first where the cases hold enough of both kinds.

Left out on purpose: a gate across approaches or projects.  BM25 grows with the library, and models differ in how sure they sound.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebook.answer.signals import FOUND, SIGNALS

Array = NDArray[np.float64]

RIDGE = 5.0
FOLDS = 10
FEWEST_CASES = 20  # below it, or without both right and wrong answers, no gate is fitted
FEWEST_OF_A_KIND = 5
NEWTON_STEPS = 30


@dataclass(frozen=True, slots=True)
class Gate:
    """A fitted gate; a signal that is absent counts as average."""

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    threshold: float = 0.0

    def confidence(self, seen: Mapping[str, float]) -> float:
        """P(y = 1), in (0, 1)."""
        z = [(seen.get(n, m) - m) / s for n, m, s in zip(self.names, self.means, self.scales, strict=True)]
        return float(_sigmoid(np.dot(self.weights, z) + self.bias))

    def lets(self, seen: Mapping[str, float]) -> bool:
        return self.confidence(seen) >= self.threshold

    @classmethod
    def fit(
        cls,
        rows: Sequence[Mapping[str, float]],
        wanted: Sequence[bool],
        allowed: Sequence[str] = SIGNALS,
        share: float | None = None,
    ) -> Gate | None:
        """A gate that lets everything through as yet; None where there are too few cases, or all are alike.

        share: of y = 1 among the questions that its confidences speak of, in (0, 1); None: as in `wanted`.
        """
        if len(rows) < FEWEST_CASES or len(set(wanted)) < 2:
            return None
        names = tuple(name for name in allowed if sum(name in row for row in rows) >= len(rows) / 2)
        table = np.array([[row.get(name, np.nan) for name in names] for row in rows])  # (cases, signals)
        means = np.nanmean(table, axis=0)
        table = np.where(np.isnan(table), means, table)
        scales = np.maximum(table.std(axis=0), 1e-9)
        weights = _newton((table - means) / scales, np.array(wanted, dtype=np.float64))
        bias = float(weights[-1]) + _log_odds(float(np.mean(wanted)) if share is None else share)
        return cls(names, _plain(means), _plain(scales), _plain(weights[:-1]), bias)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Gate:
        lists = {key: tuple(row[key]) for key in ("names", "means", "scales", "weights")}
        return cls(bias=row["bias"], threshold=row["threshold"], **lists)


def target(answerable: Sequence[bool], right: Sequence[bool]) -> tuple[Sequence[bool], Sequence[str]]:
    """(what a gate is fitted on, the signals that it goes by)."""
    few = min(sum(answerable), len(answerable) - sum(answerable))
    return (answerable, FOUND) if few >= FEWEST_OF_A_KIND else (right, SIGNALS)


def out_of_fold(
    rows: Sequence[Mapping[str, float]],
    wanted: Sequence[bool],
    groups: Sequence[Hashable],
    seed: int,
    allowed: Sequence[str] = SIGNALS,
) -> list[float] | None:
    """Each case's confidence by a gate that was fitted without its group; None where no gate can be fitted."""
    names = list(dict.fromkeys(groups))
    order = np.random.default_rng(seed).permutation(len(names))
    fold = {name: int(place) % min(FOLDS, len(names)) for name, place in zip(names, order, strict=True)}
    found, share = [0.0] * len(rows), sum(wanted) / max(len(wanted), 1)
    for number in set(fold.values()):
        inside = [place for place, group in enumerate(groups) if fold[group] != number]
        gate = Gate.fit([rows[place] for place in inside], [wanted[place] for place in inside], allowed, share)
        if gate is None:
            return None
        for place, group in enumerate(groups):
            if fold[group] == number:
                found[place] = gate.confidence(rows[place])
    return found


def threshold_worth(answerable: Sequence[float], others: Sequence[float], share: float, most: float) -> float:
    """The threshold t of the confidences that is worth most where `share` of the questions cannot be answered:

        share · P(c < t | not answerable) − (1 − share) · P(c < t | answerable),   the second P at most `most`

    0.0, which refuses nothing, where none is worth more than that.
    """
    if not answerable or not others:
        return 0.0
    best, found = 0.0, 0.0
    for threshold in sorted({*answerable, *others}):
        false = sum(c < threshold for c in answerable) / len(answerable)
        worth = share * sum(c < threshold for c in others) / len(others) - (1 - share) * false
        if false <= most and worth > best:
            best, found = worth, threshold
    return found


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float, float]]:
    """(share answered, share of the answered that is wrong, lowest confidence answered), the surest first.

    El-Yaniv & Wiener 2010 (JMLR 11:1605).  Equal confidences are answered together.
    """
    order = sorted(range(len(right)), key=lambda place: -confidences[place])
    curve: list[tuple[float, float, float]] = []
    wrong = 0
    for count, place in enumerate(order, 1):
        wrong += not right[place]
        if count < len(order) and confidences[order[count]] == confidences[place]:
            continue
        curve.append((count / len(order), wrong / count, confidences[place]))
    return curve


def area(curve: Sequence[tuple[float, float, float]]) -> float:
    """Area under the risk-coverage curve: the risk, averaged over the share answered; lower is better."""
    total, before = 0.0, 0.0
    for coverage, risk, _ in curve:
        total += (coverage - before) * risk
        before = coverage
    return total


def _newton(x: Array, y: Array) -> Array:
    """Weights and, last, the bias at even odds; x: (cases, signals), y: 0 or 1 (cases,), both of them there."""
    x = np.c_[x, np.ones(len(x))]
    counts = np.where(y > 0, 0.5 / y.mean(), 0.5 / (1 - y.mean()))  # what a case counts: (cases,)
    penalty = np.diag([*[RIDGE] * (x.shape[1] - 1), 1e-6])
    w = np.zeros(x.shape[1])
    for _ in range(NEWTON_STEPS):
        p = _sigmoid(x @ w)
        gradient = x.T @ (counts * (p - y)) + penalty @ w
        step = np.linalg.solve((x.T * (counts * p * (1 - p) + 1e-9)) @ x + penalty, gradient)
        w = w - step
        if np.abs(step).max() < 1e-8:
            break
    return w


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))


def _sigmoid(value: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(value, -500, 500)))


def _plain(values: Array) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
