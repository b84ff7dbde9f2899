"""Which approach to choose, and how sure that is.

    decide(scores, groups, weights, …)   →  {"recommended": "hybrid", "sure": 0.97, "sentence": …, …}

The rule, fixed before anything is run: the arm with the highest mean score is recommended when its paired difference
to every simpler arm has a 95 % interval above 0.  Otherwise the simplest arm that cannot be told from it is named,
for it is cheaper to run; where that reaches down to `base`, the verdict is "cannot tell", with the number of cases
that would tell.  Simpler: base < prompted < rag < tuned < hybrid, by what has to be kept alive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunebook.trial.statistics import cases_needed, detectable, paired, resampled_means
from tunebook.values import Estimate

SIMPLEST_FIRST = ("base", "prompted", "rag", "tuned", "hybrid")
CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Field:
    """What is compared: a score in [0, 1] for each case and arm, aligned; groups and weights of the cases."""

    scores: Mapping[str, Sequence[float]]
    groups: Sequence[str]
    weights: Sequence[float]
    resamples: int
    seed: int

    def difference(self, a: str, b: str) -> Estimate | None:
        """Weighted mean of a - b with its interval."""
        scale = np.asarray(self.weights) / np.mean(self.weights)
        first, second = (list(np.asarray(self.scores[name]) * scale) for name in (a, b))
        return paired(first, second, self.groups, self.resamples, self.seed)


def decide(field: Field) -> dict[str, Any]:
    """The verdict of report.json."""
    arms = [name for name in SIMPLEST_FIRST if name in field.scores]
    if not arms or not field.groups:
        return _nothing_to_compare()
    scale = np.asarray(field.weights) / np.mean(field.weights)
    matrix = np.stack([np.asarray(field.scores[name]) * scale for name in arms], axis=1)  # (cases, arms)
    means = matrix.mean(0)
    best = arms[int(means.argmax())]
    told_from = {name: _above(field.difference(best, name)) for name in arms if name != best}
    equal = [name for name in arms if name != best and not told_from[name]]
    simpler = [name for name in equal if arms.index(name) < arms.index(best)]
    chosen = simpler[0] if simpler else best
    resampled = resampled_means(matrix, field.groups, field.resamples, field.seed)
    sure = float((resampled.argmax(1) == arms.index(chosen)).mean())
    rivals = sorted((name for name in arms if name != chosen), key=lambda name: -means[arms.index(name)])
    rival = rivals[0] if rivals else None
    undecided = chosen == "base" and (chosen != best or 0 < len(equal) == len(arms) - 1)
    gap = [float(x) for x in matrix[:, arms.index(best)] - matrix[:, arms.index(rival or best)]] if rival else []
    if rival and chosen != best:
        gap = [float(x) for x in matrix[:, arms.index(best)] - matrix[:, arms.index(chosen)]]
    difference = field.difference(chosen, rival) if rival else None
    return {
        "recommended": CANNOT_TELL if undecided else chosen,
        "decided": not undecided and chosen == best and not equal,
        "sentence": _sentence(chosen, best, undecided, float(means[arms.index(chosen)]), difference, rival),
        "reason": _reason(chosen, best, equal, told_from),
        "sure": sure,
        "runner_up": rival,
        "difference": difference.as_json() if difference else None,
        "detectable": detectable(gap, field.groups) if gap else None,
        "cases_needed": cases_needed(gap, field.groups) if gap and (equal or undecided) else None,
        "next_step": "",
    }


def _above(difference: Estimate | None) -> bool:
    return difference is not None and difference.low is not None and difference.low > 0


def _nothing_to_compare() -> dict[str, Any]:
    nothing = {"recommended": CANNOT_TELL, "decided": False, "sentence": "There is nothing to compare.", "reason": ""}
    nothing |= {"reason": "No approach could be scored on any case."}
    return (
        nothing
        | dict.fromkeys(("sure", "runner_up", "difference", "detectable", "cases_needed"), None)
        | {"next_step": ""}
    )


def _sentence(
    chosen: str, best: str, undecided: bool, mean: float, difference: Estimate | None, rival: str | None
) -> str:
    if undecided:
        return f"Cannot tell: no approach is distinguishable from the base model; {best} scored highest."
    told = f"Choose {chosen}: it scores {mean:.0%}"
    if difference and rival and difference.low is not None and difference.high is not None:
        low, high = difference.low * 100, difference.high * 100
        told += f", {difference.mean * 100:+.0f} points against {rival} (95 % interval {low:+.0f} to {high:+.0f})"
    return told + "."


def _reason(chosen: str, best: str, equal: Sequence[str], told_from: Mapping[str, bool]) -> str:
    if chosen != best:
        return f"{best} scored highest, but its lead over {chosen}, which is simpler to run, could be chance."
    beaten = [name for name, above in told_from.items() if above]
    told = f"Its lead over {', '.join(beaten)} has an interval above zero." if beaten else "It scored highest."
    return told + (f" It cannot be told from {', '.join(equal)}, which is costlier to keep." if equal else "")
