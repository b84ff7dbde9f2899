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
from tunebook.trial.wording import listed, often
from tunebook.values import hundredths, points

CANNOT_TELL, NONE = "cannot tell", "none"
SHARES = ("knowledge", "volatility")  # weights
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
        told = f"no approach is shown to be above the base model, which {_valued(standing.means['base'], weights)}"
        if best == "base":
            return f"Cannot tell: {told} and {_highest(standing)}."
        return f"Cannot tell: {told}; {best} {_highest(standing)}, {_value(standing.means[best], weights)}."
    if recommended == NONE and standing.floor:
        name, value = standing.floor
        nobody = "no approach is shown to be above that"
        return f"None of them yet: {plain(name)} {_valued(value, weights)}, and {nobody}; {best} came nearest."
    if standing.alone:
        return (
            f"Nothing to compare: {recommended} alone was run, and it {_valued(standing.means[recommended], weights)}."
        )
    lead = LEADS.get(recommended, f"Choose {recommended}") + (" for now" if standing.for_now else "")
    it = "it" if is_score(weights) else "by your weights it"
    return f"{lead}: {it} {_valued(standing.means[recommended], weights)}{against}."


def difference(found: Comparison | None, comparisons: int) -> str:
    """ ", +13 points against rag (95 % interval +1 to +24, allowing for 4 comparisons)"; "" where there is no interval."""
    if found is None or found.among.low is None or found.among.high is None:
        return ""
    many = f", allowing for {comparisons} comparisons" if comparisons > 1 else ""
    low, high = hundredths(found.among.low), hundredths(found.among.high)
    return f", {points(found.among.mean)} against {found.b} (95 % interval {low} to {high}{many})"


def reason(standing: Standing, recommended: str) -> str:
    best, chosen = standing.best, standing.chosen
    if recommended == NONE:
        return "A way of answering that does not beat giving the same answer to everything has not learned the task."
    if standing.floor and standing.floor_open:
        return f"The lead of {best} over {plain(standing.floor[0])} could be chance: more cases would tell."
    if standing.floor and standing.dearer:
        told = f"{best} {_highest(standing)}, but is not shown to be above {plain(standing.floor[0])}; {chosen} is, and the two"
        return f"{told} cannot be told apart." + _passed_over(standing, f" Nor can {listed(standing.passed_over)}")
    if standing.alone:
        return "Whether another approach is better was not measured."
    if chosen != best:
        told = f"{best} {_highest(standing)}, but its lead over {chosen}, which is simpler to run, could be chance."
        told += _passed_over(standing, f" So could that over {listed(standing.passed_over)}")
        return told + _trainings(standing) + (_worth_nothing(standing) if recommended == CANNOT_TELL else "")
    costlier = [name for name in standing.equal if name not in standing.passed_over]
    told = " ".join(_leads(standing)) or f"It {_highest(standing)}."
    it = "It" if told.startswith("It") else best
    are = "is" if len(costlier) == 1 else "are"
    told += f" {it} cannot be told from {listed(costlier)}, which {are} costlier to keep." if costlier else ""
    told += _passed_over(standing, f" {it} cannot be told from {listed(standing.passed_over)}")
    told += _trainings(standing) if standing.equal else ""
    return told + (_worth_nothing(standing) if recommended == CANNOT_TELL else "")


def how_sure(standing: Standing, recommended: str, firsts: Mapping[str, float]) -> str:
    """The shares of the resamples in a sentence."""
    if not firsts:
        if standing.alone:
            return "cannot be said: one approach was run"
        left = len(standing.means) == 1
        if left and standing.given_up and all(one.above for one in standing.given_up.values()):
            return "all others were given up on the way, each told to be below it"
        return f"cannot be said: {'one approach is left' if left else 'all cases are of one group'}"
    name, best, highest = named(standing, recommended), standing.best, _first(standing)
    if standing.floor_open and not standing.barred:
        highest += " of the approaches"  # doing nothing is not among these
    ties = " (a tie counts in equal parts)" if len(_tops(standing)) > 1 and name in standing.means else ""
    if name == best or name not in standing.means:
        return f"{plain(name)} {highest} in {often(firsts[name])} of the resamples{ties}"
    told = f"{best} {highest} in {often(firsts[best])} of the resamples and {name} in {often(firsts[name])}{ties}"
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
    at, now = (weight_value(row["weight"], row[key]) for key in ("at", "now"))
    return f"{row['wins']} would be worth most with {RANGES[row['weight']][1]} {row['way']} {at} (now {now})."


def weight_value(weight: str, value: float) -> str:
    """ "67%" of what is a share, "0.027" of what is counted in right answers."""
    return f"{float(f'{100 * value:.2g}'):g}%" if weight in SHARES else f"{float(f'{value:.2g}'):g}"


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


def _value(value: float, weights: WeightSettings) -> str:
    return f"{value:.0%}" if is_score(weights) else f"{value:.2f}"


def _highest(standing: Standing) -> str:
    if len(_tops(standing)) == 1:
        return _first(standing)
    told = "scored as high as any" if is_score(standing.weights) else "was worth as much as any"
    return f"{told} of those not barred" if standing.barred else told


def _first(standing: Standing) -> str:
    """What coming first is called."""
    told = "scored highest" if is_score(standing.weights) else "was worth most"
    return f"{told} of those not barred" if standing.barred else told


def _tops(standing: Standing) -> list[str]:
    return [name for name, mean in standing.means.items() if mean >= standing.means[standing.best] - NO_SPREAD]


def _trainings(standing: Standing) -> str:
    spread = standing.contested.spread if standing.contested else None
    if spread is None or not spread.of_seeds:
        return ""
    return (
        " Most of that chance lies between the trainings: more of them (trial.seeds) would tell more than more cases."
    )


def _worth_nothing(standing: Standing) -> str:
    """Where nobody is worth more than doing nothing, that is the news."""
    if standing.floor is None or not standing.none_above:
        return ""
    name, value = standing.floor
    return f" None of them is above {plain(name)}, which {_valued(value, standing.weights)}."


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
        f" over {listed(behind[name])} is beyond chance."
        for name in [*first, *rest]
    ]


def _passed_over(standing: Standing, told: str) -> str:
    names: Sequence[str] = standing.passed_over
    if not names or standing.floor is None:
        return ""
    return f"{told}, simpler to run but not shown to be above {plain(standing.floor[0])}."
