"""What an answer is worth to the team: one number a case, from its weights on the factors of the decision.

    worth = score × (1 − volatility, for facts from the weights) − wrong × [answered, and wrongly]
            + citations × [the right source named] − second × seconds an answer

    weights.citations = 0.2      a rightly cited answer is worth 1.2 of a right one
    weights.wrong = 0.5          a wrong answer costs half of what a right one is worth; an abstention costs nothing
    weights.volatility = 0.3     three facts in ten change before the next tuning: what stands in the weights is stale then,
                                 and a right refusal is not
    weights.second = 0.01        one second of waiting costs a hundredth of a right answer

With the defaults (all 0) the worth is the score.  `knowledge` and `behaviour`, given both, are what a kind counts.
The mean worth is linear in each weight alone, so where another approach would win is found exactly: `tipping`.

Left out on purpose: money.  Seconds, tokens and set-up stand beside it, with the volume at which they break even.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebook.settings import WeightSettings
from tunebook.trial.resample import Array

# how far each weight is tried, and what it is called
RANGES: Mapping[str, tuple[float, str]] = {
    "knowledge": (1.0, "the share of knowledge among what counts"),
    "volatility": (1.0, "the share of facts that change before the next tuning"),
    "citations": (1.0, "the worth of a right citation"),
    "wrong": (1.0, "the cost of a wrong answer"),
    "second": (0.1, "the cost of a second of waiting"),
}
CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Terms:
    """One arm, over the cases that all arms were scored on; arrays are (seeds, cases)."""

    right: Array  # score in [0, 1]
    wrong: Array  # 1 where it answered, and wrongly
    cited: Array  # citation precision, 0 without a citation
    seconds: float  # one answer; 0 where nothing was timed
    retrieves: bool
    answerable: NDArray[np.bool_] | None = None  # (cases,); None: all are


def worth(terms: Terms, kinds: Sequence[str], weights: WeightSettings) -> Array:
    """(seeds, cases); its mean over the cases is what the arm is worth."""
    facts = np.array([kind == "knowledge" for kind in kinds], dtype=bool)
    if terms.answerable is not None:
        facts = facts & terms.answerable
    stale = np.where(facts & (not terms.retrieves), 1 - weights.volatility, 1.0)
    found = terms.right * stale - weights.wrong * terms.wrong + weights.citations * terms.cited
    return np.asarray(found * case_weights(kinds, weights) - weights.second * terms.seconds)


def case_weights(kinds: Sequence[str], weights: WeightSettings) -> Array:
    """What each case counts, 1 on average: each once, or as the kinds were weighted."""
    share = {"knowledge": weights.knowledge, "behaviour": weights.behaviour}
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    given = {kind: share[kind] for kind in counts}
    found = np.array([1.0 if given[k] is None else (given[k] or 0.0) * len(kinds) / counts[k] for k in kinds])
    mean = found.mean() if len(found) else 1.0
    return found / mean if mean > 0 else np.ones(len(kinds))


def tipping(arms: Mapping[str, Terms], kinds: Sequence[str], weights: WeightSettings) -> list[dict[str, Any]]:
    """For each weight, the nearest value on either side of today's at which another arm has the highest mean worth."""
    found: list[dict[str, Any]] = []
    for key, (most, said) in RANGES.items():
        if key == "knowledge" and len(set(kinds)) < 2:
            continue
        now = _now(key, kinds, weights)
        first, last = (_means(arms, kinds, _with(weights, key, end)) for end in (0.0, most))
        winner = _winner({name: _between(first, last, name, now / most) for name in arms})
        for end in (0.0, most):
            at, name = _next(first, last, winner, now / most, end / most)
            if name is not None:
                way = "above" if end > now else "below"
                found.append({"weight": key, "said": said, "now": now, "way": way, "at": at * most, "wins": name})
    return found


def _next(
    first: Mapping[str, float], last: Mapping[str, float], winner: str, now: float, end: float
) -> tuple[float, str | None]:
    """Walking from `now` to `end` (shares of the range): where the winner is overtaken first, and by whom: of several the
    one that is furthest ahead at the end, and of equals the simplest."""
    nearest, most, by = end, 0.0, None
    for name in first:
        start, gap = first[winner] - first[name], (last[winner] - last[name]) - (first[winner] - first[name])
        ahead = -start - end * gap  # of the winner, at the end
        if name == winner or abs(gap) < CLOSE or ahead < CLOSE:
            continue
        at = -start / gap  # the lines cross: start + at × gap = 0
        nearer = abs(nearest - now) - abs(at - now)
        if min(now, end) - CLOSE <= at <= max(now, end) + CLOSE and (
            nearer > CLOSE or (nearer > -CLOSE and ahead > most + CLOSE)
        ):
            nearest, most, by = at, ahead, name
    return nearest, by


def _means(arms: Mapping[str, Terms], kinds: Sequence[str], weights: WeightSettings) -> dict[str, float]:
    return {name: float(worth(terms, kinds, weights).mean()) for name, terms in arms.items()}


def _between(first: Mapping[str, float], last: Mapping[str, float], name: str, at: float) -> float:
    return first[name] + at * (last[name] - first[name])


def _winner(means: Mapping[str, float]) -> str:
    return max(means, key=lambda name: means[name])


def _now(key: str, kinds: Sequence[str], weights: WeightSettings) -> float:
    if key != "knowledge":
        return float(getattr(weights, key))
    counted = case_weights(kinds, weights)
    return float(counted[[kind == "knowledge" for kind in kinds]].sum() / counted.sum())


def _with(weights: WeightSettings, key: str, value: float) -> WeightSettings:
    changed = {"knowledge": value, "behaviour": 1 - value} if key == "knowledge" else {key: value}
    return weights.model_copy(update=changed)
