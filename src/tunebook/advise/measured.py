"""Set the recommendation beside a trial's report: agrees, disagrees or none, and one sentence with the figures.

    advice hybrid, verdict rag, hybrid - rag = -0.08 [-0.14, -0.02]   →  disagrees
    advice rag, "cannot tell" between rag and hybrid                   →  agrees

Left out on purpose: statistics.  Every figure and interval is the trial's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tunebook.advise.advice import Agreement, Recommended
from tunebook.values import Estimate, hundredths, points

SIMPLEST_FIRST = ("base", "prompted", "rag", "tuned", "hybrid")  # controls are no candidates
NO_INTERVAL = " (no interval: fewer than two groups)"
DOING_NOTHING = ("always_refuse", "commonest_answer")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a trial says about one recommendation."""

    agreement: Agreement
    sentence: str
    decided: bool = False  # the trial measured `recommended` and named a winner
    cases_needed: int | None = None


def compare(recommended: Recommended, trial: Mapping[str, Any] | None) -> Measured:
    """How the report (docs/design/report-json.md) bears on `recommended`.

    A decided verdict agrees where it names `recommended` and disagrees where it names another, or none.

    "cannot tell" contradicts nothing, so it is never "disagrees".  It agrees where `recommended` is among the
    undecided best: the highest score, the verdict's runner-up, and every approach that the trial did not tell
    apart from the highest (the simplest of them, which one would run meanwhile, included).  Outside of that set
    the trial has nothing to say for `recommended` (it did not run it, or measured it below the best while the
    best stay undecided): "none", as where there is no trial, and the sentence says which of these it is.
    """
    if trial is None:
        return Measured("none", "No trial has been run: this is an expectation, not a measurement.")
    verdict = _mapping(trial.get("verdict"))
    measured = _held_against(recommended, trial, verdict)
    why = _mapping(verdict.get("barred")).get(recommended)
    return replace(measured, sentence=f"{measured.sentence} {why}") if isinstance(why, str) else measured


def _held_against(recommended: Recommended, trial: Mapping[str, Any], verdict: Mapping[str, Any]) -> Measured:
    winner = verdict.get("recommended")
    if not isinstance(winner, str):
        return Measured("none", "The trial's report holds no verdict to compare with.")
    if winner == "none":
        told = "The trial disagrees: no approach is shown to beat giving one answer to everything"
        return Measured(
            "disagrees", f"{told} ({_figures_of(trial, recommended)}).", decided=recommended in _scores(trial)
        )
    if verdict.get("decided") is False and not verdict.get("runner_up") and [*_scores(trial)] == [winner]:
        return Measured("none", f"The trial ran {winner} alone ({_figures_of(trial, winner)}), so it compares nothing.")
    if winner == "cannot tell" or verdict.get("decided") is False:
        return _undecided(recommended, trial, verdict)
    if winner == recommended:
        other = _name(verdict.get("runner_up"))
        return Measured("agrees", f"The trial agrees: {_figures(trial, winner, other)}.", decided=True)
    if recommended not in _scores(trial):
        sentence = (
            f"The trial disagrees in name only: it chose {winner} ({_figures(trial, winner, None)}) without "
            f"running {recommended}; add {recommended} to its approaches to know."
        )
        return Measured("disagrees", sentence)
    sentence = f"The trial disagrees: {_figures(trial, winner, recommended)}; believe the trial, it was measured here."
    return Measured("disagrees", sentence, decided=True)


def _undecided(recommended: Recommended, trial: Mapping[str, Any], verdict: Mapping[str, Any]) -> Measured:
    best = _undecided_best(trial, verdict)
    needed = verdict.get("cases_needed")
    needed = needed if isinstance(needed, int) and not isinstance(needed, bool) else None
    scores = _scores(trial)
    if verdict.get("runner_up") in DOING_NOTHING:
        told = "The trial cannot tell whether any approach beats giving one answer to everything"
        return Measured("none", f"{told} ({_figures_of(trial, recommended)}).", cases_needed=needed)
    listed = ", ".join(f"{name} {_value(trial, name)}" for name in best) or "no approach has a score"
    told = f"The trial could not tell the best apart ({listed})"
    if recommended in best:
        simplest = "the simplest of them" if recommended == best[0] else f"{best[0]} is the simplest of them"
        return Measured("agrees", f"{told}; {recommended} is among them ({simplest}).", cases_needed=needed)
    if recommended in _mapping(verdict.get("barred")):
        sentence = f"{told}."  # that it is barred is said behind it
    elif recommended in scores:
        highest = max(best, key=lambda name: scores[name].mean if name in scores else -math.inf)
        top = _name(verdict.get("leader")) or highest
        sentence = f"{told}, but {_figures(trial, top, recommended)}, so it does not bear out {recommended}."
    else:
        sentence = f"{told} and did not run {recommended}, so it says nothing about it."
    return Measured("none", sentence, cases_needed=needed)


def _undecided_best(trial: Mapping[str, Any], verdict: Mapping[str, Any]) -> list[str]:
    """The approaches that may be the best as far as the trial can tell, simplest first."""
    barred = _mapping(verdict.get("barred"))
    scores = {name: its for name, its in _scores(trial).items() if name not in barred}
    best = {name for name in (_name(verdict.get("recommended")), _name(verdict.get("runner_up"))) if name}
    if _weighed(verdict):
        return sorted({*best, _name(verdict.get("leader")) or "base"}, key=_rank)
    if scores:
        top = max(scores, key=lambda name: scores[name].mean)
        best |= {name for name in scores if name == top or not _told_apart(trial, top, name)}
    simplest = _name(verdict.get("recommended")) or "base"  # some arm is told to be above each that is simpler
    return [name for name in SIMPLEST_FIRST if name in best and _rank(name) >= _rank(simplest)]


def _rank(name: str) -> int:
    return SIMPLEST_FIRST.index(name)


def _told_apart(trial: Mapping[str, Any], top: str, name: str) -> bool:
    """Does the paired difference exclude zero?  Without one: are the two intervals apart?"""
    difference = _difference(trial, top, name)
    if difference is not None:
        return _excludes_zero(difference)
    low, high = _scores(trial)[top].low, _scores(trial)[name].high
    return low is not None and high is not None and low > high


def _figures_of(trial: Mapping[str, Any], name: str) -> str:
    return _figures(trial, name, None) if name in _scores(trial) else f"{name} was not scored"


def _figures(trial: Mapping[str, Any], a: str, b: str | None) -> str:
    """ "a scored …, b …, a difference of …", as far as the report has the figures; what they are worth, if weights were set."""
    weighed = _weighed(_mapping(trial.get("verdict")))
    score = _estimate(_mapping(_mapping(trial.get("approaches")).get(a)).get("score"))
    text = f"by the weights that are set, {a} is" if weighed else f"{a} scored"
    text += f" {_value(trial, a)}"
    if score:
        text += f" on {score.n} cases"
    if b is None:
        return text
    difference = _difference(trial, a, b)
    text += f", {b} {_value(trial, b)}"
    if difference is None:
        return f"{text}, and no difference case by case is in the report"
    unsure = "" if _excludes_zero(difference) else ", which could be chance"
    bounds = NO_INTERVAL
    if difference.low is not None and difference.high is not None:
        bounds = f" ({hundredths(difference.low)} to {hundredths(difference.high)})"
    return f"{text}, a difference of {points(difference.mean)}{bounds}, case by case{unsure}"


def _difference(trial: Mapping[str, Any], a: str, b: str) -> Estimate | None:
    """a - b as the report shows it: the verdict's own where it is about these two, or about one that was given up, else the
    pair's, in either order.

    Pairs are of the score, which is not what counts where weights are set.
    """
    verdict = _mapping(trial.get("verdict"))
    if (verdict.get("recommended"), verdict.get("runner_up")) == (a, b) and verdict.get("difference"):
        return _estimate(verdict.get("difference"))
    if verdict.get("recommended") == a and b in _mapping(verdict.get("given_up")):
        return _estimate(verdict["given_up"][b])
    pairs = trial.get("pairs")
    for pair in map(_mapping, pairs if isinstance(pairs, list | tuple) and not _weighed(verdict) else ()):
        if pair.get("metric") == "score" and {pair.get("a"), pair.get("b")} == {a, b}:
            estimate = _estimate(pair.get("among") or pair.get("difference"))
            return estimate if estimate is None or pair.get("a") == a else _negated(estimate)
    return None


def _weighed(verdict: Mapping[str, Any]) -> bool:
    """Whether more than the score counted, or a kind, though it be 0, other than once a case."""
    weights = _mapping(verdict.get("weights")).items()
    return any(value is not None if key in ("knowledge", "behaviour") else value for key, value in weights)


def _value(trial: Mapping[str, Any], name: str) -> str:
    """Its score, or what it is worth where weights were set."""
    verdict = _mapping(trial.get("verdict"))
    if not _weighed(verdict):
        return _shown(_scores(trial).get(name))
    worth = _number(_mapping(verdict.get("worth")).get(name))
    return "not measured" if worth is None else f"worth {worth:.2f}"


def _negated(estimate: Estimate) -> Estimate:
    low = None if estimate.high is None else -estimate.high
    high = None if estimate.low is None else -estimate.low
    return Estimate(-estimate.mean, low, high, estimate.n)


def _excludes_zero(estimate: Estimate) -> bool:
    return estimate.low is not None and estimate.high is not None and (estimate.low > 0 or estimate.high < 0)


def _scores(trial: Mapping[str, Any]) -> dict[str, Estimate]:
    """Score of each approach that one could choose."""
    found = {name: _mapping(_mapping(trial.get("approaches")).get(name)).get("score") for name in SIMPLEST_FIRST}
    return {name: estimate for name, value in found.items() if (estimate := _estimate(value))}


def _estimate(value: object) -> Estimate | None:
    """The report's estimate, or None where it is absent or no estimate (a report of another version)."""
    fields = _mapping(value)
    mean, low, high, n = (_number(fields.get(key)) for key in ("mean", "low", "high", "n"))
    return None if mean is None else Estimate(mean, low, high, int(n or 0))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and value in SIMPLEST_FIRST else None


def _shown(estimate: Estimate | None) -> str:
    if estimate is None:
        return "(no score)"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.mean:.0%}{NO_INTERVAL}"
    return f"{estimate.mean:.0%} ({100 * estimate.low:.0f}-{100 * estimate.high:.0f})"
