"""Means with honest intervals: cases of one group depend on each other, so groups are resampled, not cases.

    estimate([1, 0, 1, 1], ["a", "a", "b", "c"], 2000, seed=0)   →  Estimate(mean=0.75, low=0.5, high=1.0, n=4)
    detectable(differences, groups)     the smallest true difference that so many cases would have shown
    cases_needed(differences, groups)   how many cases would show the difference that was seen

The cluster bootstrap (Field & Welsh 2007, https://doi.org/10.1111/j.1467-9868.2007.00593.x; percentile interval of
Efron & Tibshirani 1993, chapter 13): with G groups of sum S_g and count n_g, one resample draws G groups with
replacement, w_g times group g, and

    mean* = Σ_g w_g S_g / Σ_g w_g n_g,    w ~ Multinomial(G; 1/G, …, 1/G)

Left out on purpose: bias correction, and any test across more than two arms.  With fewer than about ten groups a
percentile interval is too narrow; the number of cases stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunebook.values import Estimate

Array = NDArray[np.float64]

LEVEL = 0.95
BLOCK_WEIGHTS = 2_000_000  # weights drawn at a time: 16 MB, whatever the numbers of groups and resamples
NO_SPREAD = 1e-12  # below this a standard error or a difference is rounding


def estimate(values: Sequence[float], groups: Sequence[Hashable], resamples: int, seed: int) -> Estimate | None:
    """Mean and 95 % interval; bounds None below two groups; None for no values."""
    if len(values) == 0:
        return None
    column = _matrix(values)
    mean = float(column.mean())
    if len(set(groups)) < 2:
        return Estimate(mean, None, None, len(column))
    means = resampled_means(column, groups, resamples, seed)[:, 0]
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(mean, float(low), float(high), len(column))


def paired(
    a: Sequence[float], b: Sequence[float], groups: Sequence[Hashable], resamples: int, seed: int
) -> Estimate | None:
    """The mean of a - b over the same cases, with its interval; None for no values."""
    assert len(a) == len(b), f"{len(a)} scores against {len(b)}"
    return estimate([x - y for x, y in zip(a, b, strict=True)], groups, resamples, seed)


def resampled_means(matrix: ArrayLike, groups: Sequence[Hashable], resamples: int, seed: int) -> Array:
    """(cases, arms) → (resamples, arms): in each resample all arms are averaged over the same drawn groups."""
    cases = _matrix(matrix)  # (cases, arms)
    assert len(cases) == len(groups) > 0, f"{len(cases)} cases, {len(groups)} groups"
    sums, counts = _by_group(cases, groups)  # (groups, arms), (groups,)
    chances = np.full(len(counts), 1 / len(counts))
    random = np.random.default_rng(seed)
    block = max(1, BLOCK_WEIGHTS // len(counts))
    means = np.empty((resamples, cases.shape[1]))
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        weights = random.multinomial(len(counts), chances, size).astype(np.float64)  # (size, groups)
        means[start : start + size] = (weights @ sums) / (weights @ counts)[:, None]
    # A mean lies between the smallest and the largest value: rounding may not take it out.
    return np.clip(means, cases.min(axis=0), cases.max(axis=0))


def detectable(differences: Sequence[float], groups: Sequence[Hashable], power: float = 0.8) -> float | None:
    """The smallest true mean difference that this many cases show at 5 % (two-sided) with the given power.

        MDE = (z_{0.975} + z_power) SE,    1.96 + 0.84 at 80 %     (Bloom 1995, https://doi.org/10.1177/0193841X9501900504)

    None where the spread is unknown: fewer than two groups, or differences without any.
    """
    error = standard_error(differences, groups)
    if error is None or error < NO_SPREAD:
        return None
    normal = NormalDist()
    return (normal.inv_cdf((1 + LEVEL) / 2) + normal.inv_cdf(power)) * error


def cases_needed(differences: Sequence[float], groups: Sequence[Hashable], power: float = 0.8) -> int | None:
    """The number of cases, grouped as these are, at which the mean difference that was seen would be detectable.

        n* = n (MDE / |mean|)²,   since SE falls with √n

    Below `len(differences)` where it already is.  None where the mean difference is 0 or its spread is unknown.
    """
    smallest = detectable(differences, groups, power)
    if smallest is None:
        return None
    mean = abs(float(_matrix(differences).mean()))
    if mean < NO_SPREAD:
        return None
    return max(2, math.ceil(len(differences) * (smallest / mean) ** 2))


def standard_error(values: Sequence[float], groups: Sequence[Hashable]) -> float | None:
    """Cluster-robust standard error of the mean (Liang & Zeger 1986, https://doi.org/10.1093/biomet/73.1.13).

        SE² = G/(G−1) Σ_g r_g² / n²,    r_g = Σ_{i in g} (x_i − x̄)

    With groups of one it is s/√n.  None below two groups.
    """
    if len(set(groups)) < 2:
        return None
    column = _matrix(values)
    residuals, counts = _by_group(column - column.mean(), groups)  # (groups, 1), (groups,)
    return float(np.sqrt(len(counts) / (len(counts) - 1) * np.square(residuals).sum()) / len(column))


def _by_group(cases: Array, groups: Sequence[Hashable]) -> tuple[Array, Array]:
    """(cases, arms) → the sums (groups, arms) and counts (groups,), groups in the order of their first case."""
    assert len(cases) == len(groups), f"{len(cases)} cases, {len(groups)} groups"
    places: dict[Hashable, int] = {}
    index = np.array([places.setdefault(group, len(places)) for group in groups])
    sums = np.zeros((len(places), cases.shape[1]))
    np.add.at(sums, index, cases)
    return sums, np.bincount(index, minlength=len(places)).astype(np.float64)


def _matrix(values: ArrayLike) -> Array:
    """(cases,) or (cases, arms) → (cases, arms)."""
    array = np.asarray(values, dtype=np.float64)
    assert np.isfinite(array).all(), "a score is a number; leave out what was not scored"
    return array[:, None] if array.ndim == 1 else array
