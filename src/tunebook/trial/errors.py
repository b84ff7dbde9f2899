"""How far a mean may be off: standard errors by groups, widened for what few groups do not show, and Student's t.

    standard_error([1, 0, 1, 1], ["a", "a", "b", "c"])   of one mean
    widened(differences, groups)                         of differences of arms, with two more groups that differ
    Spread(…).shrinks(2.0)                               what twice the cases would show, over what these do

Left out on purpose: the bootstrap (resample.py), which knows no more of groups that were not seen.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from tunebook.trial.resample import Array, by_group, matrix

NO_SPREAD = 1e-12  # below this a standard error or a difference is rounding
MIDDLE = 0.975  # the middle 95 %
POWER = 0.8
MANY, STEPS = 60, 50  # degrees of freedom; Newton's steps at most
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


def pooled_t(q: float, parts: Sequence[tuple[float, float]]) -> float:
    """As far out as q is in the normal distribution, for variances v of which each is known with f degrees of freedom.

        t = Σ v t_f / Σ v     (Cochran & Cox 1957, Experimental Designs, 4.14)

    The first part is that of the cases: there t_f is Student's at Φ(q).  The others are those of seeds: Student's at 97.5 %,
    as many times larger as q is than 1.96, since at the q of a family one degree has a t of 40 in place of 13.

    Welch's degrees of freedom (1947) for the sum hold the truth in .90 with two seeds that make up most of the variance: where they
    happen to lie close together, both their variance and its t are too small.
    """
    total = sum(v for v, _ in parts)
    p = min(_NORMAL.cdf(q), 1 - NO_SPREAD)
    first, *seeds = ((v, t_quantile(p if n == 0 else MIDDLE, f)) for n, (v, f) in enumerate(parts))
    if total < NO_SPREAD**2:
        return first[1]
    return (first[0] * first[1] + sum(v * t for v, t in seeds) * q / _NORMAL.inv_cdf(MIDDLE)) / total


@dataclass(frozen=True, slots=True)
class Spread:
    """The variances of a mean difference: `cases`, of so many `groups`; `unseen`, for those that few do not show
    (widened); and those between seeds, with their degrees of freedom.  `q`: the critical value of the family."""

    cases: float
    unseen: float
    groups: int
    seeds: tuple[tuple[float, float], ...]
    q: float

    def shrinks(self, times: float) -> float:
        """The smallest difference that so many times the cases would show, over that of these.

        The cases' variance falls with their number, that of the unseen with its square, that of the seeds not at all.
        """
        return self._error(times) / self._error(1.0)

    def _error(self, times: float) -> float:
        parts = [(self.cases / times + self.unseen / times**2, self.groups * times - 1), *self.seeds]
        z = _NORMAL.inv_cdf(MIDDLE)
        reach = pooled_t(self.q, parts) + _NORMAL.inv_cdf(POWER) * pooled_t(z, parts) / z
        return reach * math.sqrt(sum(v for v, _ in parts))

    @property
    def of_seeds(self) -> bool:
        """Whether most of it lies between the trainings, where more cases are of no help."""
        return sum(v for v, _ in self.seeds) > self.cases + self.unseen


@lru_cache(maxsize=4096)
def t_quantile(p: float, degrees: float) -> float:
    """Student's t above the median, for real degrees of freedom ≥ 1.

    From MANY degrees on the expansion in 1/degrees (Abramowitz & Stegun 26.7.5), off by less than 1e-4 of itself up to
    p = 1 − 3e-7.  Below: Newton's steps in ln t on ln P(|T| > t), which falls and is concave there, so that they close in
    from the right.
    """
    z = _NORMAL.inv_cdf(p)
    if degrees < MANY:
        t, wanted = z, math.log(2 * (1 - p))
        for _ in range(STEPS):
            beyond = _beyond(t, degrees)
            step = (math.log(beyond) - wanted) * beyond / (2 * t * _t_density(t, degrees))
            t *= math.exp(step)
            if abs(step) < NO_SPREAD:
                break
        return t
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + float(sum(term / degrees**power for power, term in enumerate(terms, 1)))


def _t_density(t: float, degrees: float) -> float:
    scale = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2) - math.log(degrees * math.pi) / 2
    return math.exp(scale - (degrees + 1) / 2 * math.log1p(t * t / degrees))


def _beyond(t: float, degrees: float) -> float:
    """P(|T| > t), the incomplete beta I_x(degrees/2, 1/2) at x = degrees / (degrees + t²), by its series (DLMF 8.17.8):

    x^a (1 − x)^b / (a B(a, b)) · Σ_n (a + b)_n / (a + 1)_n xⁿ;    where x > 1/2: 1 − I_{1−x}(b, a)
    """
    x = degrees / (degrees + t * t)
    if x > 0.5:
        return 1 - _incomplete_beta(1 - x, 0.5, degrees / 2)
    return _incomplete_beta(x, degrees / 2, 0.5)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    front = math.lgamma(a + b) - math.lgamma(a + 1) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    term, total, n = 1.0, 1.0, 0
    while term > 1e-16 * total:
        term *= (a + b + n) / (a + 1 + n) * x
        total, n = total + term, n + 1
    return math.exp(front) * total


def _error(squares: Array, counts: Array) -> Array:
    """From the sum of the groups' squared residuals, (pairs,)."""
    return np.asarray(np.sqrt(len(counts) / (len(counts) - 1) * squares) / counts.sum())
