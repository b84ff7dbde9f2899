"""Means and differences with honest intervals: cases of one group depend on each other, so groups are resampled.

    share([1, 0, 1, 1], ["a", "a", "b", "c"])            a mean of scores in [0, 1], with its interval
    compare({"rag": […], "tuned": […]}, groups, …)       every two arms: the difference, alone and among all of them
    leads({"rag": […], "tuned": […]}, groups, …)         the best arm against each other one, for the verdict; who is behind
    detectable(comparison)                               the smallest true difference that so many cases would have shown

Intervals of differences are widened twice, or few cases would claim too much: by Student's t for few groups, and as if
one more group differed each way (errors.py).  Two arms that agree everywhere differ by 0, give or take, and not by
[0, 0]; two cases that both differ by 1 are told from 0 no more than by tossing a coin twice.

Left out on purpose: bias correction, and any prior.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from tunebook.trial.errors import NO_SPREAD, POWER, Spread, pooled_t, standard_error, widened
from tunebook.trial.resample import Array, matrix, resampled_means, resampled_scores, seed_variance
from tunebook.values import Estimate

LEVEL = 0.95
BEYOND_REACH = 1000  # times the present number of cases
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The mean of a - b.  `alone`: its own 95 % interval.  `among`: those of its family together hold in 95 % of trials."""

    a: str
    b: str
    alone: Estimate
    among: Estimate
    spread: Spread | None = None

    @property
    def told_apart(self) -> bool:
        """Whether the interval that allows for the others lies on one side of 0."""
        return (
            self.among.low is not None and self.among.high is not None and (self.among.low > 0 or self.among.high < 0)
        )

    @property
    def above(self) -> bool:
        """Whether all of it lies above 0."""
        return self.among.low is not None and self.among.low > 0

    def turned(self) -> Comparison:
        """b - a."""
        return Comparison(self.b, self.a, _turned(self.alone), _turned(self.among), self.spread)

    def within(self, most: float) -> Comparison:
        """To be shown: bounds cut to what a difference can be.  Half widths are read from the uncut ones."""
        return Comparison(self.a, self.b, _cut(self.alone, most), _cut(self.among, most), self.spread)


@dataclass(frozen=True, slots=True)
class Lead:
    """How far the best arm is above another, and which arm, the best or a third, is told to be above that one."""

    over: Comparison
    behind: str | None


def _cut(one: Estimate, most: float) -> Estimate:
    low, high = (None if bound is None else max(-most, min(most, bound)) for bound in (one.low, one.high))
    return Estimate(one.mean, low, high, one.n)


def _turned(one: Estimate) -> Estimate:
    low, high = (None if bound is None else -bound for bound in (one.high, one.low))
    return Estimate(-one.mean, low, high, one.n)


def share(values: Sequence[float], groups: Sequence[Hashable], seeds: Sequence[float] = ()) -> Estimate | None:
    """The mean of scores in [0, 1] with its 95 % interval; bounds None below two groups; None for no values.

    Wilson's interval at the effective number of cases (Korn & Graubard 1998, Survey Methodology 24: 193-201):

        n* = p (1 − p) / SE²,   n* = G where nothing varies;   SE of the groups, t of G − 1 degrees of freedom

    So 40 zeros are not [0, 0] but [0, 0.09].  Where the values are averages over several trainings, `seeds` are the means
    of each: s²/S of these is added to SE², with its own degrees of freedom.
    """
    if len(values) == 0:
        return None
    column = matrix(values)
    mean = float(column.mean())
    count = len(set(groups))
    if count < 2:
        return Estimate(mean, None, None, len(column))
    between = seed_variance(np.array(seeds)[:, None]) if len(seeds) > 1 else 0.0
    parts = [((standard_error(values, groups) or 0.0) ** 2, count - 1.0), (between, len(seeds) - 1.0)]
    variance = sum(v for v, _ in parts)
    bernoulli = mean * (1 - mean)
    n = bernoulli / variance if variance > NO_SPREAD**2 and bernoulli > NO_SPREAD else float(count)
    t2 = pooled_t(_z(), parts if between else parts[:1]) ** 2
    middle = (mean + t2 / (2 * n)) / (1 + t2 / n)
    half = math.sqrt(t2 * (max(bernoulli, 0.0) / n + t2 / (4 * n * n))) / (1 + t2 / n)
    return Estimate(mean, min(mean, max(0.0, middle - half)), max(mean, min(1.0, middle + half)), len(column))


def estimate(values: Sequence[float], groups: Sequence[Hashable], resamples: int, seed: int) -> Estimate | None:
    """Mean and 95 % interval of what has no bounds (seconds, tokens), by the plain percentile bootstrap."""
    if len(values) == 0:
        return None
    column = matrix(values)
    mean = float(column.mean())
    if len(set(groups)) < 2:
        return Estimate(mean, None, None, len(column))
    low, high = _percentiles(resampled_means(column, groups, resamples, seed))
    return Estimate(mean, float(low[0]), float(high[0]), len(column))


def compare(
    scores: Mapping[str, ArrayLike], groups: Sequence[Hashable], resamples: int, seed: int, comparisons: int = 0
) -> dict[tuple[str, str], Comparison]:
    """Every two arms over the same cases; an arm's scores are (cases,) or, where it was trained so often, (seeds, cases).

    `among` is a single-step max-T (Westfall & Young 1993; Hothorn et al. 2008, https://doi.org/10.1002/bimj.200810425):
    the critical value q is the 95 % quantile, over the resamples, of the largest |difference* − difference| / SE among
    all pairs.  The variance between seeds is part of every difference, with its own degrees of freedom (errors.pooled_t).
    Where these are part of a family of more `comparisons`, q is at least Šidák's for so many, Φ⁻¹((1 + .95^(1/m)) / 2).
    """
    its = _differences(scores, groups, resamples, seed)
    q = its.critical(list(range(len(its.pairs))), comparisons) if its.pairs else 0.0
    return {pair: its.comparison(k, q) for k, pair in enumerate(its.pairs)}


def leads(
    scores: Mapping[str, ArrayLike], groups: Sequence[Hashable], resamples: int, seed: int, comparisons: int = 0
) -> dict[str, Lead]:
    """By how much the arm with the highest mean (the first of equals) is above each other one; as `compare` otherwise.

    `among` allows for the best having been picked (multiple comparisons with the best, two-sided: Edwards & Hsu 1983,
    JASA 78: 965-971): the critical value for arm s is that of the comparisons of all others with s, so that an arm which
    is as good as any is said to be behind, or ahead, in at most 5 % of trials.  For the same reason s is behind where any
    of these, not only the best, lies above it by that value.
    """
    its = _differences(scores, groups, resamples, seed)
    if not its.pairs:
        return {}
    means = {name: float(_seeds(values).mean()) for name, values in scores.items()}
    best = max(means, key=lambda name: means[name])
    found = {}
    for name in [name for name in means if name != best]:
        family = {a if b == name else b: k for k, (a, b) in enumerate(its.pairs) if name in (a, b)}
        q = its.critical(list(family.values()), comparisons if len(family) < comparisons else 0)
        low = {other: means[other] - means[name] - its.half(k, q) for other, k in family.items()}
        told = [other for other, bound in low.items() if bound > 0]
        one = its.comparison(family[best], q)
        behind = best if best in told else max(told, key=lambda other: low[other], default=None)
        found[name] = Lead(one if one.a == best else one.turned(), behind)
    return found


@dataclass(frozen=True, slots=True)
class _Differences:
    """Every two arms, case by case, and how their mean difference moves over the resamples."""

    pairs: list[tuple[str, str]]
    means: Array  # (pairs,)
    n: int
    groups: int
    moved: Array  # (resamples, pairs); as what follows empty below two groups
    errors: Array  # (pairs,), widened
    plain: Array  # (pairs,), as the resamples vary
    parts: list[list[tuple[float, float]]]  # per pair: the variances that make up the error, with degrees of freedom

    def comparison(self, k: int, q: float) -> Comparison:
        """Pair k: alone, and at the critical value of its family."""
        mean = float(self.means[k])
        if self.groups < 2:
            unknown = Estimate(mean, None, None, self.n)
            return Comparison(*self.pairs[k], unknown, unknown)
        low, high = self._alone(k)
        half = self.half(k, q)
        alone = Estimate(mean, mean + low, mean + high, self.n)
        (wide, _), *seeds = self.parts[k]
        unseen = max(0.0, float(self.errors[k]) ** 2 - float(self.plain[k]) ** 2)
        spread = Spread(wide - unseen, unseen, self.groups, tuple(seeds), q)
        return Comparison(*self.pairs[k], alone, Estimate(mean, mean - half, mean + half, self.n), spread)

    def half(self, k: int, q: float) -> float:
        """Half the width of pair k's interval: t as far out, for so few groups and seeds, as q is in the normal distribution."""
        if self.groups < 2:
            return math.inf
        return pooled_t(q, self.parts[k]) * float(self.errors[k])

    def critical(self, family: Sequence[int], comparisons: int) -> float:
        """q of these pairs, or of more comparisons."""
        q = _z(max(1, comparisons))
        if self.groups < 2:
            return q
        largest = np.abs(self.moved[:, family] / np.maximum(self.plain[family], NO_SPREAD)).max(1)  # (resamples,)
        return max(float(np.quantile(largest, LEVEL, method="higher")), q)

    def _alone(self, k: int) -> tuple[float, float]:
        """Percentiles, widened as the errors are; where they span less than the error says, that much further out."""
        few, error, plain = (
            pooled_t(_z(), self.parts[k]),
            float(self.errors[k]),
            float(self.plain[k]),
        )
        wider = few / _z() * error / plain if plain > NO_SPREAD else 0.0
        low, high = _percentiles(self.moved[:, k]) * np.float64(wider * math.sqrt(self.groups / (self.groups - 1)))
        short = max(0.0, few * error - float(high - low) / 2)
        return float(low) - short, float(high) + short


def _differences(
    scores: Mapping[str, ArrayLike], groups: Sequence[Hashable], resamples: int, seed: int
) -> _Differences:
    arms = {name: _seeds(values) for name, values in scores.items()}  # (seeds, cases)
    pairs = list(combinations(arms, 2)) if len(groups) else []
    none, many = np.empty(0), np.empty((0, 0))
    if not pairs:
        return _Differences([], none, 0, 0, many, none, none, [])
    cases = {name: rows.mean(0) for name, rows in arms.items()}
    differences = np.stack([cases[a] - cases[b] for a, b in pairs], axis=1)  # (cases, pairs)
    means, n, count = differences.mean(0), len(groups), len(set(groups))
    if count < 2:
        return _Differences(pairs, means, n, count, many, none, none, [])
    drawn = resampled_scores(arms, groups, resamples, seed)
    places = {name: place for place, name in enumerate(arms)}
    moved = np.stack([drawn[:, places[a]] - drawn[:, places[b]] for a, b in pairs], axis=1) - means
    wide, plain = (np.square(error) for error in widened(differences, groups))
    seeds = {name: (seed_variance(rows), len(rows) - 1.0) for name, rows in arms.items() if len(rows) > 1}
    parts = [
        [(v, count - 1.0), *(seeds[x] for x in pair if x in seeds)]
        for v, pair in zip(wide.tolist(), pairs, strict=True)
    ]
    added = np.array([sum(v for v, _ in its[1:]) for its in parts])
    return _Differences(pairs, means, n, count, moved, np.sqrt(wide + added), np.sqrt(plain + added), parts)


def paired(
    a: Sequence[float], b: Sequence[float], groups: Sequence[Hashable], resamples: int, seed: int
) -> Estimate | None:
    """The mean of a - b over the same cases, with its own interval; None for no values."""
    assert len(a) == len(b), f"{len(a)} scores against {len(b)}"
    found = compare({"a": a, "b": b}, groups, resamples, seed) if len(a) else {}
    return found["a", "b"].alone if found else None


def detectable(found: Comparison) -> float | None:
    """The smallest true difference that this comparison, among all of the trial, shows with a power of 80 %.

        MDE = half width of `among` + z_power SE     (Bloom 1995, https://doi.org/10.1177/0193841X9501900504)

    None where there is no interval.
    """
    if found.among.high is None or found.alone.high is None or found.alone.low is None:
        return None
    error = (found.alone.high - found.alone.low) / (2 * _z())
    return found.among.high - found.among.mean + _NORMAL.inv_cdf(POWER) * error


def cases_needed(found: Comparison) -> int | None:
    """The number of cases, grouped as these are, at which the mean difference that was seen would be detectable: the
    smallest count at which MDE · `Spread.shrinks`(count / n) ≤ |mean|.

    The present number where it already is.  None where the mean difference is 0 or there is no interval, and where it would
    take more than a thousand times the cases: so close, or the trainings so far apart, that nobody will collect them.
    """
    smallest, mean, n, spread = detectable(found), abs(found.among.mean), found.among.n, found.spread
    if smallest is None or spread is None:
        return None
    counts = range(n, BEYOND_REACH * n + 1)
    place = bisect_left(counts, True, key=lambda count: smallest * spread.shrinks(count / n) <= mean)
    return counts[place] if place < len(counts) else None


def _seeds(values: ArrayLike) -> Array:
    """(cases,) or (seeds, cases) → (seeds, cases)."""
    array = np.asarray(values, dtype=np.float64)
    assert np.isfinite(array).all(), "a score is a number; leave out what was not scored"
    return array[None, :] if array.ndim == 1 else array


def _z(comparisons: int = 1) -> float:
    """Two-sided; of so many independent comparisons all hold in 95 % of trials (Šidák 1967, JASA 62: 626-633)."""
    return _NORMAL.inv_cdf((1 + LEVEL ** (1 / comparisons)) / 2)


def _percentiles(means: Array) -> Array:
    """(resamples, …) → (2, …)."""
    return np.asarray(np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0))
