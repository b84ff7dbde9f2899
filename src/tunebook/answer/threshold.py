"""The threshold of a gate: how sure it has to be before an answer is given.

    threshold_for(confidences, right, accepted_wrong=0.2)   →  the lowest confidence that the cases bear out
    crossed(confidences, right, groups, 0.2)                →  each answer's threshold by the other groups, for a report

A few answers that happened to be right do not bear out that few are wrong.  Of n answers at and above a confidence, w were
wrong; the accepted share a is borne out where so few would hardly be seen if a were the true share:

    P(W ≤ w) = Σ_{i ≤ w} C(n, i) aⁱ (1 − a)ⁿ⁻ⁱ  ≤  1 − SURE

that is, where the upper bound of Clopper & Pearson (1934, Biometrika 26:404) is at most a; for choosing a threshold so see
Geifman & El-Yaniv (2017, https://arxiv.org/abs/1705.08500).  With none wrong 11 answers bear out .2, and 22 bear out .1.

Left out on purpose: a correction for having looked at every confidence.  Where confidences are noise and .3 is wrong, one
set of answers in 25 is given a threshold for .2 (docs/design/gate.md); with the correction a small project would get none.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

from tunebook.answer.gate import FOLDS, risk_coverage

SURE = 0.9
ABOVE_ALL = 1.0  # confidences are below it


def threshold_for(confidences: Sequence[float], right: Sequence[bool], accepted_wrong: float) -> float:
    """The lowest confidence at and above which that share of wrong answers is borne out; above all where none is."""
    for coverage, risk, confidence in reversed(risk_coverage(confidences, right)):
        given = round(coverage * len(right))
        if borne_out(round(risk * given), given, accepted_wrong):
            return confidence
    return ABOVE_ALL


def crossed(
    confidences: Sequence[float], right: Sequence[bool], groups: Sequence[Hashable], accepted_wrong: float
) -> list[float]:
    """Each answer's threshold, chosen without its fold of groups: what a report says of it is then not flattered."""
    fold = {name: place % FOLDS for place, name in enumerate(dict.fromkeys(groups))}
    found = [ABOVE_ALL] * len(groups)
    for number in set(fold.values()):
        rest = [place for place, group in enumerate(groups) if fold[group] != number]
        threshold = threshold_for([confidences[p] for p in rest], [right[p] for p in rest], accepted_wrong)
        for place, group in enumerate(groups):
            if fold[group] == number:
                found[place] = threshold
    return found


def borne_out(wrong: int, given: int, accepted: float) -> bool:
    """Whether so few wrong ones of those given show, with SURE, that no more than the accepted share is wrong."""
    if accepted >= 1:
        return True
    if accepted <= 0 or wrong > accepted * given:
        return False
    log_term, total = given * math.log1p(-accepted), 0.0
    for count in range(wrong + 1):
        total += math.exp(log_term)
        log_term += math.log((given - count) / (count + 1)) + math.log(accepted) - math.log1p(-accepted)
    return total <= 1 - SURE
