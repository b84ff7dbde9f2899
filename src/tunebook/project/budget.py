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
from tunebook.project.parts import Parts
from tunebook.project.tune import expected
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
    """Seconds of each target that is not there yet, with all epochs and examples and one seed."""

    whole: dict[str, float]

    def seconds(self, seeds: int, epochs: float, examples: float) -> float:
        return seeds * epochs * examples * sum(self.whole.values())


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
    found = expected(parts, targets, checked, progress) if checked else {}
    if not found or checked is None:
        return Plan(settings, budget, deadline)
    training = Training({target: one.seconds for target, one in found.items()})
    left = TRAINING_SHARE * (budget - (time.monotonic() - started))
    may_cut = len(found) == len(targets)  # an adapter that is there learnt from all examples
    return fit(settings, training, len(checked.used) if may_cut else 0, left, Plan(settings, budget, deadline))


def fit(settings: Settings, training: Training, examples: int, left: float, whole: Plan) -> Plan:
    """The richest training that takes no longer than `left` seconds; `whole` is the plan if nothing is given up.

    Where not even the shortest fits, the dearest adapter is given up, and the others are tried again.  With no examples
    none are cut.
    """
    untrained: dict[str, str] = {}
    while training.whole:
        for choice in _choices(settings.trial.seeds, examples):
            if training.seconds(*choice) <= left:
                return replace(_given(settings, training, choice, examples, whole), untrained=untrained)
        dearest = max(training.whole, key=lambda target: training.whole[target])
        untrained[dearest] = _too_long(training, examples, left)
        training = Training({target: its for target, its in training.whole.items() if target != dearest})
    one = settings.model_copy(update={"trial": settings.trial.model_copy(update={"seeds": 1})})
    return Plan(one, whole.seconds, whole.deadline, (), untrained)


def _given(settings: Settings, training: Training, choice: _Choice, examples: int, whole: Plan) -> Plan:
    """The plan of one choice, and what it gives up; the epochs of an adapter that is there stay, or it would be made anew."""
    seeds, epochs, share = choice
    fewer = max(FEWEST_EXAMPLES, round(share * examples))
    passes = {name: getattr(settings.tuning, name) * epochs for name in map(EPOCHS_OF.__getitem__, training.whole)}
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
    all_of_it = " and ".join(sorted(training.whole, key=lambda target: training.whole[target]))
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
