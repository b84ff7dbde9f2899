"""How the arms stand: what each is worth, who is told to be above whom, and who is above doing nothing.

    stand(field).chosen   →  "rag": the simplest arm that no other is told to be above

Left out on purpose: what is made of it (verdict.py) and how it is said (saying.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tunebook.settings import WeightSettings
from tunebook.trial.errors import NO_SPREAD
from tunebook.trial.resample import Array
from tunebook.trial.statistics import Comparison, Lead, compare, leads
from tunebook.trial.utility import Terms, worth

DOING_NOTHING = ("always_refuse", "commonest_answer")


@dataclass(frozen=True, slots=True)
class Field:
    """What is compared, over the cases that all arms were scored on: their kinds and groups, and each arm's terms.

    `began`: how many arms did, those given up on the way included.  `given_up`: for each of these the field of it and
    the others, over the cases that it was asked.
    """

    arms: Mapping[str, Terms]
    kinds: Sequence[str]
    groups: Sequence[str]
    weights: WeightSettings
    resamples: int
    seed: int
    trivial: Mapping[str, Terms] = field(default_factory=dict)
    began: int = 0
    barred: Sequence[str] = ()
    given_up: Mapping[str, Field] = field(default_factory=dict)

    def worths(self, arms: Mapping[str, Terms]) -> dict[str, Array]:
        """name → (seeds, cases)."""
        return {name: worth(terms, self.kinds, self.weights) for name, terms in arms.items()}

    @property
    def comparisons(self) -> int:
        """With the best: as many as there are others, those given up on the way included."""
        return max(self.began, len(self.arms)) - 1

    def leads(self) -> dict[str, Lead]:
        return leads(self.worths(self.arms), self.groups, self.resamples, self.seed, self.comparisons)

    def over(self, a: str, b: str) -> Comparison:
        """a - b, allowing for all arms that began."""
        both = self.worths({name: self.arms[name] for name in (a, b)})
        return compare(both, self.groups, self.resamples, self.seed, self.comparisons)[a, b]


@dataclass(frozen=True, slots=True)
class Standing:
    """The arms' mean worths and who is told from whom; names are simplest first."""

    means: Mapping[str, float]
    best: str
    leads: Mapping[str, Lead]  # of the best over every other arm
    floor: tuple[str, float] | None  # the best way of doing nothing, and what it is worth
    over_floor: Mapping[str, Comparison]  # each arm less that
    given_up: Mapping[str, Comparison]  # the chosen arm less each that was given up, over the cases that this was asked
    barred: bool  # whether an arm is not among these since it refuses worse than rag
    weights: WeightSettings

    @property
    def equal(self) -> list[str]:
        """Beside the best, those that no arm is told to be above."""
        return [name for name, lead in self.leads.items() if lead.behind is None]

    @property
    def above_floor(self) -> dict[str, bool]:
        """Who is shown to be above doing nothing; everyone where that was not measured."""
        return {name: name not in self.over_floor or self.over_floor[name].above for name in self.means}

    @property
    def chosen(self) -> str:
        """The simplest arm that no other is told to be above; of these one above the floor where any is."""
        named = [name for name in self.means if name == self.best or name in self.equal]
        return next((name for name in named if self.above_floor[name]), named[0])

    @property
    def alone(self) -> bool:
        """One arm was run, and there is nothing to compare it with."""
        return len(self.means) == 1 and not self.given_up and not self.barred

    @property
    def dearer(self) -> bool:
        """Whether the chosen arm is costlier than the best, which is not above the floor."""
        names = list(self.means)
        return names.index(self.chosen) > names.index(self.best)

    @property
    def passed_over(self) -> list[str]:
        """Simpler ones that no arm is told to be above: they are not above the floor, and the chosen one is."""
        names = list(self.means)
        return [name for name in names[: names.index(self.chosen)] if name in self.equal]

    @property
    def for_now(self) -> bool:
        """The chosen arm is taken until more is told: another is worth more, or simpler ones may be its equals."""
        return self.chosen != self.best or bool(self.passed_over)

    @property
    def undecided(self) -> bool:
        """Nothing is told from base, or base from anything."""
        others = len(self.means) - 1
        return self.chosen == "base" and (self.best != "base" or 0 < len(self.equal) == others)

    @property
    def below_floor(self) -> bool:
        """Something is told apart, and nothing is worth more than doing nothing."""
        return self._not_above and self.none_above

    @property
    def none_above(self) -> bool:
        """Doing nothing is worth as much as the best."""
        return self.floor is not None and self.means[self.best] <= self.floor[1] + NO_SPREAD

    @property
    def floor_open(self) -> bool:
        """The best is worth more than doing nothing, which could be chance."""
        return self._not_above and not self.below_floor

    @property
    def _not_above(self) -> bool:
        return not self.undecided and not self.above_floor[self.chosen]

    @property
    def rival(self) -> str | None:
        """Whom the chosen arm is held against: the best where it is another; else of its equals the one whose lead is least
        of its half width, which is the question that stays open; else the best of the others."""
        if self.chosen != self.best:
            return self.best
        if self.equal:
            return min(self.equal, key=lambda name: _in_half_widths(self.leads[name].over))
        if self.given_up and not self.leads:
            return min(self.given_up, key=lambda name: _in_half_widths(self.given_up[name]))
        return max(self.leads, key=lambda name: self.means[name], default=None)

    @property
    def contested(self) -> Comparison | None:
        """Of the chosen arm and its rival, the better one less the other; the best less doing nothing where that is open."""
        if self.floor_open:
            return self.over_floor[self.best]
        if self.rival is None:
            return None
        other = self.chosen if self.chosen != self.best else self.rival
        return self.leads[other].over if other in self.leads else self.given_up[other]


def stand(field: Field) -> Standing:
    """Of a field with at least one arm and one case."""
    worths = field.worths(field.arms)
    means = {name: float(values.mean()) for name, values in worths.items()}
    best = max(means, key=lambda name: means[name])
    floor, over_floor = _floor(field, worths)
    found = Standing(means, best, field.leads(), floor, over_floor, {}, bool(field.barred), field.weights)
    return replace(found, given_up={name: its.over(found.chosen, name) for name, its in field.given_up.items()})


def _floor(field: Field, worths: Mapping[str, Array]) -> tuple[tuple[str, float] | None, dict[str, Comparison]]:
    floors = field.worths({name: terms for name, terms in field.trivial.items() if name in DOING_NOTHING})
    if not floors:
        return None, {}
    lowest = max(floors, key=lambda name: float(floors[name].mean()))
    over = {}
    for name, values in worths.items():
        both = {name: values, lowest: floors[lowest]}
        over[name] = compare(both, field.groups, field.resamples, field.seed)[name, lowest]
    return (lowest, float(floors[lowest].mean())), over


def _in_half_widths(lead: Comparison) -> float:
    return lead.among.mean / (lead.among.high - lead.among.mean) if lead.among.high is not None else -math.inf
