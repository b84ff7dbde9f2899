"""How far a mean may be off: standard errors by groups, widened for what few groups do not show, and Student's t.

    standard_error([1, 0, 1, 1], ["a", "a", "b", "c"])   of one mean
    widened(differences, groups)                         of differences of arms, with two more groups that differ

Left out on purpose: the bootstrap (resample.py), which knows no more of groups that were not seen.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from statistics import NormalDist

import numpy as np

from tunebook.trial.resample import Array, by_group, matrix

NO_SPREAD = 1e-12  # below this a standard error or a difference is rounding
_NORMAL = NormalDist()


def standard_error(values: Sequence[float], groups: Sequence[Hashable]) -> float | None:
    """Cluster-robust standard error of the mean (Liang & Zeger 1986, https://doi.org/10.1093/biomet/73.1.13).

        SE² = G/(G−1) Σ_g r_g² / n²,    r_g = Σ_{i in g} (x_i − x̄)

    With groups of one it is s/√n.  None below two groups.
    """
    if len(set(groups)) < 2:
        return None
    column = matrix(values)
    residuals, counts = by_group(column - column.mean(0), groups)  # (groups, 1), (groups,)
    return float(_error(np.square(residuals).sum(0), counts)[0])


def widened(differences: Array, groups: Sequence[Hashable]) -> tuple[Array, Array]:
    """Standard errors of mean differences (pairs,): with two more groups that differ, one each way, and without.

        SE² = G/(G−1) (Σ_g r_g² + 2 (q² + (k m)²)) / n²     (Bonett & Price 2012, https://doi.org/10.1177/0962280210392561)

    r_g = S_g − n_g m for a group of n_g cases whose differences sum to S_g; m the mean difference, k the mean size of a
    group.  The two sum to ±q, as those that differ do in root mean square (to ±k where none does), so they lie q − km and
    −q − km from the mean, which stays where it is.  Cases that all differ alike, whose own residuals are 0, are told from
    0 from six on: there the sign test, too, has its first two-sided p below 5 % (2 / 2⁶ = .031).
    """
    sums, counts = by_group(differences, groups)  # (groups, pairs), (groups,)
    means, size = differences.mean(0), counts.mean()
    own = np.square(sums - counts[:, None] * means).sum(0)
    differing = (np.abs(sums) > NO_SPREAD).sum(0)
    square = np.where(differing > 0, np.square(sums).sum(0) / np.maximum(differing, 1), size**2)
    return _error(own + 2 * (square + np.square(size * means)), counts), _error(own, counts)


def t_quantile(p: float, degrees: int) -> float:
    """Student's t by the expansion in 1/degrees (Abramowitz & Stegun 26.7.5), exact below three degrees of freedom."""
    if degrees == 1:
        return math.tan(math.pi * (p - 0.5))
    if degrees == 2:
        return float((2 * p - 1) / math.sqrt(2 * p * (1 - p)))
    z = _NORMAL.inv_cdf(p)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + float(sum(term / degrees**power for power, term in enumerate(terms, 1)))


def _error(squares: Array, counts: Array) -> Array:
    """From the sum of the groups' squared residuals, (pairs,)."""
    return np.asarray(np.sqrt(len(counts) / (len(counts) - 1) * squares) / counts.sum())
