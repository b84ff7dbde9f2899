"""Which approach to choose, and how sure that is.

    decide(field)   →  {"recommended": "hybrid", "sure": 0.97, "sentence": …, …}

The rule, fixed before anything is run.  What counts is the mean worth (utility.py; with the default weights, the score).
The arm with the highest is recommended when its lead over every simpler arm has an interval above 0, where the intervals
allow for the best having been picked among all (statistics.leads).  Otherwise the simplest arm that cannot be told from it is
named, for it is cheaper to run; where that reaches down to `base`, the verdict is "cannot tell", with the number of
cases that would tell.  And an arm that is not above doing nothing (always refusing, always giving the commonest answer)
is never recommended: then it is "none".  Simpler: base < prompted < rag < tuned < hybrid, by what has to be kept alive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tunebook.settings import WeightSettings
from tunebook.trial.errors import NO_SPREAD
from tunebook.trial.resample import Array, resampled_scores
from tunebook.trial.statistics import Comparison, cases_needed, compare, detectable, leads
from tunebook.trial.utility import RANGES, Terms, tipping, worth

SIMPLEST_FIRST = ("base", "prompted", "rag", "tuned", "hybrid")
DOING_NOTHING = ("always_refuse", "commonest_answer")
SEARCH_ALONE = "first_passage"
CANNOT_TELL, NONE = "cannot tell", "none"
GIVEN_UP = 1.5  # half widths
FEWEST_GROUPS, FEWEST_OF_A_KIND = 20, 5  # before an arm is given up
LEADS = {"prompted": "Prompt it better", "base": "Keep the base model"}


@dataclass(frozen=True, slots=True)
class Field:
    """What is compared, over the cases that all arms were scored on: their kinds and groups, and each arm's terms."""

    arms: Mapping[str, Terms]
    kinds: Sequence[str]
    groups: Sequence[str]
    weights: WeightSettings
    resamples: int
    seed: int
    trivial: Mapping[str, Terms] = field(default_factory=dict)

    def worths(self, arms: Mapping[str, Terms]) -> dict[str, Array]:
        """name → (seeds, cases)."""
        return {name: worth(terms, self.kinds, self.weights) for name, terms in arms.items()}


@dataclass(frozen=True, slots=True)
class Standing:
    """The arms' mean worths and who is told from the best of them; names are simplest first."""

    means: Mapping[str, float]
    best: str
    told_from: Mapping[str, bool]  # every other arm: is the best above it?
    floor: tuple[str, float] | None  # the best way of doing nothing, and what it is worth
    above_floor: Mapping[str, bool]

    @property
    def equal(self) -> list[str]:
        return [name for name, told in self.told_from.items() if not told]

    @property
    def chosen(self) -> str:
        """The simplest arm that cannot be told from the best, or is it; of these one above the floor where any is."""
        named = [name for name in self.means if name == self.best or name in self.equal]
        named = named[: named.index(self.best) + 1]
        return next((name for name in named if self.above_floor[name]), named[0])

    @property
    def undecided(self) -> bool:
        """Nothing is told from base, or base from anything."""
        others = len(self.means) - 1
        return self.chosen == "base" and (self.best != "base" or 0 < len(self.equal) == others)


def decide(field: Field) -> dict[str, Any]:
    """The verdict of report.json."""
    arms = {name: field.arms[name] for name in SIMPLEST_FIRST if name in field.arms}
    if not arms or not field.groups:
        return _nothing_to_compare()
    worths = field.worths(arms)
    ahead = leads(worths, field.groups, field.resamples, field.seed)
    standing = _standing(field, worths, ahead)
    chosen, best, means = standing.chosen, standing.best, standing.means
    shown = best if standing.undecided else chosen  # whose difference is told: where none is named, the highest's
    if shown != chosen:
        rival: str | None = chosen
    else:
        rival = next((name for name in sorted(means, key=lambda name: -means[name]) if name != chosen), None)
    none = not standing.undecided and not standing.above_floor[chosen]
    contested = ahead.get((chosen if chosen != best else rival) or "")
    difference = contested.turned() if contested and shown != best else contested
    recommended = NONE if none else CANNOT_TELL if standing.undecided else chosen
    open_question = not none and (standing.equal or standing.undecided)
    firsts = _firsts(field, worths, standing, recommended)
    return {
        "recommended": recommended,
        "decided": not none and not standing.undecided and chosen == best and not standing.equal,
        "sentence": _sentence(standing, recommended, field.weights, _against(difference, len(ahead))),
        "reason": _reason(standing, recommended),
        "leader": best,
        "sure": firsts.get(_named(standing, recommended)),
        "how_sure": _how_sure(standing, recommended, firsts),
        "runner_up": rival,
        "difference": difference.among.as_json() if difference else None,
        "comparisons": len(ahead),
        "detectable": detectable(contested) if contested else None,
        "cases_needed": cases_needed(contested) if contested and open_question else None,
        "next_step": "",
        "weights": field.weights.model_dump(),
        "worth": dict(means),
        "tipping": [row | {"sentence": _tips(row)} for row in tipping(arms, field.kinds, field.weights)],
        "doing_nothing": _floor_json(standing),
    }


def hopeless(field: Field, whole: Mapping[str, int] | None = None) -> dict[str, str]:
    """Arms that cannot win any more, each with a sentence; asked between the rounds of a trial of so many cases of a kind.

    An arm is given up where the leader is above it by more than 1.5 times the half width of the interval that the verdict
    goes by (|z| above 2.9 for two arms, 3.6 for five).  Such early looks leave the last one its level
    (Haybittle 1971; Peto et al. 1976, https://doi.org/10.1038/bjc.1976.220).  They are not taken before 20 groups and 5
    cases of each kind, for what an arm is good at may not have been asked yet.
    """
    arms = {name: field.arms[name] for name in SIMPLEST_FIRST if name in field.arms}
    early = any(field.kinds.count(kind) < min(FEWEST_OF_A_KIND, count) for kind, count in (whole or {}).items())
    if len(arms) < 2 or early or len(set(field.groups)) < FEWEST_GROUPS:
        return {}
    found = {}
    for name, one in leads(field.worths(arms), field.groups, field.resamples, field.seed).items():
        lead = one.among
        if lead.low is not None and lead.mean > GIVEN_UP * (lead.mean - lead.low):
            found[name] = f"stopped after {lead.n} cases: {one.a} was {lead.mean * 100:.0f} points above it"
    return found


def so_far(field: Field) -> str:
    """Who leads, in a few words, while a trial runs."""
    told = decide(field)
    if not told["worth"] or told["runner_up"] is None:
        return ""
    leader = max(told["worth"], key=lambda name: told["worth"][name])
    gap = told["difference"]
    telling = gap and gap["low"] is not None and gap["high"] - gap["low"] < 2  # wider: two or three cases
    interval = f" ({100 * gap['low']:+.0f} to {100 * gap['high']:+.0f})" if telling else ""
    return f"{leader} leads with {told['worth'][leader]:.0%}; {told['recommended']}{interval}"


def _named(standing: Standing, recommended: str) -> str:
    """Whose share of the resamples says how sure the verdict is: doing nothing's for "none", the leader's for "cannot tell"."""
    if recommended == NONE and standing.floor:
        return standing.floor[0]
    return recommended if recommended in standing.means else standing.best


def _firsts(field: Field, worths: Mapping[str, Array], standing: Standing, recommended: str) -> dict[str, float]:
    """name → share of the resamples in which it was worth most; with doing nothing where that is the verdict.

    Equals share a resample.  Empty where all cases are of one group: every resample would be the same.
    """
    if len(set(field.groups)) < 2:
        return {}
    arms = dict(worths)
    name = _named(standing, recommended)
    if name not in arms:
        arms[name] = worth(field.trivial[name], field.kinds, field.weights)
    drawn = resampled_scores(arms, field.groups, field.resamples, field.seed)  # (resamples, arms)
    first = drawn > drawn.max(1, keepdims=True) - NO_SPREAD
    return dict(zip(arms, (first / first.sum(1, keepdims=True)).mean(0).tolist(), strict=True))


def _how_sure(standing: Standing, recommended: str, firsts: Mapping[str, float]) -> str:
    if not firsts:
        return "cannot be said: all cases are of one group"
    name, best = _named(standing, recommended), standing.best
    if name == best or name not in standing.means:
        return f"{plain(name)} scored highest in {firsts[name]:.0%} of the resamples"
    told = f"{best} scored highest in {firsts[best]:.0%} of the resamples and {name} in {firsts[name]:.0%}"
    return f"{told}; {name} is taken because it is simpler to run, until the lead of {best} is beyond chance"


def _standing(field: Field, worths: Mapping[str, Array], ahead: Mapping[str, Comparison]) -> Standing:
    means = {name: float(values.mean()) for name, values in worths.items()}
    best = max(means, key=lambda name: means[name])
    told = {name: one.above for name, one in ahead.items()}
    floors = field.worths({name: terms for name, terms in field.trivial.items() if name in DOING_NOTHING})
    if not floors:
        return Standing(means, best, told, None, dict.fromkeys(means, True))
    lowest = max(floors, key=lambda name: float(floors[name].mean()))
    above = {}
    for name, values in worths.items():
        against = compare({name: values, lowest: floors[lowest]}, field.groups, field.resamples, field.seed)
        low = against[name, lowest].alone.low
        above[name] = low is not None and low > 0
    return Standing(means, best, told, (lowest, float(floors[lowest].mean())), above)


def _nothing_to_compare() -> dict[str, Any]:
    unknown = (
        "leader",
        "sure",
        "how_sure",
        "runner_up",
        "difference",
        "comparisons",
        "detectable",
        "cases_needed",
        "doing_nothing",
    )
    return {
        "recommended": CANNOT_TELL,
        "decided": False,
        "sentence": "There is nothing to compare.",
        "reason": "No approach could be scored on any case.",
        **dict.fromkeys(unknown, None),
        "next_step": "",
        "weights": {},
        "worth": {},
        "tipping": [],
    }


def _floor_json(standing: Standing) -> dict[str, Any] | None:
    if standing.floor is None:
        return None
    below = [name for name, above in standing.above_floor.items() if not above]
    return {"name": standing.floor[0], "worth": standing.floor[1], "not_above": below}


def _sentence(standing: Standing, recommended: str, weights: WeightSettings, against: str) -> str:
    best = standing.best
    if recommended == CANNOT_TELL:
        return f"Cannot tell: no approach is distinguishable from the base model; {best} scored highest."
    if recommended == NONE and standing.floor:
        name, value = standing.floor
        return f"None of them yet: {plain(name)} {_valued(value, weights)}, and no approach is above that; {best} came nearest."
    lead = LEADS.get(recommended, f"Choose {recommended}") + (" for now" if recommended != best else "")
    return f"{lead}: it {_valued(standing.means[recommended], weights)}{against}."


def _valued(value: float, weights: WeightSettings) -> str:
    """A mean worth is a score only where nothing but the score counts."""
    counts = weights.volatility, weights.citations, weights.wrong, weights.second
    return f"is worth {value:.2f}" if any(counts) else f"scores {value:.0%}"


def _against(difference: Comparison | None, comparisons: int) -> str:
    if difference is None or difference.among.low is None or difference.among.high is None:
        return ""
    mean, low, high = (100 * value for value in (difference.among.mean, difference.among.low, difference.among.high))
    many = f", allowing for {comparisons} comparisons" if comparisons > 1 else ""
    return f", {mean:+.0f} points against {difference.b} (95 % interval {low:+.0f} to {high:+.0f}{many})"


def _reason(standing: Standing, recommended: str) -> str:
    best, chosen, equal = standing.best, standing.chosen, standing.equal
    if recommended == NONE:
        return "A way of answering that does not beat giving the same answer to everything has not learned the task."
    if chosen != best:
        return f"{best} scored highest, but its lead over {chosen}, which is simpler to run, could be chance."
    beaten = [name for name, above in standing.told_from.items() if above]
    told = f"Its lead over {', '.join(beaten)} has an interval above zero." if beaten else "It scored highest."
    return told + (f" It cannot be told from {', '.join(equal)}, which is costlier to keep." if equal else "")


def _tips(row: Mapping[str, Any]) -> str:
    way = "above" if row["at"] > row["now"] else "below"
    unit = " a second" if row["weight"] == "second" else ""
    return (
        f"{row['wins']} would win with {RANGES[row['weight']][1]} {way} {row['at']:.2g}{unit} (now {row['now']:.2g})."
    )


def plain(name: str) -> str:
    """ "always_refuse" as people say it."""
    said = {"always_refuse": "always refusing", "commonest_answer": "always giving the commonest answer"}
    return said.get(name, name.replace("_", " "))
