"""The verdict in words: its sentence, its reason, how sure it is, and where the weights would turn it.

    sentence(standing, "rag", "")   →  "Choose rag for now: it scores 70%, -2 points against hybrid (95 % interval …)."

They claim what was tested and no more (statistics.leads): that one arm is above another, or that none is shown to be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunebook.settings import WeightSettings
from tunebook.trial.errors import NO_SPREAD
from tunebook.trial.standing import Standing
from tunebook.trial.statistics import Comparison
from tunebook.trial.utility import RANGES

CANNOT_TELL, NONE = "cannot tell", "none"
LEADS = {"prompted": "Prompt it better", "base": "Keep the base model"}


def sentence(standing: Standing, recommended: str, against: str) -> str:
    """`against`: what `difference` says."""
    best, weights = standing.best, standing.weights
    if standing.floor and standing.floor_open:
        name, value = standing.floor
        told = (
            f"{best} {_highest(standing)}, but is not shown to be above {plain(name)}, which {_valued(value, weights)}"
        )
        return f"Cannot tell: {told}."
    if recommended == CANNOT_TELL:
        told = "no approach is shown to be above the base model"
        return f"Cannot tell: {told}; {best} {_highest(standing)}."
    if recommended == NONE and standing.floor:
        name, value = standing.floor
        nobody = "no approach is shown to be above that"
        return f"None of them yet: {plain(name)} {_valued(value, weights)}, and {nobody}; {best} came nearest."
    for_now = recommended != best or standing.passed_over
    lead = LEADS.get(recommended, f"Choose {recommended}") + (" for now" if for_now else "")
    return f"{lead}: it {_valued(standing.means[recommended], weights)}{against}."


def difference(found: Comparison | None, comparisons: int) -> str:
    """ ", +13 points against rag (95 % interval +1 to +24, allowing for 4 comparisons)"; "" where there is no interval."""
    if found is None or found.among.low is None or found.among.high is None:
        return ""
    mean, low, high = (100 * value for value in (found.among.mean, found.among.low, found.among.high))
    many = f", allowing for {comparisons} comparisons" if comparisons > 1 else ""
    return f", {mean:+.0f} points against {found.b} (95 % interval {low:+.0f} to {high:+.0f}{many})"


def reason(standing: Standing, recommended: str) -> str:
    best, chosen = standing.best, standing.chosen
    if recommended == NONE:
        return "A way of answering that does not beat giving the same answer to everything has not learned the task."
    if standing.floor and standing.floor_open:
        return f"The lead of {best} over {plain(standing.floor[0])} could be chance: more cases would tell."
    if standing.floor and standing.dearer:
        told = f"{best} {_highest(standing)}, but is not shown to be above {plain(standing.floor[0])}; {chosen} is, and the two"
        return f"{told} cannot be told apart." + _passed_over(standing, f" Nor can {', '.join(standing.passed_over)}")
    if chosen != best:
        told = f"{best} {_highest(standing)}, but its lead over {chosen}, which is simpler to run, could be chance."
        return told + _passed_over(standing, f" So could that over {', '.join(standing.passed_over)}")
    costlier = [name for name in standing.equal if name not in standing.passed_over]
    told = " ".join(_leads(standing)) or f"It {_highest(standing)}."
    it = "It" if told.startswith("It") else best
    are = "is" if len(costlier) == 1 else "are"
    told += f" {it} cannot be told from {', '.join(costlier)}, which {are} costlier to keep." if costlier else ""
    return told + _passed_over(standing, f" {it} cannot be told from {', '.join(standing.passed_over)}")


def how_sure(standing: Standing, recommended: str, firsts: Mapping[str, float]) -> str:
    """The shares of the resamples in a sentence."""
    if not firsts:
        alone = len(standing.means) == 1
        if alone and standing.given_up and all(one.above for one in standing.given_up.values()):
            return "all others were given up on the way, each told to be below it"
        return f"cannot be said: {'one approach is left' if alone else 'all cases are of one group'}"
    name, best, highest = named(standing, recommended), standing.best, _highest(standing)
    if name == best or name not in standing.means:
        return f"{plain(name)} {highest} in {firsts[name]:.0%} of the resamples"
    told = f"{best} {highest} in {firsts[best]:.0%} of the resamples and {name} in {firsts[name]:.0%}"
    floor = f"it is shown to be above {plain(standing.floor[0])}" if standing.floor and standing.dearer else ""
    return (
        f"{told}; {name} is taken because {floor or 'it is simpler to run'}, until the lead of {best} is beyond chance"
    )


def named(standing: Standing, recommended: str) -> str:
    """Whose share of the resamples says how sure the verdict is: doing nothing's for "none", the leader's for "cannot tell"."""
    if recommended == NONE and standing.floor:
        return standing.floor[0]
    return recommended if recommended in standing.means else standing.best


def tips(row: Mapping[str, Any]) -> str:
    """Of a row of `tipping`."""
    unit = " a second" if row["weight"] == "second" else ""
    return f"{row['wins']} would win with {RANGES[row['weight']][1]} {row['way']} {row['at']:.2g}{unit} (now {row['now']:.2g})."


def plain(name: str) -> str:
    """ "always_refuse" as people say it."""
    said = {"always_refuse": "always refusing", "commonest_answer": "always giving the commonest answer"}
    return said.get(name, name.replace("_", " "))


def is_score(weights: WeightSettings) -> bool:
    """A mean worth is the mean score only where nothing but the score counts, and each case alike."""
    kinds = weights.knowledge is not None or weights.behaviour is not None
    return not kinds and not any((weights.volatility, weights.citations, weights.wrong, weights.second))


def _valued(value: float, weights: WeightSettings) -> str:
    return f"scores {value:.0%}" if is_score(weights) else f"is worth {value:.2f}"


def _highest(standing: Standing) -> str:
    first = [name for name, mean in standing.means.items() if mean >= standing.means[standing.best] - NO_SPREAD]
    if is_score(standing.weights):
        told = "scored highest" if len(first) == 1 else "scored as high as any"
    else:
        told = "was worth most" if len(first) == 1 else "was worth as much as any"
    return f"{told} of those not barred" if standing.barred else told


def _leads(standing: Standing) -> list[str]:
    """Who is told to be above whom: the best, and where it is another arm, that one."""
    behind: dict[str, list[str]] = {}
    for name, lead in standing.leads.items():
        if lead.behind is not None:
            behind.setdefault(lead.behind, []).append(name)
    given_up = [name for name, one in standing.given_up.items() if one.above]
    if not standing.leads and given_up:
        behind[standing.best] = given_up
    first = [name for name in behind if name == standing.best]
    rest = [name for name in behind if name != standing.best]
    return [
        f"{'Its lead' if name == standing.best else f'That of {name}' if first else f'The lead of {name}'}"
        f" over {', '.join(behind[name])} has an interval above zero."
        for name in [*first, *rest]
    ]


def _passed_over(standing: Standing, told: str) -> str:
    names: Sequence[str] = standing.passed_over
    if not names or standing.floor is None:
        return ""
    return f"{told}, simpler to run but not shown to be above {plain(standing.floor[0])}."
