"""Fits a trial into a time, and says what it gave up.

    plan(parts, checked, names, 1800.0, started, progress)      →  Plan(settings with fewer seeds or epochs, deadline, gave_up)

Training gets at most half of the time; it gives up seeds first, then epochs, then examples, and last whole
adapters, the dearest first.
Cases are not planned but asked round by round until the time is over (arms.py), which no wrong estimate can break.
What a training takes is estimated from a few timed steps of it.

Left out on purpose: the time that a first sync takes.  Without a library there is nothing to compare.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tunebook.progress import Progress
from tunebook.project.lineup import seeded
from tunebook.project.parts import Parts
from tunebook.project.tune import expected, is_made
from tunebook.settings import Settings
from tunebook.tuning import Desk

TRAINING_SHARE = 0.5
EPOCHS = (1.0, 0.7, 0.5, 0.35)
EPOCHS_OF = {"tuned": "epochs", "hybrid": "hybrid_epochs"}
EXAMPLES = (1.0, 0.5, 0.25)
FEWEST_EXAMPLES = 50

_Choice = tuple[int, float, float]  # seeds, share of epochs, share of examples


@dataclass(frozen=True, slots=True)
class Plan:
    """Settings that fit; `deadline` is monotonic, None without a budget."""

    settings: Settings
    seconds: float | None = None
    deadline: float | None = None
    gave_up: tuple[str, ...] = ()
    untrained: dict[str, str] = field(default_factory=dict)  # name → why

    def names(self, wanted: Sequence[str]) -> list[str]:
        """Those that are to be trained or need no training."""
        return [name for name in wanted if name not in self.untrained]

    def told(self, asked: int, cases: int, spent: float) -> dict[str, Any] | None:
        """The `budget` of report.json; None without one."""
        if self.seconds is None:
            return None
        gave_up = [*self.gave_up, *(f"training {name}" for name in self.untrained)]
        if asked < cases:
            gave_up.append(f"{cases - asked} of {cases} cases were not asked")
        return {"seconds": self.seconds, "spent": round(spent, 1), "gave_up": gave_up}


@dataclass(frozen=True, slots=True)
class Training:
    """Seconds of each target of which a seed is missing, with all epochs and examples and one seed.

    `there`: of a target the seeds, counted from 0, whose adapter is there already.
    """

    whole: dict[str, float]
    there: dict[str, frozenset[int]] = field(default_factory=dict)

    def seconds(self, seeds: int, epochs: float, examples: float) -> float:
        missing = {target: set(range(seeds)) - self.there.get(target, frozenset()) for target in self.whole}
        return epochs * examples * sum(seconds * len(missing[target]) for target, seconds in self.whole.items())

    @property
    def first(self) -> dict[str, float]:
        """Of the targets that have no adapter for the first seed, the one that is left when seeds are given up."""
        return {target: its for target, its in self.whole.items() if 0 not in self.there.get(target, frozenset())}


def plan(
    parts: Parts, checked: Desk | None, names: Sequence[str], budget: float | None, started: float, progress: Progress
) -> Plan:
    """`started` is the monotonic time at which the trial began."""
    settings = parts.settings
    if budget is None:
        return Plan(settings)
    targets = [target for target in EPOCHS_OF if target in names and checked and not settings.model.endpoint]
    if not parts.has_library:  # a hybrid cannot be tuned without, and the trial will say so
        targets = [target for target in targets if target != "hybrid"]
    deadline = started + budget
    training = _missing(parts, targets, checked, progress) if checked else Training({})
    if not training.whole or checked is None:
        return Plan(settings, budget, deadline)
    left = TRAINING_SHARE * (budget - (time.monotonic() - started))
    may_cut = len(training.first) == len(targets)  # an adapter that is there learnt from all examples
    return fit(settings, training, len(checked.used) if may_cut else 0, left, Plan(settings, budget, deadline))


def _missing(parts: Parts, targets: Sequence[str], checked: Desk, progress: Progress) -> Training:
    """What is to be trained; what a seed takes is estimated with the first that is missing."""
    whole, there = {}, {}
    for target in targets:
        made = [is_made(one, target, checked) for one in seeded(parts)]
        if not all(made):
            first = seeded(parts)[made.index(False)]
            whole[target] = expected(first, [target], checked, progress)[target].seconds
            there[target] = frozenset(seed for seed, known in enumerate(made) if known)
    return Training(whole, there)


def fit(settings: Settings, training: Training, examples: int, left: float, whole: Plan) -> Plan:
    """The richest training that takes no longer than `left` seconds; `whole` is the plan if nothing is given up.

    Where not even the shortest fits, the dearest adapter is given up, and the others are tried again.  With no examples
    none are cut.
    """
    untrained: dict[str, str] = {}
    while training.whole:
        for choice in _choices(settings.trial.seeds, examples):
            if training.seconds(*choice) <= max(left, 0):  # one seed may cost nothing: it is there
                return replace(_given(settings, training, choice, examples, whole), untrained=untrained)
        dearest = max(training.first, key=lambda target: training.first[target])
        untrained[dearest] = _too_long(training, examples, left)
        training = replace(training, whole={name: its for name, its in training.whole.items() if name != dearest})
    one = settings.model_copy(update={"trial": settings.trial.model_copy(update={"seeds": 1})})
    return Plan(one, whole.seconds, whole.deadline, (), untrained)


def _given(settings: Settings, training: Training, choice: _Choice, examples: int, whole: Plan) -> Plan:
    """The plan of one choice, and what it gives up; the epochs of an adapter that is there stay, or it would be made anew."""
    seeds, epochs, share = choice
    fewer = max(FEWEST_EXAMPLES, round(share * examples))
    passes = {name: getattr(settings.tuning, name) * epochs for name in map(EPOCHS_OF.__getitem__, training.first)}
    changed = {
        "trial": settings.trial.model_copy(update={"seeds": seeds}),
        "tuning": settings.tuning.model_copy(
            update=passes | {"max_examples": fewer if share < 1 else settings.tuning.max_examples}
        ),
    }
    gave_up = [
        f"{settings.trial.seeds - seeds} of {settings.trial.seeds} training seeds"
        if seeds < settings.trial.seeds
        else "",
        f"{1 - epochs:.0%} of the epochs" if epochs < 1 else "",
        f"{examples - fewer} of {examples} examples" if share < 1 else "",
    ]
    found = settings.model_copy(update=changed)
    return Plan(found, whole.seconds, whole.deadline, tuple(text for text in gave_up if text))


def _too_long(training: Training, examples: int, left: float) -> str:
    """Why the dearest of these is not trained: what it takes, with the cheaper ones that would be trained before it."""
    need = training.seconds(*_choices(1, examples)[-1])
    all_of_it = " and ".join(sorted(training.first, key=lambda target: training.first[target]))
    time_left = f"{left:.0f} s are" if left >= 1 else "no time is"
    return f"not trained: even a short training of {all_of_it} takes about {math.ceil(need)} s, and {time_left} left for it"


def _choices(seeds: int, examples: int) -> list[_Choice]:
    """The richest first."""
    shares = [share for share in EXAMPLES if share == 1 or share * examples >= FEWEST_EXAMPLES]
    return [
        *((count, 1.0, 1.0) for count in range(seeds, 1, -1)),
        *((1, epochs, 1.0) for epochs in EPOCHS),
        *((1, EPOCHS[-1], share) for share in shares[1:]),
    ]
