"""The cluster bootstrap: groups of cases are drawn again and again, and all arms are averaged over the same draw.

With G groups of sum S_g and count n_g, one resample draws G groups with replacement, w_g times group g, and

    mean* = Σ_g w_g S_g / Σ_g w_g n_g,    w ~ Multinomial(G; 1/G, …, 1/G)

Field & Welsh 2007, https://doi.org/10.1111/j.1467-9868.2007.00593.x.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

BLOCK_WEIGHTS = 2_000_000  # weights drawn at a time: 16 MB, whatever the numbers of groups and resamples


def resampled_scores(arms: Mapping[str, Array], groups: Sequence[Hashable], resamples: int, seed: int) -> Array:
    """Arms of (seeds, cases) → means (resamples, arms): groups are drawn, and the mean over an arm's seeds is moved.

    It is moved by normal noise with the variance of a mean over the seeds.  Drawing two or three of them again would
    have (S − 1)/S of that, and but three or ten places to land on.
    """
    random = np.random.default_rng([seed, 1])
    means = resampled_means(np.stack([rows.mean(0) for rows in arms.values()], axis=1), groups, resamples, seed)
    spread = np.sqrt([seed_variance(rows) for rows in arms.values()])
    return np.asarray(means + spread * random.normal(size=means.shape))


def seed_variance(rows: Array) -> float:
    """(seeds, cases) → variance of the mean over seeds: s²/S between the seeds' own means; 0 for one seed, where it is unknown."""
    return float(rows.mean(1).var(ddof=1) / len(rows)) if len(rows) > 1 else 0.0


def resampled_means(values: ArrayLike, groups: Sequence[Hashable], resamples: int, seed: int) -> Array:
    """(cases, arms) → (resamples, arms): in each resample all arms are averaged over the same drawn groups."""
    cases = matrix(values)  # (cases, arms)
    assert len(cases) == len(groups) > 0, f"{len(cases)} cases, {len(groups)} groups"
    sums, counts = by_group(cases, groups)  # (groups, arms), (groups,)
    random = np.random.default_rng(seed)
    block = max(1, BLOCK_WEIGHTS // len(counts))
    means = np.empty((resamples, cases.shape[1]))
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        weights = _weights(random, len(counts), size)
        means[start : start + size] = (weights @ sums) / (weights @ counts)[:, None]
    # A mean lies between the smallest and the largest value: rounding may not take it out.
    return np.clip(means, cases.min(axis=0), cases.max(axis=0))


def _weights(random: np.random.Generator, groups: int, resamples: int) -> Array:
    """(resamples, groups): how often each group is drawn; counting draws is six times as quick as a multinomial."""
    drawn = random.integers(0, groups, (resamples, groups)) + groups * np.arange(resamples)[:, None]
    counted = np.bincount(drawn.ravel(), minlength=resamples * groups)
    return counted.reshape(resamples, groups).astype(np.float64)


def by_group(cases: Array, groups: Sequence[Hashable]) -> tuple[Array, Array]:
    """(cases, arms) → the sums (groups, arms) and counts (groups,), groups in the order of their first case."""
    assert len(cases) == len(groups), f"{len(cases)} cases, {len(groups)} groups"
    places: dict[Hashable, int] = {}
    index = np.array([places.setdefault(group, len(places)) for group in groups])
    sums = np.zeros((len(places), cases.shape[1]))
    np.add.at(sums, index, cases)
    return sums, np.bincount(index, minlength=len(places)).astype(np.float64)


def matrix(values: ArrayLike) -> Array:
    """(cases,) or (cases, arms) → (cases, arms)."""
    array = np.asarray(values, dtype=np.float64)
    assert np.isfinite(array).all(), "a score is a number; leave out what was not scored"
    return array[:, None] if array.ndim == 1 else array
